"""A tenant's way in: hold, extend once, confirm."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest

from backend.kit import clock
from backend.kit.database import fetch, fetch_value, transaction
from backend.lending import errors, limit_errors, queries
from backend.lending import service as lend
from backend.lending.rules import BLOCKING, PAIRS, LineState, SlotMode
from backend.membership.queries import Member
from tests import factories, lending
from tests.activities import add_child
from tests.conftest import Database
from tests.lending import Shelf, day, mine, staff, states, want, whom

TUESDAY, FRIDAY = day("2026-11-24"), day("2026-11-27")


async def test_time_is_held_then_confirmed(shelf: Shelf, alice: Member):
    """L4: held, then confirmed; L13: for ten minutes; L17: until closing of the last day."""
    drill = await shelf.resource()
    held = await lend.hold(mine(alice), whom(alice), [want(drill, TUESDAY, FRIDAY)])
    assert (held.state, held.lapses_at) == (LineState.HELD, clock.now() + timedelta(minutes=10))
    sure = await lend.confirm(mine(alice, version=held.version), held.booking)
    assert (sure.state, sure.version) == (LineState.CONFIRMED, held.version + 1)
    row = await fetch("SELECT lower(during), upper(during), unit, state FROM booking_line")
    assert tuple(row[0]) == (TUESDAY, day("2026-11-27", 18), drill.units[0].id, "confirmed")


async def test_request_waits_for_staff_when_the_policy_says_so(shelf: Shelf, alice: Member):
    """L4: confirmed or requested, by the policy; the desk needs nobody's yes."""
    room = await shelf.resource("Salle", needs_approval=True, copies=2)
    asked = await lend.book(mine(alice), whom(alice), [want(room, TUESDAY)])
    assert asked.state is LineState.REQUESTED
    made = await lend.book(staff(), whom(alice), [want(room, TUESDAY)])
    assert made.state is LineState.CONFIRMED


async def test_answer_is_the_first_one_when_the_key_comes_again(shelf: Shelf, alice: Member):
    """L12: a double tap makes one booking and confirms it once."""
    drill = await shelf.resource(copies=2)
    ask = mine(alice)
    first = await lend.hold(ask, whom(alice), [want(drill, TUESDAY)])
    assert await lend.hold(ask, whom(alice), [want(drill, TUESDAY)]) == first
    sure = mine(alice)
    answers = [await lend.confirm(sure, first.booking) for _ in range(2)]
    assert answers[0] == answers[1]
    assert await fetch_value("SELECT count(*) FROM booking_line") == 1


async def test_page_is_stale_when_the_booking_changed_meanwhile(shelf: Shelf, alice: Member):
    """L12: a stale tab is told so, and changes nothing."""
    drill = await shelf.resource()
    held = await lend.hold(mine(alice), whom(alice), [want(drill, TUESDAY)])
    await lend.extend_hold(mine(alice, version=held.version), held.booking)
    with pytest.raises(errors.ChangedMeanwhile):
        await lend.confirm(mine(alice, version=held.version), held.booking)
    assert await states(held.booking) == ["held"]


async def test_booking_is_unknown_when_it_is_somebody_elses(
    shelf: Shelf, alice: Member, bob: Member
):
    """L12: nobody confirms a neighbour's booking, nor learns of it."""
    drill = await shelf.resource()
    held = await lend.hold(mine(alice), whom(alice), [want(drill, TUESDAY)])
    for name in (held.booking, "unknown"):
        with pytest.raises(errors.BookingUnknown):
            await lend.confirm(mine(bob), name)


async def test_member_books_for_nobody_else(shelf: Shelf, alice: Member, bob: Member):
    """L21: nor waits for them: a limit of one flat is never spent on another."""
    drill = await shelf.resource()
    for act in (
        lend.hold(mine(alice), whom(bob), [want(drill, TUESDAY)]),
        lend.book(mine(alice), whom(bob), [want(drill, TUESDAY)]),
        lend.wait(mine(alice), whom(bob), want(drill, TUESDAY)),
    ):
        with pytest.raises(errors.StaffOnly):
            await act


async def test_hold_is_extended_once(shelf: Shelf, alice: Member):
    """L13."""
    drill = await shelf.resource()
    held = await lend.hold(mine(alice), whom(alice), [want(drill, TUESDAY)])
    with clock.travel(timedelta(minutes=5)):
        longer = await lend.extend_hold(mine(alice), held.booking)
        assert longer.lapses_at == clock.now() + timedelta(minutes=10)
        with pytest.raises(errors.HoldExtendedOnce):
            await lend.extend_hold(mine(alice), held.booking)
    with clock.travel(timedelta(minutes=15)), pytest.raises(errors.HoldOver):
        await lend.confirm(mine(alice), held.booking)


