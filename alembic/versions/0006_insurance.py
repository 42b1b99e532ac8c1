"""Insurance and referrals: offers, leads, certificates

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Whoever adds a table adds its rights: what nobody changes or deletes stands in the second tuple.
OPEN: tuple[str, ...] = ()
APPEND_ONLY: tuple[str, ...] = ()


def upgrade():
    for table in OPEN:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO palier_app")
    for table in APPEND_ONLY:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO palier_app")


def downgrade():
    for table in reversed((*OPEN, *APPEND_ONLY)):
        op.drop_table(table)
