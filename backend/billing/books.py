"""The books as the treasurer reads them: what came in, what it cost, and whether all papers agree (B10)."""

from datetime import date, datetime

import msgspec

from backend.billing.cheques import WAITING as CHEQUES_WAITING
from backend.billing.rules import Account
from backend.kit import clock
from backend.kit.database import fetch, fetch_as, fetch_one

_SIGNED = (
    "CASE WHEN p.kind IN ('payment', 'reinstated', 'returned') THEN 1 ELSE -1 END * p.amount_cents"
)

# The number of a movement's paper: its receipt, or of partners the invoice it paid; what was given back
# has its own credit note, or the one that took the invoice back.
PAPER = (
    "coalesce(r.series || '-' || r.year || '-' || lpad(r.number::text, 5, '0'),"
    " (SELECT i.series || '-' || i.year || '-' || lpad(i.number::text, 5, '0') FROM invoice i"
    "  WHERE i.pay_order = p.pay_order"
    "  AND (i.cancels IS NULL) = (p.kind IN ('payment', 'reinstated', 'returned'))"
    "  AND coalesce(i.payment, p.id) = p.id ORDER BY i.payment IS NULL,"
    "  CASE WHEN p.kind = 'payment' THEN -i.id ELSE i.id END DESC LIMIT 1))"
)
# What Stripe kept of a movement, also where it said so later.
_LATE_FEE = (
    " LEFT JOIN LATERAL (SELECT sum(l.debit_cents - l.credit_cents)::bigint AS cents"
    "  FROM journal_entry e JOIN journal_line l ON l.entry = e.id AND l.account = '627'"
    "  WHERE e.key = 'fee:' || p.public_id) late ON true"
)
_FEE = "p.fee_cents + coalesce(late.cents, 0)"


class Cost(msgspec.Struct, frozen=True):
    """What a way of paying brought and what Stripe kept of it (B1).

    Fees of disputes and refunds are costs of the way too; nobody gives them back.
    """

    way: str
    payments: int
    amount_cents: int
    fee_cents: int

    @property
    def percent(self) -> float:
        return round(100 * self.fee_cents / self.amount_cents, 1) if self.amount_cents else 0.0

    @property
    def each_cents(self) -> int:
        return round(self.fee_cents / self.payments) if self.payments else 0


class Balance(msgspec.Struct, frozen=True):
    """Cents on one side of the books and on the other, and what the difference is."""

    what: str
    books_cents: int
    papers_cents: int

    @property
    def difference_cents(self) -> int:
        return self.books_cents - self.papers_cents


class Sale(msgspec.Struct, frozen=True):
    """A movement of money for the sales journal; below zero it was given back."""

    received_at: datetime
    receipt: str
    label: str
    payer: str
    kind: str
    way: str
    amount_cents: int
    fee_cents: int


class Gap(msgspec.Struct, frozen=True):
    """A series of numbers in a year: the last one, and how many papers there are (M9)."""

    series: str
    year: int
    last: int
    papers: int

    @property
    def whole(self) -> bool:
        return self.last == self.papers


class Found(msgspec.Struct, frozen=True):
    """A receipt or an invoice that was looked for."""

    public_id: str
    number: str
    payer: str
    issued_at: datetime
    amount_cents: int


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The treasury of some days at a glance, and what waits for somebody today.

    `other_fees_cents`: what Stripe took by itself, for no payment: its share of renewals, once a month.
    """

    costs: list[Cost]
    dues_cents: int
    other_fees_cents: int
    expected_cents: int
    cheques: int
    cheques_cents: int
    lines: int
    differences: int


async def summary(since: date, until: date) -> Summary:
    """Both days included; one statement. Ways of paying stand by what they cost."""
    rows = [dict(row) for row in await fetch(SUMMARY, since, until)]
    costs = [
        Cost(**{name: row.pop(name) for name in Cost.__struct_fields__})
        for row in rows
        if row["way"] is not None
    ]
    return Summary(costs=costs, **{name: rows[0][name] for name in Summary.__struct_fields__[1:]})


# What moved is that of the sums by day, which a night holds against payments and journal.
SUMMARY = f"""
SELECT x.*, q.*, w.*
FROM (SELECT
    (SELECT coalesce(sum(net_cents), 0)::bigint FROM daily_money
     WHERE order_kind = 'dues' AND moved_on BETWEEN $1 AND $2) AS dues_cents,
    (SELECT coalesce(sum(net_cents), 0)::bigint FROM daily_book WHERE account = '627'
     AND source = 'stripe' AND booked_on BETWEEN $1 AND $2) AS other_fees_cents,
    (SELECT coalesce(sum(o.amount_cents), 0)::bigint FROM pay_order o WHERE o.way = 'transfer'
     AND o.reference IS NOT NULL AND o.cancelled_at IS NULL
     AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.pay_order = o.id)) AS expected_cents,
    (SELECT count(*) FROM bank_line WHERE state = 'waiting') AS lines,
    (SELECT count(*) FROM difference WHERE closed_at IS NULL) AS differences) x
