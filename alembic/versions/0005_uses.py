"""Uses looked at again: partners' statements, contests and signals

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Whoever adds a table adds its rights: what nobody changes or deletes stands in the second tuple.
OPEN = ("shop_change", "offer_proposal", "contest", "signal")
APPEND_ONLY = ("closed_month", "shop_freedom")


def upgrade():
    op.add_column(
        "daily_savings",
        sa.Column("guessed_cents", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.create_table(
        "closed_month",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("partner", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("visitors", sa.BigInteger(), nullable=False),
        sa.Column("came_back", sa.BigInteger(), nullable=False),
        sa.Column("came_back_year", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "came_back BETWEEN 0 AND visitors AND came_back <= came_back_year",
            name="closed_month_sane",
        ),
        sa.ForeignKeyConstraint(
            ["partner"], ["partner.id"], name="closed_month_partner_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("partner", "month", name="closed_month_once"),
    )
    _shop_changes()
    _offer_proposals()
    _contests()
    _signals()
    for table in OPEN:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO palier_app")
    for table in APPEND_ONLY:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO palier_app")


def _shop_changes():
    op.create_table(
        "shop_freedom",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "parts", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by"], ["person.id"], name="shop_freedom_by_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("shop_freedom_by_idx", "shop_freedom", ["by"], unique=False)
    op.create_table(
        "shop_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("shop", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("hours", postgresql.JSONB(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("photo", sa.BigInteger(), nullable=True),
        sa.Column("asked_by", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("part IN ('hours', 'phone', 'photo')", name="shop_change_part_known"),
        sa.CheckConstraint(
            "state IN ('waiting', 'accepted', 'refused', 'replaced')",
            name="shop_change_state_known",
        ),
        sa.CheckConstraint(
            "(part = 'hours') = (hours IS NOT NULL) AND (part = 'photo' OR photo IS NULL)"
            " AND (part = 'phone' OR phone IS NULL)",
            name="shop_change_whole",
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (answered_at IS NULL)"
            " AND (state = 'refused') = (reason IS NOT NULL)",
            name="shop_change_answered",
        ),
        sa.ForeignKeyConstraint(
            ["shop"], ["shop.id"], name="shop_change_shop_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["photo"], ["stored_file.id"], name="shop_change_photo_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["person.id"], name="shop_change_asked_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["person.id"], name="shop_change_answered_by_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="shop_change_public_id_key"),
    )
    for column in ("shop", "photo", "asked_by", "answered_by"):
        op.create_index(f"shop_change_{column}_idx", "shop_change", [column], unique=False)
    op.create_index(
        "shop_change_one_waits",
        "shop_change",
        ["shop", "part"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _offer_proposals():
    op.create_table(
        "offer_proposal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("partner", sa.BigInteger(), nullable=False),
        sa.Column("offer", sa.BigInteger(), nullable=True),
        sa.Column("wish", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("written_by", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('written', 'sent', 'accepted', 'refused', 'withdrawn')",
            name="offer_proposal_state_known",
        ),
        sa.CheckConstraint(
            "state NOT IN ('accepted', 'refused') OR answered_at IS NOT NULL",
            name="offer_proposal_answered",
        ),
        sa.CheckConstraint(
            "state <> 'refused' OR reason IS NOT NULL", name="offer_proposal_explained"
        ),
        sa.ForeignKeyConstraint(
            ["partner"], ["partner.id"], name="offer_proposal_partner_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["offer"], ["offer.id"], name="offer_proposal_offer_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["written_by"],
            ["person.id"],
            name="offer_proposal_written_by_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"],
            ["person.id"],
            name="offer_proposal_answered_by_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="offer_proposal_public_id_key"),
    )
    for column in ("partner", "offer", "written_by", "answered_by"):
        op.create_index(f"offer_proposal_{column}_idx", "offer_proposal", [column], unique=False)
    op.create_index(
        "offer_proposal_one_open",
        "offer_proposal",
        ["offer"],
        unique=True,
        postgresql_where=sa.text("offer IS NOT NULL AND state IN ('written', 'sent')"),
    )
    op.create_index(
        "offer_proposal_waiting",
        "offer_proposal",
        ["sent_at"],
        unique=False,
        postgresql_where=sa.text("state = 'sent'"),
    )


def _contests():
    op.create_table(
        "contest",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("redemption", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('kept', 'reversed')", name="contest_known"
        ),
        sa.CheckConstraint(
            "num_nulls(outcome, reason, closed_at, closed_by) IN (0, 4)", name="contest_closed"
        ),
        sa.ForeignKeyConstraint(
            ["redemption"], ["redemption.id"], name="contest_redemption_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="contest_person_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["person.id"], name="contest_closed_by_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="contest_public_id_key"),
        sa.UniqueConstraint("redemption", name="contest_once"),
    )
    op.create_index("contest_person_idx", "contest", ["person"], unique=False)
    op.create_index("contest_closed_by_idx", "contest", ["closed_by"], unique=False)
    op.create_index(
        "contest_waiting",
        "contest",
        ["opened_at"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def _signals():
    op.create_table(
        "signal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("till", sa.BigInteger(), nullable=True),
        sa.Column("shop", sa.BigInteger(), nullable=True),
        sa.Column("person", sa.BigInteger(), nullable=True),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('travel', 'burst', 'typed', 'offline', 'undone', 'closed', 'together', 'self')",
            name="signal_kind_known",
        ),
        sa.CheckConstraint(
            "num_nulls(closed_at, closed_by, reason) IN (0, 3)", name="signal_closed"
        ),
        sa.ForeignKeyConstraint(
            ["till"], ["till.id"], name="signal_till_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["shop"], ["shop.id"], name="signal_shop_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="signal_person_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["person.id"], name="signal_closed_by_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="signal_public_id_key"),
    )
    for column in ("till", "shop", "person", "closed_by"):
        op.create_index(f"signal_{column}_idx", "signal", [column], unique=False)
    op.create_index(
        "signal_one_open",
        "signal",
        ["subject"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def downgrade():
    for table in reversed((*OPEN, *APPEND_ONLY)):
        op.drop_table(table)
    op.drop_column("daily_savings", "guessed_cents")
