"""Uses looked at again: partners' statements, contests, signals, and figures that are kept

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
OPEN = (
    "shop_change",
    "offer_proposal",
    "contest",
    "signal",
    "household_figure",
    "figure_cell",
    "household_mark",
    "daily_money",
    "daily_book",
    "member_step",
)
APPEND_ONLY = ("closed_month", "shop_freedom", "closed_report")

# The sums of what is there, by day.
MONEY = """
SELECT (p.received_at AT TIME ZONE 'Europe/Paris')::date, o.kind, p.way,
  count(*) FILTER (WHERE p.kind = 'payment'),
  coalesce(sum(p.amount_cents) FILTER (WHERE p.kind = 'payment'), 0),
  sum(CASE WHEN p.kind IN ('payment', 'reinstated', 'returned') THEN p.amount_cents
    ELSE -p.amount_cents END), sum(p.fee_cents + coalesce(late.cents, 0))
FROM payment p JOIN pay_order o ON o.id = p.pay_order
LEFT JOIN LATERAL (SELECT sum(l.debit_cents - l.credit_cents) AS cents FROM journal_entry e
  JOIN journal_line l ON l.entry = e.id AND l.account = '627' WHERE e.key = 'fee:' || p.public_id) late
  ON true
GROUP BY 1, 2, 3
"""
BOOK = """
SELECT e.booked_on, l.account,
  CASE WHEN e.payment IS NOT NULL AND e.key LIKE 'payment:%' THEN 'payment:' || p.way
    WHEN e.key LIKE 'payout%' THEN 'payout' ELSE split_part(e.key, ':', 1) END,
  sum(l.debit_cents - l.credit_cents)
