"""The books as the treasurer reads them: what came in, what it cost, and whether all papers agree (B10)."""

from datetime import date, datetime

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import journal
from backend.billing.errors import EntryHasDocument, EntryReversed, EntryUnknown
from backend.billing.rules import Account, Line
from backend.kit import clock, locks
from backend.kit.database import fetch, fetch_as, fetch_one, fetch_value, once_more, transaction

# Entries that stand for a paper of their own; their own act takes them back.
WITH_PAPER = (
    "payment:",
    "fee:",
    "payout",
    "stripe:",
    "drawer:",
    "drawer_deposit:",
    "cheque_deposit:",
    "bank_line:",
)
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


class Entry(msgspec.Struct, frozen=True):
    """An entry of the journal, its debit side as one sum."""

    id: int
    key: str
    booked_on: date
    label: str
    amount_cents: int
    accounts: str
    reversed: bool

    @property
    def may_reverse(self) -> bool:
        """What lies in a drawer is said by its sessions: what was found wrong, the next count corrects."""
        return not self.reversed and not self.key.startswith((*WITH_PAPER, "reversal:"))


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


async def costs(since: date, until: date) -> list[Cost]:
    """Ways of paying by what they cost, `until` included."""
    return await fetch_as(
        Cost,
        "SELECT p.way, count(*) FILTER (WHERE p.kind = 'payment')::bigint AS payments,"  # noqa: S608
        " coalesce(sum(p.amount_cents) FILTER (WHERE p.kind = 'payment'), 0)::bigint AS amount_cents,"
        f" sum({_FEE})::bigint AS fee_cents FROM payment p {_LATE_FEE}"
        " WHERE p.received_at >= $1 AND p.received_at < $2"
        " GROUP BY p.way ORDER BY 4 DESC, p.way",
        clock.start_of_day(since),
        clock.end_of_day(until),
    )


async def other_fees(since: date, until: date) -> int:
    """Cents that Stripe took by itself, for no payment: its share of renewals, once a month."""
    cents: int = await fetch_value(
        "SELECT coalesce(sum(l.debit_cents - l.credit_cents), 0)::bigint FROM journal_entry e"
        " JOIN journal_line l ON l.entry = e.id AND l.account = '627'"
        " WHERE e.key LIKE 'stripe:%' AND e.booked_on BETWEEN $1 AND $2",
        since,
        until,
    )
    return cents


