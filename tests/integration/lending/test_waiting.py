"""The waiting list: one offer at a time, in order, for every way a unit comes free."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.lending import errors, queries
from backend.lending import service as lend
from backend.lending.rules import LineState, Period, Priority, TicketKind
from backend.lending.service import promoting
from backend.membership.queries import Member
from backend.places import queries as places
from backend.privacy import erasing
from backend.privacy.rules import ErasureWay
from tests import factories, lending
from tests.integration.lending.conftest import NOW
from tests.lending import Lent, Shelf, day, mine, staff, states, want, whom

TUESDAY, WEDNESDAY = day("2026-11-24"), day("2026-11-25")


async def waits(lent: Lent, member: Member, priority: Priority = Priority.USUAL) -> int:
    made = await lend.wait(staff(), whom(member), want(lent, TUESDAY), priority)
    return made.lines[0]


async def state_of(line: int) -> str:
    said: str = await fetch_value("SELECT state FROM booking_line WHERE id = $1", line)
    return said


# L24: every way a unit comes free, as the step before and the step that frees.
Trigger = Callable[[Lent, Member], Awaitable[Callable[[], Awaitable[object]]]]


async def cancellation(drill: Lent, bob: Member) -> Callable[[], Awaitable[object]]:
    made = await lend.book(mine(bob), whom(bob), [want(drill, TUESDAY)])
    return lambda: lend.cancel(mine(bob), made.booking)


async def expiry(drill: Lent, bob: Member) -> Callable[[], Awaitable[object]]:
    await lend.hold(mine(bob), whom(bob), [want(drill, TUESDAY)])

    async def act() -> None:
        with clock.travel(timedelta(minutes=10)):
            await lend.sweep()

    return act


async def early_return(drill: Lent, bob: Member) -> Callable[[], Awaitable[object]]:
    given = await lend.lend_now(staff(), whom(bob), drill.code)
    return lambda: lend.take_back(staff(), given.line)


async def repair(drill: Lent, bob: Member) -> Callable[[], Awaitable[object]]:
    period = Period(NOW, WEDNESDAY)
    done = await lend.take_out_of_use(staff(), drill.code, TicketKind.REPAIR, "Fil usé", period)
    return lambda: lend.mend(staff(), done.ticket, 1200)


async def unit_added(drill: Lent, bob: Member) -> Callable[[], Awaitable[object]]:
    await lend.book(mine(bob), whom(bob), [want(drill, TUESDAY)])
    return lambda: lend.add_unit(lending.SYSTEM, drill.id, lend.UnitWish())


async def capacity_raised(drill: Lent, bob: Member) -> Callable[[], Awaitable[object]]:
    """Capacity is units: a seat block that was retired is lent again."""
    seat = await lend.add_unit(lending.SYSTEM, drill.id, lend.UnitWish())
    await lend.retire_unit(staff(), seat.code, "Salle en travaux")
    await lend.book(mine(bob), whom(bob), [want(drill, TUESDAY)])
    return lambda: lend.bring_back_unit(lending.SYSTEM, seat.code)


async def no_show(drill: Lent, bob: Member) -> Callable[[], Awaitable[object]]:
    made = await lend.book(mine(bob), whom(bob), [want(drill, NOW, WEDNESDAY)])

    async def act() -> None:
        with clock.travel(timedelta(hours=2)):
            await lend.miss(made.lines[0])

    return act


async def shorter_loan(drill: Lent, bob: Member) -> Callable[[], Awaitable[object]]:
    given = await lend.lend_now(staff(), whom(bob), drill.code)
    return lambda: lend.extend(staff(), given.line, day("2026-11-21", 12))


TRIGGERS: dict[str, Trigger] = {
    "cancellation": cancellation,
    "expiry": expiry,
    "early return": early_return,
    "capacity raised": capacity_raised,
    "unit repaired": repair,
    "unit added": unit_added,
    "no-show": no_show,
    "shorter loan": shorter_loan,
}


@pytest.mark.parametrize("trigger", TRIGGERS)
async def test_offer_is_made_when_a_unit_comes_free(
    shelf: Shelf, alice: Member, bob: Member, trigger: str
):
    """L24: one test for each trigger; L23: the offer holds the unit, and the tenant is told."""
    drill = await shelf.resource()
    free = await TRIGGERS[trigger](drill, bob)
    line = await waits(drill, alice)
    assert await state_of(line) == "waitlisted"
    await free()
    assert await state_of(line) == "offered"
    assert await lending.told("offered") == [alice.person_id]


async def test_one_is_asked_at_a_time_by_class_then_age(shelf: Shelf, alice: Member, bob: Member):
    """L23: an offer passes on by itself, after open hours; who has it may pass it on too."""
    carole = await factories.add_member("Carole", "Noël", "carole@example.org")
    drill = await shelf.resource()
    made = await lend.book(mine(bob), whom(bob), [want(drill, TUESDAY)])
    third = await waits(drill, alice)
    with clock.travel(timedelta(minutes=1)):
        second = await waits(drill, bob)
        first = await waits(drill, carole, Priority.FIRST)
        lines = await queries.of_household(alice.household_id)
        assert [line.position for line in lines] == [2]
        await lend.cancel(staff(), made.booking, reason="Échange")
        assert await state_of(first) == "offered"
        assert await state_of(third) == await state_of(second) == "waitlisted"
        skipped = await lend.skip(mine(carole), first)
        assert skipped.state is LineState.WAITLISTED
        assert await state_of(third) == "offered"
    # Four open hours from 10:01: two until noon, two more until 16:01.
    for hours, state in ((5, "offered"), (7, "expired")):
        with clock.travel(timedelta(hours=hours)):
            await lend.sweep()
            assert await state_of(third) == state


async def test_passed_offer_pauses_the_wish_when_nobody_else_gets_it(
    shelf: Shelf, alice: Member, bob: Member
):
    """L23: who is alone in line is not asked again with each tick, but once they end the pause."""
    drill = await shelf.resource()
    made = await lend.book(mine(bob), whom(bob), [want(drill, TUESDAY)])
    line = await waits(drill, alice)
    await lend.cancel(mine(bob), made.booking)
    await lend.skip(mine(alice), line)
    await lend.sweep()
    assert await state_of(line) == "waitlisted"
    assert await lending.told("offered") == []
    assert (await queries.of_household(alice.household_id))[0].is_paused
    await lend.pause(mine(alice), line, on=False)
    assert await state_of(line) == "offered"


async def test_passed_offer_keeps_its_place_when_somebody_else_gets_it(
    shelf: Shelf, alice: Member, bob: Member
):
    """L23: it is theirs to be asked again once the other one had it."""
    drill = await shelf.resource()
    made = await lend.book(mine(bob), whom(bob), [want(drill, TUESDAY)])
    first = await waits(drill, alice)
    second = await lend.wait(mine(bob), whom(bob), want(drill, TUESDAY))
    await lend.cancel(mine(bob), made.booking)
    await lend.skip(mine(alice), first)
    assert await state_of(second.lines[0]) == "offered"
    assert not (await queries.of_household(alice.household_id))[0].is_paused
    await lend.cancel(mine(bob), second.booking)
    assert await state_of(first) == "offered"


async def test_offer_ends_after_open_hours_or_when_the_time_begins(shelf: Shelf, alice: Member):
    """L23: a night and a closed Sunday do not count; nobody is offered what has begun."""
    drill = await shelf.resource()
    model = await queries.get_model(drill.id)
    calendar = await places.get_calendar(shelf.site_id)
    evening = day("2026-11-21", 17)
    period = Period(WEDNESDAY, day("2026-11-26"))
    assert promoting.offer_until(model, calendar, period, evening) == day("2026-11-24", 12)
    soon = Period(day("2026-11-24", 9), WEDNESDAY)
    assert promoting.offer_until(model, calendar, soon, evening) == soon.start


async def test_offer_is_accepted(shelf: Shelf, alice: Member, bob: Member):
    """L23: the unit is theirs; L21: the limits are looked at then."""
    drill = await shelf.resource(household_bookings=1, rules_text="À rendre propre.")
    made = await lend.book(mine(bob), whom(bob), [want(drill, TUESDAY)], accepted=True)
    line = await waits(drill, alice)
    await lend.cancel(mine(bob), made.booking)
    with pytest.raises(errors.JustTaken):
        await lend.book(mine(bob), whom(bob), [want(drill, TUESDAY)], accepted=True)
    with pytest.raises(errors.RulesNotAccepted):
        await lend.accept(mine(alice), line)
    other = await shelf.resource("Scie")
    await lend.book(mine(alice), whom(alice), [want(other, TUESDAY)])
    sure = await lend.accept(mine(alice), line, accepted=True)
    assert sure.state is LineState.CONFIRMED
    with pytest.raises(errors.HoldOver):
        await lend.accept(mine(alice), line, accepted=True)


async def test_accepted_offer_waits_for_staff_when_the_policy_says_so(
    shelf: Shelf, alice: Member, bob: Member
):
    """L4."""
    room = await shelf.resource("Salle", needs_approval=True)
    made = await lend.book(staff(), whom(bob), [want(room, TUESDAY)])
    line = await waits(room, alice)
    await lend.cancel(mine(bob), made.booking)
    assert (await lend.accept(mine(alice), line)).state is LineState.REQUESTED


async def test_wish_is_paused_and_keeps_its_age(shelf: Shelf, alice: Member, bob: Member):
    """L23: no offer meanwhile; one at once when the pause ends."""
    drill = await shelf.resource()
    made = await lend.book(mine(bob), whom(bob), [want(drill, TUESDAY)])
    line = await waits(drill, alice)
    await lend.pause(mine(alice), line)
    await lend.cancel(mine(bob), made.booking)
    assert await state_of(line) == "waitlisted"
    assert (await queries.of_household(alice.household_id))[0].is_paused
    await lend.pause(mine(alice), line, on=False)
    assert await state_of(line) == "offered"


async def test_nobody_waits_for_what_is_free_nor_twice(shelf: Shelf, alice: Member, bob: Member):
    """L23."""
    drill = await shelf.resource()
    with pytest.raises(errors.FreeAlready):
        await lend.wait(mine(alice), whom(alice), want(drill, TUESDAY))
    await lend.book(mine(bob), whom(bob), [want(drill, TUESDAY)])
    made = await lend.wait(mine(alice), whom(alice), want(drill, TUESDAY), Priority.FIRST)
    assert await fetch_value("SELECT priority FROM wish") == "usual"
    with pytest.raises(errors.AlreadyWaiting):
        await lend.wait(mine(alice), whom(alice), want(drill, TUESDAY))
    await lend.cancel(mine(alice), made.booking)
    await lend.wait(mine(alice), whom(alice), want(drill, TUESDAY))


async def test_sweep_serves_who_waits_when_nobody_told_it(shelf: Shelf, alice: Member, bob: Member):
    """L24: a member who leaves the club frees what they had booked without a word to us."""
    drill = await shelf.resource()
    await lend.book(mine(bob), whom(bob), [want(drill, TUESDAY)])
    line = await waits(drill, alice)
    await erasing.erase(SYSTEM, bob.person_id, ErasureWay.SELF)
    await lend.sweep()
    assert await state_of(line) == "offered"


async def test_wish_ends_when_its_time_begins(shelf: Shelf, alice: Member, bob: Member):
    """L38: swept, and never offered afterwards."""
    drill = await shelf.resource()
    made = await lend.book(mine(bob), whom(bob), [want(drill, TUESDAY, WEDNESDAY)])
    line = await waits(drill, alice)
    with clock.travel(TUESDAY - NOW):
        await lend.cancel(mine(bob), made.booking)
        assert await state_of(line) == "waitlisted"
        await lend.sweep()
    assert await state_of(line) == "expired"
    assert await states(made.booking) == ["cancelled_by_tenant"]


async def test_wish_for_a_room_keeps_how_many_come(shelf: Shelf, alice: Member, bob: Member):
    """L39, L23: no more than it holds, also in line."""
    room = await shelf.resource("Salle", capacity=10)
    await lend.book(mine(bob), whom(bob), [want(room, TUESDAY)])
    with pytest.raises(errors.TooManyPeople):
        await lend.wait(mine(alice), whom(alice), want(room, TUESDAY, people=11))
    waits = await lend.wait(mine(alice), whom(alice), want(room, TUESDAY, people=10))
    people = "SELECT people FROM booking_line WHERE id = $1"
    assert await fetch_value(people, waits.lines[0]) == 10
