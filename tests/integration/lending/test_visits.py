"""Places at the desk: so many in each period, and full ones cannot be had (L19)."""

import asyncio
from datetime import date

import asyncpg
import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.kit.errors import Missing
from backend.lending.errors import SlotFull, SlotUnknown, SlotWrong
from backend.lending.queries import visits as looks
from backend.lending.rules import Period, VisitKind
from backend.lending.service import closing, counter, holding, moving, returning, sweeping, visits
from backend.lending.slots import Capacity
from backend.membership.queries import Member
from backend.places.service import ClosureWish
from tests import factories
from tests.conftest import Database
from tests.lending import Lent, Shelf, day, mine, staff, states, want, whom

PICKUP, RETURN = VisitKind.PICKUP, VisitKind.RETURN
NINE = day("2026-11-24", 9)


async def book(member: Member, lent: Lent) -> str:
    asked = [want(lent, day("2026-11-24"), day("2026-11-26"))]
    return (await holding.book(mine(member), whom(member), asked, accepted=True)).booking


async def test_a_full_period_disappears_and_cannot_be_posted(
    shelf: Shelf, alice: Member, bob: Member
) -> None:
    """L19: a capacity per desk and period; a place that is given up is free again."""
    drill = await shelf.resource(copies=2)
    first, second = await book(alice, drill), await book(bob, drill)
    assert await looks.slots_for(first, PICKUP) == []
    await visits.set_capacity(SYSTEM, "tilleuls", Capacity(30, 1))
    # 9:00 to 12:00 and 14:00 to 18:00, by half hours.
    begins = [slot.starts_at for slot in await looks.slots_for(first, PICKUP)]
    assert len(begins) == 14
    assert (begins[0], begins[-1]) == (NINE, day("2026-11-24", 17, 30))
    chosen = await visits.choose(mine(alice), first, PICKUP, NINE)
    assert (chosen.starts_at, chosen.kind) == (NINE, PICKUP)
    assert NINE not in [slot.starts_at for slot in await looks.slots_for(second, PICKUP)]
    with pytest.raises(SlotFull):
        await visits.choose(mine(bob), second, PICKUP, NINE)
    later = await visits.choose(mine(alice), first, PICKUP, day("2026-11-24", 9, 30))
    assert later.version > chosen.version
    await visits.choose(mine(bob), second, PICKUP, NINE)
    await visits.give_up(mine(bob), second, PICKUP)
    assert await fetch_value("SELECT count(*) FROM desk_visit") == 1


async def test_a_place_goes_when_its_booking_has_another_day(shelf: Shelf, alice: Member) -> None:
    """L19: on the day that is left nobody is expected; a place that still fits stays."""
    drill = await shelf.resource()
    asked = [want(drill, day("2026-11-24"), day("2026-11-26"))]
    made = await holding.book(mine(alice), whom(alice), asked)
    await visits.set_capacity(SYSTEM, "tilleuls", Capacity(30, 1))
    friday = day("2026-11-27", 10)
    await visits.choose(mine(alice), made.booking, PICKUP, NINE)
    await visits.choose(mine(alice), made.booking, RETURN, day("2026-11-26", 10))
    longer = Period(day("2026-11-24"), friday)
    await moving.change(mine(alice), made.lines[0], longer)
    assert await looks.get_visit(made.booking, alice.household_id, PICKUP) == NINE
    await moving.change(mine(alice), made.lines[0], Period(friday, day("2026-11-28")))
    for kind in VisitKind:
        assert await looks.get_visit(made.booking, alice.household_id, kind) is None


async def test_each_thing_of_a_booking_has_its_own_return(shelf: Shelf, alice: Member) -> None:
    """L19, L11: the first came back at its time; the page shows that of the other."""
    things = [await shelf.resource(), await shelf.resource("Scie")]
    asked = [want(each, day("2026-11-24"), day("2026-11-26")) for each in things]
    made = await holding.book(mine(alice), whom(alice), asked)
    await visits.set_capacity(SYSTEM, "tilleuls", Capacity(30, 2))
    await visits.choose(mine(alice), made.booking, RETURN, NINE)
    await counter.hand_over(staff(), made.lines[0], things[0].code)
    await returning.take_back(staff(), made.lines[0])
    later = day("2026-11-26", 10)
    await visits.choose(mine(alice), made.booking, RETURN, later)
    assert await looks.get_visit(made.booking, alice.household_id, RETURN) == later