Sums = dict[tuple[str, str], int]
ONLINE = ("payment:online", "payment:monthly")
CHANNELS = {
    "online": ONLINE,
    "cash": ("payment:cash",),
    "cheque": ("payment:cheque",),
    "transfer": ("payment:transfer",),
}


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
        "SELECT CASE WHEN e.payment IS NOT NULL AND e.key LIKE 'payment:%' THEN 'payment:' || p.way"
        "  WHEN e.key LIKE 'payout%' THEN 'payout' ELSE split_part(e.key, ':', 1) END AS source,"
        " l.account, sum(l.debit_cents - l.credit_cents)::bigint AS cents FROM journal_entry e"
        " JOIN journal_line l ON l.entry = e.id LEFT JOIN payment p ON p.id = e.payment"
        " WHERE e.booked_on BETWEEN $1 AND $2 GROUP BY 1, 2",
        since,
        until,
    )
    books = {(row["source"], row["account"]): row["cents"] for row in rows}
    parts = {
        "payouts": _of(books, Account.BANK, "payout"),
        "fees": _of(books, Account.FEES),
        "stripe": _of(books, Account.STRIPE),
        "suspense": _of(books, Account.WAITING),
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
    return -_of(books, Account.DUES, *sources) - _of(books, Account.PARTNER_DUES, *sources)


async def _balances(books: Sums, since: date, until: date) -> list[Balance]:
    papers = await fetch_one(
        PAPERS, clock.start_of_day(since), clock.end_of_day(until), since, until
    )
    assert papers is not None
    sold = [
        Balance(what, _sales(books, *sources), papers[what]) for what, sources in CHANNELS.items()
    ]
    now = await fetch_one(NOW)
    assert now is not None
    return [
        *sold,
        Balance("payouts", _of(books, Account.BANK, "payout"), papers["payouts"]),
        Balance("drawers", now["cash"], now["drawers"]),
        Balance("cheques_kept", now["cheques"], now["cheques_kept"]),
    ]


# Payments of each channel; of transfers the lines of the bank, which are the other side's word. What
# Stripe sent counts in the month it left, and what the bank sent back in the month it came back.
PAPERS = f"""
SELECT coalesce(sum({_SIGNED}) FILTER (WHERE p.way IN ('online', 'monthly')), 0)::bigint AS online,
  coalesce(sum({_SIGNED}) FILTER (WHERE p.drawer IS NOT NULL), 0)::bigint AS cash,
  coalesce(sum({_SIGNED}) FILTER (WHERE p.way = 'cheque'), 0)::bigint AS cheque,
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
FROM payment p WHERE p.received_at >= $1 AND p.received_at < $2
"""  # noqa: S608 - our own words only
# What the drawers and the folder of cheques hold now, and what the books say they do.
NOW = """
SELECT
  (SELECT coalesce(sum(debit_cents - credit_cents), 0)::bigint FROM journal_line WHERE account = '530')
    AS cash,
  (SELECT coalesce(sum(coalesce(d.kept_cents, d.float_cents
     + (SELECT coalesce(sum(CASE WHEN p.kind = 'payment' THEN p.amount_cents ELSE -p.amount_cents END), 0)
        FROM payment p WHERE p.drawer = d.id)
     - (SELECT coalesce(sum(b.amount_cents), 0) FROM drawer_deposit b WHERE b.drawer = d.id))), 0)::bigint
   FROM drawer_session d WHERE d.id IN (SELECT max(id) FROM drawer_session GROUP BY site)) AS drawers,
  (SELECT coalesce(sum(debit_cents - credit_cents), 0)::bigint FROM journal_line WHERE account = '5112')
    AS cheques,
  (SELECT coalesce(sum(p.amount_cents), 0)::bigint FROM payment p WHERE p.way = 'cheque'
     AND p.kind = 'payment' AND NOT EXISTS (SELECT 1 FROM deposited_cheque c WHERE c.payment = p.id)
     AND NOT EXISTS (SELECT 1 FROM payment b WHERE b.of_payment = p.id AND b.kind <> 'payment'))
    AS cheques_kept
"""


async def entries(since: date, until: date, most: int = 200) -> list[Entry]:
    """Newest first."""
    return await fetch_as(
        Entry,
        "SELECT e.id, e.key, e.booked_on, e.label, sum(l.debit_cents)::bigint AS amount_cents,"
        " string_agg(l.account, ' ' ORDER BY l.id) AS accounts,"
        " EXISTS (SELECT 1 FROM journal_entry r WHERE r.reverses = e.id) AS reversed"
        " FROM journal_entry e JOIN journal_line l ON l.entry = e.id"
        " WHERE e.booked_on BETWEEN $1 AND $2 GROUP BY e.id ORDER BY e.id DESC LIMIT $3",
        since,
        until,
        most,
    )


async def get_entry(entry_id: int) -> Entry:
    """Raises EntryUnknown."""
    row = await fetch_one("SELECT booked_on FROM journal_entry WHERE id = $1", entry_id)
    found = [] if row is None else await entries(row["booked_on"], row["booked_on"], 100_000)
    for each in found:
        if each.id == entry_id:
            return each
    raise EntryUnknown


@once_more
async def reverse(by: By, entry_id: int, reason: str) -> None:
    """The same lines the other way round, today (B8). Raises EntryHasDocument, EntryReversed."""
    async with transaction():
        # The table is append-only, so its rows cannot be locked: two at once wait here.
        await locks.alone("reversal", entry_id)
        entry = await get_entry(entry_id)
        if entry.reversed:
            raise EntryReversed
        if not entry.may_reverse:
            raise EntryHasDocument
        rows = await fetch(
            "SELECT account, debit_cents, credit_cents FROM journal_line WHERE entry = $1 ORDER BY id",
            entry_id,
        )
        lines = [Line(Account(row[0]), row["credit_cents"], row["debit_cents"]) for row in rows]
        key = f"reversal:{entry_id}"
        if await fetch_value("SELECT 1 FROM journal_entry WHERE key = $1", key):
            raise EntryReversed
        label = f"Contrepassation : {entry.label}"
        await journal.post(key, label, lines, at=clock.now(), reverses=entry_id)
        await audit.note(
            "entry_reversed",
            by,
            object_kind="journal_entry",
            object_id=entry_id,
            amount_cents=entry.amount_cents,
            reason=reason,
        )


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
    return await fetch_as(Found, FOUND, words.replace("%", "").replace("_", ""), most)


FOUND = """
SELECT public_id, series || '-' || year || '-' || lpad(number::text, 5, '0') AS number,
  coalesce(printed #>> '{payer,name}', '') AS payer, issued_at, amount_cents
FROM (SELECT r.public_id, r.series, r.year, r.number, r.printed, r.issued_at, p.amount_cents
      FROM receipt r JOIN payment p ON p.id = r.payment
      UNION ALL
      SELECT public_id, series, year, number, printed, issued_at, amount_cents FROM invoice) paper
WHERE $1 = '' OR series || '-' || year || '-' || lpad(number::text, 5, '0') ILIKE '%' || $1 || '%'
  OR printed #>> '{payer,name}' ILIKE '%' || $1 || '%'
ORDER BY issued_at DESC, series, number DESC LIMIT $2
"""


async def expected() -> int:
    """Cents of orders by transfer that wait for their money."""
    cents: int = await fetch_value(
        "SELECT coalesce(sum(o.amount_cents), 0)::bigint FROM pay_order o WHERE o.way = 'transfer'"
        " AND o.reference IS NOT NULL AND o.cancelled_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.pay_order = o.id)"
    )
    return cents
