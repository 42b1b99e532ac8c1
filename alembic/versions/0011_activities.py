"""Activities: series, sessions, seats

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Whoever adds a table adds its rights: what nobody changes or deletes stands in the second tuple.
OPEN: tuple[str, ...] = ("activity_series", "activity_session", "seat")
APPEND_ONLY: tuple[str, ...] = ("seat_payment",)

GUARDS = (
    # C1: seats are counted where they change, so that no other way of writing one goes past the
    # capacity: the CHECK on the session refuses the row that would.
    """
    CREATE FUNCTION seat_counts() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP <> 'INSERT' AND OLD.state = 'taken' THEN
        UPDATE activity_session SET taken = taken - 1 WHERE id = OLD.session;
      END IF;
      IF TG_OP <> 'DELETE' AND NEW.state = 'taken' THEN
        UPDATE activity_session SET taken = taken + 1 WHERE id = NEW.session;
      END IF;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER seat_counts AFTER INSERT OR DELETE OR UPDATE OF state, session ON seat
      FOR EACH ROW EXECUTE FUNCTION seat_counts()
    """,
    # A seat that was given back stays so: who wants it again stands in line again.
    """
    CREATE FUNCTION seat_moves() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('waiting', 'taken'), ('waiting', 'cancelled'), ('taken', 'cancelled')
      ) THEN
        RAISE EXCEPTION 'a seat does not move from % to %', OLD.state, NEW.state
          USING ERRCODE = 'check_violation', CONSTRAINT = 'seat_moves';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER seat_moves BEFORE UPDATE OF state ON seat
      FOR EACH ROW EXECUTE FUNCTION seat_moves()
    """,
    # A1: a seat keeps the price it was booked at, and what is paid of it follows from its payments.
    """
    CREATE FUNCTION seat_money() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.price_cents <> OLD.price_cents
        OR (NEW.paid_cents <> OLD.paid_cents AND pg_trigger_depth() < 2) THEN
        RAISE EXCEPTION 'the money of seat % follows from how it was booked and paid', OLD.public_id
          USING ERRCODE = 'check_violation', CONSTRAINT = 'seat_money';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER seat_money BEFORE UPDATE OF price_cents, paid_cents ON seat
      FOR EACH ROW EXECUTE FUNCTION seat_money()
    """,
    # No more of a payment than there is of it, each part on its side; the CHECK lets a seat be paid once.
    """
    CREATE FUNCTION seat_payment_sum() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      moved record;
    BEGIN
      SELECT p.amount_cents, p.kind IN ('payment', 'reinstated', 'returned') AS came, o.kind
        INTO moved FROM payment p JOIN pay_order o ON o.id = p.pay_order WHERE p.id = NEW.payment;
      IF moved.kind <> 'activity' OR moved.came <> (NEW.part_cents > 0) OR moved.amount_cents
        < (SELECT sum(abs(part_cents)) FROM seat_payment WHERE payment = NEW.payment) THEN
        RAISE EXCEPTION 'payment % is not so much for a seat', NEW.payment
          USING ERRCODE = 'check_violation', CONSTRAINT = 'seat_payment_real';
      END IF;
      UPDATE seat SET paid_cents = paid_cents + NEW.part_cents WHERE id = NEW.seat;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER seat_payment_sum AFTER INSERT ON seat_payment
      FOR EACH ROW EXECUTE FUNCTION seat_payment_sum()
    """,
)

ACCOUNTS = (
    "'512', '5125', '530', '5112', '411', '467', '471', '756', '706', '627', '658', '758',"
    " '606', '613', '615', '616', '618', '623', '625', '626', '6278', '641', '165', '7083', '7588',"
    " '7088'"
)
# One more account, as 0010 did it: the wider check replaces the narrower in one statement.
JOURNAL = (
    "-- squawk-ignore ban-drop-constraint\n"
    "ALTER TABLE journal_line DROP CONSTRAINT journal_line_account_known,"
    f" ADD CONSTRAINT journal_line_account_known CHECK (account IN ({ACCOUNTS}, '7062')) NOT VALID",
    "-- squawk-ignore constraint-missing-not-valid\n"
    "ALTER TABLE journal_line VALIDATE CONSTRAINT journal_line_account_known",
)
JOURNAL_DOWN = (
    "ALTER TABLE journal_line DROP CONSTRAINT journal_line_account_known,"
    f" ADD CONSTRAINT journal_line_account_known CHECK (account IN ({ACCOUNTS})) NOT VALID"
)


def upgrade():
    for statement in JOURNAL:
        op.execute(statement)
    op.create_table(
        "activity_series",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("rhythm", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "rhythm IN ('weekly', 'fortnightly', 'monthly')", name="activity_series_rhythm_known"
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["person.id"], name="activity_series_made_by_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="activity_series_public_id_key"),
    )
    op.create_table(
        "activity_session",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("series", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("site", sa.BigInteger(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("room", sa.BigInteger(), nullable=True),
        sa.Column(
            "room_tickets",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("leader", sa.BigInteger(), nullable=True),
        sa.Column("leader_name", sa.Text(), nullable=False),
        sa.Column("age_from", sa.BigInteger(), nullable=True),
        sa.Column("age_to", sa.BigInteger(), nullable=True),
        sa.Column("material", sa.Text(), nullable=False),
        sa.Column("price_cents", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("capacity", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("household_most", sa.BigInteger(), nullable=True),
        sa.Column("cancel_hours", sa.BigInteger(), server_default=sa.text("24"), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_hand", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("sequence", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("taken BETWEEN 0 AND capacity", name="activity_session_no_overbooking"),
        sa.CheckConstraint(
            "capacity BETWEEN 1 AND 500 AND starts_at < ends_at AND price_cents >= 0"
            " AND coalesce(household_most, 1) > 0 AND cancel_hours BETWEEN 0 AND 720",
            name="activity_session_sane",
        ),
        sa.CheckConstraint(
            "coalesce(age_from, 0) BETWEEN 0 AND coalesce(age_to, 120)",
            name="activity_session_ages",
        ),
        sa.CheckConstraint(
            "cardinality(room_tickets) = 0 OR room IS NOT NULL", name="activity_session_roomed"
        ),
        sa.CheckConstraint(
            "cancelled_at IS NULL OR cancel_reason <> ''", name="activity_session_said_why"
        ),
        sa.ForeignKeyConstraint(
            ["leader"], ["person.id"], name="activity_session_leader_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["room"], ["resource.id"], name="activity_session_room_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["series"],
            ["activity_series.id"],
            name="activity_session_series_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["site"], ["site.id"], name="activity_session_site_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="activity_session_public_id_key"),
    )
    op.create_index("activity_session_in_order", "activity_session", ["starts_at"])
    op.create_index("activity_session_leader_idx", "activity_session", ["leader"], unique=False)
    op.create_index("activity_session_series_idx", "activity_session", ["series"], unique=False)
    op.create_index("activity_session_site_idx", "activity_session", ["site"], unique=False)
    op.create_table(
        "seat",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("session", sa.BigInteger(), nullable=False),
        sa.Column("household", sa.BigInteger(), nullable=True),
        sa.Column("person", sa.BigInteger(), nullable=True),
        sa.Column("contact", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_for", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attended", sa.Boolean(), nullable=True),
        sa.Column("attended_by", sa.BigInteger(), nullable=True),
        sa.Column("price_cents", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("paid_cents", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("late", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "paid_cents BETWEEN 0 AND price_cents AND (state <> 'waiting' OR paid_cents = 0)",
            name="seat_paid_once",
        ),
        sa.CheckConstraint("NOT late OR state = 'cancelled'", name="seat_late_once_ended"),
        sa.CheckConstraint("state IN ('waiting', 'taken', 'cancelled')", name="seat_state_known"),
        sa.CheckConstraint(
            "(attended IS NULL) = (attended_by IS NULL) AND (attended IS NULL OR state = 'taken')",
            name="seat_noted_by_staff",
        ),
        sa.CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="seat_ended"),
        sa.CheckConstraint("state <> 'taken' OR taken_at IS NOT NULL", name="seat_had"),
        sa.ForeignKeyConstraint(
            ["attended_by"], ["person.id"], name="seat_attended_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["contact"], ["person.id"], name="seat_contact_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["household"], ["household.id"], name="seat_household_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="seat_person_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["session"], ["activity_session.id"], name="seat_session_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="seat_public_id_key"),
    )
    op.create_index("seat_household_idx", "seat", ["household"], unique=False)
    op.create_index(
        "seat_line",
        "seat",
        ["session", "asked_at", "id"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "seat_one_live",
        "seat",
        ["session", "person"],
        unique=True,
        postgresql_where=sa.text("state <> 'cancelled'"),
    )
    op.create_index("seat_person_idx", "seat", ["person"], unique=False)
    op.create_index("seat_session_idx", "seat", ["session"], unique=False)
    op.create_table(
        "seat_payment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("seat", sa.BigInteger(), nullable=False),
        sa.Column("payment", sa.BigInteger(), nullable=False),
        sa.Column("part_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("part_cents <> 0", name="seat_payment_something"),
        sa.ForeignKeyConstraint(
            ["payment"], ["payment.id"], name="seat_payment_payment_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["seat"], ["seat.id"], name="seat_payment_seat_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("seat", "payment", name="seat_payment_once"),
    )
    op.create_index("seat_payment_payment_idx", "seat_payment", ["payment"], unique=False)
    for guard in GUARDS:
        op.execute(guard)
    for table in OPEN:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO palier_app")
    for table in APPEND_ONLY:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO palier_app")


def downgrade():
    for table in ("seat_payment", "seat", "activity_session", "activity_series"):
        op.drop_table(table)
    for function in ("seat_moves", "seat_counts", "seat_money", "seat_payment_sum"):
        op.execute(f"DROP FUNCTION {function}()")
    op.execute(JOURNAL_DOWN)
