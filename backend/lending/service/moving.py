"""A booking's times and units change: edited, extended, renewed, swapped, restored (L7, L8)."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from backend.kit import clock
from backend.kit.database import OnRefusal, fetch, once_more, transaction
from backend.lending import times
from backend.lending.errors import (
    Awaited,
    MoveRefused,
    RenewedEnough,
    TooLateToMove,
    WrongModel,
)
from backend.lending.owing_errors import LoanOfNobody
from backend.lending.policy import Model
from backend.lending.rules import BOOKED, LineState, Period, Verb, after, is_short_notice
from backend.lending.service import charging, custodies, telling, visits
from backend.lending.service.acts import check_staff, once, trace, unmet_change
from backend.lending.service.claims import Claim, claim, taken, unit_taken
from backend.lending.service.holding import Spot, booked, check_all
from backend.lending.service.lines import Scene, counted, enter_line
from backend.lending.service.promoting import is_awaited, promote
from backend.lending.service.rows import find_lines
from backend.lending.values import Ask, Booked, LineRow
from backend.places import queries as places

Act = Callable[[Scene, LineRow], Awaitable[LineState]]


@once_more
async def change(ask: Ask, line_id: int, period: Period, unit: str = "") -> Booked:
    """Other times for a line that nobody has handed over; what it leaves goes to who waits.

    `unit`: on that very copy, which only staff may ask for. A prepared one keeps its own (L8).
    Raises JustTaken with alternatives, a LimitReached, a PeriodWrong, TooLateToMove.
    """
    if unit:
        check_staff(ask)

    async def act(scene: Scene, line: LineRow) -> LineState:
        if line.state not in BOOKED:
            raise MoveRefused(verb="change", state=line.state.value)
        model = scene.model_of(line)
        calendar = await places.get_calendar(model.site_id)
        wanted = line.period
        if not times.is_same(model.policy, period, wanted):
            wanted = times.settled(model.policy, calendar, period, clock.now())
        if not ask.is_staff:
            _check_notice(model, line, wanted)
        only = await _copy(model, unit) or (_own(line) if line.state is LineState.READY else None)
        await _check(ask, scene, line, wanted)
        await _move(scene, line, wanted, line.state, only)
        return line.state

    body = {"period": period, "unit": unit}
    vain = None if ask.is_staff else unmet_change(line_id, period)
    return await _on_line(ask, line_id, "change", body, act, vain)


@once_more
async def extend(ask: Ask, line_id: int, until: datetime) -> Booked:
    """Staff set a later due time, or an earlier one, of a loan that runs (L39)."""
    check_staff(ask)

    async def act(scene: Scene, line: LineRow) -> LineState:
        await _check_out(line, "extend")
        calendar = await places.get_calendar(scene.model_of(line).site_id)
        policy = scene.model_of(line).policy
        wanted = times.lasting(policy, calendar, line.period.start, until)
        await _move(scene, line, wanted, line.state, _own(line))
        return line.state

    return await _on_line(ask, line_id, "extend", {"until": until}, act)


@once_more
async def renew(ask: Ask, line_id: int) -> Booked:
    """The usual length once more, from the due time on: so often, and only while nobody waits (L40).

    Days late before that stay late (L35).
    Raises RenewedEnough, Awaited, JustTaken.
    """

    async def act(scene: Scene, line: LineRow) -> LineState:
        await _check_out(line, "renew")
        model = scene.model_of(line)
        if line.renewed >= model.policy.renewals:
            raise RenewedEnough
        wanted = await _renewed(model, line)
        if await is_awaited(model, Period(line.period.end, wanted.end)):
            raise Awaited
        await _check(ask, scene, line, wanted)
        await charging.fine(line, model, clock.now(), by=ask.by)
        await _move(scene, line, wanted, line.state, _own(line))
        await fetch("UPDATE booking_line SET renewed = renewed + 1 WHERE id = $1", line.id)
        return line.state

    return await _on_line(ask, line_id, "renew", {}, act)


@once_more
async def swap(ask: Ask, line_id: int, unit: str) -> Booked:
    """That very copy instead; the line that has it moves on where it can (L8).

    What lies ready lies there: raises StillOut.
    """
    check_staff(ask)

    async def act(scene: Scene, line: LineRow) -> LineState:
        model = scene.model_of(line)
        only = await _copy(model, unit)
        if line.state not in BOOKED:
            raise MoveRefused(verb="swap", state=line.state.value)
        if line.state is LineState.READY and only:
            await custodies.check_on_shelf(only[0])
        wanted = Claim(period=line.period, state=line.state, line=line, only=only)
        if await claim(model, wanted) is None:
            raise await unit_taken(model, line.period)
        return line.state

    return await _on_line(ask, line_id, "swap", {"unit": unit}, act)


@once_more
async def restore(ask: Ask, line_id: int) -> Booked:
    """A line that was cancelled, refused or missed stands again, if its time is still free.

    Of a time that has begun, what is left: so that it is not missed at once. Raises MoveRefused.
    """
    check_staff(ask)

    async def act(scene: Scene, line: LineRow) -> LineState:
        state = after(line.state, Verb.RESTORE)
        calendar = await places.get_calendar(scene.model_of(line).site_id)
        left = times.rest(calendar, line.period, clock.now())
        if left is None:
            raise MoveRefused(verb="restore", state=line.state.value)
        await _check(ask, scene, line, left)
        await _move(scene, line, left, state)
        await fetch("UPDATE strike SET forgiven_at = $2 WHERE line = $1", line.id, clock.now())
        return state

    return await _on_line(ask, line_id, "restore", {}, act)


async def _on_line(
    ask: Ask,
    line_id: int,
    verb: str,
    body: dict[str, Any],
    act: Act,
    vain: OnRefusal | None = None,
) -> Booked:
    async def run() -> Booked:
        scene, line = await enter_line(ask, line_id)
        state = await act(scene, line)
        if ask.is_staff:
            await _tell(verb, line)
        await promote(scene.model_of(line))
        await trace(verb, ask, scene.person_id, scene.booking)
        return booked(scene, state)

    async with transaction(on_refusal=vain):
        return await once(ask, {"verb": verb, "line": line_id, **body}, Booked, run)


async def _tell(verb: str, before: LineRow) -> None:
    """What a household changes itself it sees; what staff change is told."""
    (line,) = await find_lines("l.id = $1", before.id)
    if verb == "restore":
        await telling.tell_booked(LineState.CONFIRMED, [line])
    elif line.period != before.period:
        await telling.tell_moved([line], telling.Cause.CLUB)


async def _check(ask: Ask, scene: Scene, line: LineRow, wanted: Period) -> None:
    """The limits, as if the line were new (L21). Raises LoanOfNobody."""
    if scene.household_id is None or scene.person_id is None:
        raise LoanOfNobody
    model = scene.model_of(line)
    since = wanted.start - times.DAY * model.policy.window_days
    others = await counted(scene.household_id, since, [line.id], now=clock.now())
    spot = Spot(model=model, period=wanted, people=None, only=None)
    await check_all(ask, scene.person_id, [spot], others, scene.booking)


async def _copy(model: Model, code: str) -> tuple[int, ...] | None:
    """The one copy that is asked for. Raises UnitUnknown and WrongModel."""
    if not code:
        return None
    chosen = await custodies.get_unit(code)
    if chosen.resource_id != model.id:
        raise WrongModel(name=model.name, scanned=chosen.resource_name)
    return (chosen.id,)


def _check_notice(model: Model, line: LineRow, wanted: Period) -> None:
    """What cannot be given up in time any more is not moved away either, only made longer (L25)."""
    notice = model.policy.late_cancel_minutes
    stays = wanted.start <= line.period.start and line.period.end <= wanted.end
    if not stays and is_short_notice(line.state, line.period.start, notice, clock.now()):
        raise TooLateToMove


def _own(line: LineRow) -> tuple[int, ...] | None:
    """What somebody has in hand, or what lies ready for them, keeps its unit: others make room."""
    return None if line.unit_id is None else (line.unit_id,)


async def _check_out(line: LineRow, verb: str) -> None:
    if line.state is not LineState.CHECKED_OUT:
        raise MoveRefused(verb=verb, state=line.state.value)


async def _renewed(model: Model, line: LineRow) -> Period:
    """From when it is due, or from now on where that is over."""
    calendar = await places.get_calendar(model.site_id)
    due = max(line.period.end, clock.now())
    return Period(line.period.start, times.usual(model.policy, calendar, due).end)


async def _move(
    scene: Scene,
    line: LineRow,
    wanted: Period,
    state: LineState,
    only: tuple[int, ...] | None = None,
) -> None:
    """Through the door."""
    model = scene.model_of(line)
    if await claim(model, Claim(period=wanted, state=state, line=line, only=only)) is None:
        raise await taken(model, wanted)
    await visits.drop_other_days(line.id, wanted)
    await charging.price(line.id, line.household_id, model, state, wanted)