FROM journal_line l JOIN journal_entry e ON e.id = l.entry LEFT JOIN payment p ON p.id = e.payment
GROUP BY 1, 2, 3
"""
# Whatever a household's figures are counted from marks it, whoever writes it: ten use cases of four
# capabilities do, and one that forgot would be found a night later. A mark is a row of its own, so that
# nobody waits for another; no index, since there are few and all are read.
MARKS = (
    """
    CREATE FUNCTION mark_own() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO household_mark (household) VALUES (NEW.id);
      RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION mark_household() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO household_mark (household) VALUES (NEW.household);
      RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION mark_undone() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO household_mark (household)
        SELECT household FROM redemption WHERE id = NEW.redemption;
      RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION mark_dwelling() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO household_mark (household) SELECT id FROM household WHERE dwelling = NEW.id;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER figures_mark
      AFTER INSERT OR UPDATE OF category, proof, dwelling, ended_at ON household
      FOR EACH ROW EXECUTE FUNCTION mark_own()
    """,
    """
    CREATE TRIGGER figures_mark AFTER INSERT OR UPDATE ON household_member
      FOR EACH ROW EXECUTE FUNCTION mark_household()
    """,
    """
    CREATE TRIGGER figures_mark AFTER INSERT OR UPDATE ON period
      FOR EACH ROW EXECUTE FUNCTION mark_household()
    """,
    """
    CREATE TRIGGER figures_mark AFTER INSERT OR UPDATE ON monthly_plan
      FOR EACH ROW EXECUTE FUNCTION mark_household()
    """,
    """
    CREATE TRIGGER figures_mark AFTER INSERT ON redemption
      FOR EACH ROW EXECUTE FUNCTION mark_household()
    """,
    """
    CREATE TRIGGER figures_mark AFTER INSERT ON reversal
      FOR EACH ROW EXECUTE FUNCTION mark_undone()
    """,
    """
    CREATE TRIGGER figures_mark AFTER UPDATE OF residence, landlord ON dwelling
      FOR EACH ROW WHEN ((OLD.residence, OLD.landlord) IS DISTINCT FROM (NEW.residence, NEW.landlord))
      EXECUTE FUNCTION mark_dwelling()
    """,
    "INSERT INTO household_mark (household) SELECT id FROM household",
)
MARKED = (
    "household",
    "household_member",
    "period",
    "monthly_plan",
    "redemption",
    "reversal",
    "dwelling",
)

# What a treasurer's pages add up over a year, written with each payment and each line of the journal
# (billing/sums.py). Money is of revision 0003, which is released: its sums stand here with the others.
BY_DAY = (
    """
    CREATE FUNCTION sum_payment() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO daily_money (moved_on, order_kind, way, payments, paid_cents, net_cents, fee_cents)
        SELECT (NEW.received_at AT TIME ZONE 'Europe/Paris')::date, o.kind, NEW.way,
          CASE WHEN NEW.kind = 'payment' THEN 1 ELSE 0 END,
          CASE WHEN NEW.kind = 'payment' THEN NEW.amount_cents ELSE 0 END,
          CASE WHEN NEW.kind IN ('payment', 'reinstated', 'returned') THEN NEW.amount_cents
            ELSE -NEW.amount_cents END, NEW.fee_cents
        FROM pay_order o WHERE o.id = NEW.pay_order;
      RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION sum_line() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      entry journal_entry;
      paid payment;
    BEGIN
      SELECT * INTO entry FROM journal_entry WHERE id = NEW.entry;
      SELECT * INTO paid FROM payment WHERE id = entry.payment;
      INSERT INTO daily_book (booked_on, account, source, net_cents)
        VALUES (entry.booked_on, NEW.account,
          CASE WHEN entry.payment IS NOT NULL AND entry.key LIKE 'payment:%' THEN 'payment:' || paid.way
            WHEN entry.key LIKE 'payout%' THEN 'payout' ELSE split_part(entry.key, ':', 1) END,
          NEW.debit_cents - NEW.credit_cents);
      IF NEW.account = '627' AND entry.key = 'fee:' || paid.public_id THEN
        INSERT INTO daily_money (moved_on, order_kind, way, payments, paid_cents, net_cents, fee_cents)
          SELECT (paid.received_at AT TIME ZONE 'Europe/Paris')::date, o.kind, paid.way, 0, 0, 0,
            NEW.debit_cents - NEW.credit_cents FROM pay_order o WHERE o.id = paid.pay_order;
      END IF;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER payment_summed AFTER INSERT ON payment
      FOR EACH ROW EXECUTE FUNCTION sum_payment()
    """,
    """
    CREATE TRIGGER journal_line_summed AFTER INSERT ON journal_line
      FOR EACH ROW EXECUTE FUNCTION sum_line()
    """,
    # What stands already.
    f"INSERT INTO daily_money (moved_on, order_kind, way, payments, paid_cents, net_cents, fee_cents) {MONEY}",
    f"INSERT INTO daily_book (booked_on, account, source, net_cents) {BOOK}",
)

# Members by day (membership/steps.py). Several capabilities' use cases move a period, and all lock its
# household first, so that what ends it and what writes its periods never pass each other.
STEPS = (
    """
    CREATE FUNCTION write_step(span daterange, kind text, promised date, ended timestamptz, sign bigint)
      RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
      after date := least(upper(span), promised + 1, (ended AT TIME ZONE 'Europe/Paris')::date);
    BEGIN
      IF lower(span) < after THEN
        INSERT INTO member_step (on_day, category, change)
          VALUES (lower(span), kind, sign), (after, kind, -sign);
      END IF;
    END $$
    """,
    """
    CREATE FUNCTION step_period() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      ended timestamptz;
    BEGIN
      SELECT ended_at INTO ended FROM household WHERE id = NEW.household;
      IF TG_OP = 'UPDATE' AND OLD.cancelled_at IS NULL THEN
        PERFORM write_step(OLD.during, OLD.category, OLD.provisional_until, ended, -1);
      END IF;
      IF NEW.cancelled_at IS NULL THEN
        PERFORM write_step(NEW.during, NEW.category, NEW.provisional_until, ended, 1);
      END IF;
      RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION step_household() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM write_step(during, category, provisional_until, OLD.ended_at, -1),
        write_step(during, category, provisional_until, NEW.ended_at, 1)
        FROM period WHERE household = NEW.id AND cancelled_at IS NULL;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER period_steps
      AFTER INSERT OR UPDATE OF during, category, provisional_until, cancelled_at ON period
      FOR EACH ROW EXECUTE FUNCTION step_period()
    """,
    """
    CREATE TRIGGER household_steps AFTER UPDATE OF ended_at ON household
      FOR EACH ROW WHEN (OLD.ended_at IS DISTINCT FROM NEW.ended_at)
      EXECUTE FUNCTION step_household()
    """,
    # What stands already.
    """
    WITH span AS (
      SELECT q.category, lower(q.during) AS first, least(upper(q.during), q.provisional_until + 1,
        (h.ended_at AT TIME ZONE 'Europe/Paris')::date) AS after
      FROM period q JOIN household h ON h.id = q.household WHERE q.cancelled_at IS NULL
    )
    INSERT INTO member_step (on_day, category, change)
      SELECT on_day, category, sum(change) FROM (
        SELECT first AS on_day, category, 1 AS change FROM span WHERE first < after
        UNION ALL SELECT after, category, -1 FROM span WHERE first < after) ends GROUP BY 1, 2
    """,
)


def upgrade():
    op.add_column(
        "daily_savings",
        sa.Column("guessed_cents", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    # What a long list is made from, so that whoever comes after a restart can make it.
    op.add_column("prepared_list", sa.Column("what", sa.Text(), nullable=True))
    op.add_column("prepared_list", sa.Column("source", sa.LargeBinary(), nullable=True))
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
    _figures()
    _sums()
    for table in OPEN:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO palier_app")
    for table in APPEND_ONLY:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO palier_app")
    for statement in (*MARKS, *BY_DAY, *STEPS):
        op.execute(statement)


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


def _figures():
    op.create_table(
        "household_figure",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("household", sa.BigInteger(), nullable=False),
        sa.Column("residence", sa.BigInteger(), nullable=True),
        sa.Column("landlord", sa.BigInteger(), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("monthly", sa.Boolean(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("counts_from", sa.Date(), nullable=True),
        sa.Column("counts_to", sa.Date(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("look_on", sa.Date(), nullable=True),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.Column("adults", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("saved_cents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("household", name="household_figure_once"),
    )
    op.create_index("household_figure_to_look", "household_figure", ["look_on"], unique=False)
    op.create_index("household_figure_to_end", "household_figure", ["last_on"], unique=False)
    op.create_table(
        "figure_cell",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("residence", sa.BigInteger(), nullable=False),
        sa.Column("landlord", sa.BigInteger(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("monthly", sa.Boolean(), nullable=False),
        sa.Column("member", sa.Boolean(), nullable=False),
        sa.Column("last_month", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("households", sa.BigInteger(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.Column("adults", sa.BigInteger(), nullable=False),
        sa.Column("used_by", sa.BigInteger(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("saved_cents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
            "residence",
            "landlord",
            "category",
            "monthly",
            "member",
            "last_month",
            "year",
            name="figure_cell_once",
        ),
    )
    op.create_table(
        "household_mark",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("household", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "closed_report",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key", "until", name="closed_report_once"),
    )


def _sums():
    op.create_table(
        "daily_money",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column("order_kind", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("payments", sa.BigInteger(), nullable=False),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("fee_cents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("daily_money_of_day", "daily_money", ["moved_on", "order_kind"], unique=False)
    op.create_table(
        "daily_book",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("daily_book_of_account", "daily_book", ["account", "booked_on"], unique=False)
    op.create_table(
        "member_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "category IN ('tenant', 'neighbour', 'reduced', 'free')",
            name="member_step_category_known",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("member_step_of_day", "member_step", ["on_day", "category"], unique=False)
    # Uses of a month, the newest first. Not CONCURRENTLY, as in revision 0004: a year of uses is
    # read in half a second.
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX redemption_at_idx ON redemption (at)"
    )


def downgrade():
    op.execute("DROP INDEX redemption_at_idx")
    op.execute("DROP TRIGGER payment_summed ON payment")
    op.execute("DROP TRIGGER journal_line_summed ON journal_line")
    op.execute("DROP FUNCTION sum_payment()")
    op.execute("DROP FUNCTION sum_line()")
    op.execute("DROP TRIGGER period_steps ON period")
    op.execute("DROP TRIGGER household_steps ON household")
    op.execute("DROP FUNCTION step_period()")
    op.execute("DROP FUNCTION step_household()")
    op.execute("DROP FUNCTION write_step(daterange, text, date, timestamptz, bigint)")
    for table in MARKED:
        op.execute(f"DROP TRIGGER figures_mark ON {table}")
    for name in ("mark_own", "mark_household", "mark_undone", "mark_dwelling"):
        op.execute(f"DROP FUNCTION {name}()")
    for table in reversed((*OPEN, *APPEND_ONLY)):
        op.drop_table(table)
    op.drop_column("prepared_list", "source")
    op.drop_column("prepared_list", "what")
    op.drop_column("daily_savings", "guessed_cents")
