"""What must be true of the rows after every act, whoever did it and whoever was killed in it.

Each query finds what is wrong. Together they are one statement: they are asked thousands of times.
"""

from backend.kit.database import fetch
from backend.lending.owing import HELD_SQL, OWED_SQL

SIGNED = (
    "CASE WHEN p.kind IN ('payment', 'reinstated', 'returned') THEN p.amount_cents"
    " ELSE -p.amount_cents END"
)
# What a payment at Stripe has left; what staff took has no thread of its own.
THREADS = (
    "SELECT coalesce(f.external_id, p.external_id) AS thread, p.pay_order,"
    f" sum({SIGNED})::bigint AS cents,"
    f" sum({SIGNED}) FILTER (WHERE p.external_id IS NOT NULL)::bigint AS at_stripe,"
    " coalesce(sum(p.amount_cents) FILTER (WHERE p.kind = 'payment'), 0)::bigint AS paid,"
    " coalesce(sum(CASE p.kind WHEN 'dispute' THEN p.amount_cents WHEN 'reinstated'"
    "  THEN -p.amount_cents END), 0)::bigint AS disputed"
    " FROM payment p LEFT JOIN payment f ON f.id = p.of_payment GROUP BY 1, 2"
)


def held(*accounts: str) -> str:
    """What the journal says of these accounts; what the treasurer typed or took back has no paper."""
    some = ", ".join(f"'{one}'" for one in accounts)
    return (
        "(SELECT coalesce(sum(l.debit_cents - l.credit_cents), 0) FROM journal_line l"
        " JOIN journal_entry e ON e.id = l.entry WHERE e.key NOT LIKE 'reversal:%'"
        f" AND e.key NOT LIKE 'cost:%' AND e.key NOT LIKE 'suspense:%' AND l.account IN ({some}))"
    )


# What the last session of each drawer holds, by its own papers.
DRAWERS = (
    "SELECT coalesce(sum(coalesce(d.kept_cents, d.float_cents"
    f" + (SELECT coalesce(sum({SIGNED}), 0) FROM payment p WHERE p.drawer = d.id)"
    " - (SELECT coalesce(sum(b.amount_cents), 0) FROM drawer_deposit b WHERE b.drawer = d.id))), 0)"
    " FROM drawer_session d WHERE d.id IN (SELECT max(id) FROM drawer_session GROUP BY site)"
)
CHEQUES = (
    "SELECT coalesce(sum(p.amount_cents), 0) FROM payment p WHERE p.way = 'cheque'"
    " AND p.kind = 'payment' AND NOT EXISTS (SELECT 1 FROM deposited_cheque c WHERE c.payment = p.id)"
    " AND NOT EXISTS (SELECT 1 FROM payment b WHERE b.of_payment = p.id AND b.way = 'cheque')"
)
BANK = (
    "SELECT (SELECT coalesce(sum(amount_cents), 0) FROM drawer_deposit)"
    " - (SELECT coalesce(sum(brought_cents), 0) FROM drawer_session)"
    " + (SELECT coalesce(sum(amount_cents), 0) FROM cheque_deposit)"
    " - (SELECT coalesce(sum(p.amount_cents), 0) FROM payment p JOIN deposited_cheque c"
    "   ON c.payment = p.of_payment WHERE p.way = 'cheque')"
    f" + (SELECT coalesce(sum({SIGNED}), 0) FROM payment p WHERE p.way = 'transfer')"
    " + (SELECT coalesce(sum(amount_cents), 0) FROM payout"
    "   WHERE status NOT IN ('failed', 'canceled'))"
)

# What Stripe was asked to give back of an order, and did not tell yet.
ASKED = (
    "(SELECT coalesce(sum(r.amount_cents), 0) FROM refund r JOIN payment p ON p.id = r.payment"
    " WHERE p.pay_order = o.id AND r.refused_at IS NULL AND NOT EXISTS (SELECT 1 FROM payment b"
    "  WHERE b.kind = 'refund' AND b.external_id = r.external_id))"
)


def sold(kind: str, account: str, table: str, parts: str, of: str) -> dict[str, str]:
    """What must be true of whatever households buy besides their membership."""
    brought = f"(SELECT sum({SIGNED}) FROM payment p WHERE p.pay_order = o.id)"
    stands = (
        f"(SELECT coalesce(sum(t.part_cents), 0) FROM {parts} t JOIN payment m ON m.id = t.payment"
        " WHERE m.pay_order = o.id)"
    )
    return {
        f"{kind}: its account is not what was paid": (
            f"SELECT 1 WHERE -{held(account)} <> (SELECT coalesce(sum({SIGNED}), 0) FROM payment p"
            f" JOIN pay_order o ON o.id = p.pay_order WHERE o.kind = '{kind}')"
        ),
        f"{kind}: its parts are not what it says": (
            f"SELECT s.id FROM {table} s LEFT JOIN {parts} t ON t.{of} = s.id GROUP BY s.id"
            " HAVING s.paid_cents <> coalesce(sum(t.part_cents), 0)"
        ),
        f"{kind}: paid with more than came": (
            f"SELECT o.id FROM pay_order o WHERE o.kind = '{kind}'"
            f" AND {stands} > greatest(0, {brought})"
        ),
        # Of what Stripe would not give back, and of what came back from there, the treasurer was told.
        f"{kind}: money that is for nothing": (
            f"SELECT o.id FROM pay_order o WHERE o.kind = '{kind}' AND {brought} - {ASKED} > {stands}"
            " AND NOT EXISTS (SELECT 1 FROM payment p LEFT JOIN refund r ON r.payment = p.id"
            "  WHERE p.pay_order = o.id AND (p.kind IN ('returned', 'reinstated')"
            "   OR r.refused_at IS NOT NULL))"
        ),
    }


