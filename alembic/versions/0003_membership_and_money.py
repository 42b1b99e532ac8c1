"""Membership and money one can trust: reminders, ways of paying

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Whoever adds a table adds its rights: what nobody changes or deletes stands in the second tuple.
OPEN = ("reminder_step",)
APPEND_ONLY = ("way_switch", "drawer_deposit")

# B9: cash goes into the drawer that is open, and what a closed drawer says never changes.
DRAWER = (
    """
    CREATE FUNCTION cash_into_open_drawer() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE found drawer_session;
    BEGIN
      SELECT * INTO found FROM drawer_session WHERE id = NEW.drawer FOR SHARE;
      IF found.closed_at IS NOT NULL OR NEW.received_at < found.opened_at
         OR NEW.site IS DISTINCT FROM found.site THEN
        RAISE EXCEPTION 'drawer % takes no cash of this moment or site', NEW.drawer
          USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_into_open_drawer';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER payment_into_open_drawer BEFORE INSERT ON payment
      FOR EACH ROW WHEN (NEW.drawer IS NOT NULL) EXECUTE FUNCTION cash_into_open_drawer()
    """,
    """
    CREATE FUNCTION drawer_moves() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' AND EXISTS (
        SELECT 1 FROM drawer_session WHERE site IS NOT DISTINCT FROM NEW.site
          AND closed_at > NEW.opened_at
      ) THEN
        RAISE EXCEPTION 'a drawer was closed after %', NEW.opened_at
          USING ERRCODE = 'check_violation', CONSTRAINT = 'drawer_session_in_time';
      END IF;
      IF TG_OP = 'UPDATE' AND (OLD.closed_at IS NOT NULL
         OR (OLD.site, OLD.opened_at, OLD.opened_by, OLD.left_cents, OLD.brought_cents,
             OLD.float_cents) IS DISTINCT FROM (NEW.site, NEW.opened_at, NEW.opened_by,
             NEW.left_cents, NEW.brought_cents, NEW.float_cents)) THEN
        RAISE EXCEPTION 'drawer % was counted and closed', OLD.public_id
          USING ERRCODE = 'check_violation', CONSTRAINT = 'drawer_session_closed';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER drawer_moves BEFORE INSERT OR UPDATE ON drawer_session
      FOR EACH ROW EXECUTE FUNCTION drawer_moves()
    """,
    "REVOKE DELETE ON drawer_session FROM palier_app",
)
DRAWER_DOWN = (
    "DROP TRIGGER payment_into_open_drawer ON payment",
    "DROP FUNCTION cash_into_open_drawer()",
    "DROP TRIGGER drawer_moves ON drawer_session",
    "DROP FUNCTION drawer_moves()",
)


def upgrade():
    op.create_table(
        "reminder_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("offset_days", sa.BigInteger(), nullable=False),
        sa.Column(
            "channels", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("during", postgresql.DATERANGE(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(offset_days, offset_days, '[]')"), "&&"),
            (sa.text("during"), "&&"),
            using="gist",
            name="reminder_step_no_two",
        ),
        sa.CheckConstraint("offset_days BETWEEN -90 AND 180", name="reminder_step_sane"),
        sa.CheckConstraint(
            "cardinality(channels) BETWEEN 1 AND 4"
            " AND channels <@ ARRAY['email', 'sms', 'print', 'door']",
            name="reminder_step_by_known_ways",
        ),
        sa.CheckConstraint("NOT isempty(during)", name="reminder_step_during_not_empty"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "way_switch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "way IN ('online', 'monthly', 'sepa', 'cash', 'cheque', 'transfer')",
            name="way_switch_way_known",
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="way_switch_person_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "drawer_deposit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("drawer", sa.BigInteger(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name="drawer_deposit_positive"),
        sa.ForeignKeyConstraint(
            ["by"], ["person.id"], name="drawer_deposit_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["drawer"], ["drawer_session.id"], name="drawer_deposit_drawer_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="drawer_deposit_public_id_key"),
    )
    op.create_index("drawer_deposit_by_idx", "drawer_deposit", ["by"], unique=False)
    op.create_index("drawer_deposit_drawer_idx", "drawer_deposit", ["drawer"], unique=False)
    for statement in DRAWER:
        op.execute(statement)
    for table in OPEN:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO palier_app")
    for table in APPEND_ONLY:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO palier_app")


def downgrade():
    for statement in DRAWER_DOWN:
        op.execute(statement)
    for table in reversed((*OPEN, *APPEND_ONLY)):
        op.drop_table(table)
