"""When a place is open, day by day, on both sides of a change of clocks."""

from datetime import UTC, date, datetime, time, timedelta

import msgspec
import pytest

from backend.kit.holidays import Zone
from backend.kit.hours import Hours, read_week
from backend.kit.openings import HORIZON, Calendar, Closure, Door, Extra
from backend.kit.zone import PARIS, at_wall_time, paris, start_of_day

WEEK = read_week(["", "9h-12h30, 14h-19h", "9h-12h30, 14h-19h", "14h-19h", "9h-19h", "9h-12h", ""])
SITE = Calendar(hours=WEEK)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
EVERY_NIGHT = tuple(Hours(weekday, time(1), time(5)) for weekday in range(7))


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return at_wall_time(day, time(hour, minute))


def told(calendar: Calendar, day: date) -> list[str]:
    """The openings of a day as clocks in Paris show them."""
    return [
        f"{paris(each.starts_at):%H:%M}-{paris(each.ends_at):%H:%M}"
        for each in calendar.openings_on(day)
    ]


def test_a_day_has_several_ranges_when_the_week_says_so() -> None:
    """L16: weekly hours with several ranges."""
    tuesday = date(2026, 11, 24)
    assert told(SITE, tuesday) == ["09:00-12:30", "14:00-19:00"]
    assert told(SITE, date(2026, 11, 23)) == []
    assert SITE.is_open(at(tuesday, 9))
    assert not SITE.is_open(at(tuesday, 12, 30))
    assert SITE.end_of(tuesday) == at(tuesday, 19)
    assert SITE.end_of(date(2026, 11, 23)) is None


@pytest.mark.parametrize(
    ("zone", "day", "reason"),
    [
        (Zone.METROPOLITAN, "2027-05-06", "Ascension"),
        (Zone.METROPOLITAN, "2027-03-26", None),
        (Zone.ALSACE_MOSELLE, "2027-03-26", "Vendredi saint"),
        (Zone.METROPOLITAN, "2028-12-26", None),
        (Zone.ALSACE_MOSELLE, "2028-12-26", "Saint-Étienne"),
        (Zone.ALSACE_MOSELLE, "2027-11-11", "Armistice"),
    ],
)
def test_a_holiday_is_closed_when_it_is_one_in_the_zone_of_the_site(zone, day, reason) -> None:
    """L16: public holidays, metropolitan and those of Alsace-Moselle."""
    site = Calendar(hours=WEEK, zone=zone)
    assert site.why_closed(date.fromisoformat(day)) == reason
    assert site.is_open_on(date.fromisoformat(day)) is (reason is None)


def test_hours_go_when_a_closure_takes_them_and_come_back_when_an_extra_gives_them() -> None:
    """L16: closures, and exceptional openings, which win."""
    site = Calendar(
        hours=WEEK,
        closures=(
            Closure(first_on=date(2026, 12, 22), last_on=date(2026, 12, 27), reason="Congés"),
            Closure(first_on=date(2026, 11, 24), last_on=date(2026, 11, 24), starts=time(17)),
            Closure(
                first_on=date(2026, 11, 25),
                last_on=date(2026, 11, 25),
                starts=time(10),
                ends=time(11),
            ),
        ),
        extras=(
            Extra(on=date(2026, 12, 23), opens=time(10), closes=time(12)),
            Extra(on=date(2026, 11, 25), opens=time(12, 30), closes=time(14)),
        ),
    )
    assert told(site, date(2026, 12, 22)) == []
    assert site.why_closed(date(2026, 12, 22)) == "Congés"
    assert site.why_closed(date(2026, 12, 25)) == "Congés"
    assert site.why_closed(date(2026, 12, 28)) == ""
    assert told(site, date(2026, 12, 23)) == ["10:00-12:00"]
    assert told(site, date(2026, 11, 24)) == ["09:00-12:30", "14:00-17:00"]
    assert told(site, date(2026, 11, 25)) == ["09:00-10:00", "11:00-19:00"]
    assert site.open_days(date(2026, 12, 21), date(2026, 12, 31)) == [
        date(2026, 12, 23),
        date(2026, 12, 29),
        date(2026, 12, 30),
        date(2026, 12, 31),
    ]


def test_the_next_opening_is_found_when_the_door_is_closed() -> None:
    """L16: from a Saturday evening over a holiday; while the door is open it is the one that runs."""
    saturday = date(2027, 3, 27)
    found = SITE.next_opening(at(saturday, 12))
    assert found is not None
    assert found.starts_at == at(date(2027, 3, 30), 9)
    running = SITE.next_opening(at(saturday, 11))
    assert running is not None
    assert running.starts_at == at(saturday, 9)
    assert SITE.next_open_day(date(2027, 3, 28)) == date(2027, 3, 30)


@pytest.mark.parametrize(
    "never",
    [
        Calendar(),
        Calendar(
            hours=WEEK,
            closures=(Closure(first_on=date(2020, 1, 1), last_on=date(9000, 1, 1)),),
        ),
    ],
)
def test_the_search_ends_when_a_site_never_opens(never: Calendar) -> None:
    """L16: neither an endless loop nor a closed day given for an open one."""
    monday = date(2026, 11, 23)
    assert never.next_opening(at(monday, 9)) is None
    assert never.next_open_day(monday) is None
    assert never.after_open_days(monday, 3) is None
    assert never.after_open(at(monday, 9), timedelta(hours=1)) is None
    assert never.open_for(at(monday, 0), at(monday, 0) + HORIZON) == timedelta(0)