async def test_drafts_cannot_bypass_quotas(shelf: Shelf, alice: Member):
    """L13: two holds at a time for a tenant; the third is refused, and free again when they lapse."""
    drill = await shelf.resource(copies=4)
    for _ in range(2):
        await lend.hold(mine(alice), whom(alice), [want(drill, TUESDAY)])
    with pytest.raises(limit_errors.TooManyHolds):
        await lend.hold(mine(alice), whom(alice), [want(drill, TUESDAY)])
    with clock.travel(timedelta(minutes=10)):
        await lend.hold(mine(alice), whom(alice), [want(drill, TUESDAY)])


async def test_dead_hold_is_written_down_by_the_next_writer(
    shelf: Shelf, alice: Member, bob: Member
):
    """L38: with the scheduler stopped, a hold past its time blocks nobody."""
    drill = await shelf.resource()
    held = await lend.hold(mine(alice), whom(alice), [want(drill, TUESDAY)])
    with pytest.raises(errors.JustTaken):
        await lend.hold(mine(bob), whom(bob), [want(drill, TUESDAY)])
    with clock.travel(timedelta(minutes=10)):
        await lend.book(mine(bob), whom(bob), [want(drill, TUESDAY)])
    assert await states(held.booking) == ["expired"]


async def test_refusal_offers_other_times_when_it_is_taken(
    shelf: Shelf, alice: Member, bob: Member
):
    """L6: "just taken", with alternatives; L43: the wish is kept, without a name."""
    drill = await shelf.resource()
    await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY, day("2026-11-25"))])
    with pytest.raises(errors.JustTaken) as heard:
        await lend.hold(mine(bob), whom(bob), [want(drill, TUESDAY, TUESDAY + timedelta(hours=1))])
    starts = [each["start"] for each in heard.value.facts["alternatives"]]
    assert starts[0] == day("2026-11-26")
    assert await fetch_value("SELECT why FROM unmet_wish") == "just_taken"


async def test_all_or_nothing_when_one_of_several_is_taken(
    shelf: Shelf, alice: Member, bob: Member
):
    """L11: the room is not booked without its projector; what could be had is named."""
    room, projector = await shelf.resource("Salle"), await shelf.resource("Projecteur")
    await lend.book(mine(alice), whom(alice), [want(projector, TUESDAY)])
    both = [want(room, TUESDAY), want(projector, TUESDAY)]
    with pytest.raises(errors.JustTaken) as heard:
        await lend.book(mine(bob), whom(bob), both)
    assert heard.value.facts["name"] == "Projecteur"
    assert heard.value.facts["possible"] == [room.id]
    assert await fetch_value("SELECT count(*) FROM booking") == 1
    part = await lend.book(mine(bob), whom(bob), both[:1])
    assert part.state is LineState.CONFIRMED


async def test_kit_is_taken_apart(shelf: Shelf, alice: Member):
    """L11: a kit books what comes with it, as many as it says, or nothing."""
    tent, mat = await shelf.resource("Tente"), await shelf.resource("Tapis", copies=3)
    kit = await shelf.resource("Camping", copies=0)
    await lend.set_kit(lending.SYSTEM, kit.id, {tent.id: 1, mat.id: 2})
    made = await lend.book(mine(alice), whom(alice), [want(kit, TUESDAY)])
    assert len(made.lines) == 3
    with pytest.raises(errors.JustTaken):
        await lend.book(mine(alice), whom(alice), [want(kit, TUESDAY)])
    assert await fetch_value("SELECT count(*) FROM booking_line") == 3


async def test_seats_are_shared_until_the_room_is_full(shelf: Shelf, alice: Member, bob: Member):
    """L39: shared capacity is several units; no more people than it takes."""
    room = await shelf.resource("Salle", copies=3, capacity=3)
    await lend.book(mine(alice), whom(alice), [want(room, TUESDAY, count=2)])
    with pytest.raises(errors.JustTaken):
        await lend.book(mine(bob), whom(bob), [want(room, TUESDAY, count=2)])
    await lend.book(mine(bob), whom(bob), [want(room, TUESDAY)])
    with pytest.raises(errors.TooManyPeople):
        await lend.book(mine(bob), whom(bob), [want(room, TUESDAY, people=4)])


async def test_uncounted_things_never_block(shelf: Shelf, alice: Member):
    """L40."""
    bags = await shelf.resource("Sacs", copies=0, counted=False)
    for _ in range(5):
        await lend.book(mine(alice), whom(alice), [want(bags, TUESDAY)])
    assert await fetch_value("SELECT count(*) FROM booking_line WHERE unit IS NULL") == 5