CROSS JOIN (SELECT count(*) AS cheques, coalesce(sum(amount_cents), 0)::bigint AS cheques_cents
  FROM ({CHEQUES_WAITING}) c) q
LEFT JOIN (SELECT way, sum(payments)::bigint AS payments, sum(paid_cents)::bigint AS amount_cents,
    sum(fee_cents)::bigint AS fee_cents FROM daily_money WHERE moved_on BETWEEN $1 AND $2
  GROUP BY way) w ON true
ORDER BY w.fee_cents DESC, w.way
"""  # noqa: S608 - our own words


Sums = dict[tuple[str, str], int]
ONLINE = ("payment:online", "payment:monthly")
CHANNELS = {
    "online": ONLINE,
    "cash": ("payment:cash",),
    "cheque": ("payment:cheque",),
    "transfer": ("payment:transfer",),
}


# Where what waited at 471 went, its fees left out.
CLEARED = (Account.BANK, Account.OVER, Account.SHORT, Account.HELD)


class Reconciled(msgspec.Struct, frozen=True):
    """A period: the sales of the journal, where their money is, and both beside their papers.

    `parts` add up to `sales_cents`: Stripe's payouts, its fees and what it still holds, the drawers,
    the cheques and the lines of the bank.
    """

    sales_cents: int
    parts: dict[str, int]
    balances: list[Balance]

    @property
    def whole(self) -> bool:
        return sum(self.parts.values()) == self.sales_cents


async def reconciliation(since: date, until: date) -> Reconciled:
    """Both days included. Every difference has its name."""
    rows = await fetch(
        "SELECT source, account, sum(net_cents)::bigint AS cents FROM daily_book"
        " WHERE booked_on BETWEEN $1 AND $2 GROUP BY 1, 2",
        since,
        until,
    )
    books = {(row["source"], row["account"]): row["cents"] for row in rows}
    parts = {
        "payouts": _of(books, Account.BANK, "payout"),
        "fees": _of(books, Account.FEES),
        "stripe": _of(books, Account.STRIPE),
        "suspense": _of(books, Account.WAITING),
        "cleared": sum(_of(books, each, "suspense") for each in CLEARED),
        "cash": _of(books, Account.CASH, *CHANNELS["cash"]),
        "cheques": _of(books, Account.CHEQUES, *CHANNELS["cheque"])
        + _of(books, Account.BANK, *CHANNELS["cheque"]),
        "transfers": _of(books, Account.BANK, *CHANNELS["transfer"]),
    }
    return Reconciled(_sales(books), parts, await _balances(books, since, until))


def _of(books: Sums, account: Account, *sources: str) -> int:
    return sum(
        cents
        for (source, on), cents in books.items()
        if on == account and (not sources or source in sources)
    )


def _sales(books: Sums, *sources: str) -> int:
    """Dues, services and seats are earned when they are paid. Loans were earned before: what came pays for
    them (411); a deposit is held (165).
    """
    paid = sources or tuple(each for each, _ in books if each.startswith("payment:"))
    at_once = (Account.DUES, Account.PARTNER_DUES, Account.SERVICES, Account.ACTIVITIES)
    dues = sum(_of(books, each, *sources) for each in at_once)
    held = [_of(books, each, *paid) for each in (Account.PAYER, Account.DEPOSITS) if paid]
    return -dues - sum(held)


async def _balances(books: Sums, since: date, until: date) -> list[Balance]:
    papers = await fetch_one(
        BALANCES, clock.start_of_day(since), clock.end_of_day(until), since, until
    )
    assert papers is not None
    sold = [
        Balance(what, _sales(books, *sources), papers[what]) for what, sources in CHANNELS.items()
    ]
    return [
        *sold,
        Balance("payouts", _of(books, Account.BANK, "payout"), papers["payouts"]),
        Balance("drawers", papers["kept"], papers["drawers"]),
        Balance("cheques_kept", papers["cheques"], papers["cheques_kept"]),
    ]


# Payments of each channel; of transfers the lines of the bank, which are the other side's word. What
# Stripe sent counts in the month it left, and what the bank sent back in the month it came back.
PAPERS = """
SELECT coalesce(sum(m.net_cents) FILTER (WHERE m.way IN ('online', 'monthly')), 0)::bigint AS online,
  coalesce(sum(m.net_cents) FILTER (WHERE m.way = 'cash'), 0)::bigint AS cash,
  coalesce(sum(m.net_cents) FILTER (WHERE m.way = 'cheque'), 0)::bigint AS cheque,
  (SELECT coalesce(sum(l.amount_cents), 0)::bigint FROM bank_line l JOIN journal_entry e
     ON e.id = l.entry AND e.key LIKE 'payment:%' JOIN payment t ON t.id = e.payment
     AND t.way = 'transfer' WHERE e.booked_on BETWEEN $3 AND $4) AS transfer,
  (SELECT coalesce(sum(o.amount_cents), 0)::bigint FROM payout o
     WHERE o.made_at >= $1 AND o.made_at < $2)
  - (SELECT coalesce(sum(o.amount_cents), 0)::bigint FROM payout o
     LEFT JOIN journal_entry e ON e.key = 'payout_returned:' || o.stripe_id
     WHERE o.status IN ('failed', 'canceled')
     AND coalesce(e.booked_on, (o.made_at AT TIME ZONE 'Europe/Paris')::date) BETWEEN $3 AND $4)
    AS payouts
