"""What a tenant sees before booking: the list of things with when they are free, and one wished time."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

import msgspec

from backend.kit import clock
from backend.kit.clock import paris, start_of_day
from backend.kit.errors import DomainError
from backend.kit.openings import Calendar, Opening
from backend.kit.zone import at_wall_time
from backend.lending import times
from backend.lending.policy import Model
from backend.lending.queries.availability import Availability, Day, of_units
from backend.lending.queries.resources import (
    Part,
    ResourcePage,
    Shelved,
    get_resource,
    shelved,
    shelved_named,
)
from backend.lending.rules import DueRule, Period, SlotMode
from backend.places import queries as places

PAGE, MOST = 30, 1000
AHEAD = 14  # days in which the list looks for the first free one
SHOWN = timedelta(weeks=5)  # the calendar of one resource
OTHERS, FARTHEST = 3, 45  # moments proposed instead, and how far they are looked for
ONE = timedelta(days=1)
EARLY, LATE = time(7), time(22)


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """A resource in the list. `free_on`: its first free day of the next two weeks, None for none."""

    card: Shelved
    free_on: date | None
    by_hour: bool


class Things(msgspec.Struct, frozen=True, kw_only=True):
    """A page of them; `more` follow on the next one. `categories` of all that the words meet."""

    things: tuple[Thing, ...]
    count: int
    more: bool
    categories: tuple[str, ...]


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One wished time: as it would be booked, whether it is free, else what may be said instead.

    `refusal` is why it cannot be a time at all; `others` are the next free times of the same length.
    """

    first: date
    last: date
    period: Period | None = None
    is_free: bool = False
    refusal: DomainError | None = None
    others: tuple[Period, ...] = ()


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What was tapped so far: a first day, a last one; or an hour of the first day, so many minutes."""

    first: date | None = None
    last: date | None = None
    at: time | None = None
    minutes: int = 0


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A resource's page: its days, what is chosen, and the hours of the chosen day where it goes by hours.

    `parts` of a kit, and whether each is free for what is chosen (L11).
    """

    thing: ResourcePage
    by_hour: bool
    days: tuple[Day, ...]
    choice: Choice | None
    starts: tuple[tuple[datetime, bool], ...]
    parts: tuple[tuple[Part, bool], ...] = ()


async def browse(search: str, category: str, on: date | None, page: int) -> Things:
    """Things by name, those that are free all of a day where one is asked for; three statements."""
    met = await shelved(search, MOST)
    wanted = [each for each in met if category in ("", each.category)]
    part = slice((page - 1) * PAGE, page * PAGE)
    if on is None:
        known, count = await _things(wanted[part], clock.today(), AHEAD), len(wanted)
    else:
        free = [each for each in await _things(wanted, on, 1) if each.free_on == on]
        known, count = free[part], len(free)
    return Things(
        things=tuple(known),
        count=count,
        more=count > page * PAGE,
        categories=tuple(sorted({each.category for each in met})),
    )


async def _things(shown: Sequence[Shelved], first: date, days: int) -> list[Thing]:
    """With the first day that has a unit free as long as the door is open."""
    within = Period(start_of_day(first), start_of_day(first + days * ONE))
    found = await _found(shown, within)
    calendars = await places.calendars(sorted({each.model.site_id for each in shown}))
    return [
        Thing(
            card=each,
            free_on=_free_on(
                found[each.model.public_id], calendars[each.model.site_id], first, days
            ),
            by_hour=_by_hour(each.model),
        )
        for each in shown
    ]


async def _found(
    shown: Sequence[Shelved | ResourcePage], within: Period
) -> dict[str, Availability]:
    """By public id; one statement, and one more where a kit is among them."""
    inside = await shelved_named({part.resource for each in shown for part in each.parts})
    known = {each.model.public_id: each for each in (*inside, *shown)}
    found = await of_units([(each.model, each.unit_ids) for each in known.values()], within)
    for each in shown:
        parts = tuple((found[part.resource], part.count) for part in each.parts)
        found[each.model.public_id] = msgspec.structs.replace(
            found[each.model.public_id], parts=parts
        )
    return found


def _free_on(found: Availability, calendar: Calendar, first: date, days: int) -> date | None:
    return next(
        (
            day
            for day in (first + n * ONE for n in range(days))
            if (door := _door(found.model, calendar, day)) is not None and _has_room(found, door)
        ),
        None,
    )


def _door(model: Model, calendar: Calendar, day: date) -> Period | None:
    """From opening to closing of what is left of a day; what keeps to no opening goes early to late."""
    openings = _openings(model, calendar, day)
    left = [each for each in openings if each.ends_at > clock.now()]
    return Period(left[0].starts_at, left[-1].ends_at) if left else None


def _openings(model: Model, calendar: Calendar, day: date) -> list[Opening]:
    if _by_hour(model) and model.policy.due_rule is DueRule.KEEP:
        return [Opening(at_wall_time(day, EARLY), at_wall_time(day, LATE))]
    return calendar.openings_on(day)


