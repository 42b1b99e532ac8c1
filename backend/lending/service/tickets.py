"""A unit out of use: its ticket, the time it blocks, and what becomes of the bookings it meets (L32)."""

from collections.abc import Sequence

import msgspec

from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_one, fetch_value, within
from backend.lending.errors import TicketClosed, TicketUnknown
from backend.lending.policy import Model
from backend.lending.rules import BLOCKING_SQL, LineState, Period, TicketKind, Verb
from backend.lending.service import telling
from backend.lending.service.claims import Claim, claim
from backend.lending.service.lines import set_state, touch
from backend.lending.service.promoting import promote
from backend.lending.service.rows import find_lines
from backend.lending.values import Ask, LineRow, Replanned

WHY = {
    TicketKind.REPAIR: "L'objet est en réparation.",
    TicketKind.CLEANING: "L'objet est au nettoyage.",
    TicketKind.PARTS: "Il manque une pièce.",
    TicketKind.BLACKOUT: "L'objet n'est pas disponible ce jour-là.",
    TicketKind.LOSS: "L'objet est perdu.",
}

# Nobody is told of a draft that ends; who was offered it waits again.
LEAVING = {LineState.HELD: Verb.EXPIRE, LineState.OFFERED: Verb.SKIP}


class TicketRow(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    public_id: str
    unit_id: int
    resource_id: int
    kind: TicketKind


async def open_ticket(
    ask: Ask, model: Model, unit_id: int, kind: TicketKind, note: str, blocks: Period | None
) -> Replanned:
    """Writes the ticket; where it blocks, every booking it meets moves to another unit or ends.

    The caller holds the resource's lock. What is handed over already is left to staff.
    """
    within()
    public_id = codes.random_id()
    ticket_id = await fetch_value(
        "INSERT INTO ticket (public_id, unit, kind, note, opened_at, opened_by)"
        " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        public_id,
        unit_id,
        kind.value,
        note,
        clock.now(),
        ask.by.id,
    )
    done = Replanned(ticket=public_id)
    return done if blocks is None else await _block(model, ticket_id, unit_id, done, blocks, kind)


async def _block(
    model: Model,
    ticket_id: int,
    unit_id: int,
    done: Replanned,
    blocks: Period,
    kind: TicketKind,
) -> Replanned:
    """First everybody off, then the block, then each of them through the door again."""
    met = await _met(unit_id, blocks)
    left = [line for line in met if line.state is LineState.CHECKED_OUT]
    moving = [line for line in met if line.booking_id is not None and line not in left]
    others = [line.period for line in met if line.ticket_id is not None or line in left]
    await _set_aside([line.id for line in moving])
    for free in _between(others, blocks):
        made = await claim(
            model,
            Claim(
                period=free,
                state=LineState.BLOCKED,
                ticket_id=ticket_id,
                only=(unit_id,),
                without_buffers=True,
            ),
        )
        assert made is not None, "everybody is off"
    swapped: list[str] = []
    cancelled: list[str] = []
    for line in moving:
        seated = await _seat_again(model, line, kind)
        (swapped if seated else cancelled).append(line.booking or "")
    return msgspec.structs.replace(
        done,
        swapped=tuple(swapped),
        cancelled=tuple(cancelled),
        left=tuple(line.booking or "" for line in left if line.booking_id is not None),
    )


async def _met(unit_id: int, blocks: Period) -> list[LineRow]:
    return await find_lines(
        f"l.unit = $1 AND l.occupied && tstzrange($2, $3) AND l.state IN ({BLOCKING_SQL})",
        unit_id,
        blocks.start,
        blocks.end,
        order="lower(l.during), l.id",
    )


def _between(others: Sequence[Period], blocks: Period) -> list[Period]:
    """What is left of a block beside what other tickets block already, and what is handed over."""
    found, start = [], blocks.start
    for each in sorted(others):
        if start < each.start:
            found.append(Period(start, each.start))
        start = max(start, each.end)
    return [*found, Period(start, blocks.end)] if start < blocks.end else found


async def _set_aside(lines: Sequence[int]) -> None:
    await fetch("UPDATE booking_line SET unit = NULL WHERE id = ANY($1)", list(lines))


async def _seat_again(model: Model, line: LineRow, kind: TicketKind) -> bool:
    """Another unit, or the line ends (L32). A prepared one is so no more."""
    assert line.booking_id is not None
    await touch(line.booking_id)
    if line.state is LineState.READY:
        state = await set_state(line, Verb.PUT_BACK)
        line = msgspec.structs.replace(line, state=state)
    wanted = Claim(period=line.period, state=line.state, line=line, lapses_at=line.lapses_at)
    if await claim(model, wanted) is not None:
        return True
    verb = LEAVING.get(line.state, Verb.CANCEL_BY_STAFF)
    await set_state(line, verb, reason=WHY[kind])
    if verb is Verb.CANCEL_BY_STAFF:
        await telling.tell_cancelled(line, model, WHY[kind])
    return False


async def get_ticket(public_id: str) -> TicketRow:
    """An open one. Raises TicketUnknown and TicketClosed."""
    within()
    row = await fetch_one(
        "SELECT t.id, t.public_id, t.unit AS unit_id, u.resource AS resource_id, t.kind,"
        " t.closed_at FROM ticket t JOIN unit u ON u.id = t.unit WHERE t.public_id = $1",
        public_id,
    )
    if row is None:
        raise TicketUnknown
    values = dict(row)
    if values.pop("closed_at") is not None:
        raise TicketClosed
    return TicketRow(**{**values, "kind": TicketKind(values["kind"])})


async def close_ticket(
    ask: Ask, model: Model, ticket_id: int, *, cost_cents: int | None = None
) -> None:
    """What it blocked from now on is free; the time it did block stays. Who waits is served (L24)."""
    within()
    now = clock.now()
    await fetch(
        "UPDATE ticket SET closed_at = $2, closed_by = $3, cost_cents = $4"
        " WHERE id = $1 AND closed_at IS NULL",
        ticket_id,
        now,
        ask.by.id,
        cost_cents,
    )
    await release(ticket_id)
    await promote(model)


async def release(ticket_id: int) -> None:
    """The block ends now, or never was."""
    within()
    now = clock.now()
    await fetch(
        "DELETE FROM booking_line WHERE ticket = $1 AND lower(during) >= $2", ticket_id, now
    )
    await fetch(
        "UPDATE booking_line SET during = tstzrange(lower(during), $2),"
        " occupied = tstzrange(lower(occupied), $2), changed_at = $2"
        " WHERE ticket = $1 AND upper(during) > $2",
        ticket_id,
        now,
    )
