"""Receipts and their credit notes: numbered without gaps, kept and printed as they were issued (M9)."""

from typing import Any

import msgspec

from backend.billing import queries, rules
from backend.billing.queries import Order, Payment, Receipt
from backend.kit import clock, codes, papers
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within


async def issue(order: Order, payment: Payment, printed: dict[str, Any]) -> Receipt:
    """The next number of the series and year (M9). `printed` is kept word for word.

    What was given back has its credit note, in a series of its own; what came back again a receipt.

    The counter's row stays locked until the commit: a number that is rolled back is given again.
    """
    within()
    at = clock.now()
    kept = rules.KINDS[order.kind]
    series = kept.receipts if payment.kind in rules.GAINS else kept.credits
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
        "INSERT INTO receipt (public_id, series, year, number, payment, printed, issued_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        public_id,
        series,
        year,
        number,
        payment.id,
        msgspec.json.encode(said).decode(),
        at,
    )
    return await queries.get_receipt(public_id)


async def credit_note_of(returned: Payment) -> str:
    """The number of the paper that a refund which came back had; "" where it had none."""
    row = await fetch_one(
        "SELECT r.series, r.year, r.number FROM receipt r JOIN payment g ON g.id = r.payment"
        " JOIN payment p ON p.external_id = g.external_id WHERE p.id = $1 AND g.kind = 'refund'",
        returned.id,
    )
    return "" if row is None else rules.receipt_number(**row)


async def render(receipt: Receipt) -> bytes:
    """The receipt as a PDF: the first print is kept, every later one is the same (M9)."""
    key = f"receipt:{receipt.public_id}"
    kept = await papers.issued(key)
    if kept is not None:
        return kept
    made = await papers.render("billing", "receipt", await queries.with_logo(receipt.printed))
    async with transaction():
        return await papers.issue(key, made)