def test_open_time_is_counted_when_the_door_is_open_and_not_else() -> None:
    """L14: real open time between two instants, across closed days."""
    friday, tuesday = date(2026, 11, 27), date(2026, 12, 1)
    assert SITE.open_for(at(friday, 18), at(tuesday, 10)) == timedelta(hours=1 + 3 + 1)
    assert SITE.after_open(at(friday, 18), timedelta(hours=5)) == at(tuesday, 10)
    assert SITE.after_open(at(friday, 18), timedelta(hours=4)) == at(date(2026, 11, 28), 12)
    assert SITE.after_open_days(friday, 2) == tuesday
    assert SITE.after_open_days(friday, 0) == friday


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25)])
def test_a_day_has_23_or_25_hours_when_clocks_change(day: date, hours: int) -> None:
    """L15: the days on which the hour changes."""
    assert start_of_day(day + timedelta(days=1)) - start_of_day(day) == timedelta(hours=hours)
    night = Calendar(hours=EVERY_NIGHT)
    assert night.open_for(at(day, 0), at(day, 12)) == timedelta(hours=hours - 20)
    assert told(night, day) == ["01:00-05:00"]


def test_a_start_that_clocks_skip_is_the_change_itself() -> None:
    """L15: 02:30 does not exist in March; what would lie in the gap has no length."""
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert at(SPRING, 2, 30) == at(SPRING, 3) == change
    assert at(SPRING, 1, 59) == change - timedelta(minutes=1)
    skipped = Calendar(hours=(Hours(6, time(2, 15), time(2, 45)), Hours(6, time(2, 30), time(4))))
    assert [each.starts_at for each in skipped.openings_on(SPRING)] == [change]
    gap = Calendar(hours=(Hours(6, time(2, 15), time(2, 45)),))
    assert gap.openings_on(SPRING) == []


def test_a_start_that_clocks_show_twice_is_the_first_of_the_two() -> None:
    """L15: 02:30 comes twice in October."""
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert at(AUTUMN, 2, 30) == first
    opened = Calendar(hours=(Hours(6, time(2, 30), time(4)),))
    assert opened.open_for(at(AUTUMN, 0), at(AUTUMN, 12)) == timedelta(hours=2, minutes=30)
    assert opened.is_open(first + timedelta(hours=1))


@pytest.mark.parametrize(("day", "before", "after"), [(SPRING, 8, 7), (AUTUMN, 7, 8)])
def test_nine_in_the_morning_stays_nine_when_clocks_change(
    day: date, before: int, after: int
) -> None:
    """L15: 09:00 local on both sides; L14: no fixed offset is added."""
    eve, morrow = day - timedelta(days=1), day + timedelta(days=1)
    assert at(eve, 9).hour == before
    assert at(day, 9).hour == at(morrow, 9).hour == after
    always = Calendar(hours=tuple(Hours(weekday, time(9), time(18)) for weekday in range(7)))
    found = [always.openings_on(each)[0].starts_at for each in (eve, morrow)]
    assert [each.astimezone(PARIS).hour for each in found] == [9, 9]
    # From Saturday noon to Monday noon: what is open is wall time, what passes is real time.
    assert always.open_for(at(eve, 12), at(morrow, 12)) == timedelta(hours=6 + 9 + 3)
    assert at(morrow, 12) - at(eve, 12) == timedelta(hours=48 + after - before)


@pytest.mark.parametrize(
    ("moment", "is_open", "until", "reason"),
    [
        ("2026-11-24T10:00", True, "2026-11-24T12:30", ""),
        ("2026-11-24T12:30", False, "2026-11-24T14:00", ""),
        ("2026-11-24T18:30", False, "2026-11-25T09:00", "Réunion"),
        ("2026-11-24T19:30", False, "2026-11-25T09:00", ""),
        ("2026-12-19T13:00", False, "2027-01-05T09:00", "Congés d'hiver"),
        ("2026-12-25T10:00", False, "2027-01-05T09:00", "Congés d'hiver"),
        ("2027-03-27T12:00", False, "2027-03-30T09:00", "Lundi de Pâques"),
    ],
)
def test_the_door_says_until_when_and_why(moment, is_open, until, reason) -> None:
    """L16: what people read of a site at any moment, in Paris."""
    days = {"first_on": date(2026, 12, 20), "last_on": date(2027, 1, 4)}
    site = SITE.closing(Closure(**days, reason="Congés d'hiver")).closing(
        Closure(
            first_on=date(2026, 11, 24),
            last_on=date(2026, 11, 24),
            starts=time(18),
            ends=time(19),
            reason="Réunion",
        )
    )
    # Easter Monday is no usual day of this site; where it is, the holiday says why.
    site = msgspec.structs.replace(site, hours=(*site.hours, Hours(0, time(9), time(12))))
    door = site.door(datetime.fromisoformat(moment).replace(tzinfo=PARIS))
    assert door.until is not None
    assert (door.is_open, f"{paris(door.until):%Y-%m-%dT%H:%M}", door.reason) == (
        is_open,
        until,
        reason,
    )


def test_nobody_says_when_it_opens_where_a_site_never_does() -> None:
    assert Calendar().door(at(SPRING, 9)) == Door(is_open=False, until=None)
