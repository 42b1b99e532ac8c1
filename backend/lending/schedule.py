"""What a household is told of a booking, and when it is due (L36): pure, no I/O.

What follows from an act is told at once. What follows from a date has steps: the eve of the pick-up,
some days before the thing is due, some open days after; then the desk calls, and no mail follows. A
step leaves at nine in Paris on a day when the site is open: days before it move earlier, days after
it are counted in open days. Only the newest step is told: after a stop, nobody gets the older ones.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import msgspec

from backend.kit.openings import Calendar
from backend.kit.zone import at_wall_time, paris
from backend.lending.policy import Policy
from backend.lending.rules import BOOKED, LineState, Period
from backend.lending.times import last_day

DAY = timedelta(days=1)
LEAVES_AT = time(9)
QUIET_FROM, QUIET_UNTIL = time(21), time(8)
# A step on a closed day moves to the open day before it, but no further than this.
EARLIER = timedelta(days=7)
# Where a policy tells nothing of late things, the desk still hears of them.
LATE_ALONE = 10


class Notice(StrEnum):
    """What is told, and, at the end, what the desk has to do itself."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    APPROVED = "approved"
    REJECTED = "rejected"
    UNANSWERED = "unanswered"
    CANCELLED = "cancelled"
    OFFERED = "offered"
    MOVED = "moved"
    READY = "ready"
    CUT = "due"  # a loan of the moment, due before the next booking
    AT_RISK = "at_risk"
    EVE = "eve"
    BEFORE = "before"
    LATE = "late"
    CALL_LATE = "call_late"
    CALL_AT_RISK = "call_at_risk"


class NoticeWay(StrEnum):
    """By the best address of the person; by the telephone where there is none; or by the desk itself."""

    MESSAGE = "message"
    PHONE = "phone"
    TASK = "task"


N = Notice
# By a date; they pause on closed days, and whoever wants no reminders gets none of the first two.
DATED = frozenset({N.EVE, N.BEFORE, N.LATE})
REMINDERS = frozenset({N.EVE, N.BEFORE})
TASKS = frozenset({N.CALL_LATE, N.CALL_AT_RISK})
# Said at the counter already to whoever has no address.
SAID_THERE = frozenset({N.REQUESTED, N.CONFIRMED, N.CUT})


class Step(msgspec.Struct, frozen=True, order=True):
    """`days` from the due day; `until`: from then on it says nothing true any more."""

    at: datetime
    kind: Notice
    days: int = 0
    until: datetime | None = None


def current(
    policy: Policy,
    calendar: Calendar,
    state: LineState,
    period: Period,
    since: datetime,
    now: datetime,
) -> Step | None:
    """The newest step that is due and still says something true.

    `since`: when it was booked, or taken: what fell before that is told by nobody.
    """
    if state in BOOKED - {LineState.REQUESTED}:
        steps = _of_pick_up(policy, calendar, period)
    elif state is LineState.CHECKED_OUT:
        steps = _of_return(policy, calendar, period, now)
    else:
        return None
    due = [step for step in steps if since < step.at <= now]
    newest = max(due, default=None, key=lambda step: (step.at, -step.days))
    return None if newest is None or (newest.until and newest.until <= now) else newest


def _of_pick_up(policy: Policy, calendar: Calendar, period: Period) -> Iterable[Step]:
    if policy.notice_eve:
        day = _open_before(calendar, paris(period.start).date() - DAY)
        if day is not None:
            yield Step(nine(day), N.EVE, until=period.start)


def _of_return(policy: Policy, calendar: Calendar, period: Period, now: datetime) -> Iterable[Step]:
    due_on = last_day(period)
    for days in policy.notice_before:
        day = _open_before(calendar, due_on - days * DAY)
        if day is not None:
            yield Step(nine(day), N.BEFORE, days, until=period.end)
    if now < period.end:
        return
    for days in policy.notice_late:
        if (day := calendar.after_open_days(due_on, days)) is not None:
            yield Step(nine(day), N.LATE, days)
    last = max(policy.notice_late, default=LATE_ALONE)
    if (day := calendar.after_open_days(due_on, last + 1)) is not None:
        yield Step(nine(day), N.CALL_LATE, last + 1)


def _open_before(calendar: Calendar, day: date) -> date | None:
    """The day itself, or the last open one before it."""
    back = (day - n * DAY for n in range(EARLIER.days + 1))
    return next((each for each in back if calendar.is_open_on(each)), None)


def nine(day: date) -> datetime:
    return at_wall_time(day, LEAVES_AT)


def may_leave(calendar: Calendar, moment: datetime, *, dated: bool) -> datetime:
    """The moment itself, or the next one at which this may ring: not by night, and what follows from
    a date only on open days. A site that never opens again pauses nothing.
    """
    wall = paris(moment)
    day = wall.date() + DAY if wall.time() >= QUIET_FROM else wall.date()
    if dated:
        day = calendar.next_open_day(day) or day
    if day == wall.date() and wall.time() >= QUIET_UNTIL:
        return moment
    return at_wall_time(day, QUIET_UNTIL)
