"""What is lost for good: its loan ends, and the copy leaves what is lent (L31, L32).

What it costs its household is asked for beside it, as a damage; until then its deposit waits (L34, L35).
"""

from backend.kit import clock
from backend.kit.database import fetch, fetch_value, once_more, transaction, within
from backend.lending.errors import NothingToUndo
from backend.lending.policy import Model
from backend.lending.rules import FAR, LineState, Outcome, Period, Verb, check_reason
from backend.lending.service import custodies, tickets, wanting
from backend.lending.service.acts import check_staff, once, trace
from backend.lending.service.counter import given_of
from backend.lending.service.custodies import CustodyRow
from backend.lending.service.lines import enter_line, set_state
from backend.lending.values import Ask, Back, Given, LineRow


@once_more
async def write_off(ask: Ask, line_id: int, note: str) -> Given:
    """Nobody looks for it any more. Raises MoveRefused for what is not lost, and ReasonNeeded."""
    check_staff(ask)
    said = check_reason(note)

    async def act() -> Given:
        return await write_line_off(ask, line_id, said)

    async with transaction():
        return await once(ask, {"verb": "write_off", "line": line_id}, Given, act)


async def write_line_off(ask: Ask, line_id: int, said: str) -> Given:
    """A contribution: first the copy leaves, then its block ends, so that nobody is offered it."""
    within()
    scene, line = await enter_line(ask, line_id)
    state = await set_state(line, Verb.WRITE_OFF, reason=said)
    custody, ticket = await custodies.last_of(line.id), None
    if custody is not None:
        seen = Back(outcome=Outcome.LOST, note=said)
        await custodies.take(custody, clock.now(), seen, custody.ticket_id)
        await fetch(
            "UPDATE unit SET retired_at = $2, version = version + 1 WHERE id = $1",
            custody.unit_id,
            clock.now(),
        )
        if custody.ticket_id is not None:
            await tickets.close_ticket(ask, scene.model_of(line), custody.ticket_id)
            ticket = await fetch_value(
                "SELECT public_id FROM ticket WHERE id = $1", custody.ticket_id
            )
    unit = custody.unit if custody else ""
    await trace("write_off", ask, scene.person_id, scene.booking, unit=unit, line=line_id)
    return given_of(scene, line, unit, state, line.period.end, ticket)


async def undo_write_off(line: LineRow, model: Model, custody: CustodyRow) -> LineState:
    """A contribution: it is looked for again, out of use as before.

    Raises NothingToUndo where somebody has brought the copy back among those that are lent.
    """
    within()
    back = await fetch_value(
        "UPDATE unit SET retired_at = NULL, version = version + 1"
        " WHERE id = $1 AND resource = $2 AND retired_at IS NOT NULL RETURNING id",
        custody.unit_id,
        model.id,
    )
    if back is None:
        raise NothingToUndo
    await custodies.reopen(custody, keep_ticket=True)
    why = None
    if custody.ticket_id is not None:
        why = await fetch_value(
            "UPDATE ticket SET closed_at = NULL, closed_by = NULL WHERE id = $1 RETURNING note",
            custody.ticket_id,
        )
        await wanting.want(model, custody.ticket_id, Period(clock.now(), FAR))
    return await set_state(line, Verb.UNDO_WRITE_OFF, reason=why)
