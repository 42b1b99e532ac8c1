"""When a loan begins and is due, on any kind of day, clock changes included."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from backend.kit.hours import Hours
from backend.kit.openings import Calendar
from backend.kit.zone import PARIS
from backend.lending import times
from backend.lending.errors import (
    ClosedThatDay,
    NeverOpen,
    OffGrid,
    PeriodPast,
    PeriodTooLong,
    PeriodWrong,
)
from backend.lending.rules import DueRule, Period, SlotMode
from tests.lending import CALENDAR, hours, policy

# The day of the test is a Friday; Sunday and Monday are closed.
FRIDAY, SATURDAY, SUNDAY, TUESDAY = (date(2026, 11, day) for day in (20, 21, 22, 24))
SHUT = Calendar()


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=PARIS)


NOW = at(FRIDAY, 8)


def days(first: date, last: date) -> Period:
    return Period(at(first, 9), at(last, 18))


@pytest.mark.parametrize(
    ("rule", "due"),
    [
        (DueRule.KEEP, at(date(2026, 11, 23), 0)),
        (DueRule.NEXT_OPENING, at(TUESDAY, 18)),
        (DueRule.OPEN_DAYS, at(TUESDAY, 18)),
    ],
)
def test_due_day_follows_the_policy_when_it_is_closed(rule: DueRule, due: datetime):
    """L17: keep, push to the next opening, or count only open days; inclusive until closing."""
    assert times.due_on(policy(due_rule=rule), CALENDAR, SUNDAY) == due
    assert times.due_on(policy(due_rule=rule), CALENDAR, SATURDAY) == at(SATURDAY, 18)


@pytest.mark.parametrize(
    ("rule", "last"),
    [
        (DueRule.KEEP, date(2026, 11, 23)),
        (DueRule.NEXT_OPENING, date(2026, 11, 23)),
        (DueRule.OPEN_DAYS, date(2026, 11, 25)),
    ],
)
def test_usual_length_is_counted_as_the_policy_says(rule: DueRule, last: date):
    """L17: three days from a Friday; open ones are Saturday, Tuesday and Wednesday."""
    lent = policy(due_rule=rule)
    assert times.usual_last(lent, CALENDAR, FRIDAY, 3) == last
    assert times.usual(lent, CALENDAR, NOW).end == times.due_on(lent, CALENDAR, last)


def test_hourly_due_time_moves_to_the_next_opening_when_it_is_after_closing():
    """L17: closing time itself is still in time."""
    rooms = policy(slot_mode=SlotMode.HOURS, longest_length=600, usual_length=60)
    begins = at(FRIDAY, 16)
    assert times.of_hours(rooms, CALENDAR, hours(begins, 2)).end == at(FRIDAY, 18)
    assert times.of_hours(rooms, CALENDAR, hours(begins, 3)).end == at(SATURDAY, 9)
    assert times.of_hours(rooms, CALENDAR, hours(at(SATURDAY, 17), 2)).end == at(TUESDAY, 9)
    kept = policy(slot_mode=SlotMode.HOURS, longest_length=600, due_rule=DueRule.KEEP)
    assert times.of_hours(kept, CALENDAR, hours(begins, 3)).end == at(FRIDAY, 19)
    assert times.usual(rooms, CALENDAR, begins).end == at(FRIDAY, 17)


@pytest.mark.parametrize(
    ("begins", "length", "ends"),
    [
        (at(FRIDAY, 10, 7), 120, at(FRIDAY, 12)),
        (at(FRIDAY, 10, 55), 60, at(FRIDAY, 12)),
        (at(FRIDAY, 10, 30), 60, at(FRIDAY, 12)),
        (at(FRIDAY, 10, 7), 15, at(FRIDAY, 11)),
        (at(FRIDAY, 10), 15, at(FRIDAY, 11)),
        (at(FRIDAY, 10), 60, at(FRIDAY, 11)),
    ],
)
def test_hourly_loan_of_the_moment_ends_on_the_grid(
    begins: datetime, length: int, ends: datetime
) -> None:
    """L29, L39: it begins when it goes, and takes a piece of nobody's slot."""
    rooms = policy(slot_mode=SlotMode.HOURS, longest_length=600, usual_length=length)
    assert times.usual(rooms, CALENDAR, begins) == Period(begins, ends)