WRONG = {
    # The books
    "an entry that is not zero": (
        "SELECT entry FROM journal_line GROUP BY entry HAVING sum(debit_cents - credit_cents) <> 0"
    ),
    "a movement without its one entry": (
        "SELECT p.id FROM payment p LEFT JOIN journal_entry e ON e.key = 'payment:' || p.public_id"
        " GROUP BY p.id HAVING count(e.id) <> 1"
    ),
    "coins that are not where the books say": (f"SELECT 1 WHERE {held('530')} <> ({DRAWERS})"),
    "cheques that are not where the books say": (f"SELECT 1 WHERE {held('5112')} <> ({CHEQUES})"),
    "money at the bank that no paper explains": (f"SELECT 1 WHERE {held('512')} <> ({BANK})"),
    "dues that are not what was paid": (
        f"SELECT 1 WHERE -{held('756', '706')} <> (SELECT coalesce(sum({SIGNED}), 0) FROM payment p"
        " JOIN pay_order o ON o.id = p.pay_order WHERE o.kind IN ('dues', 'partner_dues'))"
    ),
    # Loans
    "loans owed that are not what the ledger says": (
        f"SELECT 1 WHERE {held('411')} <> (SELECT coalesce(sum(CASE {OWED_SQL} END), 0)"
        " FROM lending_entry e)"
    ),
    "deposits that are not what the ledger says": (
        f"SELECT 1 WHERE -{held('165')} <> (SELECT coalesce(sum(CASE {HELD_SQL} END), 0)"
        " FROM lending_entry e WHERE e.journal IS NOT NULL AND e.deposit IN (SELECT deposit"
        "  FROM lending_entry WHERE kind = 'deposit_held' AND journal IS NOT NULL))"
    ),
    "a loan that costs less than nothing": (
        "SELECT d.id FROM loan_debt d JOIN lending_entry e ON e.debt = d.id GROUP BY d.id"
        " HAVING sum(e.amount_cents) FILTER (WHERE e.kind = 'waiver') > d.amount_cents"
    ),
    # Services and seats
    **sold("service", "7088", "order_ticket", "ticket_payment", "ticket"),
    **sold("activity", "7062", "seat", "seat_payment", "seat"),
    "an order said to be given back, with its money": (
        "SELECT t.id FROM order_ticket t WHERE t.state = 'refunded' AND t.paid_cents > 0"
        " AND NOT EXISTS (SELECT 1 FROM ticket_payment b JOIN payment p ON p.id = b.payment"
        "  WHERE b.ticket = t.id AND p.kind IN ('returned', 'reinstated'))"
    ),
    "more went back over the counter than came": (
        "SELECT o.id FROM pay_order o JOIN payment p ON p.pay_order = o.id"
        " WHERE o.kind IN ('service', 'activity') AND p.external_id IS NULL GROUP BY o.id"
        f" HAVING sum({SIGNED}) FILTER (WHERE p.kind IN ('payment', 'refund')) < 0 AND o.way <> 'online'"
    ),
    # Papers
    "a gap in the numbers": (
        "SELECT series FROM receipt GROUP BY series, year HAVING max(number) <> count(*)"
    ),
    "a gap in the deposits of cheques": (
        "SELECT year FROM cheque_deposit GROUP BY year HAVING max(number) <> count(*)"
    ),
    "a payment or a refund without its paper": (
        "SELECT p.id FROM payment p JOIN pay_order o ON o.id = p.pay_order"
        " LEFT JOIN receipt r ON r.payment = p.id"
        " WHERE o.kind IN ('dues', 'lending', 'deposit', 'hold', 'activity', 'service')"
        " AND p.kind IN ('payment', 'refund', 'returned') AND r.id IS NULL"
        " AND p.amount_cents >= CASE p.kind WHEN 'payment' THEN o.amount_cents ELSE 0 END"
    ),
    "a paper of another sum": (
        "SELECT r.id FROM receipt r JOIN payment p ON p.id = r.payment"
        " WHERE (r.printed ->> 'amount_cents')::bigint <> p.amount_cents"
    ),
    "papers that do not add up to the money they are of": (
        "SELECT 1 FROM receipt r JOIN payment p ON p.id = r.payment"
        " WHERE (left(r.series, 1) = 'A') <> (p.kind = 'refund')"
    ),
    # Days
    "days of money that is gone": (
        "SELECT q.id FROM period q WHERE q.cancelled_at IS NULL AND q.provisional_until IS NULL"
        " AND q.carried_from IS NULL AND coalesce((SELECT sum(t.cents)"
        f"  FROM ({THREADS}) t WHERE t.pay_order = q.pay_order"
        "  AND (t.thread = q.external_id OR q.external_id IS NULL)), 0) <= 0"
        " AND (SELECT o.amount_cents FROM pay_order o WHERE o.id = q.pay_order) > 0"
    ),
    "carried days that stand on nothing": (
        "WITH RECURSIVE root AS (SELECT id, id AS root FROM period WHERE carried_from IS NULL"
        " UNION ALL SELECT q.id, r.root FROM period q JOIN root r ON q.carried_from = r.id)"
        " SELECT q.id FROM period q JOIN root r USING (id) JOIN period s ON s.id = r.root"
        " JOIN pay_order o ON o.id = s.pay_order"
        " WHERE q.carried_from IS NOT NULL AND q.cancelled_at IS NULL AND o.amount_cents > 0"
        f" AND coalesce((SELECT sum(t.cents) FROM ({THREADS}) t WHERE t.pay_order = s.pay_order"
        "  AND (t.thread = s.external_id OR s.external_id IS NULL)), 0) <= 0"
    ),
    "money kept that bought no days": (
        f"SELECT t.thread FROM ({THREADS}) t JOIN pay_order o ON o.id = t.pay_order"
        " WHERE o.kind = 'dues' AND o.withdrawn_at IS NULL AND t.cents > 0 AND t.disputed = 0"
        " AND t.paid >= o.amount_cents AND NOT EXISTS (SELECT 1 FROM period q"
        "  WHERE q.pay_order = t.pay_order AND q.cancelled_at IS NULL AND q.provisional_until IS NULL"
        "  AND (q.external_id IS NOT DISTINCT FROM t.thread OR q.carried_from IS NOT NULL))"
    ),
    "more or fewer days than were paid": (
        "SELECT q.id FROM period q JOIN pay_order o ON o.id = q.pay_order"
        " WHERE q.carried_from IS NULL AND abs(upper(q.during) - (lower(q.during)"
        "  + make_interval(months => (o.terms ->> 'months')::int))::date) > 3"  # shorter months since
    ),
    "days carried that are not those that were left": (
        "SELECT q.id FROM period q JOIN period s ON s.id = q.carried_from,"
        " LATERAL (SELECT (q.created_at AT TIME ZONE 'Europe/Paris')::date AS on) c"
        " WHERE upper(q.during) - lower(q.during) NOT IN ("
        "  upper(s.during) - greatest(lower(s.during), c.on),"
        "  upper(s.during) - greatest(lower(s.during), c.on + 1))"
    ),
    # Nobody pays for what they left
    "staff took money for a household that had ended": (
        "SELECT p.id FROM payment p JOIN pay_order o ON o.id = p.pay_order JOIN household h"
        " ON h.id = (o.terms ->> 'household_id')::bigint WHERE p.kind = 'payment'"
        " AND o.kind = 'dues' AND p.external_id IS NULL AND o.created_at > h.ended_at"
    ),
    "days were given to a household that had ended": (
        "SELECT q.id FROM period q JOIN household h ON h.id = q.household"
        " WHERE q.created_at > h.ended_at AND q.external_id IS NULL"
    ),
    "a renewal by itself of who has left": (
        "SELECT w.id FROM renewal_wish w JOIN pay_order o ON o.id = w.pay_order"
        " WHERE w.ended_at IS NULL AND NOT EXISTS (SELECT 1 FROM household_member m"
        "  WHERE m.household = w.household AND m.left_on IS NULL"
        "  AND m.person = coalesce((o.terms ->> 'by')::bigint, m.person))"
    ),
    "a charge for a renewal that was given up before": (
        "SELECT o.id FROM renewal r JOIN pay_order o ON o.id = r.pay_order"
        " WHERE o.cancelled_at IS NOT NULL AND o.stripe_intent IS NOT NULL"
    ),
    "two charges for one renewal": (
        "SELECT pay_order FROM renewal WHERE pay_order IS NOT NULL GROUP BY pay_order"
        " HAVING count(*) > 1"
    ),
}
ALL_WRONG = " UNION ALL ".join(
    f"SELECT '{name}' AS what WHERE EXISTS ({statement})" for name, statement in WRONG.items()
)


async def wrong() -> list[str]:
    return [row["what"] for row in await fetch(ALL_WRONG)]


# Paid days begin at once: whoever has paid is not without them today, while others are to come (M1).
# Time alone may make it untrue where a debit never ended.
WAITING = (
    "SELECT h.public_id FROM household h WHERE h.ended_at IS NULL AND EXISTS (SELECT 1 FROM period q"
    " WHERE q.household = h.id AND q.cancelled_at IS NULL AND lower(q.during) > $1::date)"
    " AND NOT EXISTS (SELECT 1 FROM period q WHERE q.household = h.id AND q.cancelled_at IS NULL"
    "  AND q.during @> $1::date)"
)
