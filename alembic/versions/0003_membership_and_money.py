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
OPEN = (
    "retention_setting",
    "reminder_step",
    "reminder",
    "refund",
    "renewal_wish",
    "renewal",
    "portal_visit",
    "payout",
    "reconciliation",
    "difference",
    "workplace",
    "saved_view",
    "bank_line",
)
APPEND_ONLY = (
    "consent",
    "erasure",
    "retention_run",
    "way_switch",
    "text_agreed",
    "bank_account",
    "drawer_deposit",
    "cheque_deposit",
    "cheque",
    "deposited_cheque",
)

# D2: as purge_audit does for the record: what is older goes, and nothing younger than a year can.
REFUSED = (
    """
    CREATE FUNCTION purge_refused_attempts(before timestamptz) RETURNS bigint LANGUAGE plpgsql
      SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE gone bigint;
    BEGIN
      DELETE FROM refused_attempt WHERE at < least(before, now() - interval '12 months');
      GET DIAGNOSTICS gone = ROW_COUNT;
      RETURN gone;
    END $$
    """,
    "REVOKE ALL ON FUNCTION purge_refused_attempts(timestamptz) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION purge_refused_attempts(timestamptz) TO palier_app",
)
REFUSED_DOWN = ("DROP FUNCTION purge_refused_attempts(timestamptz)",)

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
        "consent",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "subject IN ('service', 'club_life', 'partner_offers', 'reminders')",
            name="consent_subject_known",
        ),
        sa.CheckConstraint(
            "medium IN ('email', 'sms', 'phone', 'post')", name="consent_medium_known"
        ),
        sa.CheckConstraint(
            "source IN ('online', 'desk', 'paper', 'phone')", name="consent_source_known"
        ),
        sa.CheckConstraint("subject <> 'service'", name="consent_chosen"),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="consent_person_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["person.id"], name="consent_recorded_by_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "consent_newest", "consent", ["person", "subject", "medium", "id"], unique=False
    )
    op.create_table(
        "erasure",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=True),
        sa.Column("said", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("way IN ('self', 'desk', 'retention')", name="erasure_way_known"),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="erasure_person_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name="erasure_by_fkey", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="erasure_public_id_key"),
        sa.UniqueConstraint("person", name="erasure_once"),
    )
    op.create_index("erasure_at_idx", "erasure", ["at"], unique=False)
    op.create_table(
        "retention_setting",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("one", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("prospects_months", sa.BigInteger(), nullable=False),
        sa.Column("lapsed_months", sa.BigInteger(), nullable=False),
        sa.Column("logs_months", sa.BigInteger(), nullable=False),
        sa.Column("messages_months", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("one = 1", name="retention_setting_single"),
        sa.CheckConstraint(
            "prospects_months BETWEEN 1 AND 36 AND lapsed_months BETWEEN 1 AND 36"
            " AND logs_months BETWEEN 12 AND 36 AND messages_months BETWEEN 1 AND 36",
            name="retention_setting_sane",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("one", name="retention_setting_one_key"),
    )
    op.create_table(
        "retention_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dry", sa.Boolean(), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=True),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["by"], ["person.id"], name="retention_run_by_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("retention_run_at_idx", "retention_run", ["at"], unique=False)
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
        "reminder",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("household", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("term_on", sa.Date(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "channel IN ('email', 'sms', 'print', 'door')", name="reminder_channel_known"
        ),
        sa.CheckConstraint(
            "(handed_at IS NULL) = (handed_by IS NULL)", name="reminder_by_name"
        ),
        sa.CheckConstraint(
            "handed_at IS NULL OR channel IN ('print', 'door')", name="reminder_paper_only"
        ),
        sa.ForeignKeyConstraint(
            ["household"], ["household.id"], name="reminder_household_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="reminder_person_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["handed_by"], ["person.id"], name="reminder_handed_by_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("household", "term_on", "step", "person", name="reminder_once"),
    )
    op.create_index("reminder_person_idx", "reminder", ["person"], unique=False)
    op.create_index(
        "reminder_to_hand",
        "reminder",
        ["told_on"],
        unique=False,
        postgresql_where=sa.text(
            "channel IN ('print', 'door') AND handed_at IS NULL AND withdrawn_at IS NULL"
        ),
    )
    op.create_index(
        "reminder_by_hand",
        "reminder",
        ["handed_at"],
        unique=False,
        postgresql_where=sa.text("handed_at IS NOT NULL"),
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
        "workplace",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("site", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="workplace_person_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["site"], ["site.id"], name="workplace_site_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("workplace_person_idx", "workplace", ["person"], unique=False)
    op.create_index("workplace_site_idx", "workplace", ["site"], unique=False)
    op.create_index(
        "workplace_one_now",
        "workplace",
        ["person"],
        unique=True,
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_table(
        "text_agreed",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="text_agreed_person_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["taken_by"], ["person.id"], name="text_agreed_taken_by_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person", "slug", "version", name="text_agreed_once"),
    )
    op.create_table(
        "bank_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("iban", sa.Text(), nullable=False),
        sa.Column("bic", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="bank_account_person_fkey", ondelete="RESTRICT"
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
            ["drawer"],
            ["drawer_session.id"],
            name="drawer_deposit_drawer_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="drawer_deposit_public_id_key"),
    )
    op.create_index("drawer_deposit_by_idx", "drawer_deposit", ["by"], unique=False)
    op.create_index("drawer_deposit_drawer_idx", "drawer_deposit", ["drawer"], unique=False)
    for statement in (*REFUSED, *DRAWER):
        op.execute(statement)
    op.create_table(
        "refund",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("payment", sa.BigInteger(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_cents > 0", name="refund_positive"),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["person.id"], name="refund_asked_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["payment"], ["payment.id"], name="refund_payment_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("external_id", name="refund_external_id_key"),
        sa.UniqueConstraint("public_id", name="refund_public_id_key"),
    )
    op.create_index("refund_payment_idx", "refund", ["payment"])
    op.create_table(
        "portal_visit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("payer", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["payer"], ["payer.id"], name="portal_visit_payer_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="portal_visit_public_id_key"),
    )
    op.create_index("portal_visit_payer_idx", "portal_visit", ["payer"])
    op.create_table(
        "renewal_wish",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("household", sa.BigInteger(), nullable=False),
        sa.Column("pay_order", sa.BigInteger(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stripe_customer", sa.Text(), nullable=False),
        sa.Column("stripe_method", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["household"], ["household.id"], name="renewal_wish_household_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["pay_order"], ["pay_order.id"], name="renewal_wish_pay_order_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("pay_order", name="renewal_wish_of_order"),
    )
    op.create_index("renewal_wish_household_idx", "renewal_wish", ["household"])
    op.create_index(
        "renewal_wish_one",
        "renewal_wish",
        ["household"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "renewal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("wish", sa.BigInteger(), nullable=False),
        sa.Column("term", sa.Date(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pay_order", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["pay_order"], ["pay_order.id"], name="renewal_pay_order_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["wish"], ["renewal_wish.id"], name="renewal_wish_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("wish", "term", name="renewal_once"),
    )
    op.create_index("renewal_pay_order_idx", "renewal", ["pay_order"])
    op.create_index("renewal_wish_idx", "renewal", ["wish"])
    op.create_table(
        "payout",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("arrives_on", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'in_transit', 'paid', 'failed', 'canceled')",
            name="payout_status_known",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("stripe_id", name="payout_stripe_id_key"),
    )
    op.create_index("payout_made_at_idx", "payout", ["made_at"])
    op.create_table(
        "reconciliation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("one", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("repaired", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("one = 1", name="reconciliation_single"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "reconciliation_one_open",
        "reconciliation",
        ["one"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "difference",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("difference_cents", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("pay_order", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('amount', 'object', 'order', 'balance', 'returned', 'refused', 'disputed')",
            name="difference_kind_known",
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL)", name="difference_closed_by_name"
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["person.id"], name="difference_closed_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["pay_order"], ["pay_order.id"], name="difference_pay_order_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="difference_public_id_key"),
        sa.UniqueConstraint("kind", "about", "difference_cents", name="difference_once"),
    )
    op.create_index("difference_pay_order_idx", "difference", ["pay_order"])
    op.create_index(
        "difference_waiting",
        "difference",
        ["noticed_at"],
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "saved_view",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="saved_view_person_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="saved_view_public_id_key"),
        sa.UniqueConstraint("person", "name", name="saved_view_once"),
    )
    op.create_table(
        "cheque_deposit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount_cents > 0", name="cheque_deposit_positive"),
        sa.ForeignKeyConstraint(
            ["by"], ["person.id"], name="cheque_deposit_by_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="cheque_deposit_public_id_key"),
        sa.UniqueConstraint("year", "number", name="cheque_deposit_once"),
    )
    op.create_index("cheque_deposit_by_idx", "cheque_deposit", ["by"], unique=False)
    op.create_table(
        "cheque",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("payment", sa.BigInteger(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment"], ["payment.id"], name="cheque_payment_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("payment", name="cheque_payment_once"),
    )
    op.create_table(
        "deposited_cheque",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("payment", sa.BigInteger(), nullable=False),
        sa.Column("deposit", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deposit"],
            ["cheque_deposit.id"],
            name="deposited_cheque_deposit_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["payment"], ["payment.id"], name="deposited_cheque_payment_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("payment", name="deposited_cheque_payment_once"),
    )
    op.create_index("deposited_cheque_deposit_idx", "deposited_cheque", ["deposit"], unique=False)
    op.create_table(
        "bank_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_by", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount_cents <> 0", name="bank_line_something"),
        sa.CheckConstraint(
            "(state IN ('matched', 'given_back')) = (entry IS NOT NULL)"
            " AND (state = 'aside') = (reason IS NOT NULL)"
            " AND (state = 'waiting') = (settled_at IS NULL)",
            name="bank_line_settled",
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'matched', 'aside', 'given_back')", name="bank_line_state_known"
        ),
        sa.ForeignKeyConstraint(
            ["entry"], ["journal_entry.id"], name="bank_line_entry_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["seen_by"], ["person.id"], name="bank_line_seen_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["settled_by"], ["person.id"], name="bank_line_settled_by_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="bank_line_public_id_key"),
        sa.UniqueConstraint("fingerprint", name="bank_line_fingerprint_key"),
        sa.UniqueConstraint("entry", name="bank_line_entry_once"),
    )
    op.create_index("bank_line_seen_by_idx", "bank_line", ["seen_by"], unique=False)
    op.create_index("bank_line_settled_by_idx", "bank_line", ["settled_by"], unique=False)
    for table in OPEN:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO palier_app")
    for table in APPEND_ONLY:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO palier_app")


def downgrade():
    for statement in (*REFUSED_DOWN, *DRAWER_DOWN):
        op.execute(statement)
    for table in reversed((*OPEN, *APPEND_ONLY)):
        op.drop_table(table)
