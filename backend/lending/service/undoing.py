"""The desk's last act, taken back within 15 minutes (L31)."""

import msgspec

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import once_more, transaction
from backend.lending import busy
from backend.lending.errors import NothingToUndo
from backend.lending.rules import Channel, LineState, Period, Verb, after, check_undo
from backend.lending.service import charging, custodies, deposits, tickets, wanting
from backend.lending.service.acts import check_staff, once, trace
from backend.lending.service.claims import Claim, claim, unit_taken
from backend.lending.service.counter import given_of
from backend.lending.service.custodies import CustodyRow
from backend.lending.service.lines import Scene, enter_line, set_state
from backend.lending.service.promoting import promote
from backend.lending.service.writing_off import undo_write_off
from backend.lending.values import Ask, Given, LineRow

NO_BOOKING = "Remise annulée."


@once_more
async def undo(ask: Ask, line_id: int) -> Given:
    """Takes the last take-back, hand-over or writing off of a line back.

    Raises NothingToUndo, UndoTooLateHere, OthersSince where another loan came and went, and UnitTaken
    where somebody has the unit's time by now.
    """
    check_staff(ask)

    async def act() -> Given:
        scene, line = await enter_line(ask, line_id)
        custody = await custodies.last_of(line.id)
        if custody is None:
            raise NothingToUndo
        check_undo(custody.in_noted_at or custody.out_noted_at, clock.now())
        state = await _undo(ask, scene, line, custody)
        await trace("undo", ask, scene.person_id, scene.booking, unit=custody.unit, line=line_id)
        return given_of(scene, line, custody.unit, state, line.period.end)

    async with transaction():
        return await once(ask, {"verb": "undo", "line": line_id}, Given, act)


async def _undo(ask: Ask, scene: Scene, line: LineRow, custody: CustodyRow) -> LineState:
    if custody.in_at is None:
        return await _undo_hand_over(scene, line, custody)
    if custody.is_written_off:
        return await undo_write_off(line, scene.model_of(line), custody)
    return await _undo_take_back(ask, scene, line, custody)


async def _undo_take_back(ask: Ask, scene: Scene, line: LineRow, custody: CustodyRow) -> LineState:
    """It is out again, as it was; the ticket that its return opened is closed. Raises UnitRetired."""
    model, state = scene.model_of(line), after(line.state, Verb.UNDO_TAKE_BACK)
    since, wide = custody.in_noted_at or custody.out_noted_at, busy.wide(model, line.period)
    if custody.ticket_id is not None:
        await tickets.never_was(custody.ticket_id, wide, since)
    await custodies.get_unit(custody.unit)
    await custodies.check_on_shelf(custody.unit_id)
    await custodies.check_nobody_since(custody)
    await wanting.give_way(custody.unit_id, wide, since)
    wanted = Claim(period=line.period, state=state, line=line, only=(custody.unit_id,))
    if await claim(model, wanted) is None:
        raise await unit_taken(model, line.period)
    await wanting.take_what_is_free(model)
    await custodies.reopen(custody)
    await charging.undo_fine(line.id, since, by=ask.by)
    await deposits.hold_again(line, by=ask.by)
    if custody.ticket_id is not None:
        await tickets.close_ticket(ask, model, custody.ticket_id)
    return state


async def _undo_hand_over(scene: Scene, line: LineRow, custody: CustodyRow) -> LineState:
    """It lies ready again, from when it was booked, or from when they came for it: its grace begins
    there. What was lent on the spot is no booking after.
    """
    model, state = scene.model_of(line), after(line.state, Verb.UNDO_HAND_OVER)
    await custodies.undo(custody)
    booked, end = custody.planned_at, line.period.end
    start = line.period.start if booked is None else max(booked, custody.out_noted_at)
    period = Period(start, end) if start < end else line.period
    wanted = Claim(period=period, state=state, line=line, only=(custody.unit_id,))
    if await claim(model, wanted) is None:
        raise await unit_taken(model, period)
    if scene.channel is Channel.WALK_IN:
        ready = msgspec.structs.replace(line, state=state)
        state = await set_state(ready, Verb.CANCEL_BY_STAFF, reason=NO_BOOKING)
        await charging.release(line, model, late=False)
        await deposits.free(line, by=SYSTEM)
    await promote(model)
    return state
