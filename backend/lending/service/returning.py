"""Things come back, are looked at, get lost and are found (L30, L31)."""

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_value, once_more, transaction, within
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
from backend.lending.service import charging, custodies, deposits, tickets
from backend.lending.service.acts import check_staff, once, trace
from backend.lending.service.counter import given_of
from backend.lending.service.custodies import CustodyRow, dated
from backend.lending.service.lines import Scene, enter_line, set_state
from backend.lending.service.promoting import promote
from backend.lending.service.vehicles import check_charge
from backend.lending.stock_errors import StillLost
from backend.lending.values import Ask, Back, Given, LineRow, Replanned

MISSES = "Il manque : {pieces}"


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
        return await take_line(ask, line_id, seen)

    async with transaction():
        return await once(ask, {"verb": "take_back", "line": line_id, "back": seen}, Given, act)


@once_more
async def inspect(ask: Ask, line_id: int, back: Back | None = None) -> Given:
    """What came back is looked at, and goes on the shelf or to be mended."""
    check_staff(ask)
    seen = back or Back()
    _check(seen)

    async def act() -> Given:
        return await _inspect(ask, line_id, seen)

    async with transaction():
        return await once(ask, {"verb": "inspect", "line": line_id, "back": seen}, Given, act)


@once_more
async def lose(ask: Ask, line_id: int, note: str) -> Replanned:
    """It will not come back: future bookings of this unit are planned again (L32)."""
    check_staff(ask)
    said = check_reason(note)

    async def act() -> Replanned:
        scene, line = await enter_line(ask, line_id, ends=Period(clock.now(), FAR))
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
        return await find_line_again(ask, line_id, seen)

    async with transaction():
        return await once(ask, {"verb": "find", "line": line_id}, Given, act)


async def take_line(ask: Ask, line_id: int, seen: Back) -> Given:
    """A contribution: the thing of a line is here again."""
    within()
    scene, line = await enter_line(ask, line_id, ends=_blocks(seen))
    model = scene.model_of(line)
    state = await set_state(line, Verb.TAKE_BACK)
    custody = await custodies.last_of(line.id)
    ticket = None
    if custody is not None:
        seen = await _counted(model, custody, seen)
        at = dated(seen.at, seen.reason, not_before=custody.out_at)
        if not seen.later:
            await check_charge(model, custody.unit_id, seen)
        ticket = await _ticket_for(ask, model, custody, seen)
        await custodies.take(custody, at, seen, await _id_of(ticket))
        await charging.fine(line, model, at, by=ask.by)
    if not seen.later:
        state = await set_state(_in(line, state), Verb.INSPECT)
        await deposits.let_go_of(line, seen.outcome, by=ask.by)
    await promote(model)
    outcome = seen.outcome.value
    await trace("take_back", ask, scene.person_id, scene.booking, outcome=outcome, line=line_id)
    return _given(scene, line, custody, state, ticket)


async def _inspect(ask: Ask, line_id: int, seen: Back) -> Given:
    scene, line = await enter_line(ask, line_id, ends=_blocks(seen))
    model = scene.model_of(line)
    state = await set_state(line, Verb.INSPECT)
    custody = await custodies.last_of(line.id)
    ticket = None
    if custody is not None:
        seen = await _counted(model, custody, seen)
        if not custody.is_charge_noted:
            await check_charge(model, custody.unit_id, seen)
        ticket = await _ticket_for(ask, model, custody, seen)
        await custodies.note_outcome(custody, seen, await _id_of(ticket))
    await deposits.let_go_of(line, seen.outcome, by=ask.by)
    await promote(model)
    outcome = seen.outcome.value
    await trace("inspect", ask, scene.person_id, scene.booking, outcome=outcome, line=line_id)
    return _given(scene, line, custody, state, ticket)


async def find_line_again(ask: Ask, line_id: int, seen: Back) -> Given:
    """A contribution: what was lost is here, and waits to be looked at."""
    within()
    scene, line = await enter_line(ask, line_id)
    model = scene.model_of(line)
    state = await set_state(line, Verb.FIND)
    custody = await custodies.last_of(line.id)
    if custody is not None:
        at = dated(seen.at, seen.reason, not_before=custody.out_at)
        await custodies.take(custody, at, seen, custody.ticket_id)
        if custody.ticket_id is not None:
            await tickets.close_ticket(ask, model, custody.ticket_id)
        await charging.fine(line, model, at, by=ask.by)
    await trace("find", ask, scene.person_id, scene.booking, line=line_id)
    return _given(scene, line, custody, state, None)


async def _counted(model: Model, custody: CustodyRow, seen: Back) -> Back:
    """A piece that misses for the first time is no "fine": it opens a ticket that names it (L40)."""
    check_pieces(seen.missing, model.pieces)
    known = await custodies.missing_pieces(custody.unit_id)
    fresh = [piece for piece in seen.missing if piece not in known]
    if not fresh or seen.outcome is not Outcome.FINE:
        return seen
    note = seen.note.strip() or MISSES.format(pieces=", ".join(fresh))
    return msgspec.structs.replace(seen, outcome=Outcome.PART_MISSING, note=note)


def _check(back: Back) -> None:
    """What is not fine is said in words (L35 stands on them). What is here is not lost."""
    if back.outcome is Outcome.LOST:
        raise StillLost
    if back.outcome is not Outcome.FINE and len(back.note.strip()) < SHORTEST_REASON:
        raise OutcomeNeedsNote


async def _ticket_for(ask: Ask, model: Model, custody: CustodyRow, back: Back) -> Replanned | None:
    """Anything but fine opens one; it blocks until somebody says that it is mended (L31)."""
    if back.outcome is Outcome.FINE:
        return None
    kind, note = TICKET_OF[back.outcome], back.note.strip()
    return await tickets.open_ticket(ask, model, custody.unit_id, kind, note, _blocks(back))


def _blocks(back: Back) -> Period | None:
    """From now on nobody can have what came back like this."""
    return Period(clock.now(), FAR) if back.outcome in BLOCKING_OUTCOMES else None


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