def test_loan_of_days_runs_from_opening_to_closing():
    """L17: and from now on, where the first day is today."""
    lent = times.settled(policy(), CALENDAR, days(SATURDAY, TUESDAY), NOW)
    assert lent == Period(at(SATURDAY, 9), at(TUESDAY, 18))
    noon = at(SATURDAY, 11, 30)
    assert times.settled(policy(), CALENDAR, days(SATURDAY, TUESDAY), noon).start == noon


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (Period(at(SATURDAY, 9), at(SATURDAY, 9)), PeriodWrong),
        (days(date(2026, 11, 19), SATURDAY), PeriodPast),
        (days(SUNDAY, TUESDAY), ClosedThatDay),
        (days(FRIDAY, date(2026, 11, 28)), PeriodTooLong),
    ],
)
def test_days_are_refused_when_they_do_not_fit(wanted: Period, refusal: type[Exception]):
    """L16, L17: never a silent fall back to a closed day."""
    with pytest.raises(refusal):
        times.settled(policy(), CALENDAR, wanted, NOW)


def test_day_is_refused_when_the_door_has_closed_for_today():
    """L17: what is due before it begins is no loan."""
    with pytest.raises(PeriodPast):
        times.settled(policy(), CALENDAR, days(FRIDAY, FRIDAY), at(FRIDAY, 19))


def test_open_days_alone_count_for_the_longest_loan():
    """L17: from Friday to Wednesday of the next week there are four days that are open."""
    lent = policy(due_rule=DueRule.OPEN_DAYS, longest_length=3, usual_length=3)
    wanted = days(FRIDAY, date(2026, 11, 25))
    assert times.settled(lent, CALENDAR, wanted, NOW).end == at(date(2026, 11, 25), 18)
    with pytest.raises(PeriodTooLong):
        times.settled(lent, CALENDAR, days(FRIDAY, date(2026, 11, 26)), NOW)


def test_hours_are_refused_when_they_are_off_the_grid_or_too_long():
    """L39: a slot grid."""
    rooms = policy(slot_mode=SlotMode.HOURS, slot_minutes=30, longest_length=120, usual_length=60)
    times.settled(rooms, CALENDAR, hours(at(FRIDAY, 9, 30)), NOW)
    with pytest.raises(OffGrid):
        times.settled(rooms, CALENDAR, hours(at(FRIDAY, 9, 15)), NOW)
    with pytest.raises(PeriodTooLong):
        times.settled(rooms, CALENDAR, hours(at(FRIDAY, 9), 3), NOW)
    with pytest.raises(PeriodPast):
        times.settled(rooms, CALENDAR, hours(at(FRIDAY, 7)), NOW)


@pytest.mark.parametrize("rule", [DueRule.NEXT_OPENING, DueRule.OPEN_DAYS])
def test_loan_is_refused_when_the_site_never_opens(rule: DueRule):
    """L16: no endless search, no closed day instead."""
    lent = policy(due_rule=rule)
    for act in (
        lambda: times.settled(lent, SHUT, days(SATURDAY, TUESDAY), NOW),
        lambda: times.due_on(lent, SHUT, SATURDAY),
        lambda: times.usual(lent, SHUT, NOW),
    ):
        with pytest.raises(NeverOpen):
            act()
    with pytest.raises(NeverOpen):
        times.of_hours(policy(slot_mode=SlotMode.HOURS, longest_length=99), SHUT, hours(NOW))


@pytest.mark.parametrize(
    ("first", "length"), [(date(2027, 3, 27), 47), (date(2026, 10, 24), 49), (FRIDAY, 48)]
)
def test_same_hours_are_booked_when_clocks_change(first: date, length: int):
    """L15: two days across a change are 47 or 49 hours, and the wall shows the same hour."""
    booked = Period(at(first, 9), at(first, 9) + timedelta(days=2))
    assert booked.end.hour == 9
    lasting = booked.end.astimezone(UTC) - booked.start.astimezone(UTC)
    assert lasting == timedelta(hours=length)
    later = times.shifted(booked, 7)
    assert (later.start.astimezone(PARIS).hour, later.end.astimezone(PARIS).hour) == (9, 9)


