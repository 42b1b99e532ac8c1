"""At the desk: prepare, hand over, lend on the spot (L9, L28, L29)."""

from datetime import datetime

from backend.kit import clock, codes
from backend.kit.database import fetch_one, once_more, transaction, within
from backend.kit.openings import Calendar
from backend.lending import busy, rules, times
from backend.lending.errors import (
    NoUnitYet,
    ReservedByOther,
    ToInspect,
    UnitRetired,
    WrongModel,
)
from backend.lending.policy import Model
from backend.lending.rules import Channel, LineState, Period, Verb, after
from backend.lending.schedule import Notice
from backend.lending.service import charging, custodies, deposits, notices, shelf, telling
from backend.lending.service.acts import check_staff, once, trace
from backend.lending.service.claims import Claim, claim, unit_taken
from backend.lending.service.custodies import UnitRow, dated
from backend.lending.service.holding import Spot, booked, check_all, make_booking
from backend.lending.service.lines import (
    Scene,
    check_member,
    counted,
    enter_line,
    lock_household,
    set_state,
)
from backend.lending.service.rows import find_line
from backend.lending.service.vehicles import check_charge, check_licence
from backend.lending.values import Ask, Booked, For, Given, Handed, LineRow
from backend.membership.rules import short_name
from backend.places import queries as places


@once_more
async def prepare(ask: Ask, line_id: int) -> Booked:
    """The thing lies ready on the shelf of pick-ups; from now on its unit is its own (L8).

    Raises StillOut and ToInspect where no copy is there.
    """
    return await _simply_move(ask, line_id, Verb.PREPARE)


@once_more
async def put_back(ask: Ask, line_id: int) -> Booked:
    """It is on its usual shelf again."""
    return await _simply_move(ask, line_id, Verb.PUT_BACK)


async def _simply_move(ask: Ask, line_id: int, verb: Verb) -> Booked:
    check_staff(ask)

    async def act() -> Booked:
        scene, line = await enter_line(ask, line_id)
        if after(line.state, verb) is LineState.READY:
            line = await _from_shelf(scene.model_of(line), line)
        state = await set_state(line, verb)
        if state is LineState.READY and line.person_id is not None:
            await notices.write(Notice.READY, {line.id: line.period.start})
        await trace(verb.value, ask, scene.person_id, scene.booking)
        return booked(scene, state)

    async with transaction():
        return await once(ask, {"verb": verb.value, "line": line_id}, Booked, act)


async def _from_shelf(model: Model, line: LineRow) -> LineRow:
    """On the copy it has, or on another: nobody is told to come for what is still out (L9, L36).

    Raises StillOut and ToInspect where no copy that lies there can be had.
    """
    there = await custodies.on_shelf(model.id)
    if line.unit_id is None or line.unit_id in there:
        return line
    wanted = Claim(period=line.period, state=line.state, line=line, only=there)
    if await claim(model, wanted) is None:
        await custodies.check_on_shelf(line.unit_id)
        raise ToInspect
    moved = await find_line(line.id)
    assert moved is not None
    return moved


@once_more
async def hand_over(ask: Ask, line_id: int, unit: str = "", handed: Handed | None = None) -> Given:
    """Gives the booked thing out: the unit that was scanned, or the one set aside.

    Raises WrongModel, StillOut, ToInspect, ReservedByOther (unless `anyway`) and UnitTaken.
    """
    check_staff(ask)
    seen = handed or Handed()

    async def act() -> Given:
        return await give_line(ask, line_id, unit, seen)

    async with transaction():
        body = {"verb": "hand_over", "line": line_id, "unit": unit}
        return await once(ask, body, Given, act)


