"""Opening calendars against the plainest reading of their words, minute by minute."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backend.kit.holidays import Zone, holiday
from backend.kit.hours import Hours
from backend.kit.openings import Calendar, Closure, Extra
from backend.kit.zone import at_wall_time, paris, start_of_day

WALLS = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
# Never drawn again because of their order: calendars of many pairs would hardly come about.
PAIRS = st.lists(WALLS, min_size=2, max_size=2, unique=True).map(sorted).map(tuple)
# Around both changes of clocks, Christmas and the Easter of Alsace.
DAYS = st.one_of(
    st.dates(date(2027, 3, 22), date(2027, 4, 2)),
    st.dates(date(2027, 10, 27), date(2027, 11, 3)),
    st.dates(date(2026, 12, 20), date(2027, 1, 3)),
)
HOURS = st.builds(lambda day, pair: Hours(day, *pair), st.integers(0, 6), PAIRS)
EXTRAS = st.builds(lambda day, pair: Extra(on=day, opens=pair[0], closes=pair[1]), DAYS, PAIRS)


@st.composite
def closures(draw: st.DrawFn) -> Closure:
    first_on = draw(DAYS)
    starts, ends = draw(st.one_of(st.just((None, None)), PAIRS))
    last_on = first_on + timedelta(days=draw(st.integers(0, 4)))
    return Closure(first_on=first_on, last_on=last_on, starts=starts, ends=ends)


CALENDARS = st.builds(
    Calendar,
    hours=st.lists(HOURS, max_size=14).map(tuple),
    zone=st.sampled_from(Zone),
    closures=st.lists(closures(), max_size=3).map(tuple),
    extras=st.lists(EXTRAS, max_size=3).map(tuple),
)


def shows_open(calendar: Calendar, day: date, wall: time) -> bool:
    """What somebody says who reads the sign on the door and the clock on the wall."""
    if any(each.on == day and each.opens <= wall < each.closes for each in calendar.extras):
        return True
    shut = any(
        each.covers(day) and (each.starts or time.min) <= wall < (each.ends or time.max)
        for each in calendar.closures
    )
    usual = any(
        each.weekday == day.weekday() and each.opens <= wall < each.closes
        for each in calendar.hours
    )
    return usual and not shut and holiday(day, calendar.zone) is None


def is_told_twice(at: datetime) -> bool:
    """Whether clocks in Paris show this wall time twice that day."""
    wall = paris(at)
    return wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()


@given(CALENDARS, DAYS, st.integers(0, 95))
def test_the_door_is_open_when_the_sign_and_the_clock_say_so(calendar, day, quarter) -> None:
    """L16, L15: at every quarter of an hour but those that clocks show twice."""
    at = start_of_day(day) + timedelta(minutes=15 * quarter)
    if not is_told_twice(at):
        wall = paris(at)
        assert calendar.is_open(at) is shows_open(calendar, wall.date(), wall.time())


@given(DAYS, WALLS, WALLS)
def test_a_later_wall_time_is_no_earlier_instant_on_any_day(day, one, other) -> None:
    """L15: also where clocks skip or repeat an hour."""
    earlier, later = sorted((one, other))
    assert at_wall_time(day, earlier) <= at_wall_time(day, later)
    assert paris(at_wall_time(day, one)).time() >= one


@given(CALENDARS, DAYS, st.integers(0, 200), st.integers(0, 200))
def test_open_time_adds_up_when_a_span_is_cut_anywhere(calendar, day, first, second) -> None:
    """L14: the parts of a span are open as long as the whole."""
    start = start_of_day(day)
    middle = start + timedelta(minutes=17 * first)
    end = middle + timedelta(minutes=17 * second)
    whole = calendar.open_for(start, end)
    assert whole == calendar.open_for(start, middle) + calendar.open_for(middle, end)
    assert timedelta(0) <= whole <= end - start


@given(CALENDARS, DAYS, st.integers(0, 95))
def test_nothing_opens_before_the_next_opening(calendar, day, quarter) -> None:
    """L16: the one that runs, or the first that comes; never a closed moment."""
    at = start_of_day(day) + timedelta(minutes=15 * quarter)
    found = calendar.next_opening(at)
    if found is None:
        end = start_of_day(day + timedelta(days=300))
        assert calendar.open_for(at, end) == timedelta(0)
        return
    assert calendar.is_open(max(found.starts_at, at))
    assert calendar.is_open(at) is (found.starts_at <= at)
    assert calendar.open_for(at, max(found.starts_at, at)) == timedelta(0)


@given(CALENDARS, DAYS, st.integers(1, 900))
def test_a_length_of_open_time_ends_where_as_much_was_open(calendar, day, minutes) -> None:
    """L14: a window in open hours ends while the door is open, not before it was that long."""
    at, length = start_of_day(day), timedelta(minutes=minutes)
    end = calendar.after_open(at, length)
    if end is not None:
        assert end.tzinfo is UTC
        assert calendar.open_for(at, end) == length
        assert calendar.is_open(end - timedelta(microseconds=1))


@given(CALENDARS, DAYS, st.integers(0, 9))
def test_counted_open_days_are_open_and_none_is_left_out(calendar, day, count) -> None:
    """L17: what a length in open days counts."""
    end = calendar.after_open_days(day, count)
    if end is not None and count:
        counted = calendar.open_days(day + timedelta(days=1), end)
        assert len(counted) == count
        assert counted[-1] == end
