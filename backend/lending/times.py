"""When a loan begins and when it is due: days and hours as people say them, turned into instants.

Due times are inclusive until closing (L17); wall times are resolved day by day (L14).
"""

from datetime import UTC, date, datetime, timedelta

from backend.kit.openings import Calendar
from backend.kit.zone import at_wall_time, paris, start_of_day
from backend.lending.errors import (
    ClosedThatDay,
    NeverOpen,
    OffGrid,
    PeriodPast,
    PeriodTooLong,
    PeriodWrong,
)
from backend.lending.policy import Policy
from backend.lending.rules import DueRule, Period, SlotMode

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
LATE_PAGE = 10 * MINUTE  # so old may a start be: the page was open meanwhile
SOONEST_CUT = 30 * MINUTE  # a loan that would be cut shorter than this is none


def settled(policy: Policy, calendar: Calendar, wanted: Period, now: datetime) -> Period:
    """The wished time as the policy and the calendar make it. Raises a PeriodWrong or NeverOpen."""
    # Hours that pass, not hours on a wall: a zone's own arithmetic forgets a change of clocks.
    wanted = Period(wanted.start.astimezone(UTC), wanted.end.astimezone(UTC))
    if wanted.end <= wanted.start:
        raise PeriodWrong
    if wanted.start < now - LATE_PAGE and not _is_today(policy, wanted, now):
        raise PeriodPast
    if policy.slot_mode is SlotMode.HOURS:
        return of_hours(policy, calendar, wanted)
    return of_days(policy, calendar, paris(wanted.start).date(), last_day(wanted), now)


def _is_today(policy: Policy, wanted: Period, now: datetime) -> bool:
    return policy.slot_mode is SlotMode.DAYS and paris(wanted.start).date() == paris(now).date()


def of_days(policy: Policy, calendar: Calendar, first: date, last: date, now: datetime) -> Period:
    """From the opening of the first day, or from now or when the door opens again, to closing of the
    last: nobody is missed while it is closed (L25).
    """
    start = max(opening_of(calendar, first), now)
    opening = calendar.next_opening(start)
    if opening is None:
        raise NeverOpen
    start = max(start, opening.starts_at)
    count = days_between(policy, calendar, first, last)
    if count > policy.longest_length:
        raise PeriodTooLong(most=policy.longest_length)
    end = due_on(policy, calendar, last)
    if end <= start:
        raise PeriodPast
    return Period(start, end)


def rest(calendar: Calendar, period: Period, now: datetime) -> Period | None:
    """What is left of a time: of one that has begun from now on, or from when the door opens again within
    it, so that nobody is missed at once (L25). None where it is over.
    """
    if period.end <= now:
        return None
    if now <= period.start:
        return period
    opening = calendar.next_opening(now)
    opens = now if opening is None else max(now, opening.starts_at)
    return Period(opens if opens < period.end else now, period.end)


def opening_of(calendar: Calendar, day: date) -> datetime:
    """Raises ClosedThatDay, with the next open day."""
    openings = calendar.openings_on(day)
    if openings:
        return openings[0].starts_at
    following = calendar.next_open_day(day)
    if following is None:
        raise NeverOpen
    raise ClosedThatDay(on=day, next_on=following)


def days_between(policy: Policy, calendar: Calendar, first: date, last: date) -> int:
    """How long a loan is, in days as the policy counts them; at least one."""
    if policy.due_rule is DueRule.OPEN_DAYS:
        return max(1, len(calendar.open_days(first + DAY, last)))
    return max(1, (last - first).days)


def due_on(policy: Policy, calendar: Calendar, last: date) -> datetime:
    """Closing time of the day, or of the next open one; midnight where a closed day is kept."""
    if policy.due_rule is DueRule.KEEP:
        return calendar.end_of(last) or start_of_day(last + DAY)
    day = calendar.next_open_day(last)
    end = None if day is None else calendar.end_of(day)
    if end is None:
        raise NeverOpen
    return end


def usual_last(policy: Policy, calendar: Calendar, first: date, count: int) -> date:
    """The last day of a loan of `count` days from `first` on."""
    if policy.due_rule is not DueRule.OPEN_DAYS:
        return first + count * DAY
    day = calendar.after_open_days(first, count)
    if day is None:
        raise NeverOpen
    return day