async def test_request_fits_after_repacking(shelf: Shelf, alice: Member):
    """L8: two copies booked in a way that leaves no one copy free are packed anew."""
    drill = await shelf.resource(copies=2)
    first, second = drill.units
    for begins, unit in ((day("2026-11-24"), first), (day("2026-11-26"), second)):
        await lend.book(staff(), whom(alice), [want(drill, begins, unit=unit.code)])
    long = await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY, FRIDAY)])
    assert long.state is LineState.CONFIRMED
    assert await lending.overlaps() == 0


async def test_prepared_line_stays_when_others_are_packed(shelf: Shelf, alice: Member):
    """L8: until ready."""
    drill = await shelf.resource(copies=2)
    for begins, unit in ((day("2026-11-24"), 0), (day("2026-11-26"), 1)):
        code = drill.units[unit].code
        await lend.book(staff(), whom(alice), [want(drill, begins, unit=code)])
    await fetch("UPDATE booking_line SET state = 'ready'")
    with pytest.raises(errors.JustTaken):
        await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY, FRIDAY)])


async def test_buffers_take_time_that_nobody_sees(shelf: Shelf, alice: Member):
    """L20: cleaning between two bookings; none between those that may touch."""
    hours = {"slot_mode": SlotMode.HOURS, "longest_length": 240, "usual_length": 60}
    room = await shelf.resource("Salle", buffer_after=30, slot_minutes=30, **hours)
    await lend.book(mine(alice), whom(alice), [want(room, day("2026-11-24", 14))])
    with pytest.raises(errors.JustTaken):
        await lend.book(mine(alice), whom(alice), [want(room, day("2026-11-24", 15))])
    await lend.book(mine(alice), whom(alice), [want(room, day("2026-11-24", 15, 30))])
    desk = await shelf.resource("Bureau", **hours)
    for hour in (14, 15):
        await lend.book(mine(alice), whom(alice), [want(desk, day("2026-11-24", hour))])
    shown = await fetch("SELECT upper(during) - lower(during) FROM booking_line")
    assert {row[0] for row in shown} == {timedelta(hours=1)}


async def test_limits_are_looked_at_again_when_it_is_confirmed(
    shelf: Shelf, alice: Member, bob: Member
):
    """L21: under lock at the write, and at confirmation. L22: the refusal says what counts."""
    drill = await shelf.resource(copies=3, household_bookings=1, most_holds=3)
    held = await lend.hold(mine(alice), whom(alice), [want(drill, TUESDAY)])
    with pytest.raises(limit_errors.HouseholdBookings) as heard:
        await lend.hold(mine(alice), whom(alice), [want(drill, FRIDAY)])
    assert [each["booking"] for each in heard.value.facts["counted"]] == [held.booking]
    await lend.book(staff(override="Dépannage"), whom(alice), [want(drill, FRIDAY)])
    with pytest.raises(limit_errors.HouseholdBookings):
        await lend.confirm(mine(alice), held.booking)
    await lend.book(mine(bob), whom(bob), [want(drill, TUESDAY)])


async def test_staff_pass_a_limit_with_a_reason_that_is_kept(shelf: Shelf, alice: Member):
    """L22: mandatory, logged and reportable; a member's own reason is none."""
    drill = await shelf.resource(household_bookings=0)
    for ask in (staff(), mine(alice, override="Pour moi")):
        with pytest.raises(limit_errors.HouseholdBookings):
            await lend.book(ask, whom(alice), [want(drill, TUESDAY)])
    with pytest.raises(errors.ReasonNeeded):
        await lend.book(staff(override="a"), whom(alice), [want(drill, TUESDAY)])
    made = await lend.book(staff(override="Fuite d'eau"), whom(alice), [want(drill, TUESDAY)])
    kept = (await queries.overrides(clock.now()))[-1]
    assert (kept.rule, kept.reason) == ("limit_household_bookings", "Fuite d'eau")
    assert kept.booking == made.booking


async def test_house_rules_are_accepted_before(shelf: Shelf, alice: Member):
    """L39: and when is kept."""
    room = await shelf.resource("Salle", rules_text="Pas de bruit après 22 h.")
    held = await lend.hold(mine(alice), whom(alice), [want(room, TUESDAY)])
    with pytest.raises(errors.RulesNotAccepted):
        await lend.confirm(mine(alice), held.booking)
    await lend.confirm(mine(alice), held.booking, accepted=True)
    assert await fetch_value("SELECT accepted_at FROM booking") == clock.now()


async def test_lending_is_for_members(shelf: Shelf, db: object):
    """L21: a household that has not paid books nothing."""
    drill = await shelf.resource()
    joined = await factories.add_household("Carole", "Noël")
    ask = staff()
    with pytest.raises(errors.MembersOnly):
        await lend.book(
            ask, lending.For(joined.household_id, joined.person_id), [want(drill, TUESDAY)]
        )