@once_more
async def lend_now(
    ask: Ask,
    whom: For,
    unit: str,
    until: datetime | None = None,
    handed: Handed | None = None,
) -> Given:
    """Lends a scanned unit without a booking, due before the next one begins (L29).

    Raises StillOut, ToInspect, MembersOnly, a LimitReached, and UnitTaken where too little is left.
    """
    check_staff(ask)
    seen = handed or Handed()

    async def act() -> Given:
        return await lend_unit(ask, whom, unit, until, seen)

    async with transaction():
        body = {"verb": "lend_now", "whom": whom, "unit": unit, "until": until}
        return await once(ask, body, Given, act)


async def give_line(ask: Ask, line_id: int, code: str, seen: Handed) -> Given:
    """A contribution: the thing of a line is given out."""
    within()
    scene, line = await enter_line(ask, line_id)
    given = await _give(scene, line, code, seen)
    who, booking = scene.person_id, scene.booking
    await trace("hand_over", ask, who, booking, unit=given.unit, line=line_id)
    return given


async def _give(scene: Scene, line: LineRow, code: str, seen: Handed) -> Given:
    model, state = scene.model_of(line), after(line.state, Verb.HAND_OVER)
    rules.check_pieces(seen.ticked, (*model.policy.checklist, *model.pieces))
    at = dated(seen.at, seen.reason)
    if not model.counted:
        await set_state(line, Verb.HAND_OVER)
        return given_of(scene, line, "", state, line.period.end)
    unit = await _unit_for(line, model, code)
    await custodies.check_on_shelf(unit.id)
    await custodies.check_back_by(unit.id, at)
    await _check_inspected(unit)
    await check_licence(model, line.person_id, line.period.end)
    await check_charge(model, unit.id, seen)
    await deposits.check_held(line, model)
    start = min(line.period.start, clock.now())
    await _make_free(unit, Period(start, line.period.end), line.id, anyway=seen.anyway)
    period = Period(min(line.period.start, at), line.period.end)
    wanted = Claim(period=period, state=state, line=line, only=(unit.id,))
    if await claim(model, wanted) is None:
        raise await unit_taken(model, period)
    await custodies.give(line, unit.id, at, seen)
    return given_of(scene, line, unit.code, state, period.end)


async def _unit_for(line: LineRow, model: Model, code: str) -> UnitRow:
    """The one that was scanned, which may be any of the model, or the one the line has."""
    if not code:
        row = await fetch_one("SELECT code FROM unit WHERE id = $1", line.unit_id)
        if row is None:
            raise NoUnitYet
        code = row["code"]
    unit = await custodies.get_unit(code)
    if unit.resource_id != model.id:
        raise WrongModel(name=model.name, scanned=unit.resource_name)
    return unit


async def _check_inspected(unit: UnitRow) -> None:
    """What came back and waits to be looked at is not on the shelf (L30)."""
    waits = await fetch_one(
        "SELECT 1 FROM booking_line WHERE unit = $1 AND state = 'returned'", unit.id
    )
    if waits is not None:
        raise ToInspect


async def _make_free(unit: UnitRow, wanted: Period, mine: int | None, *, anyway: bool) -> None:
    """A unit that lies ready for somebody else is given only on purpose (L28)."""
    row = await fetch_one(
        "SELECT l.id, b.public_id AS booking, lower(l.during) AS start, n.given_name, n.family_name"
        " FROM booking_line l JOIN booking b ON b.id = l.booking"
        " LEFT JOIN person n ON n.id = b.person"
        " WHERE l.unit = $1 AND l.state = 'ready'"
        " AND l.id IS DISTINCT FROM $2"
        " AND l.during && tstzrange($3, $4) ORDER BY lower(l.during) LIMIT 1",
        unit.id,
        mine,
        wanted.start,
        wanted.end,
    )
    if row is None:
        return
    if not anyway:
        who = short_name(row["given_name"] or "", row["family_name"] or "")
        raise ReservedByOther(who=who, start=row["start"], booking=row["booking"])
    other = await find_line(row["id"])
    assert other is not None
    await set_state(other, Verb.PUT_BACK)


