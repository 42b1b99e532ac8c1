"""Entries of the journal: posted in balance, and never changed (B8)."""

from datetime import datetime

from backend.billing.errors import EntryUnbalanced
from backend.billing.rules import Line
from backend.kit import clock
from backend.kit.database import fetch, fetch_value, within


async def post(
    key: str,
    label: str,
    lines: list[Line],
    *,
    at: datetime,
    payment_id: int | None = None,
    reverses: int | None = None,
) -> int:
    """One balanced entry (B8). Raises EntryUnbalanced; the database looks again at commit."""
    within()
    if sum(line.debit_cents - line.credit_cents for line in lines) or len(lines) < 2:
        raise EntryUnbalanced
    entry_id: int = await fetch_value(
        "INSERT INTO journal_entry (key, booked_on, booked_at, label, payment, reverses, written_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        key,
        clock.paris(at).date(),
        at,
        label,
        payment_id,
        reverses,
        clock.now(),
    )
    for line in lines:
        await fetch(
            "INSERT INTO journal_line (entry, account, debit_cents, credit_cents)"
            " VALUES ($1, $2, $3, $4)",
            entry_id,
            line.account.value,
            line.debit_cents,
            line.credit_cents,
        )
    return entry_id
