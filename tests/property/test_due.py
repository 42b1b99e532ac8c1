"""When loans are due, over any opening calendar (L17), on both sides of a change of clocks."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kit.hours import Hours
from backend.kit.openings import Calendar, Closure
from backend.kit.zone import at_wall_time, paris, start_of_day
from backend.lending import due, times
from backend.lending.errors import ClosedThatDay, NeverOpen
from backend.lending.policy import Policy
from backend.lending.rules import DueRule, LineState, Period, SlotMode, is_overdue
from tests import lending
from tests.property.test_openings import CALENDARS, DAYS, closures

DAY = timedelta(days=1)
TUESDAY_TO_SATURDAY = Calendar(
    hours=tuple(Hours(weekday, time(9), time(18)) for weekday in range(1, 6))
)
FRIDAY = date(2026, 11, 27)


def policy(rule: DueRule, mode: SlotMode = SlotMode.DAYS) -> Policy:
    days = mode is SlotMode.DAYS
    return lending.policy(
        due_rule=rule,
        slot_mode=mode,
        slot_minutes=30,
        usual_length=3 if days else 120,
        longest_length=400 if days else 60 * 24 * 30,
    )


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return at_wall_time(day, time(hour, minute))


@pytest.mark.parametrize(
    ("rule", "until"),
    [
        (DueRule.KEEP, "2026-11-30T23:59"),
        (DueRule.NEXT_OPENING, "2026-12-01T18:00"),
        (DueRule.OPEN_DAYS, "2026-12-02T18:00"),
    ],
)
def test_three_days_from_a_friday_end_as_the_policy_says(rule: DueRule, until: str) -> None:
    """L17: keep, push to the next opening, count only open days; Sunday and Monday are closed."""
    end = times.usual(policy(rule), TUESDAY_TO_SATURDAY, at(FRIDAY, 10)).end
    assert f"{paris(end - timedelta(microseconds=1)):%Y-%m-%dT%H:%M}" == until.replace(
        "18:00", "17:59"
    )


@pytest.mark.parametrize(
    ("ends", "until"),
    [
        ((28, 17, 30), (28, 17, 30)),
        ((28, 18, 0), (28, 18, 0)),
        ((28, 18, 30), (1, 9, 0)),
        ((30, 10, 0), (1, 9, 0)),
    ],
)
def test_an_hour_after_closing_moves_to_the_next_opening(ends, until) -> None:
    """L17: closing time itself is still right."""
    start = at(date(2026, 11, 28), 9)
    wanted = Period(start, at(date(2026, 11, ends[0]), ends[1], ends[2]))
    settled = times.of_hours(
        policy(DueRule.NEXT_OPENING, SlotMode.HOURS), TUESDAY_TO_SATURDAY, wanted
    )
    month = 12 if until[0] == 1 else 11
    assert settled == Period(start, at(date(2026, month, until[0]), until[1], until[2]))
    kept = times.of_hours(policy(DueRule.KEEP, SlotMode.HOURS), TUESDAY_TO_SATURDAY, wanted)
    assert kept == wanted


@given(CALENDARS, DAYS, st.sampled_from([DueRule.NEXT_OPENING, DueRule.OPEN_DAYS]))
def test_a_loan_is_due_at_a_closing_and_late_only_after_it(calendar, last, rule) -> None:
    """L17: never on a closed day, not before the day that was asked for, inclusive until closing."""
    try:
        end = times.due_on(policy(rule), calendar, last)
    except NeverOpen:
        assert calendar.next_open_day(last) is None
        return
    day = paris(end).date()
    assert calendar.end_of(day) == end
    assert calendar.open_days(last, day) == [day]
    period = Period(start_of_day(last - DAY), end)
    assert not is_overdue(LineState.CHECKED_OUT, period, end - timedelta(microseconds=1))
    assert is_overdue(LineState.CHECKED_OUT, period, end)


@given(CALENDARS, DAYS)
def test_a_kept_day_is_the_day_that_was_asked_for(calendar, last) -> None:
    """L17: until closing, or to the end of a day that is closed; 23 or 25 hours long or not."""
    end = times.due_on(policy(DueRule.KEEP), calendar, last)
    assert paris(end - timedelta(microseconds=1)).date() == last
    assert end == (calendar.end_of(last) or start_of_day(last + DAY))


@given(CALENDARS, DAYS, st.integers(0, 30))
def test_only_open_days_are_counted_where_the_policy_says_so(calendar, first, count) -> None:
    """L17: as many open days after the first as the loan is long."""
    counting = policy(DueRule.OPEN_DAYS)
    try:
        last = times.usual_last(counting, calendar, first, count)
    except NeverOpen:
        return
    assert times.days_between(counting, calendar, first, last) == max(1, count)
    if count:
        assert calendar.is_open_on(last)


@given(CALENDARS, DAYS, st.integers(0, 47), st.integers(1, 200))
def test_an_hourly_loan_is_due_while_the_door_is_open(calendar, day, slot, length) -> None:
    """L17: moved to the next opening and no further; hours are those that pass (L15)."""
    start = at_wall_time(day, time(slot // 2, slot % 2 * 30))
    wanted = Period(start, start + length * timedelta(minutes=30))
    hourly = policy(DueRule.NEXT_OPENING, SlotMode.HOURS)
    try:
        end = times.of_hours(hourly, calendar, wanted).end
    except NeverOpen:
        assert calendar.next_opening(wanted.end) is None
        return
    assert end >= wanted.end
    assert calendar.open_for(wanted.end, end) == timedelta(0)
    just_before = calendar.is_open(end - timedelta(microseconds=1))
    assert calendar.is_open(end) or just_before


def test_a_loan_neither_begins_nor_ends_where_nothing_opens() -> None:
    """L17: no silent fall back to a closed day when the calendar is empty."""
    for rule in (DueRule.NEXT_OPENING, DueRule.OPEN_DAYS):
        with pytest.raises(NeverOpen):
            times.usual(policy(rule), Calendar(), at(FRIDAY, 9))
    with pytest.raises(NeverOpen):
        times.opening_of(Calendar(), FRIDAY)
    with pytest.raises(ClosedThatDay) as refused:
        times.opening_of(TUESDAY_TO_SATURDAY, date(2026, 11, 29))
    assert refused.value.facts["next_on"] == date(2026, 12, 1)


RULES = st.sampled_from(DueRule)
MODES = st.sampled_from(SlotMode)
STATES = st.sampled_from([LineState.CONFIRMED, LineState.READY, LineState.CHECKED_OUT])


@given(CALENDARS, closures(), DAYS, st.integers(0, 95), st.integers(1, 300), RULES, MODES, STATES)
def test_a_closure_moves_what_it_meets_to_open_times_and_nothing_earlier(
    old, closure, day, quarter, length, rule, mode, state
) -> None:
    """L18: pick-ups move to an opening, due times to a closing, and moving again moves nothing."""
    new, chosen = old.closing(closure), policy(rule, mode)
    start = at_wall_time(day, time(quarter // 4, quarter % 4 * 15))
    try:
        period = times.lasting(chosen, old, start, start + length * timedelta(minutes=30))
        found = due.wanted(chosen, old, new, state, period)
    except NeverOpen:
        return
    for after in found:
        assert after.start >= period.start
        assert after.end >= period.end
        assert after.length > timedelta(0)
        if state is LineState.CHECKED_OUT:
            assert after.start == period.start
        elif old.is_open(period.start):
            assert new.is_open(after.start)
        if rule is not DueRule.KEEP and mode is SlotMode.DAYS:
            assert new.end_of(times.last_day(after)) == after.end
        assert due.wanted(chosen, new, new, state, after) == []
    assert due.wanted(chosen, old, old, state, period) == []


@given(CALENDARS, closures(), DAYS, st.integers(0, 400), st.integers(0, 400))
def test_an_offer_keeps_its_open_time_when_days_close(old, closure, day, since, minutes) -> None:
    """L18: the window of an offer is moved by the closed hours in it, never made shorter."""
    new, now = old.closing(closure), start_of_day(day) + since * timedelta(minutes=15)
    lapses_at = old.after_open(now, timedelta(minutes=minutes))
    if lapses_at is None:
        return
    until = due.offer_until(old, new, lapses_at, now)
    assert until >= lapses_at
    if new.after_open(now, timedelta(minutes=minutes)) is not None:
        assert new.open_for(now, until) >= timedelta(minutes=minutes)


def test_days_that_close_are_never_late_days() -> None:
    """L18, L35: a fee counts open days after the due one, less the grace; a closure lowers it."""
    due_at = at(FRIDAY, 18)
    wednesday = at(date(2026, 12, 2), 10)
    assert due.late_days(TUESDAY_TO_SATURDAY, due_at, due_at, 0) == 0
    assert due.late_days(TUESDAY_TO_SATURDAY, due_at, wednesday, 0) == 3
    assert due.late_days(TUESDAY_TO_SATURDAY, due_at, wednesday, 1) == 2
    shut = TUESDAY_TO_SATURDAY.closing(
        Closure(first_on=date(2026, 12, 1), last_on=date(2026, 12, 1), reason="Inventaire")
    )
    assert due.late_days(shut, due_at, wednesday, 1) == 1
    assert due.late_days(shut, due_at, at(FRIDAY + DAY, 10), 1) == 0


@pytest.mark.parametrize(("saturday", "hours"), [(date(2026, 3, 28), 22), (date(2026, 10, 24), 24)])
def test_a_booking_over_the_change_of_clocks_keeps_its_wall_times(
    saturday: date, hours: int
) -> None:
    """L15: a span of 23 h on the wall across the change; L14: real hours follow from the dates."""
    every_day = Calendar(hours=tuple(Hours(weekday, time(1), time(20)) for weekday in range(7)))
    start, end = at(saturday, 16), at(saturday + DAY, 15)
    wanted = Period(start, end)
    settled = times.of_hours(policy(DueRule.NEXT_OPENING, SlotMode.HOURS), every_day, wanted)
    assert settled == wanted
    assert settled.length == timedelta(hours=hours)
    assert [paris(each).hour for each in (settled.start, settled.end)] == [16, 15]
    shifted = times.shifted(Period(at(saturday, 9), at(saturday, 10)), 1)
    assert [paris(each).hour for each in (shifted.start, shifted.end)] == [9, 10]
    days = times.of_days(policy(DueRule.KEEP), every_day, saturday, saturday + 2 * DAY, start)
    assert (days.start, paris(days.end).hour) == (start, 20)