async def lend_unit(ask: Ask, whom: For, code: str, until: datetime | None, seen: Handed) -> Given:
    """A contribution: a loan of the moment, from the shelf."""
    within()
    await lock_household(whom.household_id)
    await check_member(ask, whom)
    unit = await custodies.get_unit(code)
    model = (await shelf.lock_all([unit.resource_id]))[unit.resource_id]
    if model.retired_at is not None:
        raise UnitRetired
    rules.check_pieces(seen.ticked, (*model.policy.checklist, *model.pieces))
    await custodies.check_on_shelf(unit.id)
    await _check_inspected(unit)
    at = dated(seen.at, seen.reason)
    await custodies.check_back_by(unit.id, at)
    calendar = await places.get_calendar(model.site_id)
    wanted = (
        times.usual(model.policy, calendar, at)
        if until is None
        else times.lasting(model.policy, calendar, at, until)
    )
    await check_licence(model, whom.person_id, wanted.end)
    await check_charge(model, unit.id, seen)
    public_id = codes.random_id()
    spot = Spot(model=model, period=wanted, people=None, only=(unit.id,))
    since = at - times.DAY * model.policy.window_days
    lines = await counted(whom.household_id, since, now=clock.now())
    await check_all(ask, whom.person_id, [spot], lines, public_id)
    booking_id = await make_booking(public_id, whom, Channel.WALK_IN)
    today = Period(at, min(wanted.end, clock.start_of_day(clock.today() + times.DAY)))
    await _make_free(unit, today, None, anyway=seen.anyway)
    line, period = await _take_now(model, booking_id, unit, wanted, calendar)
    await deposits.check_held(line, model)
    state = await set_state(line, Verb.HAND_OVER)
    await charging.price(line.id, line.household_id, model, state, line.period)
    await custodies.give(line, unit.id, at, seen)
    if period.end < wanted.end:
        await telling.tell_due(line)
    await trace("lend_now", ask, whom.person_id, public_id, unit=code, line=line.id)
    return Given(
        booking=public_id,
        version=1,
        line=line.id,
        unit=unit.code,
        state=LineState.CHECKED_OUT,
        due_at=period.end,
        cut_short=period.end < wanted.end,
    )


async def _take_now(
    model: Model, booking_id: int, unit: UnitRow, wanted: Period, calendar: Calendar
) -> tuple[LineRow, Period]:
    """All the wished time, or what is left before the next booking of this very unit (L29)."""
    line = await _claim_now(model, booking_id, unit, wanted)
    if line is not None:
        return line, wanted
    shorter = await _cut(model, unit, wanted, calendar)
    line = None if shorter is None else await _claim_now(model, booking_id, unit, shorter)
    if line is None or shorter is None:
        raise await unit_taken(model, wanted)
    return line, shorter


async def _claim_now(
    model: Model, booking_id: int, unit: UnitRow, period: Period
) -> LineRow | None:
    made = await claim(
        model,
        Claim(period=period, state=LineState.CONFIRMED, booking_id=booking_id, only=(unit.id,)),
    )
    return None if made is None else await find_line(made)


async def _cut(model: Model, unit: UnitRow, wanted: Period, calendar: Calendar) -> Period | None:
    taken = await busy.busy_times(
        [model.id], busy.wide(model, wanted), clock.now(), under_lock=True
    )
    starts = [each.period.start for each in taken if each.unit_id == unit.id]
    if not starts:
        return None
    before = min(starts) - model.policy.buffer_after * times.MINUTE
    return times.cut(model.policy, calendar, wanted, before)


def given_of(
    scene: Scene,
    line: LineRow,
    unit: str,
    state: LineState,
    due_at: datetime,
    ticket: str | None = None,
) -> Given:
    return Given(
        booking=scene.booking,
        version=scene.version,
        line=line.id,
        unit=unit,
        state=state,
        due_at=due_at,
        ticket=ticket,
    )
