"""Money at Stripe that nobody asked for (471): it waits until the treasurer says what it was.

Each movement is one entry; what clears it is another, which the treasurer may take back: then it waits
again. Two movements that are each other's way back are cleared together.
"""

from datetime import date
from enum import StrEnum

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import differences, journal, rules
from backend.billing.errors import (
    EntryReversed,
    EntryUnknown,
    NotItsWayBack,
    SuspenseCleared,
)
from backend.billing.rules import Account, Line
from backend.kit import clock, locks
from backend.kit.database import (
    fetch,
    fetch_as,
    fetch_one,
    fetch_value,
    once_more,
    transaction,
)

KEY = "suspense"
UNKNOWN = "Mouvement inconnu"


class Outcome(StrEnum):
    """What it was. BANK: it went back, or came, by the bank. OWN: the club keeps it, or has lost it.

    FEE: Stripe took it. PAIR: its way back is another of them.
    """

    BANK = "bank"
    OWN = "own"
    FEE = "fee"
    PAIR = "pair"


class Waiting(msgspec.Struct, frozen=True):
    """A movement that waits; below zero Stripe took it. `about`: its id there, "" where none is known."""

    id: int
    booked_on: date
    about: str
    amount_cents: int


class Cleared(msgspec.Struct, frozen=True):
    """What was said of one, newest first; `label` names who had the money."""

    id: int
    booked_on: date
    label: str
    amount_cents: int
    reversed: bool


# Entries of Stripe that nobody has cleared, or whose clearing was taken back.
_WAITING = (
    "SELECT e.id, e.booked_on, substr(e.label, length($1) + 3) AS about,"
    " (l.credit_cents - l.debit_cents)::bigint AS amount_cents FROM journal_entry e"
    " JOIN journal_line l ON l.entry = e.id AND l.account = '471'"
    " WHERE e.key LIKE 'stripe:%' AND NOT EXISTS (SELECT 1 FROM journal_entry c"
    "  WHERE starts_with(c.key, 'suspense:' || e.id || ':') AND c.reverses IS NULL"
    "  AND NOT EXISTS (SELECT 1 FROM journal_entry r WHERE r.reverses = c.id))"
)


async def waiting() -> list[Waiting]:
    """The oldest first."""
    return await fetch_as(Waiting, f"{_WAITING} ORDER BY e.id", UNKNOWN)


async def cleared(most: int = 20) -> list[Cleared]:
    return await fetch_as(
        Cleared,
        "SELECT c.id, c.booked_on, c.label, sum(l.debit_cents)::bigint AS amount_cents,"
        " EXISTS (SELECT 1 FROM journal_entry r WHERE r.reverses = c.id) AS reversed"
        " FROM journal_entry c JOIN journal_line l ON l.entry = c.id WHERE c.key LIKE 'suspense:%'"
        " AND c.reverses IS NULL GROUP BY c.id ORDER BY c.id DESC LIMIT $1",
        most,
    )


async def get(entry_id: int) -> Waiting:
    """Raises SuspenseCleared, also for what never waited."""
    found = await fetch_as(Waiting, f"{_WAITING} AND e.id = $2", UNKNOWN, entry_id)
    if not found:
        raise SuspenseCleared
    return found[0]


async def ways_back(one: Waiting) -> list[Waiting]:
    """Others of the same sum in the other direction: one of them may be its way back."""
    return [each for each in await waiting() if each.amount_cents == -one.amount_cents]


@once_more
async def clear(
    by: By, entry_id: int, outcome: Outcome, who: str, reason: str, *, pair: int | None = None
) -> None:
    """Booked from 471 to what it was, with whose it was and why; what the night noticed of it is closed.

    Raises SuspenseCleared, NotItsWayBack.
    """
    both = sorted({entry_id, pair or entry_id})
    async with transaction():
        for each in both:  # entries are append-only, so their rows cannot be locked
            await locks.alone("suspense", each)
        found = [await get(each) for each in both]
        if outcome is Outcome.PAIR and sum(one.amount_cents for one in found) != 0:
            raise NotItsWayBack().at("pair")
        for one in found:
            other = next((each for each in both if each != one.id), None)
            await _clear(by, one, outcome, who, reason, other)


