"""Telephones that ring: the browsers that people let in

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Whoever adds a table adds its rights: what nobody changes or deletes stands in the second tuple.
OPEN: tuple[str, ...] = ("push_subscription",)
APPEND_ONLY: tuple[str, ...] = ()

WAYS = "'email', 'sms', 'paper'"
# One more way: the wider check replaces the narrower in one statement.
MESSAGE = (
    "-- squawk-ignore ban-drop-constraint\n"
    "ALTER TABLE message DROP CONSTRAINT message_way_known,"
    " ADD CONSTRAINT message_way_known CHECK (way IN ('email', 'sms', 'push', 'paper')) NOT VALID",
    "-- squawk-ignore constraint-missing-not-valid\n"
    "ALTER TABLE message VALIDATE CONSTRAINT message_way_known",
)
# What rang is told as an SMS, the other way that rings.
MESSAGE_DOWN = (
    "UPDATE message SET way = 'sms' WHERE way = 'push'",
    "ALTER TABLE message DROP CONSTRAINT message_way_known,"
    f" ADD CONSTRAINT message_way_known CHECK (way IN ({WAYS})) NOT VALID",
    "ALTER TABLE message VALIDATE CONSTRAINT message_way_known",
)


def upgrade():
    op.create_table(
        "push_subscription",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("session", sa.BigInteger(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.LargeBinary(), nullable=False),
        sa.Column("auth", sa.LargeBinary(), nullable=False),
        sa.Column("ours", sa.LargeBinary(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="push_subscription_person_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("endpoint", name="push_subscription_endpoint_key"),
        sa.UniqueConstraint("public_id", name="push_subscription_public_id_key"),
    )
    op.create_index("push_subscription_person_idx", "push_subscription", ["person"], unique=False)
    op.create_index("push_subscription_by_session", "push_subscription", ["session"], unique=False)
    for statement in MESSAGE:
        op.execute(statement)
    for table in OPEN:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO palier_app")
    for table in APPEND_ONLY:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO palier_app")


def downgrade():
    for statement in MESSAGE_DOWN:
        op.execute(statement)
    op.drop_table("push_subscription")