FROM daily_money m WHERE m.moved_on BETWEEN $3 AND $4
"""
# What the drawers and the folder of cheques hold now, and what the books say they do.
NOW = """
SELECT
  (SELECT coalesce(sum(net_cents), 0)::bigint FROM daily_book WHERE account = '530') AS kept,
  (SELECT coalesce(sum(coalesce(d.kept_cents, d.float_cents
     + (SELECT coalesce(sum(CASE WHEN p.kind = 'payment' THEN p.amount_cents ELSE -p.amount_cents END), 0)
        FROM payment p WHERE p.drawer = d.id)
     - (SELECT coalesce(sum(b.amount_cents), 0) FROM drawer_deposit b WHERE b.drawer = d.id))), 0)::bigint
   FROM drawer_session d WHERE d.id IN (SELECT max(id) FROM drawer_session GROUP BY site)) AS drawers,
  (SELECT coalesce(sum(net_cents), 0)::bigint FROM daily_book WHERE account = '5112') AS cheques,
  (SELECT coalesce(sum(p.amount_cents), 0)::bigint FROM payment p WHERE p.way = 'cheque'
     AND p.kind = 'payment' AND NOT EXISTS (SELECT 1 FROM deposited_cheque c WHERE c.payment = p.id)
     AND NOT EXISTS (SELECT 1 FROM payment b WHERE b.of_payment = p.id AND b.way = 'cheque'))
    AS cheques_kept
"""
BALANCES = f"SELECT p.*, n.* FROM ({PAPERS}) p CROSS JOIN ({NOW}) n"  # noqa: S608 - our own words only


async def sales(since: date, until: date) -> list[Sale]:
    """Every movement of money for members and partners, in the order of time."""
    return await fetch_as(Sale, SALES, clock.start_of_day(since), clock.end_of_day(until))


SALES = f"""
SELECT p.received_at, coalesce({PAPER}, '') AS receipt, o.label, y.name AS payer, p.kind, p.way, ({_SIGNED})::bigint AS amount_cents,
  ({_FEE})::bigint AS fee_cents
FROM payment p JOIN pay_order o ON o.id = p.pay_order JOIN payer y ON y.id = o.payer
LEFT JOIN receipt r ON r.payment = p.id {_LATE_FEE}
WHERE p.received_at >= $1 AND p.received_at < $2 ORDER BY p.received_at, p.id
"""  # noqa: S608 - our own words only


async def gaps() -> list[Gap]:
    """Each series and year: a number without its paper is a gap (M9)."""
    return await fetch_as(
        Gap,
        "SELECT c.series, c.year, c.last, CASE WHEN c.series = 'B'"
        "  THEN (SELECT count(*) FROM cheque_deposit d WHERE d.year = c.year AND d.number <= c.last)"
        "  ELSE (SELECT count(*) FROM receipt r WHERE (r.series, r.year) = (c.series, c.year)"
        "   AND r.number <= c.last) + (SELECT count(*) FROM invoice i WHERE (i.series, i.year)"
        "   = (c.series, c.year) AND i.number <= c.last) END AS papers FROM receipt_counter c"
        " ORDER BY c.year DESC, c.series",
    )


async def find_receipts(words: str, most: int = 50) -> list[Found]:
    """Receipts and invoices, by number or by the name they were issued to, newest first."""
    return await fetch_as(Found, FOUND, words, most)


_NUMBER = "series || '-' || year || '-' || lpad(number::text, 5, '0')"
_NAMED = (
    f"($1 = '' OR strpos(lower({_NUMBER}), lower($1)) > 0"
    " OR strpos(lower(printed #>> '{payer,name}'), lower($1)) > 0)"
)
# The newest of each sort are found from the end, without a look at all the others.
FOUND = f"""
SELECT public_id, {_NUMBER} AS number, coalesce(printed #>> '{{payer,name}}', '') AS payer, issued_at,
  amount_cents
FROM ((SELECT r.public_id, r.series, r.year, r.number, r.printed, r.issued_at, p.amount_cents
       FROM (SELECT * FROM receipt WHERE {_NAMED} ORDER BY id DESC LIMIT $2) r
       JOIN payment p ON p.id = r.payment)
      UNION ALL
      (SELECT public_id, series, year, number, printed, issued_at, amount_cents
       FROM invoice WHERE {_NAMED} ORDER BY id DESC LIMIT $2)) paper
ORDER BY issued_at DESC, series, number DESC LIMIT $2
"""  # noqa: S608 - our own words only