@pytest.mark.parametrize(("day", "hour"), [(date(2027, 3, 28), 3), (date(2026, 10, 25), 2)])
def test_start_exists_when_the_wall_time_is_skipped_or_repeated(day: date, hour: int):
    """L15: half past two on the night of a change, moved there from a usual day."""
    usual = Period(at(FRIDAY, 2, 30), at(FRIDAY, 4))
    moved = times.shifted(usual, (day - FRIDAY).days)
    assert moved.start.astimezone(PARIS).hour in {hour, hour - 1 if hour == 3 else hour}
    assert moved.start < moved.end


def test_hour_lasts_an_hour_when_the_clock_is_put_back():
    """L15: a room booked from 2:00 for two hours on the day of 25 hours ends at 3:00."""
    rooms = policy(slot_mode=SlotMode.HOURS, longest_length=240, due_rule=DueRule.KEEP)
    begins = at(date(2026, 10, 25), 2).astimezone(UTC)
    booked = times.of_hours(rooms, CALENDAR, hours(begins, 2))
    assert booked.end.astimezone(PARIS).hour == 3


def test_renewed_loan_is_due_at_an_opening():
    """L17: a new end follows the policy as the first one did."""
    assert times.lasting(policy(), CALENDAR, NOW, at(SUNDAY, 12)).end == at(TUESDAY, 18)
    rooms = policy(slot_mode=SlotMode.HOURS)
    assert times.lasting(rooms, CALENDAR, NOW, at(FRIDAY, 20)).end == at(SATURDAY, 9)
    kept = policy(slot_mode=SlotMode.HOURS, due_rule=DueRule.KEEP)
    assert times.lasting(kept, CALENDAR, NOW, at(FRIDAY, 20)).end == at(FRIDAY, 20)
    with pytest.raises(PeriodWrong):
        times.lasting(policy(), CALENDAR, NOW, NOW)


def test_loan_is_cut_at_the_last_closing_before_the_next_booking():
    """L29."""
    lent = Period(NOW, at(TUESDAY, 18))
    assert times.cut(policy(), CALENDAR, lent, at(TUESDAY, 9)) == Period(NOW, at(SATURDAY, 18))
    rooms = policy(slot_mode=SlotMode.HOURS)
    assert times.cut(rooms, CALENDAR, lent, at(FRIDAY, 11)) == Period(NOW, at(FRIDAY, 11))
    assert times.cut(policy(), CALENDAR, lent, NOW + timedelta(minutes=29)) is None


def test_only_the_morning_is_left_when_the_next_booking_begins_at_noon():
    """L29: before the first closing of the day, the booking itself is the end."""
    morning = Calendar(hours=(Hours(4, time(8), time(18)),))
    cut = times.cut(policy(), morning, Period(NOW, at(TUESDAY, 18)), at(FRIDAY, 12))
    assert cut == Period(NOW, at(FRIDAY, 12))


def test_days_are_those_that_a_loan_touches():
    """L21: a loan that ends at midnight ends the day before."""
    assert times.days_of(days(SATURDAY, TUESDAY)) == 4
    assert times.days_of(Period(at(SATURDAY, 9), at(SUNDAY, 0))) == 1
    assert [p.start.date() for p in times.next_periods(days(FRIDAY, FRIDAY), 2)] == [
        SATURDAY,
        SUNDAY,
    ]


@pytest.mark.parametrize(
    ("now", "start"),
    [
        (at(FRIDAY, 10), at(FRIDAY, 10)),
        (at(FRIDAY, 13), at(FRIDAY, 14)),
        (at(FRIDAY, 19), at(SATURDAY, 9)),
    ],
)
def test_loan_of_today_begins_when_the_door_opens_again(now: datetime, start: datetime):
    """L17, L25: who books at a closed door is not missed behind it."""
    found = times.settled(policy(), CALENDAR, days(FRIDAY, TUESDAY), now)
    assert found == Period(start, at(TUESDAY, 18))
    with pytest.raises(PeriodPast):
        times.settled(policy(), CALENDAR, days(FRIDAY, FRIDAY), at(FRIDAY, 19))
