"""Things come back, are looked at, get lost and are found (L30, L31)."""

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_value, once_more, transaction
from backend.lending.errors import OutcomeNeedsNote
from backend.lending.policy import Model
from backend.lending.rules import (
    BLOCKING_OUTCOMES,
    FAR,
    SHORTEST_REASON,
    TICKET_OF,
    LineState,
    Outcome,
    Period,
    TicketKind,
    Verb,
    check_pieces,
    check_reason,
)
from backend.lending.service import custodies, tickets
from backend.lending.service.acts import check_staff, once, trace
from backend.lending.service.counter import given_of
from backend.lending.service.custodies import CustodyRow, dated
from backend.lending.service.lines import Scene, enter_line, set_state
from backend.lending.service.promoting import promote
from backend.lending.service.vehicles import check_charge
from backend.lending.values import Ask, Back, Given, LineRow, Replanned


@once_more
async def take_back(ask: Ask, line_id: int, back: Back | None = None) -> Given:
    """The thing is here again; looked at at once, or `later`, off the shelf until then.

    Anything but fine opens a ticket; dirty, damaged or not working takes it out of use. A line of
    many comes back by itself (L11). Raises OutcomeNeedsNote, PiecesUnknown, BackDatedWrong.
    """
    check_staff(ask)
    seen = back or Back()
    _check(seen)

    async def act() -> Given:
        scene, line = await enter_line(ask, line_id)
        model = scene.model_of(line)
        check_pieces(seen.missing, model.pieces)
        state = await set_state(line, Verb.TAKE_BACK)
        custody = await custodies.last_of(line.id)
        ticket = None
        if custody is not None:
            at = dated(seen.at, seen.reason, not_before=custody.out_at)
            await check_charge(model, custody.unit_id, seen)
            ticket = await _ticket_for(ask, model, custody, seen)
            await custodies.take(custody, at, seen, await _id_of(ticket))
        if not seen.later:
            state = await set_state(_in(line, state), Verb.INSPECT)
        await promote(model)
        await trace("take_back", ask, scene.person_id, scene.booking, outcome=seen.outcome.value)
        return _given(scene, line, custody, state, ticket)

    async with transaction():
        return await once(ask, {"verb": "take_back", "line": line_id, "back": seen}, Given, act)


@once_more
async def inspect(ask: Ask, line_id: int, back: Back | None = None) -> Given:
    """What came back is looked at, and goes on the shelf or to be mended."""
    check_staff(ask)
    seen = back or Back()
    _check(seen)

    async def act() -> Given:
        scene, line = await enter_line(ask, line_id)
        model = scene.model_of(line)
        check_pieces(seen.missing, model.pieces)
        state = await set_state(line, Verb.INSPECT)
        custody = await custodies.last_of(line.id)
        ticket = None
        if custody is not None:
            ticket = await _ticket_for(ask, model, custody, seen)
            await custodies.note_outcome(custody, seen, await _id_of(ticket))
        await promote(model)
        await trace("inspect", ask, scene.person_id, scene.booking, outcome=seen.outcome.value)
        return _given(scene, line, custody, state, ticket)

    async with transaction():
        return await once(ask, {"verb": "inspect", "line": line_id, "back": seen}, Given, act)


@once_more
async def lose(ask: Ask, line_id: int, note: str) -> Replanned:
    """It will not come back: future bookings of this unit are planned again (L32)."""
    check_staff(ask)
    said = check_reason(note)

    async def act() -> Replanned:
        scene, line = await enter_line(ask, line_id)
        model = scene.model_of(line)
        await set_state(line, Verb.LOSE, reason=said)
        if line.unit_id is None:
            return Replanned(ticket="")
        blocks = Period(clock.now(), FAR)
        done = await tickets.open_ticket(ask, model, line.unit_id, TicketKind.LOSS, said, blocks)
        await fetch(
            "UPDATE custody SET ticket = $2 WHERE line = $1 AND in_at IS NULL"
            " AND undone_at IS NULL",
            line.id,
            await _id_of(done),
        )
        await trace("lose", ask, scene.person_id, scene.booking, ticket=done.ticket)
        return done

    async with transaction():
        return await once(ask, {"verb": "lose", "line": line_id}, Replanned, act)


@once_more
async def find(ask: Ask, line_id: int, back: Back | None = None) -> Given:
    """What was lost is here: it waits to be looked at, and its block ends."""
    check_staff(ask)
    seen = back or Back()

    async def act() -> Given:
        scene, line = await enter_line(ask, line_id)
        model = scene.model_of(line)
        state = await set_state(line, Verb.FIND)
        custody = await custodies.last_of(line.id)
        if custody is not None:
            at = dated(seen.at, seen.reason, not_before=custody.out_at)
            await custodies.take(custody, at, seen, custody.ticket_id)
            if custody.ticket_id is not None:
                await tickets.close_ticket(ask, model, custody.ticket_id)
        await trace("find", ask, scene.person_id, scene.booking)
        return _given(scene, line, custody, state, None)

    async with transaction():
        return await once(ask, {"verb": "find", "line": line_id}, Given, act)


def _check(back: Back) -> None:
    """What is not fine is said in words (L35 stands on them)."""
    if back.outcome is not Outcome.FINE and len(back.note.strip()) < SHORTEST_REASON:
        raise OutcomeNeedsNote


async def _ticket_for(ask: Ask, model: Model, custody: CustodyRow, back: Back) -> Replanned | None:
    """Anything but fine opens one; it blocks until somebody says that it is mended (L31)."""
    if back.outcome is Outcome.FINE:
        return None
    now = clock.now()
    blocks = Period(now, FAR) if back.outcome in BLOCKING_OUTCOMES else None
    kind = TICKET_OF[back.outcome]
    return await tickets.open_ticket(ask, model, custody.unit_id, kind, back.note.strip(), blocks)


async def _id_of(ticket: Replanned | None) -> int | None:
    if ticket is None:
        return None
    found: int = await fetch_value("SELECT id FROM ticket WHERE public_id = $1", ticket.ticket)
    return found


def _in(line: LineRow, state: LineState) -> LineRow:
    return msgspec.structs.replace(line, state=state)


def _given(
    scene: Scene,
    line: LineRow,
    custody: CustodyRow | None,
    state: LineState,
    ticket: Replanned | None,
) -> Given:
    unit, name = custody.unit if custody else "", ticket.ticket if ticket else None
    return given_of(scene, line, unit, state, line.period.end, name)
