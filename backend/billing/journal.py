"""Entries of the journal: posted in balance, read, taken back by another one, and never changed (B8)."""

from datetime import date, datetime

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing.errors import EntryHasDocument, EntryReversed, EntryUnbalanced, EntryUnknown
from backend.billing.rules import Account, Line
from backend.kit import clock, locks
from backend.kit.database import (
    fetch,
    fetch_as,
    fetch_one_as,
    fetch_value,
    once_more,
    transaction,
    within,
)

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
    "lending:",
    "suspense:",
)


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


async def entries(since: date, until: date, most: int = 200) -> list[Entry]:
    """Newest first."""
    days = _ENTRY.format("e.booked_on BETWEEN $1 AND $2")
    return await fetch_as(Entry, f"{days} ORDER BY e.id DESC LIMIT $3", since, until, most)


_ENTRY = (
    "SELECT e.id, e.key, e.booked_on, e.label, sum(l.debit_cents)::bigint AS amount_cents,"
    " string_agg(l.account, ' ' ORDER BY l.id) AS accounts,"
    " EXISTS (SELECT 1 FROM journal_entry r WHERE r.reverses = e.id) AS reversed"
    " FROM journal_entry e JOIN journal_line l ON l.entry = e.id WHERE {} GROUP BY e.id"
)


async def get_entry(entry_id: int) -> Entry:
    """Raises EntryUnknown."""
    found = await fetch_one_as(Entry, _ENTRY.format("e.id = $1"), entry_id)
    if found is None:
        raise EntryUnknown
    return found


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
        await post(key, label, lines, at=clock.now(), reverses=entry_id)
        await audit.note(
            "entry_reversed",
            by,
            object_kind="journal_entry",
            object_id=entry_id,
            amount_cents=entry.amount_cents,
            reason=reason,
        )
