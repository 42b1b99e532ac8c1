"""Days without a thing: all its copies, or some of them, are blocked at once (L32).

What it would do is looked at by doing it and taking it back: a preview has no arithmetic of its own.
"""

from collections.abc import Iterable, Sequence
from typing import NoReturn

import msgspec

from backend.audit.service import note
from backend.kit.database import fetch, once_more, transaction, within
from backend.lending.errors import PeriodWrong, UnitUnknown
from backend.lending.policy import Model
from backend.lending.rules import Period, TicketKind, check_reason
from backend.lending.service import borrowers, shelf, tickets
from backend.lending.service.acts import check_staff, once
from backend.lending.values import Ask, Replanned


class Blackout(msgspec.Struct, frozen=True, kw_only=True):
    """`units` by their codes; none is every copy that is lent."""

    resource: str
    kind: TicketKind
    note: str
    period: Period
    units: tuple[str, ...] = ()


class _Seen(Exception):
    """Takes back what was only to be looked at."""

    def __init__(self, done: Replanned) -> None:
        self.done = done


@once_more
async def look_at(ask: Ask, wish: Blackout) -> Replanned:
    """What it would move, end and leave; nothing stays of it, and nobody is told."""
    _check(ask, wish)
    try:
        async with transaction():
            _take_back(await _black_out(ask, wish))
    except _Seen as seen:
        return seen.done


@once_more
async def black_out(ask: Ask, wish: Blackout) -> Replanned:
    """Blocks the time and plans again what it meets; who loses a booking is told once.

    `ticket` is the first copy's. Raises ResourceUnknown, UnitUnknown, PeriodWrong, ReasonNeeded.
    """
    _check(ask, wish)
    body = {"verb": "black_out", "wish": wish}
    async with transaction():
        return await once(ask, body, Replanned, lambda: _black_out(ask, wish))


@once_more
async def lift(ask: Ask, ticket: str) -> tuple[str, ...]:
    """All its copies are in use again, and who waits is served (L24). Raises TicketClosed.

    Gives the tickets that were still open.
    """
    check_staff(ask)

    async def act() -> tuple[str, ...]:
        found = await tickets.get_ticket(ticket)
        model = (await shelf.lock_all([found.resource_id]))[found.resource_id]
        opened = await _together(ticket)
        for each in opened:
            await tickets.close_ticket(ask, model, (await tickets.get_ticket(each)).id)
        await note("lending.lift", ask.by, object_kind="ticket", object_id=ticket)
        return opened

    async with transaction():
        return await once(ask, {"verb": "lift", "ticket": ticket}, tuple[str, ...], act)


def _take_back(done: Replanned) -> NoReturn:
    raise _Seen(done)


def _check(ask: Ask, wish: Blackout) -> None:
    check_staff(ask)
    check_reason(wish.note)
    if wish.period.end <= wish.period.start:
        raise PeriodWrong


async def _black_out(ask: Ask, wish: Blackout) -> Replanned:
    ids = await shelf.ids_of([wish.resource])
    [model] = (await borrowers.lock_all(ids, wish.period)).values()
    said = check_reason(wish.note)
    done = [
        await tickets.open_ticket(ask, model, unit, wish.kind, said, wish.period)
        for unit in await _units(model, wish.units)
    ]
    whole = _whole(done)
    for each in done:
        await note(
            "lending.blackout",
            ask.by,
            object_kind="ticket",
            object_id=each.ticket,
            tickets=[one.ticket for one in done],
            swapped=whole.swapped,
            cancelled=whole.cancelled,
            left=whole.left,
        )
    return whole


async def _units(model: Model, wanted: Sequence[str]) -> list[int]:
    """Raises UnitUnknown for one that is not of this model, and where it has none."""
    rows = await fetch(
        "SELECT id FROM unit WHERE resource = $1 AND retired_at IS NULL"
        " AND ($2::text[] = '{}' OR code = ANY($2)) ORDER BY id",
        model.id,
        list(wanted),
    )
    if not rows or (wanted and len(rows) < len(set(wanted))):
        raise UnitUnknown
    return [row["id"] for row in rows]


def _whole(done: Sequence[Replanned]) -> Replanned:
    """One answer for all copies: what moved from one to the next and then ended has ended."""
    cancelled = _named(each.cancelled for each in done)
    swapped = _named(each.swapped for each in done)
    return Replanned(
        ticket=done[0].ticket,
        swapped=tuple(one for one in swapped if one not in cancelled),
        cancelled=cancelled,
        left=_named(each.left for each in done),
    )


def _named(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Each once, in their order."""
    return tuple(dict.fromkeys(one for part in parts for one in part))


async def _together(ticket: str) -> tuple[str, ...]:
    """The tickets of one blackout that are still open, in the order of their copies."""
    within()
    rows = await fetch(
        "SELECT t.public_id FROM ticket t WHERE t.closed_at IS NULL AND (t.public_id = $1"
        " OR t.public_id IN (SELECT jsonb_array_elements_text(e.facts -> 'tickets')"
        "  FROM audit_entry e WHERE e.object_kind = 'ticket' AND e.object_id = $1"
        "  AND e.verb = 'lending.blackout')) ORDER BY t.id",
        ticket,
    )
    return tuple(row["public_id"] for row in rows)