async def test_nobody_is_missed_before_the_hour_they_chose(shelf: Shelf, alice: Member) -> None:
    """L19, L25: the grace runs from the hour at the desk, for all that is fetched then."""
    things = [await shelf.resource(), await shelf.resource("Scie")]
    asked = [want(each, day("2026-11-24"), day("2026-11-26")) for each in things]
    made = await holding.book(mine(alice), whom(alice), asked)
    await visits.set_capacity(SYSTEM, "tilleuls", Capacity(30, 1))
    await visits.choose(mine(alice), made.booking, PICKUP, day("2026-11-24", 15))
    for hour, state in ((16, "confirmed"), (17, "no_show")):
        with clock.frozen(day("2026-11-24", hour)):
            await sweeping.sweep()
            assert await states(made.booking) == [state, state]


@pytest.mark.parametrize("hour", [(24, 8), (24, 12), (24, 9, 10), (25, 9), (20, 9)])
async def test_only_a_period_of_its_own_day_can_be_posted(
    shelf: Shelf, alice: Member, hour: tuple[int, ...]
) -> None:
    """L19: when the door is open, on the grid, on the day the loan begins, not in the past."""
    booking = await book(alice, await shelf.resource())
    await visits.set_capacity(SYSTEM, "tilleuls", Capacity(30, 3))
    on, *wall = hour
    with pytest.raises(SlotUnknown):
        await visits.choose(mine(alice), booking, PICKUP, day(f"2026-11-{on}", *wall))


async def test_a_return_may_come_until_it_is_due(shelf: Shelf, alice: Member) -> None:
    """L19: return periods, from now to the due time."""
    booking = await book(alice, await shelf.resource())
    await visits.set_capacity(SYSTEM, "tilleuls", Capacity(60, 1))
    begins = [slot.starts_at for slot in await looks.slots_for(booking, RETURN)]
    assert (begins[0], begins[-1]) == (day("2026-11-20", 10), day("2026-11-26", 17))
    await visits.choose(mine(alice), booking, RETURN, begins[-1])
    await visits.choose(mine(alice), booking, PICKUP, NINE)
    assert await fetch_value("SELECT count(*) FROM desk_visit") == 2


async def test_one_wins_when_many_want_the_last_place(db: Database, shelf: Shelf) -> None:
    """L19: held under lock, and by the database itself."""
    drill = await shelf.resource(copies=5)
    members = [
        await factories.add_member(f"Zoé{n}", "Roux", f"zoe{n}@example.org") for n in range(5)
    ]
    bookings = [await book(member, drill) for member in members]
    await visits.set_capacity(SYSTEM, "tilleuls", Capacity(30, 2))
    answers = await asyncio.gather(
        *(
            visits.choose(mine(member), booking, PICKUP, NINE)
            for member, booking in zip(members, bookings, strict=True)
        ),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["SlotFull"] * 3 + ["Visit"] * 2
    with pytest.raises(asyncpg.UniqueViolationError):
        await fetch(
            "INSERT INTO desk_visit (site, line, kind, starts_at, place)"
            " SELECT site, line, 'return', starts_at, place FROM desk_visit"
        )


async def test_a_place_is_free_again_when_its_booking_ends_or_moves(
    shelf: Shelf, alice: Member, bob: Member
) -> None:
    """L19, L18: what came to nothing holds no place; a closure takes the places of its days."""
    drill = await shelf.resource(copies=2)
    first, second = await book(alice, drill), await book(bob, drill)
    await visits.set_capacity(SYSTEM, "tilleuls", Capacity(30, 1))
    await visits.choose(mine(alice), first, PICKUP, NINE)
    await fetch(
        "UPDATE booking_line SET state = 'cancelled_by_tenant'"
        " WHERE booking = (SELECT id FROM booking WHERE public_id = $1)",
        first,
    )
    assert NINE in [slot.starts_at for slot in await looks.slots_for(second, PICKUP)]
    await visits.choose(mine(bob), second, PICKUP, NINE)
    tuesday = date(2026, 11, 24)
    shut = ClosureWish(first_on=tuesday, last_on=tuesday, reason="Inventaire")
    await closing.close(staff(), shut)
    assert await fetch_value("SELECT count(*) FROM desk_visit") == 0
    begins = [slot.starts_at for slot in await looks.slots_for(second, PICKUP)]
    assert begins[0] == day("2026-11-25", 9)


async def test_a_capacity_that_cannot_be_is_refused(shelf: Shelf) -> None:
    for capacity in (Capacity(30, 0), Capacity(7, 2), Capacity(30, 100)):
        with pytest.raises(SlotWrong):
            await visits.set_capacity(SYSTEM, "tilleuls", capacity)
    with pytest.raises(Missing):
        await visits.set_capacity(SYSTEM, "ailleurs", Capacity(30, 2))
    await visits.set_capacity(SYSTEM, "tilleuls", Capacity(30, 2))
    assert await looks.find_capacity(shelf.site_id) == Capacity(30, 2)
    await visits.set_capacity(SYSTEM, "tilleuls", None)
    assert await looks.find_capacity(shelf.site_id) is None