async def test_a_child_borrows_nothing_alone(shelf: Shelf, alice: Member):
    """L21: what may cost something is an adult's to book, or to wait for; staff lend to a child who is there."""
    drill = await shelf.resource()
    zoe = await fetch_value(
        "SELECT id FROM person WHERE public_id = $1", await add_child(alice, "Zoé")
    )
    child = lending.For(alice.household_id, zoe)
    for act in (lend.book, lend.hold):
        with pytest.raises(errors.LoansByAdults):
            await act(mine(alice), child, [want(drill, TUESDAY)])
    with pytest.raises(errors.LoansByAdults):
        await lend.wait(mine(alice), child, want(drill, TUESDAY))
    await lend.book(staff(), child, [want(drill, TUESDAY)])


async def test_only_staff_choose_a_copy(shelf: Shelf, alice: Member):
    """L8: a tenant books a model."""
    drill, saw = await shelf.resource(), await shelf.resource("Scie")
    with pytest.raises(errors.StaffOnly):
        await lend.hold(mine(alice), whom(alice), [want(drill, TUESDAY, unit=drill.code)])
    with pytest.raises(errors.UnitUnknown):
        await lend.hold(staff(), whom(alice), [want(drill, TUESDAY, unit=saw.code)])
    with pytest.raises(errors.ResourceUnknown):
        await lend.hold(
            mine(alice), whom(alice), [lending.Want(resource="?", period=lending.hours(TUESDAY))]
        )


async def test_direct_sql_cannot_give_a_unit_twice(shelf: Shelf, alice: Member, db: Database):
    """L5, REL2: an overlap fails for every blocking state and for no other, whoever writes it."""
    drill = await shelf.resource()
    await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
    passed = []
    async with owner_without_triggers(db) as owner:
        for state in (each for each in LineState if each is not LineState.BLOCKED):
            with contextlib.suppress(asyncpg.ExclusionViolationError):
                await owner.execute(SAME_TIME, state.value)
                passed.append(state)
        ticket = await owner.fetchval(TICKET)
        with pytest.raises(asyncpg.ExclusionViolationError):
            await owner.execute(BLOCKED, ticket)
    assert set(passed) == {*LineState} - {*BLOCKING}


async def test_database_refuses_moves_that_are_not_in_the_table(
    shelf: Shelf, alice: Member, db: Database
):
    """L3: a job or an import that writes a state by itself is stopped, whichever it is."""
    drill = await shelf.resource()
    await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
    let_through = set()
    for before in set(LineState) - {LineState.BLOCKED}:
        async with owner_without_triggers(db) as owner:
            await owner.execute(SET_STATE, before.value)
        for after in set(LineState) - {LineState.BLOCKED, before}:
            if await moves(after):
                let_through.add((before, after))
    assert let_through == PAIRS


@asynccontextmanager
async def owner_without_triggers(db: Database) -> AsyncIterator[asyncpg.Connection]:
    owner = await asyncpg.connect(db.owner_url)
    await owner.execute("ALTER TABLE booking_line DISABLE TRIGGER USER")
    try:
        yield owner
    finally:
        await owner.execute("ALTER TABLE booking_line ENABLE TRIGGER USER")
        await owner.close()


async def moves(after: LineState) -> bool:
    """Whether the database lets the line go there; it stays where it is."""
    try:
        async with transaction():
            await put(after)
    except asyncpg.CheckViolationError:
        return False
    except Put:
        return True
    return True


async def put(after: LineState) -> None:
    await fetch(SET_STATE, after.value)
    raise Put


class Put(Exception):
    """It went through, and is rolled back."""


SAME_TIME = (
    "INSERT INTO booking_line (booking, resource, unit, during, occupied, state, lapses_at,"
    " changed_at) SELECT booking, resource, unit, during, occupied, $1::text,"
    " CASE WHEN $1 IN ('held', 'offered') THEN changed_at END, changed_at"
    " FROM booking_line ORDER BY id LIMIT 1"
)
TICKET = (
    "INSERT INTO ticket (public_id, unit, kind, note, opened_at)"
    " SELECT 't', unit, 'repair', '', changed_at FROM booking_line ORDER BY id LIMIT 1 RETURNING id"
)
BLOCKED = (
    "INSERT INTO booking_line (ticket, resource, unit, during, occupied, state, changed_at)"
    " SELECT $1, resource, unit, during, occupied, 'blocked', changed_at"
    " FROM booking_line ORDER BY id LIMIT 1"
)
SET_STATE = (
    "UPDATE booking_line SET state = $1::text,"
    " lapses_at = CASE WHEN $1 IN ('held', 'offered') THEN changed_at END"
)
