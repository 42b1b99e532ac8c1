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
OPEN: tuple[str, ...] = ("insurer", "insurance_offer", "referral", "insurance_certificate")
APPEND_ONLY: tuple[str, ...] = ("certificate_consent", "certificate_count")

MOVES = (
    # V35, I3: one life for all referrals, and what somebody agreed to stays what it was.
    """
    CREATE FUNCTION referral_moves() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'sent' THEN
          RAISE EXCEPTION 'a referral begins sent, not %', NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'referral_moves';
        END IF;
        RETURN NEW;
      END IF;
      IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('sent', 'contacted'), ('sent', 'refused'), ('sent', 'withdrawn'),
        ('contacted', 'quoted'), ('contacted', 'signed'), ('contacted', 'refused'),
        ('contacted', 'withdrawn'), ('quoted', 'signed'), ('quoted', 'refused'),
        ('quoted', 'withdrawn')
      ) THEN
        RAISE EXCEPTION 'a referral does not move from % to %', OLD.state, NEW.state
          USING ERRCODE = 'check_violation', CONSTRAINT = 'referral_moves';
      END IF;
      IF (OLD.kind, OLD.insurer, OLD.offer, OLD.partner, OLD.recipient, OLD.purpose, OLD.channel,
          OLD.text_shown, OLD.slot, OLD.source, OLD.recorded_by, OLD.sent_at)
        IS DISTINCT FROM (NEW.kind, NEW.insurer, NEW.offer, NEW.partner, NEW.recipient,
          NEW.purpose, NEW.channel, NEW.text_shown, NEW.slot, NEW.source, NEW.recorded_by,
          NEW.sent_at)
        OR (NEW.person IS NOT NULL AND NEW.person IS DISTINCT FROM OLD.person)
        OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
      THEN
        RAISE EXCEPTION 'what was agreed to in referral % stays', OLD.public_id
          USING ERRCODE = 'check_violation', CONSTRAINT = 'referral_agreed';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER referral_moves BEFORE INSERT OR UPDATE ON referral
      FOR EACH ROW EXECUTE FUNCTION referral_moves()
    """,
)
MOVES_DOWN = ("DROP TRIGGER referral_moves ON referral", "DROP FUNCTION referral_moves()")