def of_hours(policy: Policy, calendar: Calendar, wanted: Period) -> Period:
    """On the grid of wall time, in hours that really pass; due after closing means at the next opening."""
    if past_grid(policy, wanted.start):
        raise OffGrid(minutes=policy.slot_minutes)
    if wanted.length > policy.longest_length * MINUTE:
        raise PeriodTooLong(most=policy.longest_length)
    if policy.due_rule is DueRule.KEEP:
        return wanted
    return Period(wanted.start, _open_due(calendar, wanted.end))


def past_grid(policy: Policy, instant: datetime) -> timedelta:
    """How long it is since the last mark on the grid of wall time."""
    wall = paris(instant)
    return timedelta(
        minutes=(wall.hour * 60 + wall.minute) % policy.slot_minutes,
        seconds=wall.second,
        microseconds=wall.microsecond,
    )


def next_mark(policy: Policy, instant: datetime) -> datetime:
    """On the grid, now or soon."""
    past = past_grid(policy, instant)
    return instant - past + policy.slot_minutes * MINUTE if past else instant


def _nearest_mark(policy: Policy, instant: datetime) -> datetime:
    past = past_grid(policy, instant)
    early = 2 * past < policy.slot_minutes * MINUTE
    return instant - past if early else next_mark(policy, instant)


def _open_due(calendar: Calendar, due_at: datetime) -> datetime:
    """Itself while the door is open or just closing; otherwise the next time it opens."""
    day = calendar.openings_on(paris(due_at - timedelta(microseconds=1)).date())
    if any(each.starts_at < due_at <= each.ends_at for each in day):
        return due_at
    opening = calendar.next_opening(due_at)
    if opening is None:
        raise NeverOpen
    return opening.starts_at


def usual(policy: Policy, calendar: Calendar, start: datetime) -> Period:
    """The time a thing is lent for when nobody says more: from now at the desk, or for a renewal.

    By the hour it begins when it goes and ends on the grid, so that it takes a piece of nobody's slot.
    """
    if policy.slot_mode is SlotMode.HOURS:
        end = _nearest_mark(policy, start + policy.usual_length * MINUTE)
        end = end if end > start else next_mark(policy, start + MINUTE)
        due = end if policy.due_rule is DueRule.KEEP else _open_due(calendar, end)
        return Period(start, due)
    last = usual_last(policy, calendar, paris(start).date(), policy.usual_length)
    return Period(start, due_on(policy, calendar, last))


def lasting(policy: Policy, calendar: Calendar, start: datetime, end: datetime) -> Period:
    """A loan that began already, with a new end as the policy reads it."""
    if end <= start:
        raise PeriodWrong
    if policy.slot_mode is SlotMode.DAYS:
        end = due_on(policy, calendar, last_day(Period(start, end)))
    elif policy.due_rule is not DueRule.KEEP:
        end = _open_due(calendar, end)
    return Period(start, end)


def cut(policy: Policy, calendar: Calendar, period: Period, before: datetime) -> Period | None:
    """The same loan, due before somebody else's begins (L29); None where nothing worth having is left.

    Loans of days are due at a closing, where one is left.
    """
    end = before
    if policy.slot_mode is SlotMode.DAYS:
        closings = [each.ends_at for each in calendar.openings(period.start, before)]
        end = max((closing for closing in closings if closing <= before), default=before)
    return Period(period.start, end) if end - period.start >= SOONEST_CUT else None


def last_day(period: Period) -> date:
    """The day in Paris on which it ends; one that ends at midnight ends the day before."""
    return paris(period.end - timedelta(microseconds=1)).date()


def days_of(period: Period) -> int:
    """How many days of Paris it touches."""
    return (last_day(period) - paris(period.start).date()).days + 1


def is_same(policy: Policy, wanted: Period, stood: Period) -> bool:
    """Whether a wish is the time that a line has: the same days, where it is lent by days."""
    if policy.slot_mode is SlotMode.HOURS:
        return wanted == stood
    first, last = paris(stood.start).date(), last_day(stood)
    return (paris(wanted.start).date(), last_day(wanted)) == (first, last)


def shifted(period: Period, days: int) -> Period:
    """The same hours on the wall, so many days later."""
    return Period(_shifted(period.start, days), _shifted(period.end, days))


def _shifted(instant: datetime, days: int) -> datetime:
    wall = paris(instant)
    return at_wall_time(wall.date() + days * DAY, wall.timetz().replace(tzinfo=None))


def next_periods(period: Period, days: int) -> list[Period]:
    """The same hours on each of the following days."""
    return [shifted(period, n) for n in range(1, days + 1)]
