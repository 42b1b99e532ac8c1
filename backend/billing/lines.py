"""Lines of the bank: each once, until staff say what it is (B10).

A line stands for one entry of the journal: a transfer that was paid, a deposit, a payout of
Stripe. Nothing is matched by itself, and never by an e-mail address: people pay with another.
"""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import journal, rules, statements
from backend.billing.errors import (
    AmountsDiffer,
    BankDayUnlikely,
    BankLineSettled,
    BankLineStands,
    BankLineUnknown,
    EntryUnknown,
)
from backend.billing.rules import Account, LineState
from backend.billing.statements import Entry
from backend.kit import clock, codes, locks, text
from backend.kit.database import (
    fetch,
    fetch_as,
    fetch_one,
    fetch_one_as,
    fetch_value,
    once_more,
    transaction,
    within,
)

NEAR = 3  # letters of a name that count


class BankLine(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    public_id: str
    on: date
    amount_cents: int
    label: str
    name: str
    source: str
    state: str
    reason: str | None
    settled_at: datetime | None
    entry_label: str | None
    may_reopen: bool  # it was set aside, or what it paid was undone since


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """What a line may be: an order that waits for a transfer, or an entry that has no line yet."""

    order: str | None = None
    entry: str | None = None
    label: str
    payer: str = ""
    reference: str = ""
    amount_cents: int
    why: str


_LINE = (
    'SELECT l.id, l.public_id, l."on", l.amount_cents, l.label, l.name, l.source, l.state,'
    " l.reason, l.settled_at, e.label AS entry_label, l.state = 'aside' OR l.state = 'matched'"
    "  AND coalesce((SELECT sum(CASE WHEN m.kind IN ('payment', 'reinstated', 'returned')"
    "   THEN m.amount_cents ELSE -m.amount_cents END) FROM payment p"
    "   JOIN payment m ON m.pay_order = p.pay_order WHERE p.id = e.payment), 0) <= 0 AS may_reopen"
    " FROM bank_line l LEFT JOIN journal_entry e ON e.id = l.entry"
)


async def waiting() -> list[BankLine]:
    """The oldest first."""
    return await fetch_as(BankLine, f"{_LINE} WHERE l.state = 'waiting' ORDER BY l.\"on\", l.id")


async def settled(most: int = 30) -> list[BankLine]:
    """Newest first."""
    return await fetch_as(
        BankLine,
        f"{_LINE} WHERE l.state <> 'waiting' ORDER BY l.settled_at DESC, l.id DESC LIMIT $1",
        most,
    )


async def get_line(public_id: str) -> BankLine:
    """Raises BankLineUnknown."""
    found = await fetch_one_as(BankLine, f"{_LINE} WHERE l.public_id = $1", public_id)
    if found is None:
        raise BankLineUnknown
    return found


async def candidates(line: BankLine) -> list[Candidate]:
    """By the order's reference first, then entries and names with exactly this amount."""
    orders = await _open_orders(line) if line.amount_cents > 0 else []
    said = _plain(f"{line.label} {line.name}")
    named = [each for each in orders if _plain(each.reference) in said]
    words = _words(f"{line.label} {line.name}")
    alike = [each for each in orders if each not in named and words & _words(each.payer)]
    return [
        *(msgspec.structs.replace(each, why="reference") for each in named),
        *(await _entries(line.amount_cents)),
        *(msgspec.structs.replace(each, why="name") for each in alike),
    ]


def _words(said: str) -> set[str]:
    """Words of a name. An e-mail address is none: people pay with another's."""
    plain = " ".join(each for each in said.split() if "@" not in each)
    return {each for each in text.fold(plain).split() if len(each) >= NEAR}


async def _open_orders(line: BankLine) -> list[Candidate]:
    """Orders whose reference the line bears, whatever they amount to, and those with its amount.

    Each of them is looked at: an order that nobody pays waits for ever, and they become many.
    """
    rows = await fetch(
        "SELECT o.public_id, o.label, o.reference, o.amount_cents, y.name FROM pay_order o"
        " JOIN payer y ON y.id = o.payer WHERE o.way = 'transfer' AND o.reference IS NOT NULL"
        " AND o.cancelled_at IS NULL AND o.failed_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.pay_order = o.id)"
        " AND (o.amount_cents = $1"
        "  OR position(lower(regexp_replace(o.reference, '[^0-9A-Za-z]', '', 'g')) IN $2) > 0)"
        " ORDER BY o.amount_cents = $1 DESC, o.id DESC",
        line.amount_cents,
        _plain(f"{line.label} {line.name}"),
    )
    return [
        Candidate(
            order=row["public_id"],
            label=row["label"],
            payer=row["name"],
            reference=row["reference"],
            amount_cents=row["amount_cents"],
            why="",
        )
        for row in rows
    ]


async def _entries(amount_cents: int) -> list[Candidate]:
    """Entries of the bank's account with this amount that no line stands for."""
    rows = await fetch(
        "SELECT e.key, e.label, e.booked_on, y.name FROM journal_entry e"
        " JOIN journal_line j ON j.entry = e.id AND j.account = '512'"
        " LEFT JOIN payment p ON p.id = e.payment LEFT JOIN pay_order o ON o.id = p.pay_order"
        " LEFT JOIN payer y ON y.id = o.payer"
        " WHERE j.debit_cents - j.credit_cents = $1"
        " AND NOT EXISTS (SELECT 1 FROM bank_line l WHERE l.entry = e.id)"
        " ORDER BY e.id DESC LIMIT 10",
        amount_cents,
    )
    return [
        Candidate(
            entry=row["key"],
            label=f"{row['label']}, {row['booked_on']:%d/%m/%Y}",
            payer=row["name"] or "",
            amount_cents=amount_cents,
            why="entry",
        )
        for row in rows
    ]


async def add_lines(by: By, entries: Sequence[Entry], source: str) -> int:
    """Lines that were not here yet wait from now on; how many. The same again changes nothing.

    Raises BankDayUnlikely.
    """
    if not all(statements.is_likely(entry.on, clock.today()) for entry in entries):
        raise BankDayUnlikely().at("on")
    prints = statements.fingerprints(entries)
    new = 0
    async with transaction():
        for entry, fingerprint in zip(entries, prints, strict=True):
            made = await fetch_value(
                'INSERT INTO bank_line (public_id, fingerprint, "on", amount_cents, label, name,'
                " source, seen_at, seen_by, state)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting')"
                " ON CONFLICT ON CONSTRAINT bank_line_fingerprint_key DO NOTHING RETURNING id",
                codes.random_id(),
                fingerprint,
                entry.on,
                entry.amount_cents,
                entry.label,
                entry.name,
                source,
                clock.now(),
                by.id,
            )
            new += made is not None
        await audit.note(
            "bank_lines_added", by, object_kind="statement", rows=len(entries), new=new
        )
    return new


async def _held(public_id: str) -> BankLine:
    """As it is now, until the commit. Raises BankLineUnknown."""
    row = await fetch_one("SELECT id FROM bank_line WHERE public_id = $1 FOR UPDATE", public_id)
    if row is None:
        raise BankLineUnknown
    return await get_line(public_id)


async def lock_line(public_id: str) -> BankLine:
    """A line that waits, held until the commit. Raises BankLineUnknown, BankLineSettled."""
    within()
    line = await _held(public_id)
    if line.state != LineState.WAITING:
        raise BankLineSettled
    return line


async def settle(by: By, line: BankLine, state: LineState, key: str) -> None:
    """The line stands for the entry of this key."""
    within()
    # Two lines for one entry: the second waits here, and then sees that it has one.
    entry = await fetch_value("SELECT id FROM journal_entry WHERE key = $1", key)
    await locks.alone("bank_line", entry or 0)
    done = await fetch_value(
        "UPDATE bank_line SET state = $2, entry = e.id, settled_at = $4, settled_by = $5"
        " FROM journal_entry e WHERE bank_line.id = $1 AND e.key = $3"
        " AND NOT EXISTS (SELECT 1 FROM bank_line o WHERE o.entry = e.id) RETURNING bank_line.id",
        line.id,
        state.value,
        key,
        clock.now(),
        by.id,
    )
    if done is None:
        raise BankLineSettled
    await audit.note(
        "bank_line_settled",
        by,
        object_kind="bank_line",
        object_id=line.public_id,
        amount_cents=line.amount_cents,
        state=state.value,
    )


@once_more
async def match_entry(by: By, public_id: str, key: str) -> None:
    """The line is a deposit, a payout or a transfer that the books have. Raises AmountsDiffer."""
    async with transaction():
        line = await lock_line(public_id)
        amount = await fetch_value(
            "SELECT sum(j.debit_cents - j.credit_cents)::bigint FROM journal_line j"
            " JOIN journal_entry e ON e.id = j.entry WHERE e.key = $1 AND j.account = '512'",
            key,
        )
        if amount is None:
            raise EntryUnknown
        if amount != line.amount_cents:
            raise AmountsDiffer
        await settle(by, line, LineState.MATCHED, key)


@once_more
async def set_aside(by: By, public_id: str, reason: str) -> None:
    """No money of members: bank charges, a grant. The reason says what; the books stay as they are."""
    async with transaction():
        line = await lock_line(public_id)
        await fetch(
            "UPDATE bank_line SET state = 'aside', reason = $2, settled_at = $3, settled_by = $4"
            " WHERE id = $1",
            line.id,
            reason,
            clock.now(),
            by.id,
        )
        await audit.note(
            "bank_line_aside",
            by,
            object_kind="bank_line",
            object_id=public_id,
            amount_cents=line.amount_cents,
            reason=reason,
        )


async def reopen(by: By, public_id: str, reason: str) -> None:
    """Somebody pressed wrong: it waits again, and what it stood for has no line any more.

    A line that waits already stays as it is. Raises BankLineUnknown, BankLineStands.
    """
    async with transaction():
        line = await _held(public_id)
        if line.state == LineState.WAITING:
            return
        if not line.may_reopen:
            raise BankLineStands
        await fetch(
            "UPDATE bank_line SET state = 'waiting', entry = NULL, reason = NULL,"
            " settled_at = NULL, settled_by = NULL WHERE id = $1",
            line.id,
        )
        await audit.note(
            "bank_line_reopened",
            by,
            object_kind="bank_line",
            object_id=public_id,
            amount_cents=line.amount_cents,
            was=line.state,
            reason=reason,
        )


@once_more
async def give_back(by: By, public_id: str) -> None:
    """The money is not the club's: owed (467) until the line of its return is matched with it."""
    async with transaction():
        line = await lock_line(public_id)
        if line.amount_cents < 0:
            raise AmountsDiffer
        at = clock.start_of_day(line.on)
        held = rules.transfer_lines(Account.BANK, Account.HELD, line.amount_cents)
        key = f"bank_line:{public_id}"
        entry = await journal.post(key, "Virement à rendre", held, at=at)
        back = rules.transfer_lines(Account.HELD, Account.BANK, line.amount_cents)
        label = "Virement rendu"
        await journal.post(f"{key}:back", label, back, at=clock.now(), reverses=entry)
        await settle(by, line, LineState.GIVEN_BACK, key)


def _plain(words: str) -> str:
    return "".join(each for each in text.fold(words) if each.isalnum())
