"""Campaigns: messages to many, each once

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Whoever adds a table adds its rights: what nobody changes or deletes stands in the second tuple.
OPEN: tuple[str, ...] = (
    "campaign",
    "campaign_recipient",
    "campaign_setting",
    "unread_call",
    "dead_address",
)
APPEND_ONLY: tuple[str, ...] = ()


# A newsletter never becomes a partner's campaign, nor the other way: consent hangs on which it is.
CHANGED = (
    "subject, body, sms, ways, segment, state, changed_at, return_reason, launched_at, launched_by, "
    "over_reason, left_out, stopped_at, results, planned_at, planned_by, held_back"
)


def upgrade():
    op.create_table(
        "campaign",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("partner", sa.BigInteger(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sms", sa.Text(), nullable=False),
        sa.Column(
            "ways", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("segment", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drafted_by", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("launched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("launched_by", sa.BigInteger(), nullable=True),
        sa.Column("over_reason", sa.Text(), nullable=True),
        sa.Column("left_out", postgresql.JSONB(), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("results", postgresql.JSONB(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_by", sa.BigInteger(), nullable=True),
        sa.Column("held_back", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('newsletter', 'partner')", name="campaign_kind_known"),
        sa.CheckConstraint(
            "state IN ('drafted', 'proposed', 'returned', 'launched', 'stopped')",
            name="campaign_state_known",
        ),
        sa.CheckConstraint(
            "(kind = 'partner') = (partner IS NOT NULL)", name="campaign_of_its_kind"
        ),
        sa.CheckConstraint(
            "cardinality(ways) BETWEEN 1 AND 3 AND ways <@ ARRAY['email', 'sms', 'print']",
            name="campaign_by_known_ways",
        ),
        sa.CheckConstraint(
            "(state IN ('launched', 'stopped')) = (launched_at IS NOT NULL)"
            " AND (launched_at IS NULL) = (launched_by IS NULL)",
            name="campaign_launched_by_name",
        ),
        sa.CheckConstraint(
            "(planned_at IS NULL) = (planned_by IS NULL)"
            " AND (planned_at IS NULL OR launched_at IS NULL)",
            name="campaign_planned_by_name",
        ),
        sa.ForeignKeyConstraint(
            ["partner"], ["partner.id"], name="campaign_partner_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by"], ["person.id"], name="campaign_drafted_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["launched_by"], ["person.id"], name="campaign_launched_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["planned_by"], ["person.id"], name="campaign_planned_by_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="campaign_public_id_key"),
    )
    op.create_index("campaign_partner_idx", "campaign", ["partner"])
    op.create_index(
        "campaign_recent",
        "campaign",
        ["launched_at"],
        postgresql_where=sa.text("launched_at IS NOT NULL"),
    )
    op.create_table(
        "campaign_recipient",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unsubscribed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("way IN ('email', 'sms', 'print')", name="campaign_recipient_way_known"),
        sa.CheckConstraint(
            "outcome IN ('waiting', 'sent', 'refused', 'failed', 'dropped')",
            name="campaign_recipient_outcome_known",
        ),
        sa.CheckConstraint(
            "(outcome = 'sent') = (left_at IS NOT NULL)", name="campaign_recipient_sent_when"
        ),
        sa.CheckConstraint(
            "printed_at IS NULL OR way = 'print'", name="campaign_recipient_on_paper"
        ),
        sa.ForeignKeyConstraint(
            ["campaign"],
            ["campaign.id"],
            name="campaign_recipient_campaign_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="campaign_recipient_person_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("campaign", "person", name="campaign_recipient_once"),
    )
    op.create_index("campaign_recipient_person_idx", "campaign_recipient", ["person"])
    op.create_table(
        "campaign_setting",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("one", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("partner_messages", sa.BigInteger(), nullable=False),
        sa.Column("stop_number", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("one = 1", name="campaign_setting_single"),
        sa.CheckConstraint("partner_messages BETWEEN 1 AND 7", name="campaign_setting_sane"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("one", name="campaign_setting_one_key"),
    )
    op.create_table(
        "unread_call",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("hook", sa.Text(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("calls >= 1", name="unread_call_some"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hook", name="unread_call_hook_key"),
    )
    op.create_table(
        "dead_address",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("value", name="dead_address_value_key"),
    )
    for table in OPEN:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO palier_app")
    op.execute("REVOKE UPDATE ON campaign FROM palier_app")
    op.execute(f"GRANT UPDATE ({CHANGED}) ON campaign TO palier_app")
    for table in APPEND_ONLY:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO palier_app")


def downgrade():
    for table in reversed((*OPEN, *APPEND_ONLY)):
        op.drop_table(table)