def _has_room(found: Availability, door: Period) -> bool:
    """All along for what goes by days; at some hour for what goes by hours."""
    if not _by_hour(found.model):
        return found.is_free(door)
    step = timedelta(minutes=found.model.policy.usual_length)
    hours = int(door.length / step)
    slots = (Period(door.start + n * step, door.start + (n + 1) * step) for n in range(hours))
    return any(found.is_free(slot) for slot in slots)


def _by_hour(model: Model) -> bool:
    return model.policy.slot_mode is SlotMode.HOURS


async def look(resource: str, monday: date, wish: Wish) -> Look:
    """All that the page of one resource shows, in three statements. Raises ResourceUnknown."""
    thing = await get_resource(resource)
    model, first = thing.model, wish.first or monday
    calendar = await places.get_calendar(model.site_id)
    reach = timedelta(days=FARTHEST + model.policy.longest_length)
    within = Period(
        start_of_day(min(monday, first)), start_of_day(max(monday + SHOWN, first)) + reach
    )
    every = await _found([thing], within)
    found = every[model.public_id]
    choice = _choice(found, calendar, wish)
    return Look(
        thing=thing,
        by_hour=_by_hour(model),
        days=tuple(_day(found, calendar, monday + n * ONE) for n in range(SHOWN.days)),
        choice=choice,
        parts=tuple((part, _part_free(every[part.resource], part, choice)) for part in thing.parts),
        starts=tuple(_starts(found, calendar, first)) if _by_hour(model) and wish.first else (),
    )


def _part_free(found: Availability, part: Part, choice: Choice | None) -> bool:
    """Whether so many of it are free for the chosen time; while nothing is chosen it may be."""
    if choice is None or choice.period is None:
        return True
    return found.sets(choice.period, part.count) > 0


def _day(found: Availability, calendar: Calendar, on: date) -> Day:
    """One that goes by hours is free if an hour is."""
    door = _door(found.model, calendar, on)
    if door is None:
        return Day(on, None, calendar.why_closed(on) or "")
    if _by_hour(found.model):
        return Day(on, int(_has_room(found, door)))
    return Day(on, found.free_units(door))


def _starts(found: Availability, calendar: Calendar, on: date) -> Iterator[tuple[datetime, bool]]:
    """The hours of a day at which one can begin, and whether the first slot is free.

    Where a time keeps to no opening (a room with a key), from early to late; else while the door is open.
    """
    step = timedelta(minutes=found.model.policy.slot_minutes)
    for each in _openings(found.model, calendar, on):
        start = each.starts_at
        while start < each.ends_at:
            if start > clock.now():
                yield start, found.is_free(Period(start, start + step))
            start += step


def _choice(found: Availability, calendar: Calendar, wish: Wish) -> Choice | None:
    if wish.first is None:
        return None
    if _by_hour(found.model):
        if wish.at is None or not wish.minutes:
            return Choice(first=wish.first, last=wish.first)
        return _choose(found, calendar, wanted_hours(wish.first, wish.at, wish.minutes))
    last = wish.last or _usual_last(found, calendar, wish.first)
    return _choose(found, calendar, wanted_days(wish.first, last))


def wanted_days(first: date, last: date) -> Period:
    """Both days whole; an end before the beginning stays one, and is refused where it is settled."""
    return Period(start_of_day(first), start_of_day(last + ONE))


def wanted_hours(on: date, at: time, minutes: int) -> Period:
    start = at_wall_time(on, at)
    return Period(start, start + timedelta(minutes=minutes))


def _usual_last(found: Availability, calendar: Calendar, first: date) -> date:
    """The last day of the usual length, or the farthest before it that is still free."""
    if calendar.next_open_day(first) is None:
        return first
    last = times.usual_last(found.model.policy, calendar, first, found.model.policy.usual_length)
    while last > first:
        period = _settled(found.model, calendar, wanted_days(first, last))
        if isinstance(period, Period) and found.is_free(period):
            break
        last -= ONE
    return last


def _choose(found: Availability, calendar: Calendar, wanted: Period) -> Choice:
    period = _settled(found.model, calendar, wanted)
    if not isinstance(period, Period):
        first = paris(wanted.start).date()
        return Choice(first=first, last=max(first, times.last_day(wanted)), refusal=period)
    is_free = found.is_free(period)
    return Choice(
        first=paris(period.start).date(),
        last=times.last_day(period),
        period=period,
        is_free=is_free,
        others=() if is_free else _others(found, calendar, wanted),
    )


def _settled(model: Model, calendar: Calendar, wanted: Period) -> Period | DomainError:
    try:
        return times.settled(model.policy, calendar, wanted, clock.now())
    except DomainError as refusal:
        return refusal


def _others(found: Availability, calendar: Calendar, wanted: Period) -> tuple[Period, ...]:
    """The same length on the next days that have room for it."""
    free: list[Period] = []
    for later in times.next_periods(wanted, FARTHEST - 8):
        period = _settled(found.model, calendar, later)
        if isinstance(period, Period) and found.is_free(period):
            free.append(period)
        if len(free) == OTHERS:
            break
    return tuple(free)
