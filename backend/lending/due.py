"""Where a line goes when the opening calendar of its site changes (L18): pure, best choice first."""

from datetime import date, datetime, timedelta

from backend.kit.openings import Calendar
from backend.kit.zone import paris
from backend.lending import times
from backend.lending.errors import NeverOpen
from backend.lending.policy import Policy
from backend.lending.rules import DueRule, LineState, Period, SlotMode

DAY, TICK = timedelta(days=1), timedelta(microseconds=1)


def wanted(
    policy: Policy, old: Calendar, new: Calendar, state: LineState, period: Period
) -> list[Period]:
    """The times a line may have under the new calendar, best first; none where it may stay.

    A pick-up at a closed door moves to the next opening, and the loan keeps its length where it
    can. A due time never moves earlier. What no desk hands out, by the hour and kept, stays.
    """
    if policy.slot_mode is SlotMode.HOURS and policy.due_rule is DueRule.KEEP:
        return []
    start = _start(old, new, state, period)
    if policy.slot_mode is SlotMode.HOURS:
        found = _hours(policy, new, period, start)
    else:
        found = _days(policy, old, new, period, start)
    return [] if found[0] == period else found


def opens_for(calendar: Calendar, period: Period, before: Period) -> bool:
    """Whether the door is open where a line would be fetched or due again; what stays is no matter."""
    fetched = before.start == period.start or calendar.is_open(before.start)
    closing = calendar.is_open(before.end - TICK) or calendar.is_open(before.end)
    return fetched and (before.end == period.end or closing)


def offer_until(old: Calendar, new: Calendar, lapses_at: datetime, now: datetime) -> datetime:
    """The same open time as was left, under the new calendar; never earlier (L18, L23)."""
    left = old.open_for(now, lapses_at)
    until = new.after_open(now, left) if left else None
    return max(until or lapses_at, lapses_at)


def late_days(calendar: Calendar, due_at: datetime, until: datetime, grace_days: int) -> int:
    """Open days after the day a loan was due on, less the days of grace; closed days are free (L35)."""
    due_on = times.last_day(Period(due_at - DAY, due_at))
    if until <= due_at:
        return 0
    return max(0, len(calendar.open_days(due_on + DAY, paris(until).date())) - grace_days)


def _start(old: Calendar, new: Calendar, state: LineState, period: Period) -> datetime:
    """When it is fetched: the next opening where the door has been closed at that time."""
    if state is LineState.CHECKED_OUT or not old.is_open(period.start) or new.is_open(period.start):
        return period.start
    opening = new.next_opening(period.start)
    if opening is None:
        raise NeverOpen
    return opening.starts_at


def _hours(policy: Policy, new: Calendar, period: Period, start: datetime) -> list[Period]:
    if start == period.start:
        return [times.lasting(policy, new, start, period.end)]
    whole = times.lasting(policy, new, start, start + period.length)
    return [whole, *_shorter(start, period.end, whole)]


def _days(
    policy: Policy, old: Calendar, new: Calendar, period: Period, start: datetime
) -> list[Period]:
    first, last = paris(period.start).date(), times.last_day(period)
    if start == period.start and not old.changed_days(new, first, last):
        return [period]
    begins = paris(start).date()
    if policy.due_rule is DueRule.OPEN_DAYS:
        count = len(old.open_days(first + DAY, last))
        end = _due(policy, new, times.usual_last(policy, new, begins, count), period.end)
        return [Period(start, end)]
    kept = _due(policy, new, last, period.end)
    if start == period.start:
        return [Period(start, kept)]
    whole = Period(start, _due(policy, new, last + (begins - first), period.end))
    return [whole, *_shorter(start, kept, whole)]


def _due(policy: Policy, new: Calendar, last: date, earliest: datetime) -> datetime:
    """Due on that day, or on the next open one where the door closes before it was to close."""
    due = times.due_on(policy, new, last)
    if due >= earliest:
        return due
    if policy.due_rule is DueRule.KEEP:
        return earliest
    return times.due_on(policy, new, times.last_day(Period(due - DAY, due)) + DAY)


def _shorter(start: datetime, end: datetime, whole: Period) -> list[Period]:
    """The loan with the end it had, where something is left of it."""
    less = Period(start, end)
    return [less] if less != whole and less.length >= times.SOONEST_CUT else []
