"""When a place is open: a week, its holidays, its closures, its exceptional openings.

Everything is kept as days and wall times of Paris, and turned into instants day by day, so that a
change of clocks moves nothing that people read. On one day, in this order: the hours of the week;
none on a public holiday; closures take away; an exceptional opening wins over all of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import chain

import msgspec

from backend.kit.holidays import Zone, holiday
from backend.kit.hours import Hours
from backend.kit.zone import at_wall_time, paris

DAY = timedelta(days=1)
# How far anybody looks for the next opening: a site that is closed for longer has none.
HORIZON = timedelta(days=366)

_Range = tuple[time, time]


class Opening(msgspec.Struct, frozen=True, order=True):
    """From the instant the door opens to the instant it closes, not included."""

    starts_at: datetime
    ends_at: datetime


class Closure(msgspec.Struct, frozen=True, kw_only=True):
    """Days without the usual hours, both ends included; the whole day, or from `starts` to `ends`.

    `reason` is what people read.
    """

    first_on: date
    last_on: date
    starts: time | None = None
    ends: time | None = None
    reason: str = ""

    def covers(self, day: date) -> bool:
        return self.first_on <= day <= self.last_on

    def runs(self, day: date, wall: time) -> bool:
        return self.covers(day) and (self.starts or time.min) <= wall < (self.ends or time.max)


class Extra(msgspec.Struct, frozen=True, kw_only=True):
    """An exceptional opening of one day, besides what the week says."""

    on: date
    opens: time
    closes: time
    reason: str = ""


class Door(msgspec.Struct, frozen=True):
    """What stands on the door at an instant: open until, or closed until; None when nobody knows.

    `reason` is why it is closed beyond the hours of the week, or "".
    """

    is_open: bool
    until: datetime | None
    reason: str = ""


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """The opening calendar of one place. Days are days of Paris; instants are aware."""

    hours: tuple[Hours, ...] = ()
    zone: Zone = Zone.METROPOLITAN
    closures: tuple[Closure, ...] = ()
    extras: tuple[Extra, ...] = ()

    def closing(self, closure: Closure) -> "Calendar":
        """The same with one more closure."""
        return msgspec.structs.replace(self, closures=(*self.closures, closure))

    def opening(self, extra: Extra) -> "Calendar":
        """The same with one more exceptional opening."""
        return msgspec.structs.replace(self, extras=(*self.extras, extra))

    def openings(self, from_at: datetime, to_at: datetime) -> list[Opening]:
        """In order, each whole, those that run at some moment from `from_at` to before `to_at`."""
        days = _days(paris(from_at).date(), paris(to_at).date())
        there = (opening for day in days for opening in self.openings_on(day))
        return [each for each in there if each.ends_at > from_at and each.starts_at < to_at]

    def openings_on(self, day: date) -> list[Opening]:
        """In order; none when the place is closed all day."""
        instants = [
            Opening(at_wall_time(day, each.opens), at_wall_time(day, each.closes))
            for each in self.hours_on(day)
        ]
        return [each for each in instants if each.starts_at < each.ends_at]

    def hours_on(self, day: date) -> list[Hours]:
        """The same as the clock on the wall shows it, for people to read."""
        usual = [] if holiday(day, self.zone) else _of_weekday(self.hours, day.weekday())
        for closure in self.closures:
            if closure.covers(day):
                usual = _without(usual, closure.starts or time.min, closure.ends or time.max)
        ranges = usual + [(each.opens, each.closes) for each in self.extras if each.on == day]
        return [Hours(day.weekday(), *each) for each in _merged(ranges)]

    def is_open(self, at: datetime) -> bool:
        today = self.openings_on(paris(at).date())
        return any(each.starts_at <= at < each.ends_at for each in today)

    def door(self, at: datetime) -> Door:
        found = self.next_opening(at)
        if found is None:
            return Door(is_open=False, until=None, reason=self._why(at, paris(at).date()))
        if found.starts_at <= at:
            return Door(is_open=True, until=found.ends_at)
        until = found.starts_at
        return Door(is_open=False, until=until, reason=self._why(at, paris(until).date()))

    def is_open_on(self, day: date) -> bool:
        return bool(self.openings_on(day))

    def next_opening(self, at: datetime) -> Opening | None:
        """The one that runs at this instant, or the first later one; None past HORIZON."""
        return next(self._from(at), None)

    def open_days(self, first_on: date, last_on: date) -> list[date]:
        """The days that are open, both ends included."""
        return [day for day in _days(first_on, last_on) if self.is_open_on(day)]

    def changed_days(self, other: "Calendar", first_on: date, last_on: date) -> list[date]:
        """The days on which the two calendars open at other hours, both ends included."""
        return [
            day for day in _days(first_on, last_on) if self.hours_on(day) != other.hours_on(day)
        ]

    def next_open_day(self, day: date) -> date | None:
        """The day itself when it is open, or the first later one; None past HORIZON."""
        return next((each for each in _days(day, day + HORIZON) if self.is_open_on(each)), None)

    def after_open_days(self, day: date, count: int) -> date | None:
        """The `count`-th open day after `day`; `day` itself for 0. None where too few are in sight."""
        for _ in range(count):
            found = self.next_open_day(day + DAY)
            if found is None:
                return None
            day = found
        return day

    def open_for(self, from_at: datetime, to_at: datetime) -> timedelta:
        """How long the door is open between two instants."""
        lengths = (
            min(each.ends_at, to_at) - max(each.starts_at, from_at)
            for each in self.openings(from_at, to_at)
        )
        return sum(lengths, timedelta(0))

    def after_open(self, at: datetime, length: timedelta) -> datetime | None:
        """The instant by which the door was open for `length` since `at`; None past HORIZON."""
        for opening in self._from(at):
            starts_at = max(opening.starts_at, at)
            if starts_at + length <= opening.ends_at:
                return starts_at + length
            length -= opening.ends_at - starts_at
        return None

    def end_of(self, day: date) -> datetime | None:
        """When the door closes for the last time that day; None when the day is closed."""
        openings = self.openings_on(day)
        return openings[-1].ends_at if openings else None

    def why_closed(self, day: date) -> str | None:
        """What people read of a closed day: a closure's reason, or the holiday's name, or "".

        None when the day is open.
        """
        if self.is_open_on(day):
            return None
        reasons = [each.reason for each in self.closures if each.covers(day) and each.reason]
        return reasons[0] if reasons else holiday(day, self.zone) or ""

    def _why(self, at: datetime, until: date) -> str:
        """The closure that runs now, or the first reason of a closed day before it opens."""
        here = paris(at)
        running = (each.reason for each in self.closures if each.runs(here.date(), here.time()))
        days = (self.why_closed(day) for day in _days(here.date(), until))
        return next((reason for reason in chain(running, days) if reason), "")

    def _from(self, at: datetime) -> Iterator[Opening]:
        """The openings that end after an instant, in order, as far as the horizon."""
        today = paris(at).date()
        for day in _days(today, today + HORIZON):
            yield from (each for each in self.openings_on(day) if each.ends_at > at)


def _days(first_on: date, last_on: date) -> Iterator[date]:
    return (first_on + timedelta(days=n) for n in range((last_on - first_on).days + 1))


def _of_weekday(hours: Iterable[Hours], weekday: int) -> list[_Range]:
    return [(each.opens, each.closes) for each in hours if each.weekday == weekday]


def _without(ranges: Sequence[_Range], starts: time, ends: time) -> list[_Range]:
    """What is left of each range before and after the cut."""
    left = [(opens, min(closes, starts)) for opens, closes in ranges]
    right = [(max(opens, ends), closes) for opens, closes in ranges]
    return [each for each in left + right if each[0] < each[1]]


def _merged(ranges: Iterable[_Range]) -> list[_Range]:
    """In order, those that touch or overlap made one."""
    merged: list[_Range] = []
    for opens, closes in sorted(ranges):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(closes, merged[-1][1]))
        else:
            merged.append((opens, closes))
    return merged
