"""Uses looked at again: contests and signals

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
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
