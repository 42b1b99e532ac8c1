"""The two Sundays on which clocks change, through the whole door: wished, stored, shown, given back (L15).

One table for both: in March 02:30 does not exist and the day has 23 hours, in October it comes twice.
"""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple

import pytest

from backend.kit import clock
from backend.kit.clock import paris, start_of_day
from backend.kit.database import fetch_one
from backend.lending import errors, queries, times
from backend.lending import service as lend
from backend.lending.queries import Wish
from backend.lending.rules import DueRule, Period, SlotMode
from backend.membership.queries import Member
from tests import lending
from tests.integration.lending.conftest import NOW
from tests.lending import Lent, Shelf, mine, staff, want, whom

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Change(NamedTuple):
    """A Sunday: how many hours it has, what 02:30 on it is, and what the wall shows then."""

    on: date
    hours: int
    half_past_two: datetime
    shown: str
    night: int  # hours from 01:00 to 05:00 on the wall

    @property
    def saturday(self) -> date:
        return self.on - DAY

    @property
    def tuesday(self) -> date:
        return self.on + 2 * DAY


MARCH = Change(date(2027, 3, 28), 23, datetime(2027, 3, 28, 1, tzinfo=UTC), "03:00", 3)
OCTOBER = Change(date(2027, 10, 31), 25, datetime(2027, 10, 31, 0, 30, tzinfo=UTC), "02:30", 5)
CHANGES = pytest.mark.parametrize("change", [MARCH, OCTOBER], ids=["march", "october"])


async def room_of(shelf: Shelf, minutes: int = 30) -> Lent:
    return await shelf.resource(
        "Salle",
        slot_mode=SlotMode.HOURS,
        slot_minutes=minutes,
        due_rule=DueRule.KEEP,
        usual_length=60,
        longest_length=600,
    )


async def stored(line: int) -> Period:
    row = await fetch_one(
        'SELECT lower(during) AS start, upper(during) AS "end" FROM booking_line WHERE id = $1',
        line,
    )
    assert row is not None
    return Period(row["start"], row["end"])


@CHANGES
async def test_day_shows_the_same_hours_on_the_wall_whatever_the_clocks_did(
    shelf: Shelf, change: Change
):
    """L15: by the half hour from seven to ten in the evening, each after the one before."""
    room = await room_of(shelf)
    seen = await queries.look(room.id, change.on, Wish(first=change.on))
    starts = [start for start, is_free in seen.starts if is_free]
    assert [f"{paris(at):%H:%M}" for at in (starts[0], starts[-1])] == ["07:00", "21:30"]
    assert {later - sooner for sooner, later in pairwise(starts)} == {HOUR / 2}
    assert len(starts) == 30


@CHANGES
async def test_night_across_the_change_lasts_as_long_as_it_does(
    shelf: Shelf, alice: Member, bob: Member, change: Change
):
    """L15: from one to five on the wall is three hours in March and five in October."""
    room = await room_of(shelf)
    start = lending.day(str(change.on), 1)
    end = lending.day(str(change.on), 5)
    made = await lend.book(mine(alice), whom(alice), [want(room, start, end)])
    period = await stored(made.lines[0])
    assert (period.start, period.length) == (start, change.night * HOUR)
    shown = await queries.get_line(made.lines[0])
    assert [f"{paris(at):%H:%M}" for at in (shown.period.start, shown.period.end)] == [
        "01:00",
        "05:00",
    ]
    with pytest.raises(errors.JustTaken) as taken:
        await lend.book(mine(bob), whom(bob), [want(room, end - HOUR, end)])
    first = taken.value.facts["alternatives"][0]
    assert f"{paris(first['start']):%H:%M}" == "04:00"
    await lend.book(mine(bob), whom(bob), [want(room, end, end + HOUR)])
    assert await lending.overlaps() == 0


@CHANGES
async def test_half_past_two_is_one_instant_whatever_the_wall_shows(
    shelf: Shelf, alice: Member, change: Change
):
    """L15: skipped, it is the change itself; repeated, the first of the two."""
    room = await room_of(shelf)
    wished = queries.wanted_hours(change.on, time(2, 30), 60)
    made = await lend.book(mine(alice), whom(alice), [want(room, wished.start, wished.end)])
    period = await stored(made.lines[0])
    assert (period.start, period.length) == (change.half_past_two, HOUR)
    assert f"{paris(period.start):%H:%M}" == change.shown


async def test_both_half_past_two_can_be_booked_by_two(shelf: Shelf, alice: Member, bob: Member):
    """L15: what clocks show twice is two times, and each is given once."""
    room = await room_of(shelf)
    first = OCTOBER.half_past_two
    twice = [Period(at, at + HOUR / 2) for at in (first, first + HOUR)]
    assert {f"{paris(slot.start):%H:%M}" for slot in twice} == {"02:30"}
    for member, slot in zip((alice, bob), twice, strict=True):
        await lend.book(mine(member), whom(member), [want(room, slot.start, slot.end)])
    for slot in twice:
        with pytest.raises(errors.JustTaken):
            await lend.book(mine(bob), whom(bob), [want(room, slot.start, slot.end)])
    assert await lending.overlaps() == 0


@CHANGES
async def test_hour_of_a_grid_that_clocks_skip_is_no_hour_of_its_own(
    shelf: Shelf, alice: Member, change: Change
):
    """L15: on a grid of whole hours, three in the morning is on it on both days."""
    room = await room_of(shelf, 60)
    three = lending.day(str(change.on), 3)
    await lend.book(mine(alice), whom(alice), [want(room, three)])
    with pytest.raises(errors.OffGrid):
        await lend.book(mine(alice), whom(alice), [want(room, three + HOUR / 2)])


@CHANGES
async def test_weekend_loan_is_due_at_closing_whatever_the_clocks_did(
    shelf: Shelf, alice: Member, change: Change
):
    """L15, L17: fetched on Saturday at nine, due on Tuesday at six on the wall; late only after it."""
    drill = await shelf.resource()
    first, last = start_of_day(change.saturday), start_of_day(change.tuesday)
    made = await lend.book(mine(alice), whom(alice), [want(drill, first, last)])
    period = await stored(made.lines[0])
    opens = lending.day(str(change.saturday), 9)
    closes = lending.day(str(change.tuesday), 18)
    assert period == Period(opens, closes)
    assert period.length == 3 * DAY + 9 * HOUR - (24 - change.hours) * HOUR
    with clock.travel(opens - NOW):
        await lend.prepare(staff(), made.lines[0])
        await lend.hand_over(staff(), made.lines[0])
    for at, late in ((closes - timedelta(minutes=1), False), (closes, True)):
        with clock.travel(at - NOW):
            assert (await queries.get_line(made.lines[0])).overdue is late


@CHANGES
async def test_booking_moved_over_the_change_keeps_its_hours_on_the_wall(
    shelf: Shelf, alice: Member, change: Change
):
    """L15: from Saturday to Monday, two to four in the afternoon both times."""
    room = await room_of(shelf)
    start = lending.day(str(change.saturday), 14)
    made = await lend.book(mine(alice), whom(alice), [want(room, start, start + 2 * HOUR)])
    moved = times.shifted(await stored(made.lines[0]), 2)
    await lend.change(staff(), made.lines[0], moved)
    period = await stored(made.lines[0])
    assert [f"{paris(at):%a %H:%M}" for at in (period.start, period.end)] == [
        "Mon 14:00",
        "Mon 16:00",
    ]
    assert period.start - start == 2 * DAY - (24 - change.hours) * HOUR
