"""Bookings that wait for the club's yes: seen at once, answered late, or never answered."""

import pytest

from backend.kit import clock
from backend.kit.database import fetch_value
from backend.lending import queries
from backend.lending import service as lend
from backend.lending.errors import PeriodPast
from backend.lending.limit_errors import HouseholdBookings
from backend.membership.queries import Member
from tests.lending import Shelf, day, mine, staff, states, want, whom

TUESDAY, FRIDAY = day("2026-11-24"), day("2026-11-27")


async def test_request_is_to_be_answered_from_the_day_it_is_made(shelf: Shelf, alice: Member):
    """L26, L4: whoever asked for a day of next week does not wait until then."""
    room = await shelf.resource("Salle", needs_approval=True)
    asked = await lend.book(mine(alice), whom(alice), [want(room, FRIDAY)])
    found = await queries.today(shelf.site_id)
    assert [line.booking for line in found.to_answer] == [asked.booking]
    assert found.to_prepare == found.unfinished == found.at_risk == []


async def test_nobody_is_missed_when_the_club_answers_late(shelf: Shelf, alice: Member):
    """L4, L25: what is left of the time is approved, and its grace begins with the answer."""
    room = await shelf.resource("Salle", needs_approval=True)
    asked = await lend.book(mine(alice), whom(alice), [want(room, TUESDAY, FRIDAY)])
    with clock.frozen(day("2026-11-24", 16)):
        await lend.approve(staff(), asked.booking)
        await lend.sweep()
        assert await states(asked.booking) == ["confirmed"]
    with clock.frozen(day("2026-11-25", 9)):
        await lend.sweep()
        assert await states(asked.booking) == ["no_show"]


async def test_nobody_is_missed_when_the_club_answers_behind_a_closed_door(
    shelf: Shelf, alice: Member
):
    """L4, L25: what is approved, or given back, at night begins when the door opens again."""
    room = await shelf.resource("Salle", needs_approval=True)
    asked = await lend.book(mine(alice), whom(alice), [want(room, TUESDAY, FRIDAY)])
    with clock.frozen(day("2026-11-24", 21)):
        await lend.approve(staff(), asked.booking)
    with clock.frozen(day("2026-11-25", 8)):
        await lend.sweep()
        assert await states(asked.booking) == ["confirmed"]
    with clock.frozen(day("2026-11-25", 22)):
        await lend.sweep()
        assert await states(asked.booking) == ["no_show"]
        await lend.restore(staff(), asked.lines[0])
    with clock.frozen(day("2026-11-26", 8)):
        await lend.sweep()
        assert await states(asked.booking) == ["confirmed"]


async def test_request_ends_when_its_time_is_over(shelf: Shelf, alice: Member):
    """L21, L38: it counts no more, written down or not, and nobody is blamed for it (L25)."""
    room = await shelf.resource("Salle", needs_approval=True, household_bookings=1)
    asked = await lend.book(mine(alice), whom(alice), [want(room, TUESDAY)])
    later = [want(room, day("2026-12-02"))]
    with pytest.raises(HouseholdBookings):
        await lend.book(mine(alice), whom(alice), later)
    with clock.frozen(day("2026-12-01", 10)):
        await lend.book(mine(alice), whom(alice), later)
        with pytest.raises(PeriodPast):
            await lend.approve(staff(), asked.booking)
        await lend.sweep()
        assert await states(asked.booking) == ["rejected"]
        assert await fetch_value("SELECT count(*) FROM strike") == 0


async def test_the_rest_is_approved_when_a_part_of_it_is_over(shelf: Shelf, alice: Member):
    """L4, L38: whether what is over was written down or not."""
    room, sound = [await shelf.resource(name, needs_approval=True) for name in ("Salle", "Sono")]
    asked = await lend.book(
        mine(alice), whom(alice), [want(room, TUESDAY), want(sound, TUESDAY, FRIDAY)]
    )
    with clock.frozen(day("2026-11-25", 12)):
        await lend.approve(staff(), asked.booking)
        assert await states(asked.booking) == ["requested", "confirmed"]
        await lend.sweep()
        assert await states(asked.booking) == ["rejected", "confirmed"]
