"""Invoices: a series of their own, numbered without gaps, kept and printed as they were issued (P2).

An invoice is issued for an order, before it is paid (a transfer) or with its money (online). What
nobody paid has its credit note; so has each refund, of its own amount, as households' have (M9).
Whoever sells says what is printed.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec

from backend.billing import bank, rules, ways
from backend.billing.bank import Account
from backend.billing.errors import InvoiceUnknown
from backend.billing.queries import ORDER, Order, with_logo
from backend.billing.rules import OrderState, PayWay
from backend.kit import clock, codes, papers
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within

SERIES, CREDITS = "F", "AF"


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """`credited_cents`: what credit notes take back of it. `credits`: for one of them, the number of
    its invoice, else "". `paid`: money is there.
    """

    id: int
    public_id: str
    series: str
    year: int
    number: int
    payer_id: int
    amount_cents: int
    printed_json: str
    issued_at: datetime
    credits: str
    credited_cents: int
    paid: bool

    @property
    def said(self) -> str:
        return rules.receipt_number(self.series, self.year, self.number)

    @property
    def credit(self) -> bool:
        """It is a credit note itself."""
        return bool(self.credits)

    @property
    def left_cents(self) -> int:
        """What credit notes have not taken back."""
        return self.amount_cents - self.credited_cents

    @property
    def cancelled(self) -> bool:
        return self.left_cents <= 0

    @property
    def printed(self) -> dict[str, Any]:
        return msgspec.json.decode(self.printed_json, type=dict[str, Any])


_INVOICE = (
    "SELECT i.id, i.public_id, i.series, i.year, i.number, o.payer AS payer_id, i.amount_cents,"
    " i.printed::text AS printed_json, i.issued_at, coalesce((SELECT k.series || '-' || k.year"
    "  || '-' || lpad(k.number::text, 5, '0') FROM invoice k WHERE k.id = i.cancels), '') AS credits,"
    " coalesce((SELECT sum(k.amount_cents) FROM invoice k WHERE k.cancels = i.id), 0)::bigint"
    "  AS credited_cents,"
    " coalesce((SELECT sum(CASE WHEN y.kind IN ('payment', 'reinstated', 'returned')"
    "  THEN y.amount_cents ELSE -y.amount_cents END) FROM payment y"
    "  WHERE y.pay_order = o.id), 0) > 0 AS paid"
    " FROM invoice i JOIN pay_order o ON o.id = i.pay_order WHERE "
)


class Bills(msgspec.Struct, frozen=True, kw_only=True):
    """How an order may be paid, and what was invoiced, the newest first. `reference`: of a transfer
    that is waited for, "" without one.
    """

    reference: str
    ways: frozenset[str]
    account: Account | None
    invoices: list[Invoice]


async def bills(order_public_id: str | None, payer_ids: Collection[int]) -> Bills:
    """One statement (PERF6)."""
    row = await fetch_one(_BILLS, order_public_id, list(payer_ids))
    assert row is not None
    return Bills(
        reference=_waited_for(row),
        ways=ways.but(row["closed"]),
        account=Account(row["holder"], row["iban"], row["bic"]) if row["holder"] else None,
        invoices=msgspec.json.decode(row["invoices"], type=list[Invoice]),
    )


def _waited_for(row: Any) -> str:
    if row["id"] is None or row["way"] != PayWay.TRANSFER:
        return ""
    order = Order(**{name: row[name] for name in Order.__struct_fields__})
    return row["reference"] or "" if order.state() is OrderState.OPEN else ""


# $1 an order or null, $2 payers.
_BILLS = f"""
SELECT o.*, w.reference, a.holder, a.iban, a.bic, ARRAY({ways.CLOSED}) AS closed,
  (SELECT coalesce(json_agg(i ORDER BY i.id DESC), '[]')::text
   FROM ({_INVOICE} o.payer = ANY($2)) i) AS invoices
