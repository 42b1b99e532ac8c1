"""Lending: opening calendars of the sites

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Whoever adds a table adds its rights: what nobody changes or deletes stands in the second tuple.
OPEN: tuple[str, ...] = ("site_closure", "extra_opening")
APPEND_ONLY: tuple[str, ...] = ()

# A site keeps the holidays of its zone; what runs before this revision writes none and gets the usual one.
ZONE = (
    "ALTER TABLE site ADD COLUMN holiday_zone text DEFAULT 'metropolitan' NOT NULL",
    "ALTER TABLE site ADD CONSTRAINT site_holiday_zone_known"
    " CHECK (holiday_zone IN ('metropolitan', 'alsace_moselle')) NOT VALID",
    "-- squawk-ignore constraint-missing-not-valid\n"
    "ALTER TABLE site VALIDATE CONSTRAINT site_holiday_zone_known",
)


def upgrade():
    for statement in ZONE:
        op.execute(statement)
    op.create_table(
        "site_closure",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("site", sa.BigInteger(), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=True),
        sa.Column("ends", sa.Time(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("external_code", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "first_on <= last_on AND (starts IS NULL OR ends IS NULL OR starts < ends)",
            name="site_closure_in_order",
        ),
        sa.ForeignKeyConstraint(
            ["site"], ["site.id"], name="site_closure_site_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="site_closure_public_id_key"),
    )
    op.create_index("site_closure_site_idx", "site_closure", ["site"])
    op.create_index(
        "site_closure_once",
        "site_closure",
        ["external_code"],
        unique=True,
        postgresql_where=sa.text("external_code IS NOT NULL"),
    )
    op.create_table(
        "extra_opening",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("site", sa.BigInteger(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("opens < closes", name="extra_opening_in_order"),
        sa.ForeignKeyConstraint(
            ["site"], ["site.id"], name="extra_opening_site_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="extra_opening_public_id_key"),
    )
    op.create_index("extra_opening_site_idx", "extra_opening", ["site"])
    for table in OPEN:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO palier_app")
    for table in APPEND_ONLY:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO palier_app")


def downgrade():
    for table in reversed((*OPEN, *APPEND_ONLY)):
        op.drop_table(table)
    op.drop_column("site", "holiday_zone")