async def _clear(
    by: By, one: Waiting, outcome: Outcome, who: str, reason: str, other: int | None
) -> None:
    """`other` is cleared with it, and stands in its key: they are taken back together."""
    again: int = await fetch_value(
        "SELECT count(*) FROM journal_entry WHERE starts_with(key, $1) AND reverses IS NULL",
        f"{KEY}:{one.id}:",
    )
    await journal.post(
        f"{KEY}:{one.id}:{again + 1}" + (f":{other}" if other else ""),
        f"Compte d'attente soldé : {who}",
        _lines(one, outcome),
        at=clock.now(),
    )
    await audit.note(
        "suspense_cleared",
        by,
        object_kind="journal_entry",
        object_id=one.id,
        amount_cents=one.amount_cents,
        outcome=outcome,
        who=who,
        reason=reason,
    )
    if one.about:
        await differences.settle(by, one.about, f"{who}. {reason}")


@once_more
async def reopen(by: By, entry_id: int, reason: str) -> None:
    """Somebody pressed wrong: what cleared a movement is reversed, and it waits again. Once.

    What was cleared with it as its way back waits again too. Raises EntryUnknown, EntryReversed.
    """
    async with transaction():
        both = await _together(entry_id)
        for each in both:
            await locks.alone("suspense", each)
        for each in both:
            await _reopen(by, each, reason)


async def _together(entry_id: int) -> list[int]:
    """What cleared a movement, and what cleared its way back with it."""
    key = await fetch_value("SELECT key FROM journal_entry WHERE id = $1", entry_id)
    one, _, other = (key or "").removeprefix(f"{KEY}:").partition(":")
    mate = await fetch_value(
        "SELECT id FROM journal_entry c WHERE starts_with(key, $1) AND key LIKE $2"
        " AND reverses IS NULL AND NOT EXISTS (SELECT 1 FROM journal_entry r WHERE r.reverses = c.id)",
        f"{KEY}:{other.partition(':')[2]}:",
        f"{KEY}:%:%:{one}",
    )
    return sorted({entry_id, mate or entry_id})


async def _reopen(by: By, entry_id: int, reason: str) -> None:
    row = await fetch_one(
        "SELECT key, label, EXISTS (SELECT 1 FROM journal_entry r WHERE r.reverses = c.id) AS gone"
        " FROM journal_entry c WHERE id = $1 AND key LIKE 'suspense:%' AND reverses IS NULL",
        entry_id,
    )
    if row is None:
        raise EntryUnknown
    if row["gone"]:
        raise EntryReversed
    said = await fetch(
        "SELECT account, debit_cents, credit_cents FROM journal_line WHERE entry = $1 ORDER BY id",
        entry_id,
    )
    lines = [Line(Account(one[0]), one["credit_cents"], one["debit_cents"]) for one in said]
    label = f"Contrepassation : {row['label']}"
    await journal.post(f"{row['key']}:back", label, lines, at=clock.now(), reverses=entry_id)
    await audit.note(
        "suspense_reopened", by, object_kind="journal_entry", object_id=entry_id, reason=reason
    )


def _lines(one: Waiting, outcome: Outcome) -> list[Line]:
    to = _account(one, outcome)
    if one.amount_cents > 0:
        return rules.transfer_lines(Account.WAITING, to, one.amount_cents)
    return rules.transfer_lines(to, Account.WAITING, -one.amount_cents)


def _account(one: Waiting, outcome: Outcome) -> Account:
    if outcome is Outcome.OWN:
        return Account.OVER if one.amount_cents > 0 else Account.SHORT
    return {Outcome.BANK: Account.BANK, Outcome.FEE: Account.FEES, Outcome.PAIR: Account.HELD}[
        outcome
    ]
