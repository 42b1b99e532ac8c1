"""When a step of a loan is told: pure (L36, L38)."""

from datetime import date, datetime, time, timedelta

import pytest

from backend.kit.hours import Hours
from backend.kit.openings import Calendar, Closure
from backend.lending import schedule
from backend.lending.policy import Policy
from backend.lending.rules import LineState, Period
from backend.lending.schedule import Notice, Step
from tests.lending import CALENDAR, day, policy

# From Tuesday to Saturday of the next week; Sundays and Mondays are closed.
LOAN = Period(day("2026-11-24"), day("2026-12-05", 18))
TAKEN = day("2026-11-24", 10)
ALWAYS = Calendar(hours=tuple(Hours(each, time(8), time(20)) for each in range(7)))


def newest(
    now: datetime,
    state: LineState = LineState.CHECKED_OUT,
    *,
    period: Period = LOAN,
    since: datetime = TAKEN,
    calendar: Calendar = CALENDAR,
    rules: Policy | None = None,
) -> tuple[str, int] | None:
    step = schedule.current(rules or policy(), calendar, state, period, since, now)
    return None if step is None else (step.kind.value, step.days)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (day("2026-12-03", 8, 59), None),
        (day("2026-12-03", 9), ("before", 2)),
        (day("2026-12-05", 8, 59), ("before", 2)),
        (day("2026-12-05", 9), ("before", 0)),
        (day("2026-12-05", 18), None),  # just late: nothing more is said today
        (day("2026-12-07", 12), None),  # Sunday and Monday do not count
        (day("2026-12-08", 9), ("late", 1)),
        (day("2026-12-11", 8), ("late", 1)),
        (day("2026-12-11", 9), ("late", 4)),
        (day("2026-12-19", 9), ("late", 10)),
        (day("2026-12-22", 9), ("call_late", 11)),
        (day("2027-03-02", 9), ("call_late", 11)),
    ],
)
def test_each_step_of_a_loan_comes_at_nine_on_an_open_day(now, told):
    """L36: two days before, the day itself, one, four and ten open days late, then the desk calls; no endless mail."""
    assert newest(now) == told


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (day("2026-11-21", 8, 59), None),
        (day("2026-11-21", 9), ("eve", 0)),  # the eve is a Monday: the open day before it
        (day("2026-11-24", 8, 59), ("eve", 0)),
        (day("2026-11-24", 9), None),  # it begins
    ],
)
def test_eve_of_a_pick_up_comes_on_the_open_day_before(now, told):
    """L36: pauses on closed days."""
    booked = day("2026-11-10")
    for state in (LineState.CONFIRMED, LineState.READY):
        assert newest(now, state, since=booked) == told
    assert newest(now, LineState.REQUESTED, since=booked) is None
    assert newest(now, LineState.CANCELLED_BY_TENANT, since=booked) is None


def test_what_fell_before_the_booking_or_the_hand_over_is_told_by_nobody():
    """L36: whoever books on Sunday for Tuesday has just read when it is."""
    assert newest(day("2026-11-23", 12), LineState.CONFIRMED, since=day("2026-11-22")) is None
    short = Period(TAKEN, day("2026-11-25", 18))
    assert newest(day("2026-11-24", 17), period=short) is None
    assert newest(day("2026-11-25", 9), period=short) == ("before", 0)


def test_a_type_says_itself_what_is_told():
    """L36: the schedule is a matter of the policy, a row."""
    quiet = policy(notice_eve=False, notice_before=(), notice_late=())
    assert newest(day("2026-11-21", 12), LineState.CONFIRMED, since=TAKEN, rules=quiet) is None
    assert newest(day("2026-12-05", 12), rules=quiet) is None
    assert newest(day("2026-12-19", 12), rules=quiet) is None
    assert newest(day("2026-12-22", 12), rules=quiet) == ("call_late", 11)
    books = policy(notice_before=(5,), notice_late=(7,))
    assert newest(day("2026-12-02", 12), rules=books) == ("before", 5)
    assert newest(day("2026-12-16", 12), rules=books) == ("late", 7)
    assert newest(day("2026-12-17", 12), rules=books) == ("call_late", 8)


def test_a_long_closure_stops_the_steps_and_nothing_is_told_of_a_site_that_never_opens():
    """L36: closed days pause what is late; a reminder is not told three weeks early instead."""
    shut = Closure(first_on=date(2026, 11, 25), last_on=date(2026, 12, 31))
    calendar = CALENDAR.closing(shut)
    due = Period(day("2026-11-24"), day("2027-01-02", 18))
    assert newest(day("2026-12-30", 12), period=due, calendar=calendar) is None
    assert newest(day("2027-01-02", 12), period=due, calendar=calendar) == ("before", 0)
    assert newest(day("2026-12-20", 12), calendar=calendar) is None
    assert newest(day("2027-01-02", 12), calendar=calendar) == ("late", 1)
    assert newest(day("2026-12-22", 12), calendar=Calendar()) is None
    later = LineState.CONFIRMED
    assert (
        newest(day("2026-11-21", 12), later, since=day("2026-11-01"), calendar=Calendar()) is None
    )


@pytest.mark.parametrize("change", ["2026-03-29", "2026-10-25"])
def test_nine_is_nine_on_both_sides_of_a_change_of_clocks(change):
    """L15: reminders at 09:00 local, before and after."""
    for days in (-1, 0, 1):
        on = date.fromisoformat(change) + timedelta(days=days)
        due = Period(day(str(on - timedelta(days=9))), day(str(on), 18))
        since = day(str(on - timedelta(days=9)), 10)
        nine = day(str(on), 9)
        early = nine - timedelta(minutes=1)
        assert newest(early, period=due, since=since, calendar=ALWAYS) == ("before", 2)
        assert newest(nine, period=due, since=since, calendar=ALWAYS) == ("before", 0)


@pytest.mark.parametrize(
    ("moment", "any_day", "dated"),
    [
        (day("2026-11-24", 7, 59), day("2026-11-24", 8), day("2026-11-24", 8)),
        (day("2026-11-24", 8), day("2026-11-24", 8), day("2026-11-24", 8)),
        (day("2026-11-24", 20, 59), day("2026-11-24", 20, 59), day("2026-11-24", 20, 59)),
        (day("2026-11-24", 21), day("2026-11-25", 8), day("2026-11-25", 8)),
        (day("2026-11-21", 21), day("2026-11-22", 8), day("2026-11-24", 8)),
        (day("2026-11-22", 12), day("2026-11-22", 12), day("2026-11-24", 8)),
    ],
)
def test_nothing_rings_by_night_or_follows_a_date_on_a_closed_day(moment, any_day, dated):
    """L36: quiet hours from 21:00 to 8:00 in Paris; what follows from a date pauses on closed days."""
    assert schedule.may_leave(CALENDAR, moment, dated=False) == any_day
    assert schedule.may_leave(CALENDAR, moment, dated=True) == dated
    assert schedule.may_leave(Calendar(), moment, dated=True) == any_day


def test_steps_have_an_order():
    assert Step(TAKEN, Notice.BEFORE) < Step(LOAN.end, Notice.LATE)