FROM (SELECT 1) one LEFT JOIN ({bank.ACCOUNT}) a ON true
LEFT JOIN ({ORDER} o.public_id = $1 GROUP BY o.id) o ON true
LEFT JOIN pay_order w ON w.id = o.id
"""  # noqa: S608 - our own words


async def of_payers(payer_ids: Collection[int]) -> list[Invoice]:
    """Newest first."""
    rows = await fetch(_INVOICE + "o.payer = ANY($1) ORDER BY i.id DESC", list(payer_ids))
    return [Invoice(**row) for row in rows]


async def of_order(order_id: int) -> Invoice | None:
    """The newest: one that was taken back has another after it where its money came back."""
    row = await fetch_one(
        _INVOICE + "o.id = $1 AND i.cancels IS NULL ORDER BY i.id DESC LIMIT 1", order_id
    )
    return None if row is None else Invoice(**row)


async def find_invoice(public_id: str) -> Invoice | None:
    row = await fetch_one(_INVOICE + "i.public_id = $1", public_id)
    return None if row is None else Invoice(**row)


async def get_invoice(public_id: str, payer_ids: Collection[int] | None = None) -> Invoice:
    """Another payer's is as unknown as one that never was. Raises InvoiceUnknown."""
    row = await fetch_one(
        _INVOICE + "i.public_id = $1 AND ($2::bigint[] IS NULL OR o.payer = ANY($2))",
        public_id,
        None if payer_ids is None else list(payer_ids),
    )
    if row is None:
        raise InvoiceUnknown
    return Invoice(**row)


async def issue(order: Order, printed: dict[str, Any], amount_cents: int | None = None) -> Invoice:
    """The order's invoice, once: asked again it is the same, while it stands. The order is locked.

    `amount_cents`: where it is not all that was ordered. One that was taken back has one after it at
    most, which names it (`follows`).
    """
    within()
    found = await of_order(order.id)
    if found is not None and not found.cancelled:
        return found
    follows = None if found is None else found.id
    return await _write(order, amount_cents or order.amount_cents, printed, follows=follows)


async def credit(
    order: Order,
    invoice: Invoice,
    amount_cents: int,
    printed: dict[str, Any],
    refund_id: int | None = None,
) -> Invoice:
    """A credit note over a part of the order's invoice, or over all that is left of it.

    `refund_id`: the payment that gave the money back; it has one. The order is locked.
    """
    within()
    assert 0 < amount_cents <= invoice.left_cents
    said = {**printed, "cancels": invoice.said}
    return await _write(order, amount_cents, said, cancels=invoice.id, refund_id=refund_id)


async def _write(
    order: Order,
    amount_cents: int,
    printed: dict[str, Any],
    *,
    cancels: int | None = None,
    refund_id: int | None = None,
    follows: int | None = None,
) -> Invoice:
    """The counter's row stays locked until the commit: a number that is rolled back is given again."""
    at, series = clock.now(), SERIES if cancels is None else CREDITS
    year = clock.paris(at).year
    number: int = await fetch_value(
        "INSERT INTO receipt_counter (series, year, last) VALUES ($1, $2, 1)"
        " ON CONFLICT ON CONSTRAINT receipt_counter_once"
        " DO UPDATE SET last = receipt_counter.last + 1 RETURNING last",
        series,
        year,
    )
    public_id = codes.random_id()
    said = {**printed, "number": rules.receipt_number(series, year, number)}
    await fetch(
        "INSERT INTO invoice (public_id, series, year, number, pay_order, cancels, follows,"
        " payment, amount_cents, printed, issued_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        public_id,
        series,
        year,
        number,
        order.id,
        cancels,
        follows,
        refund_id,
        amount_cents,
        msgspec.json.encode(said).decode(),
        at,
    )
    return await get_invoice(public_id)


async def print_invoice(invoice: Invoice) -> bytes:
    """As a PDF: the first print is kept, every later one is the same."""
    key = f"invoice:{invoice.public_id}"
    kept = await papers.issued(key)
    if kept is not None:
        return kept
    made = await papers.render("billing", "invoice", await with_logo(invoice.printed))
    async with transaction():
        return await papers.issue(key, made)
