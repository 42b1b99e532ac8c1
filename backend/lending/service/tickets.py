"""A unit out of use: its ticket, the time it blocks, and what becomes of the bookings it meets (L32)."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from backend.audit import service as audit
from backend.audit.service import SYSTEM
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_one, fetch_value, within
from backend.lending.errors import TicketClosed, TicketUnknown
from backend.lending.policy import Model
from backend.lending.rules import BLOCKING_SQL, LineState, Period, TicketKind, Verb
from backend.lending.service import charging, deposits, in_charge, telling, wanting
from backend.lending.service.claims import Claim, claim
from backend.lending.service.lines import set_state, touch
from backend.lending.service.promoting import promote
from backend.lending.service.rows import find_lines
from backend.lending.stock_errors import StillLost
from backend.lending.values import Ask, LineRow, Replanned

WHY = {
    TicketKind.REPAIR: "L'objet est en réparation.",
    TicketKind.CLEANING: "L'objet est au nettoyage.",
    TicketKind.PARTS: "Il manque une pièce.",
    TicketKind.BLACKOUT: "L'objet n'est pas disponible ce jour-là.",
    TicketKind.LOSS: "L'objet est perdu.",
    TicketKind.CHECK: "L'objet est au contrôle.",
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
    ask: Ask,
    model: Model,
    unit_id: int,
    kind: TicketKind,
    note: str,
    blocks: Period | None,
    plan_id: int | None = None,
) -> Replanned:
    """Writes the ticket; where it blocks, every booking it meets moves to another unit or ends.

    The caller holds the locks of `borrowers`, or the resource's where nothing is blocked. What is
    handed over already is left to staff.
    """
    within()
    public_id = codes.random_id()
    ticket_id = await fetch_value(
        "INSERT INTO ticket (public_id, unit, kind, note, plan, opened_at, opened_by)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        public_id,
        unit_id,
        kind.value,
        note,
        plan_id,
        clock.now(),
        ask.by.id,
    )
    row = TicketRow(
        id=ticket_id, public_id=public_id, unit_id=unit_id, resource_id=model.id, kind=kind
    )
    if blocks is not None:
        return await block(ask, model, row, blocks)
    done = Replanned(ticket=public_id)
    await in_charge.tell(model, unit_id, note, done, blocked=False)
    return done


async def block(ask: Ask, model: Model, ticket: TicketRow, blocks: Period) -> Replanned:
    """The ticket takes its unit's time; what it did to bookings is kept, and told to who is in charge.

    Also where it met none (L32). The caller holds the locks of `borrowers`.
    """
    within()
    done = await _block(model, ticket, blocks)
    await audit.note(
        "lending.block",
        ask.by,
        object_kind="ticket",
        object_id=ticket.public_id,
        swapped=list(done.swapped),
        cancelled=list(done.cancelled),
        left=list(done.left),
    )
    why = WHY[ticket.kind]
    await in_charge.tell(model, ticket.unit_id, why, done, blocked=True)
    return done


async def _block(model: Model, ticket: TicketRow, blocks: Period) -> Replanned:
    """First everybody off, then the block, then each of them through the door again.

    What is handed over, or blocked by another ticket, comes to this one when that is over.
    """
    unit_id = ticket.unit_id
    met = await _met(unit_id, blocks)
    left = [line for line in met if line.state is LineState.CHECKED_OUT]
    moving = [line for line in met if line.booking_id is not None and line not in left]
    await _set_aside([line.id for line in moving])
    await wanting.want(model, ticket.id, blocks)
    swapped: list[str] = []
    cancelled: list[str] = []
    for line in moving:
        seated = await _seat_again(model, line, ticket.kind)
        (swapped if seated else cancelled).append(line.booking or "")
    return Replanned(
        ticket=ticket.public_id,
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
        await _give_back(model, line)
        await telling.tell_cancelled([line], WHY[kind])
    return False


async def _give_back(model: Model, line: LineRow) -> None:
    """Nobody pays for what the club itself ended, or has money held for it (L34, L35)."""
    await charging.release(line, model, late=False)
    await deposits.free(line, by=SYSTEM)


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
    """What it blocked from now on is free; the time it did block stays. Who waits is served (L24).

    A plan begins to count again. Raises StillLost: what is lost comes back by `find` (L4).
    """
    within()
    await _check_not_lost(ticket_id)
    now = clock.now()
    await fetch(
        "UPDATE ticket SET closed_at = $2, closed_by = $3, cost_cents = $4"
        " WHERE id = $1 AND closed_at IS NULL",
        ticket_id,
        now,
        ask.by.id,
        cost_cents,
    )
    await fetch(
        "UPDATE upkeep_mark m SET since = $2, kilometres = u.kilometres FROM ticket t"
        " JOIN unit u ON u.id = t.unit WHERE t.id = $1 AND m.plan = t.plan AND m.unit = t.unit",
        ticket_id,
        now,
    )
    await release(ticket_id)
    await promote(model)


async def _check_not_lost(ticket_id: int) -> None:
    lost = await fetch_value(
        "SELECT 1 FROM custody WHERE ticket = $1 AND in_at IS NULL AND undone_at IS NULL", ticket_id
    )
    if lost is not None:
        raise StillLost


async def release(ticket_id: int) -> None:
    """The block ends now, or never was."""
    within()
    now = clock.now()
    await fetch("UPDATE ticket SET wants = NULL WHERE id = $1", ticket_id)
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


async def never_was(ticket_id: int, period: Period, since: datetime) -> None:
    """What opened or ended it did not happen: nothing that it took of this time, or since, stays."""
    within()
    await fetch("UPDATE ticket SET wants = NULL WHERE id = $1", ticket_id)
    await fetch(
        "DELETE FROM booking_line WHERE ticket = $1"
        " AND (occupied && tstzrange($2, $3) OR lower(during) >= $4)",
        ticket_id,
        period.start,
        period.end,
        since,
    )
