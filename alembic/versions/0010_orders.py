"""Orders: services at the counter, their prices, rounds and order tickets

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Whoever adds a table adds its rights: what nobody changes or deletes stands in the second tuple,
# what only a trigger writes in the third.
OPEN: tuple[str, ...] = (
    "counter_service",
    "service_site",
    "service_item",
    "service_price",
    "order_round",
    "order_ticket",
)
APPEND_ONLY: tuple[str, ...] = ("ticket_payment",)
READ_ONLY: tuple[str, ...] = ("ticket_move",)

ACCOUNTS = (
    "'512', '5125', '530', '5112', '411', '467', '471', '756', '706', '627', '658', '758',"
    " '606', '613', '615', '616', '618', '623', '625', '626', '6278', '641', '165', '7083', '7588'"
)

GUARDS = (
    # S2: one life for all orders, in the same order for everybody; S6: nothing is collected, nor
    # stands where it is paid first, before it is paid. A round whose list has left takes nobody (S3).
    """
    CREATE FUNCTION order_ticket_moves() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'ordered' OR NEW.amount_cents <> 0 OR NEW.paid_cents <> 0 THEN
          RAISE EXCEPTION 'an order begins ordered, without a sum'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_ticket_moves';
        END IF;
      ELSE
        IF (OLD.public_id, OLD.code, OLD.service, OLD.site, OLD.channel, OLD.pays_first, OLD.ordered_at)
          IS DISTINCT FROM (NEW.public_id, NEW.code, NEW.service, NEW.site, NEW.channel,
            NEW.pays_first, NEW.ordered_at)
          OR NEW.household <> OLD.household OR NEW.person <> OLD.person
          OR (OLD.person IS NULL AND NEW.person IS NOT NULL) THEN
          RAISE EXCEPTION 'order % stays what it is and whose it is', OLD.public_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_ticket_same';
        END IF;
        IF (OLD.amount_cents, OLD.paid_cents) <> (NEW.amount_cents, NEW.paid_cents)
          AND pg_trigger_depth() < 2 THEN
          RAISE EXCEPTION 'the sums of order % follow from its lines and payments', OLD.public_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_ticket_sums';
        END IF;
        IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
          ('ordered', 'confirmed'), ('confirmed', 'with_partner'),
          ('confirmed', 'ready'), ('with_partner', 'ready'), ('ready', 'with_partner'),
          ('ready', 'collected'), ('collected', 'ready'),
          ('ordered', 'cancelled'), ('confirmed', 'cancelled'),
          ('with_partner', 'cancelled'), ('ready', 'cancelled'),
          ('cancelled', 'refunded'), ('collected', 'refunded')
        ) THEN
          RAISE EXCEPTION 'an order does not move from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_ticket_moves';
        END IF;
        IF NEW.state <> OLD.state AND NEW.paid_cents < NEW.amount_cents
          AND (NEW.state = 'collected' OR (NEW.state = 'confirmed' AND NEW.pays_first)) THEN
          RAISE EXCEPTION 'order % is not paid', OLD.public_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_ticket_paid';
        END IF;
        IF NEW.state <> OLD.state AND NEW.state = 'refunded' AND NEW.paid_cents <> 0 THEN
          RAISE EXCEPTION 'money of order % is still here', OLD.public_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_ticket_given_back';
        END IF;
      END IF;
      IF NEW.round IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.round IS DISTINCT FROM OLD.round) THEN
        PERFORM 1 FROM order_round r WHERE r.id = NEW.round AND r.service = NEW.service
          AND r.site = NEW.site AND (r.sent_at IS NULL OR r.cutoff_at IS NULL)
          AND r.called_off_at IS NULL FOR SHARE;
        IF NOT FOUND THEN
          RAISE EXCEPTION 'this round takes no order any more, or is of another service'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_ticket_round_open';
        END IF;
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER order_ticket_moves BEFORE INSERT OR UPDATE ON order_ticket
      FOR EACH ROW EXECUTE FUNCTION order_ticket_moves()
    """,
    # S2: no move without its trace.
    """
    CREATE FUNCTION order_ticket_traced() RETURNS trigger LANGUAGE plpgsql
      SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        INSERT INTO ticket_move (ticket, was, state, at, by)
          VALUES (NEW.id, NULL, NEW.state, NEW.changed_at, NEW.changed_by);
      ELSIF NEW.state <> OLD.state THEN
        INSERT INTO ticket_move (ticket, was, state, at, by)
          VALUES (NEW.id, OLD.state, NEW.state, NEW.changed_at, NEW.changed_by);
      END IF;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER order_ticket_traced AFTER INSERT OR UPDATE ON order_ticket
      FOR EACH ROW EXECUTE FUNCTION order_ticket_traced()
    """,
    # S1: what was ordered keeps its price; its description may be forgotten.
    """
    CREATE FUNCTION ticket_line_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (OLD.ticket, OLD.item, OLD.name, OLD.many, OLD.unit_cents)
        IS DISTINCT FROM (NEW.ticket, NEW.item, NEW.name, NEW.many, NEW.unit_cents) THEN
        RAISE EXCEPTION 'a line of an order stays as it was ordered'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_line_stays';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER ticket_line_stays BEFORE UPDATE ON ticket_line
      FOR EACH ROW EXECUTE FUNCTION ticket_line_stays()
    """,
    # S6: the sum of an order is that of its lines, and no line comes once it stands.
    """
    CREATE FUNCTION ticket_line_sum() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE order_ticket SET amount_cents = amount_cents + NEW.many * NEW.unit_cents
        WHERE id = NEW.ticket AND state = 'ordered' AND paid_cents = 0;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'this order stands: nothing is added to it'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_line_late';
      END IF;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER ticket_line_sum AFTER INSERT ON ticket_line
      FOR EACH ROW EXECUTE FUNCTION ticket_line_sum()
    """,
    # S6: no more of a payment than there is of it, each part on its side; an order is paid once.
    """
    CREATE FUNCTION ticket_payment_sum() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      moved record;
    BEGIN
      SELECT p.amount_cents, p.kind IN ('payment', 'reinstated', 'returned') AS came, o.kind
        INTO moved FROM payment p JOIN pay_order o ON o.id = p.pay_order WHERE p.id = NEW.payment;
      IF moved.kind <> 'service' OR moved.came <> (NEW.part_cents > 0) OR moved.amount_cents
        < (SELECT sum(abs(part_cents)) FROM ticket_payment WHERE payment = NEW.payment) THEN
        RAISE EXCEPTION 'payment % is not so much for an order', NEW.payment
          USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_payment_real';
      END IF;
      UPDATE order_ticket SET paid_cents = paid_cents + NEW.part_cents WHERE id = NEW.ticket;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER ticket_payment_sum AFTER INSERT ON ticket_payment
      FOR EACH ROW EXECUTE FUNCTION ticket_payment_sum()
    """,
)


# S5: the record says that something was kept and handed over, and by whom of the house; not for whom.
# As with unlink_loans, the application can unlink nothing but what it has forgotten.
UNLINK = (
    """
    CREATE FUNCTION unlink_parcels(tickets text[]) RETURNS bigint LANGUAGE plpgsql
      SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE gone bigint;
    BEGIN
      UPDATE audit_entry SET subject_id = NULL, object_id = NULL
        FROM order_ticket t JOIN counter_service s ON s.id = t.service
        WHERE object_kind = 'order_ticket' AND object_id = t.public_id
        AND t.public_id = ANY (tickets) AND s.holds AND t.household IS NULL
        AND t.forgotten_at >= t.changed_at + make_interval(days => s.forget_days::int);
      GET DIAGNOSTICS gone = ROW_COUNT;
      RETURN gone;
    END $$
    """,
    "REVOKE ALL ON FUNCTION unlink_parcels(text[]) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION unlink_parcels(text[]) TO palier_app",
)

# One more account, as 0004 did it: the wider check replaces the narrower in one statement.
JOURNAL = (
    "-- squawk-ignore ban-drop-constraint\n"
    "ALTER TABLE journal_line DROP CONSTRAINT journal_line_account_known,"
    f" ADD CONSTRAINT journal_line_account_known CHECK (account IN ({ACCOUNTS}, '7088')) NOT VALID",
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
        "counter_service",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("icon", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("merchant", sa.BigInteger(), nullable=True),
        sa.Column("sent_to", sa.Text(), nullable=False),
        sa.Column("weekly", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("delivery_weekday", sa.BigInteger(), nullable=True),
        sa.Column("cutoff_weekday", sa.BigInteger(), nullable=True),
        sa.Column("cutoff_time", sa.Time(), nullable=True),
        sa.Column("brings_in", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("holds", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("pay_at", sa.Text(), nullable=False),
        sa.Column("remind_days", sa.BigInteger(), server_default=sa.text("7"), nullable=False),
        sa.Column("unclaimed_days", sa.BigInteger(), server_default=sa.text("30"), nullable=False),
        sa.Column("forget_days", sa.BigInteger(), server_default=sa.text("30"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "NOT (holds AND (weekly OR brings_in)) AND (NOT holds OR pay_at = 'nothing')",
            name="counter_service_one_way",
        ),
        sa.CheckConstraint(
            "pay_at IN ('order', 'collection', 'either', 'nothing')",
            name="counter_service_pay_at_known",
        ),
        sa.CheckConstraint(
            "coalesce(delivery_weekday, 0) BETWEEN 0 AND 6 AND coalesce(cutoff_weekday, 0) BETWEEN 0 AND 6 AND remind_days BETWEEN 1 AND 90 AND unclaimed_days BETWEEN remind_days AND 365 AND forget_days BETWEEN 1 AND 30",
            name="counter_service_sane",
        ),
        sa.CheckConstraint(
            "num_nulls(delivery_weekday, cutoff_weekday, cutoff_time) = CASE WHEN weekly THEN 0 ELSE 3 END",
            name="counter_service_scheduled",
        ),
        sa.ForeignKeyConstraint(
            ["merchant"], ["partner.id"], name="counter_service_merchant_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="counter_service_public_id_key"),
        sa.UniqueConstraint("slug", name="counter_service_slug_key"),
    )
    op.create_index("counter_service_merchant_idx", "counter_service", ["merchant"], unique=False)
    op.create_table(
        "order_round",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("service", sa.BigInteger(), nullable=False),
        sa.Column("site", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("cutoff_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by", sa.BigInteger(), nullable=True),
        sa.Column("back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("link_hash", sa.LargeBinary(), nullable=True),
        sa.Column("link_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_off_for", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "back_at IS NULL OR sent_at IS NOT NULL", name="order_round_back_once_sent"
        ),
        sa.CheckConstraint(
            "cutoff_at IS NOT NULL OR sent_at IS NOT NULL", name="order_round_sent_or_open"
        ),
        sa.CheckConstraint("sent_at >= cutoff_at", name="order_round_in_time"),
        sa.CheckConstraint(
            "(called_off_at IS NULL) = (called_off_for IS NULL)", name="order_round_said_why"
        ),
        sa.ForeignKeyConstraint(
            ["sent_by"], ["person.id"], name="order_round_sent_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["service"],
            ["counter_service.id"],
            name="order_round_service_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["site"], ["site.id"], name="order_round_site_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("link_hash", name="order_round_link_hash_key"),
        sa.UniqueConstraint("public_id", name="order_round_public_id_key"),
    )
    op.create_index("order_round_of_service", "order_round", ["service", "due_on"], unique=False)
    op.create_index(
        "order_round_one_a_day",
        "order_round",
        ["service", "site", "due_on"],
        unique=True,
        postgresql_where=sa.text("cutoff_at IS NOT NULL"),
    )
    op.create_index("order_round_site_idx", "order_round", ["site"], unique=False)
    op.create_index(
        "order_round_to_send",
        "order_round",
        ["cutoff_at"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL AND cutoff_at IS NOT NULL"),
    )
    op.create_table(
        "service_item",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("service", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["service"],
            ["counter_service.id"],
            name="service_item_service_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="service_item_public_id_key"),
    )
    op.create_index("service_item_service_idx", "service_item", ["service"], unique=False)
    op.create_table(
        "service_site",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("service", sa.BigInteger(), nullable=False),
        sa.Column("site", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service"],
            ["counter_service.id"],
            name="service_site_service_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["site"], ["site.id"], name="service_site_site_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("service", "site", name="service_site_once"),
    )
    op.create_index("service_site_site_idx", "service_site", ["site"], unique=False)
    op.create_table(
        "service_price",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("item", sa.BigInteger(), nullable=False),
        sa.Column("unit_cents", sa.BigInteger(), nullable=False),
        sa.Column("during", postgresql.DATERANGE(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(item, item, '[]')"), "&&"),
            (sa.text("during"), "&&"),
            using="gist",
            name="service_price_no_two",
        ),
        sa.CheckConstraint("NOT isempty(during)", name="service_price_during_not_empty"),
        sa.CheckConstraint("unit_cents >= 0", name="service_price_positive"),
        sa.ForeignKeyConstraint(
            ["item"], ["service_item.id"], name="service_price_item_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("service_price_item_idx", "service_price", ["item"], unique=False)
    op.create_table(
        "order_ticket",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("service", sa.BigInteger(), nullable=False),
        sa.Column("site", sa.BigInteger(), nullable=False),
        sa.Column("household", sa.BigInteger(), nullable=True),
        sa.Column("person", sa.BigInteger(), nullable=True),
        sa.Column("round", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("pays_first", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("paid_cents", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("shelf", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state <> 'ready') OR ready_at IS NOT NULL", name="order_ticket_ready"),
        sa.CheckConstraint("channel IN ('online', 'desk')", name="order_ticket_channel_known"),
        sa.CheckConstraint(
            "state IN ('ordered', 'confirmed', 'with_partner', 'ready', 'collected', 'cancelled', 'refunded')",
            name="order_ticket_state_known",
        ),
        sa.CheckConstraint("paid_cents BETWEEN 0 AND amount_cents", name="order_ticket_paid_once"),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["person.id"], name="order_ticket_changed_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["household"], ["household.id"], name="order_ticket_household_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="order_ticket_person_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["round"], ["order_round.id"], name="order_ticket_round_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["service"],
            ["counter_service.id"],
            name="order_ticket_service_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["site"], ["site.id"], name="order_ticket_site_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code", name="order_ticket_code_key"),
        sa.UniqueConstraint("public_id", name="order_ticket_public_id_key"),
    )
    op.create_index(
        "order_ticket_ended",
        "order_ticket",
        ["changed_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('collected', 'cancelled', 'refunded')"),
    )
    op.create_index("order_ticket_household_idx", "order_ticket", ["household"], unique=False)
    op.create_index(
        "order_ticket_on_way",
        "order_ticket",
        ["site", "state"],
        unique=False,
        postgresql_where=sa.text("state IN ('ordered', 'confirmed', 'with_partner', 'ready')"),
    )
    op.create_index("order_ticket_person_idx", "order_ticket", ["person"], unique=False)
    op.create_index("order_ticket_round_idx", "order_ticket", ["round"], unique=False)
    op.create_index("order_ticket_service_idx", "order_ticket", ["service"], unique=False)
    op.create_index(
        "order_ticket_unpaid",
        "order_ticket",
        ["site"],
        unique=False,
        postgresql_where=sa.text("state = 'collected' AND paid_cents < amount_cents"),
    )
    op.create_index(
        "order_ticket_waiting",
        "order_ticket",
        ["ready_at"],
        unique=False,
        postgresql_where=sa.text("state = 'ready'"),
    )
    op.create_table(
        "ticket_line",
        sa.Column("many", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket", sa.BigInteger(), nullable=False),
        sa.Column("item", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("unit_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("many BETWEEN 1 AND 99 AND unit_cents >= 0", name="ticket_line_sane"),
        sa.ForeignKeyConstraint(
            ["item"], ["service_item.id"], name="ticket_line_item_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["ticket"], ["order_ticket.id"], name="ticket_line_ticket_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ticket_line_item_idx", "ticket_line", ["item"], unique=False)
    op.create_index("ticket_line_ticket_idx", "ticket_line", ["ticket"], unique=False)
    op.create_table(
        "ticket_move",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket", sa.BigInteger(), nullable=False),
        sa.Column("was", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by"], ["person.id"], name="ticket_move_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["ticket"], ["order_ticket.id"], name="ticket_move_ticket_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ticket_move_ticket_idx", "ticket_move", ["ticket"], unique=False)
    op.create_table(
        "ticket_payment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket", sa.BigInteger(), nullable=False),
        sa.Column("payment", sa.BigInteger(), nullable=False),
        sa.Column("part_cents", sa.BigInteger(), nullable=False),
        sa.Column("again", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("part_cents <> 0", name="ticket_payment_something"),
        sa.CheckConstraint("NOT again OR part_cents < 0", name="ticket_payment_goes_back"),
        sa.ForeignKeyConstraint(
            ["payment"], ["payment.id"], name="ticket_payment_payment_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["ticket"], ["order_ticket.id"], name="ticket_payment_ticket_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ticket", "payment", name="ticket_payment_once"),
    )
    op.create_index("ticket_payment_payment_idx", "ticket_payment", ["payment"], unique=False)
    for guard in (*GUARDS, *UNLINK):
        op.execute(guard)
    for table in OPEN:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO palier_app")
    for table in APPEND_ONLY:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO palier_app")
    op.execute("GRANT SELECT, INSERT, UPDATE (words) ON ticket_line TO palier_app")
    for table in READ_ONLY:
        op.execute(f"GRANT SELECT ON {table} TO palier_app")


def downgrade():
    for table in (
        "ticket_payment",
        "ticket_move",
        "ticket_line",
        "order_ticket",
        "order_round",
        "service_price",
        "service_item",
        "service_site",
        "counter_service",
    ):
        op.drop_table(table)
    for function in (
        "order_ticket_moves",
        "order_ticket_traced",
        "ticket_line_stays",
        "ticket_line_sum",
        "ticket_payment_sum",
    ):
        op.execute(f"DROP FUNCTION {function}()")
    op.execute("DROP FUNCTION unlink_parcels(text[])")
    op.execute(JOURNAL_DOWN)
