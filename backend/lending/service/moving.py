"""A booking's times and units change: edited, extended, renewed, swapped, restored (L7, L8)."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from backend.kit import clock
from backend.kit.database import fetch, once_more, transaction
from backend.lending import times
from backend.lending.errors import Awaited, MoveRefused, RenewedEnough, WrongModel
from backend.lending.policy import Model
from backend.lending.rules import BOOKED, LineState, Period, Verb, after
from backend.lending.service import custodies
from backend.lending.service.acts import check_staff, once, trace
from backend.lending.service.claims import Claim, claim, taken, unit_taken
from backend.lending.service.holding import Spot, booked, check_all
from backend.lending.service.lines import Scene, counted, enter_line
from backend.lending.service.promoting import is_awaited, promote
from backend.lending.values import Ask, Booked, LineRow
from backend.places import queries as places

Act = Callable[[Scene, LineRow], Awaitable[LineState]]


@once_more
async def change(ask: Ask, line_id: int, period: Period) -> Booked:
    """Other times for a line that nobody has handed over; what it leaves goes to who waits.

    Raises JustTaken with alternatives, a LimitReached, a PeriodWrong.
    """

    async def act(scene: Scene, line: LineRow) -> LineState:
        if line.state not in BOOKED:
            raise MoveRefused(verb="change", state=line.state.value)
        model = scene.model_of(line)
        calendar = await places.get_calendar(model.site_id)
        wanted = times.settled(model.policy, calendar, period, clock.now())
        await _check(ask, scene, line, wanted)
        await _move(scene, line, wanted, line.state)
        return line.state

    return await _on_line(ask, line_id, "change", {"period": period}, act)


@once_more
async def extend(ask: Ask, line_id: int, until: datetime) -> Booked:
    """Staff set a later due time, or an earlier one, of a loan that runs (L39)."""
    check_staff(ask)

    async def act(scene: Scene, line: LineRow) -> LineState:
        await _check_out(line, "extend")
        calendar = await places.get_calendar(scene.model_of(line).site_id)
        policy = scene.model_of(line).policy
        wanted = times.lasting(policy, calendar, line.period.start, until)
        await _move(scene, line, wanted, line.state, keep_unit=True)
        return line.state

    return await _on_line(ask, line_id, "extend", {"until": until}, act)


@once_more
async def renew(ask: Ask, line_id: int) -> Booked:
    """The usual length once more, from the due time on: so often, and only while nobody waits (L40).

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
        await _move(scene, line, wanted, line.state, keep_unit=True)
        await fetch("UPDATE booking_line SET renewed = renewed + 1 WHERE id = $1", line.id)
        return line.state

    return await _on_line(ask, line_id, "renew", {}, act)


@once_more
async def swap(ask: Ask, line_id: int, unit: str) -> Booked:
    """That very copy instead; the line that has it moves on where it can (L8)."""
    check_staff(ask)

    async def act(scene: Scene, line: LineRow) -> LineState:
        model, chosen = scene.model_of(line), await custodies.get_unit(unit)
        if chosen.resource_id != model.id:
            raise WrongModel(name=model.name, scanned=chosen.resource_name)
        if line.state not in BOOKED:
            raise MoveRefused(verb="swap", state=line.state.value)
        wanted = Claim(period=line.period, state=line.state, line=line, only=(chosen.id,))
        if await claim(model, wanted) is None:
            raise await unit_taken(model, line.period)
        return line.state

    return await _on_line(ask, line_id, "swap", {"unit": unit}, act)


@once_more
async def restore(ask: Ask, line_id: int) -> Booked:
    """A line that was cancelled, refused or missed stands again, if its time is still free."""
    check_staff(ask)

    async def act(scene: Scene, line: LineRow) -> LineState:
        state = after(line.state, Verb.RESTORE)
        await _check(ask, scene, line, line.period)
        await _move(scene, line, line.period, state)
        await fetch("UPDATE strike SET forgiven_at = $2 WHERE line = $1", line.id, clock.now())
        return state

    return await _on_line(ask, line_id, "restore", {}, act)


async def _on_line(ask: Ask, line_id: int, verb: str, body: dict[str, Any], act: Act) -> Booked:
    async def run() -> Booked:
        scene, line = await enter_line(ask, line_id)
        state = await act(scene, line)
        await promote(scene.model_of(line))
        await trace(verb, ask, scene.person_id, scene.booking)
        return booked(scene, state)

    async with transaction():
        return await once(ask, {"verb": verb, "line": line_id, **body}, Booked, run)


async def _check(ask: Ask, scene: Scene, line: LineRow, wanted: Period) -> None:
    """The limits, as if the line were new (L21)."""
    assert scene.household_id is not None
    assert scene.person_id is not None
    model = scene.model_of(line)
    since = wanted.start - times.DAY * model.policy.window_days
    others = await counted(scene.household_id, since, [line.id], now=clock.now())
    spot = Spot(model=model, period=wanted, people=None, only=None)
    await check_all(ask, scene.person_id, [spot], others, scene.booking)


async def _check_out(line: LineRow, verb: str) -> None:
    if line.state is not LineState.CHECKED_OUT:
        raise MoveRefused(verb=verb, state=line.state.value)


async def _renewed(model: Model, line: LineRow) -> Period:
    """From when it is due, or from now on where that is over."""
    calendar = await places.get_calendar(model.site_id)
    due = max(line.period.end, clock.now())
    return Period(line.period.start, times.usual(model.policy, calendar, due).end)


async def _move(
    scene: Scene, line: LineRow, wanted: Period, state: LineState, *, keep_unit: bool = False
) -> None:
    """Through the door. What somebody has in hand keeps its unit: others make room."""
    model = scene.model_of(line)
    only = (line.unit_id,) if keep_unit and line.unit_id is not None else None
    if await claim(model, Claim(period=wanted, state=state, line=line, only=only)) is None:
        raise await taken(model, wanted)