def upgrade():
    op.create_table(
        "insurer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="insurer_public_id_key"),
    )
    op.create_table(
        "insurance_offer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("insurer", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("intermediary", sa.Text(), nullable=False),
        sa.Column("orias", sa.Text(), nullable=False),
        sa.Column("complaint", sa.Text(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column(
            "prices", sa.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("prices_from", sa.Date(), nullable=True),
        sa.Column("prices_until", sa.Date(), nullable=True),
        sa.Column("ipid", sa.BigInteger(), nullable=True),
        sa.Column("ipid_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "published_at IS NULL OR (carrier <> '' AND intermediary <> ''"
            " AND orias ~ '^[0-9]{8}$' AND complaint <> '' AND notice <> ''"
            " AND cardinality(prices) = 6 AND prices_from IS NOT NULL"
            " AND prices_until IS NOT NULL AND ipid IS NOT NULL AND ipid_on IS NOT NULL)",
            name="insurance_offer_complete",
        ),
        sa.CheckConstraint(
            "cardinality(prices) IN (0, 6) AND 0 < ALL (prices)", name="insurance_offer_priced"
        ),
        sa.CheckConstraint("prices_until >= prices_from", name="insurance_offer_in_order"),
        sa.ForeignKeyConstraint(
            ["insurer"], ["insurer.id"], name="insurance_offer_insurer_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["ipid"], ["stored_file.id"], name="insurance_offer_ipid_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="insurance_offer_public_id_key"),
    )
    op.create_index("insurance_offer_insurer_idx", "insurance_offer", ["insurer"], unique=False)
    op.create_index("insurance_offer_ipid_idx", "insurance_offer", ["ipid"], unique=False)
    op.create_table(
        "referral",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("insurer", sa.BigInteger(), nullable=True),
        sa.Column("offer", sa.BigInteger(), nullable=True),
        sa.Column("partner", sa.BigInteger(), nullable=True),
        sa.Column("person", sa.BigInteger(), nullable=True),
        sa.Column("household", sa.BigInteger(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("text_shown", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("saving_cents", sa.BigInteger(), nullable=True),
        sa.Column("saving_by", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('insurer', 'firm')", name="referral_kind_known"),
        sa.CheckConstraint("channel IN ('phone', 'email')", name="referral_channel_known"),
        sa.CheckConstraint(
            "slot IN ('any', 'morning', 'noon', 'afternoon', 'evening')",
            name="referral_slot_known",
        ),
        sa.CheckConstraint(
            "state IN ('sent', 'contacted', 'quoted', 'signed', 'refused', 'withdrawn')",
            name="referral_state_known",
        ),
        sa.CheckConstraint(
            "(kind = 'insurer') = (insurer IS NOT NULL)"
            " AND (kind = 'firm') = (partner IS NOT NULL)"
            " AND (offer IS NULL OR kind = 'insurer')",
            name="referral_whose",
        ),
        sa.CheckConstraint(
            "source IN ('online', 'desk', 'paper', 'phone')", name="referral_source_known"
        ),
        sa.CheckConstraint("(source = 'online') = (recorded_by IS NULL)", name="referral_heard"),
        sa.CheckConstraint("state <> 'quoted' OR kind = 'firm'", name="referral_quoted_by_firms"),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR (name = '' AND contact = '')", name="referral_told"
        ),
        sa.CheckConstraint(
            "state <> 'withdrawn' OR withdrawn_at IS NOT NULL", name="referral_withdrawn"
        ),
        sa.CheckConstraint(
            "(saving_cents IS NULL) = (saving_by IS NULL) AND (saving_cents IS NULL OR"
            " (state = 'signed' AND saving_cents BETWEEN 0 AND 500000"
            " AND saving_by IN ('member', 'agent')))",
            name="referral_declared",
        ),
        sa.ForeignKeyConstraint(
            ["insurer"], ["insurer.id"], name="referral_insurer_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["offer"], ["insurance_offer.id"], name="referral_offer_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["partner"], ["partner.id"], name="referral_partner_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="referral_person_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["household"], ["household.id"], name="referral_household_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["person.id"], name="referral_recorded_by_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="referral_public_id_key"),
    )
    for column in ("insurer", "offer", "partner", "person", "household", "changed_at"):
        op.create_index(f"referral_{column}_idx", "referral", [column], unique=False)
    op.create_index(
        "referral_one_open",
        "referral",
        ["person", sa.text("coalesce(insurer, 0)"), sa.text("coalesce(partner, 0)")],
        unique=True,
        postgresql_where=sa.text("state IN ('sent', 'contacted', 'quoted')"),
    )
    op.create_table(
        "insurance_certificate",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("file", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.Column("text_shown", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "removed_at IS NULL OR file IS NULL", name="insurance_certificate_let_go"
        ),
        sa.CheckConstraint(
            "source IN ('online', 'desk', 'paper', 'phone')",
            name="insurance_certificate_source_known",
        ),
        sa.CheckConstraint(
            "(source = 'online') = (recorded_by IS NULL)"
            " AND (source = 'online') = (text_shown IS NULL)",
            name="insurance_certificate_heard",
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"],
            ["person.id"],
            name="insurance_certificate_recorded_by_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="insurance_certificate_person_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["file"],
            ["stored_file.id"],
            name="insurance_certificate_file_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="insurance_certificate_public_id_key"),
    )
    op.create_index(
        "insurance_certificate_file_idx", "insurance_certificate", ["file"], unique=False
    )
    op.create_index(
        "insurance_certificate_of_person", "insurance_certificate", ["person"], unique=False
    )
    op.create_index(
        "insurance_certificate_one_now",
        "insurance_certificate",
        ["person"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_index(
        "insurance_certificate_ending",
        "insurance_certificate",
        ["ends_on"],
        unique=False,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "certificate_consent",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("text_shown", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="certificate_consent_person_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "certificate_consent_person_idx", "certificate_consent", ["person"], unique=False
    )
    op.create_table(
        "certificate_count",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("landlord", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("people >= 0", name="certificate_count_some"),
        sa.ForeignKeyConstraint(
            ["landlord"],
            ["landlord.id"],
            name="certificate_count_landlord_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("landlord", "on", name="certificate_count_once"),
    )
    for statement in MOVES:
        op.execute(statement)
    # How long a closed request is kept, and an open one waits (D2, I3): constant defaults rewrite nothing.
    op.execute(
        "ALTER TABLE retention_setting ADD COLUMN leads_months bigint DEFAULT 36 NOT NULL"
        " CONSTRAINT retention_setting_leads CHECK (leads_months BETWEEN 1 AND 36)"
    )
    op.execute(
        "ALTER TABLE retention_setting ADD COLUMN calls_months bigint DEFAULT 6 NOT NULL"
        " CONSTRAINT retention_setting_calls CHECK (calls_months BETWEEN 1 AND 24)"
    )
    for table in OPEN:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO palier_app")
    for table in APPEND_ONLY:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO palier_app")


def downgrade():
    op.drop_column("retention_setting", "calls_months")
    op.drop_column("retention_setting", "leads_months")
    for statement in MOVES_DOWN:
        op.execute(statement)
    for table in reversed((*OPEN, *APPEND_ONLY)):
        op.drop_table(table)
