"""The club's answer to a request, and the end of a booking before it begins."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from backend.kit import clock
from backend.kit.database import fetch, once_more, transaction, within
from backend.lending.errors import MoveRefused
from backend.lending.rules import BOOKED, MOVES, LineState, StrikeKind, Verb, check_reason
from backend.lending.service import telling
from backend.lending.service.acts import check_staff, once, trace
from backend.lending.service.holding import booked, check_again
from backend.lending.service.lines import Scene, enter, set_state
from backend.lending.service.promoting import promote
from backend.lending.values import Ask, Booked, LineRow


@once_more
async def approve(ask: Ask, booking: str) -> Booked:
    """Staff say yes to every line that was requested; the limits are looked at again (L21)."""
    check_staff(ask)

    async def act() -> Booked:
        scene = await enter(ask, booking)
        lines = _all(scene, Verb.APPROVE)
        await check_again(ask, scene, lines)
        for line in lines:
            await set_state(line, Verb.APPROVE)
        await trace("approve", ask, scene.person_id, booking)
        return booked(scene, LineState.CONFIRMED)

    async with transaction():
        return await once(ask, {"verb": "approve", "booking": booking}, Booked, act)


@once_more
async def reject(ask: Ask, booking: str, reason: str) -> Booked:
    """Staff say no, with a reason that the tenant reads; what is free goes to who waits."""
    check_staff(ask)
    said = check_reason(reason)

    async def act() -> Booked:
        scene = await enter(ask, booking)
        lines = _all(scene, Verb.REJECT)
        for line in lines:
            await set_state(line, Verb.REJECT, reason=said)
            await telling.tell_cancelled(line, scene.model_of(line), said)
        await _free(scene, lines)
        await trace("reject", ask, scene.person_id, booking, reason=said)
        return booked(scene, LineState.REJECTED)

    async with transaction():
        return await once(ask, {"verb": "reject", "booking": booking}, Booked, act)


@once_more
async def cancel(
    ask: Ask, booking: str, lines: Collection[int] = (), *, reason: str = ""
) -> Booked:
    """Gives a booking up, or some of its lines: by its household, or by staff with a reason.

    Late, it counts as a strike of the household (L25). What comes free is offered to who waits.
    """
    said = check_reason(reason) if ask.is_staff else None
    verb = Verb.CANCEL_BY_STAFF if ask.is_staff else Verb.CANCEL

    async def act() -> Booked:
        scene = await enter(ask, booking)
        gone = _some(scene, verb, lines)
        await end_lines(scene, gone, verb, said)
        await trace("cancel", ask, scene.person_id, booking, reason=said)
        return booked(scene, MOVES[verb][1])

    async with transaction():
        body = {"verb": "cancel", "booking": booking, "lines": sorted(lines)}
        return await once(ask, body, Booked, act)


async def end_lines(scene: Scene, lines: Sequence[LineRow], verb: Verb, said: str | None) -> None:
    """The lines end, their household is told by staff or struck when late, and who waits is served."""
    within()
    for line in lines:
        await set_state(line, verb, reason=said)
        if verb is Verb.CANCEL_BY_STAFF:
            await telling.tell_cancelled(line, scene.model_of(line), said or "")
        elif _is_late(scene, line):
            await strike(line, StrikeKind.LATE_CANCEL)
    await fetch(
        "UPDATE wish SET ended_at = $2 WHERE line = ANY($1) AND ended_at IS NULL",
        [line.id for line in lines],
        clock.now(),
    )
    await _free(scene, lines)


def _is_late(scene: Scene, line: LineRow) -> bool:
    """So near its beginning that nobody else can plan with it any more."""
    notice = timedelta(minutes=scene.model_of(line).policy.late_cancel_minutes)
    return line.state in BOOKED and clock.now() > line.period.start - notice


async def strike(line: LineRow, kind: StrikeKind) -> None:
    """One for each line and kind, however often somebody looks."""
    within()
    await fetch(
        "INSERT INTO strike (household, line, kind, at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT ON CONSTRAINT strike_once DO NOTHING",
        line.household_id,
        line.id,
        kind.value,
        clock.now(),
    )


async def _free(scene: Scene, lines: Sequence[LineRow]) -> None:
    for resource_id in sorted({line.resource_id for line in lines}):
        await promote(scene.models[resource_id])


def _all(scene: Scene, verb: Verb) -> list[LineRow]:
    """Every line that this verb can move. Raises MoveRefused where there is none."""
    starts = MOVES[verb][0]
    found = [line for line in scene.lines if line.state in starts]
    if not found:
        raise MoveRefused(verb=verb.value, state=scene.lines[0].state.value)
    return found


def _some(scene: Scene, verb: Verb, wanted: Collection[int]) -> list[LineRow]:
    """Those named, or all that can still be given up."""
    return [line for line in _all(scene, verb) if not wanted or line.id in wanted]
