"""The club's answer to a request, and the end of a booking before it begins."""

from collections.abc import Collection, Sequence

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch, once_more, transaction, within
from backend.lending import times
from backend.lending.errors import MoveRefused, PeriodPast
from backend.lending.policy import Model
from backend.lending.rules import (
    MOVES,
    LineState,
    Period,
    StrikeKind,
    Verb,
    after,
    check_reason,
    is_short_notice,
)
from backend.lending.schedule import Notice
from backend.lending.service import charging, deposits, notices, shelf, telling
from backend.lending.service.acts import check_staff, once, trace
from backend.lending.service.claims import Claim, claim, taken
from backend.lending.service.holding import booked, check_again
from backend.lending.service.lines import Scene, enter, set_state, touch
from backend.lending.service.promoting import promote
from backend.lending.service.rows import find_lines
from backend.lending.values import Ask, Booked, LineRow
from backend.places import queries as places


@once_more
async def approve(ask: Ask, booking: str) -> Booked:
    """Staff say yes to every line that was requested; the limits are looked at again (L21).

    Of a time that has begun, what is left: so that it is not missed at once. What is over ends by
    itself. Raises PeriodPast where all of it is.
    """
    check_staff(ask)

    async def act() -> Booked:
        scene = await enter(ask, booking)
        left = await _left(scene)
        lines = [line for line, _ in left]
        await check_again(ask, scene, lines)
        for line, period in left:
            model = scene.model_of(line)
            state = await _approve(model, line, period)
            await charging.price(line.id, line.household_id, model, state, period)
        await notices.tell(Notice.APPROVED, lines)
        await trace("approve", ask, scene.person_id, booking)
        return booked(scene, LineState.CONFIRMED)

    async with transaction():
        return await once(ask, {"verb": "approve", "booking": booking}, Booked, act)


async def _left(scene: Scene) -> list[tuple[LineRow, Period]]:
    found = []
    for line in _all(scene, Verb.APPROVE):
        calendar = await places.get_calendar(scene.model_of(line).site_id)
        period = times.rest(calendar, line.period, clock.now())
        found += [] if period is None else [(line, period)]
    if not found:
        raise PeriodPast
    return found


async def _approve(model: Model, line: LineRow, left: Period) -> LineState:
    if left == line.period:
        return await set_state(line, Verb.APPROVE)
    state = after(line.state, Verb.APPROVE)
    if await claim(model, Claim(period=left, state=state, line=line)) is None:
        raise await taken(model, left)
    return state


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
            await deposits.free(line, by=SYSTEM)
        await notices.tell(Notice.REJECTED, lines, reason=said)
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
        late = verb is Verb.CANCEL and _is_late(scene, line)
        await charging.release(line, scene.model_of(line), late=late)
        await deposits.free(line, by=SYSTEM)
        if verb is Verb.CANCEL and _is_late(scene, line):
            await strike(line, StrikeKind.LATE_CANCEL)
    if verb is Verb.CANCEL_BY_STAFF:
        await telling.tell_cancelled(lines, said or "")
    await _end_wishes(lines)
    await _free(scene, lines)


async def give_up_all(household_ids: Sequence[int], person_id: int | None = None) -> None:
    """A contribution: there is nobody left who booked it, and nothing is paid or held for it."""
    within()
    mine = "(b.person = $1 OR b.household = ANY($2)) AND l.state = ANY($3)"
    starts = [state.value for state in MOVES[Verb.CANCEL][0]]
    found = await find_lines(mine, person_id, household_ids, starts)
    models = await shelf.lock_all({line.resource_id for line in found})
    lines = await find_lines(mine, person_id, household_ids, starts)
    for line in lines:
        assert line.booking_id is not None
        await touch(line.booking_id)
        await set_state(line, Verb.CANCEL)
    await _end_wishes(lines)
    for model in models.values():
        await promote(model)


async def _end_wishes(lines: Sequence[LineRow]) -> None:
    await fetch(
        "UPDATE wish SET ended_at = $2 WHERE line = ANY($1) AND ended_at IS NULL",
        [line.id for line in lines],
        clock.now(),
    )


def _is_late(scene: Scene, line: LineRow) -> bool:
    notice = scene.model_of(line).policy.late_cancel_minutes
    return is_short_notice(line.state, line.period.start, notice, clock.now())


async def strike(line: LineRow, kind: StrikeKind) -> None:
    """One for what was to be fetched together, of each kind, however often somebody looks."""
    within()
    await fetch(
        "INSERT INTO strike (household, line, kind, at) SELECT $1, m.id, $3, $4 FROM booking_line m"
        " WHERE m.id = $2 AND NOT EXISTS (SELECT 1 FROM strike s JOIN booking_line o ON o.id = s.line"
        "  WHERE o.booking = m.booking AND s.kind = $3 AND s.forgiven_at IS NULL"
        "  AND lower(o.during) = lower(m.during))"
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
