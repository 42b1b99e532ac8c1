"""The desk's last act, taken back within 15 minutes (L31)."""

import msgspec

from backend.kit import clock
from backend.kit.database import once_more, transaction
from backend.lending.errors import NothingToUndo
from backend.lending.rules import Channel, LineState, Verb, after, check_undo
from backend.lending.service import custodies, tickets
from backend.lending.service.acts import check_staff, once, trace
from backend.lending.service.claims import Claim, claim, unit_taken
from backend.lending.service.counter import given_of
from backend.lending.service.custodies import CustodyRow
from backend.lending.service.lines import Scene, enter_line, set_state
from backend.lending.service.promoting import promote
from backend.lending.values import Ask, Given, LineRow

NO_BOOKING = "Remise annulée."


@once_more
async def undo(ask: Ask, line_id: int) -> Given:
    """Takes the last take-back or hand-over of a line back.

    Raises NothingToUndo, UndoTooLateHere, and UnitTaken where somebody has the unit's time by now.
    """
    check_staff(ask)

    async def act() -> Given:
        scene, line = await enter_line(ask, line_id)
        custody = await custodies.last_of(line.id)
        if custody is None:
            raise NothingToUndo
        check_undo(custody.in_noted_at or custody.out_noted_at, clock.now())
        state = (
            await _undo_hand_over(scene, line, custody)
            if custody.in_at is None
            else await _undo_take_back(ask, scene, line, custody)
        )
        await trace("undo", ask, scene.person_id, scene.booking, unit=custody.unit)
        return given_of(scene, line, custody.unit, state, line.period.end)

    async with transaction():
        return await once(ask, {"verb": "undo", "line": line_id}, Given, act)


async def _undo_take_back(ask: Ask, scene: Scene, line: LineRow, custody: CustodyRow) -> LineState:
    """It is out again, as it was; the ticket that its return opened is closed."""
    model, state = scene.model_of(line), after(line.state, Verb.UNDO_TAKE_BACK)
    if custody.ticket_id is not None:
        await tickets.release(custody.ticket_id)
    await custodies.check_on_shelf(custody.unit_id)
    wanted = Claim(period=line.period, state=state, line=line, only=(custody.unit_id,))
    if await claim(model, wanted) is None:
        raise await unit_taken(model, line.period)
    await custodies.reopen(custody)
    if custody.ticket_id is not None:
        await tickets.close_ticket(ask, model, custody.ticket_id)
    return state


async def _undo_hand_over(scene: Scene, line: LineRow, custody: CustodyRow) -> LineState:
    """It lies ready again. What was lent on the spot was no booking before, and is none after."""
    await custodies.undo(custody)
    state = await set_state(line, Verb.UNDO_HAND_OVER)
    if scene.channel is Channel.WALK_IN:
        ready = msgspec.structs.replace(line, state=state)
        state = await set_state(ready, Verb.CANCEL_BY_STAFF, reason=NO_BOOKING)
        await promote(scene.model_of(line))
    return state
