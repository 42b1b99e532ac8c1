"""Days close: what they meet moves, is told once, and goes back when they open again (L18)."""

import asyncio
from datetime import date, datetime, time

import asyncpg

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending.queries import closing as looks
from backend.lending.rules import DueRule, Period, SlotMode
from backend.lending.service import answering, closing, holding, moving
from backend.membership.queries import Member
from backend.places import queries as places
from backend.places import service as places_service
from backend.places.service import ClosureWish, ExtraWish
from tests.conftest import Database
from tests.lending import Lent, Shelf, day, mine, overlaps, staff, want, whom

TUESDAY = date(2026, 11, 24)
INVENTORY = ClosureWish(first_on=TUESDAY, last_on=TUESDAY, reason="Inventaire")


async def book(member: Member, lent: Lent, first: str, last: str) -> str:
    asked = [want(lent, day(first), day(last, 18))]
    booked = await holding.book(mine(member), whom(member), asked, accepted=True)
    return booked.booking


async def time_of(booking: str) -> Period:
    [row] = await fetch(
        "SELECT lower(l.during) AS start, upper(l.during) AS stop FROM booking_line l"
        " JOIN booking b ON b.id = l.booking WHERE b.public_id = $1",
        booking,
    )
    return Period(row["start"], row["stop"])


async def hand_over(booking: str) -> None:
    await fetch(
        "UPDATE booking_line SET state = 'checked_out'"
        " WHERE booking = (SELECT id FROM booking WHERE public_id = $1)",
        booking,
    )


async def messages() -> list[str]:
    rows = await fetch(
        "SELECT facts ->> 'cause' AS why FROM loan_notice WHERE kind = 'moved' ORDER BY id"
    )
    return [row["why"] for row in rows]


async def test_a_pick_up_moves_to_the_next_opening_and_back(shelf: Shelf, alice: Member) -> None:
    """L18: the loan keeps its length; one message for the move, one for the way back."""
    drill = await shelf.resource()
    booking = await book(alice, drill, "2026-11-24", "2026-11-26")
    before = await time_of(booking)
    assert before == Period(day("2026-11-24", 9), day("2026-11-26", 18))
    ask = staff()
    closed = await closing.close(ask, INVENTORY)
    after = Period(day("2026-11-25", 9), day("2026-11-27", 18))
    assert await time_of(booking) == after
    assert [(shift.before, shift.after) for shift in closed.lines] == [(before, after)]
    assert await closing.close(ask, INVENTORY) == closed
    assert len(await messages()) == 1
    assert await fetch_value("SELECT count(*) FROM site_closure") == 1
    undone = await closing.reopen(staff(), closed.closure)
    assert [shift.after for shift in undone.lines] == [before]
    assert await time_of(booking) == before
    assert len(set(await messages())) == 2
    assert await fetch_value("SELECT version FROM booking WHERE public_id = $1", booking) > 2


async def test_a_due_time_moves_to_the_next_opening_and_never_into_another_booking(
    shelf: Shelf, alice: Member, bob: Member
) -> None:
    """L18: what somebody else has booked stays theirs; the loan that cannot move is left to staff."""
    drill, saw = await shelf.resource(), await shelf.resource("Scie")
    free = await book(alice, saw, "2026-11-20", "2026-11-24")
    stuck = await book(alice, drill, "2026-11-20", "2026-11-24")
    theirs = await book(bob, drill, "2026-11-25", "2026-11-26")
    await hand_over(free)
    await hand_over(stuck)
    due_at = (await time_of(stuck)).end
    closed = await closing.close(staff(), INVENTORY)
    assert (await time_of(free)).end == day("2026-11-25", 18)
    assert (await time_of(stuck)).end == due_at
    assert (await time_of(theirs)).start == day("2026-11-25", 9)
    assert {shift.booking: shift.after is None for shift in closed.lines} == {
        free: False,
        stuck: True,
    }
    assert await overlaps() == 0
    assert len(await messages()) == 1


async def test_two_in_a_row_move_together_when_a_copy_is_free(
    shelf: Shelf, alice: Member, bob: Member
) -> None:
    """L18: those that come later make room first; with a second copy nobody is left."""
    drill = await shelf.resource(copies=2)
    first = await book(alice, drill, "2026-11-21", "2026-11-24")
    second = await book(bob, drill, "2026-11-25", "2026-11-26")
    wide = ClosureWish(first_on=TUESDAY, last_on=date(2026, 11, 25), reason="Travaux")
    closed = await closing.close(staff(), wide)
    assert all(shift.after is not None for shift in closed.lines)
    assert (await time_of(first)).end == day("2026-11-26", 18)
    assert (await time_of(second)).start == day("2026-11-26", 9)
    assert await overlaps() == 0


async def test_only_the_days_of_the_site_that_closes_move(shelf: Shelf, alice: Member) -> None:
    """L18: kept due times, rooms without a desk and other sites stay as they are."""
    room = await shelf.resource(
        "Salle", slot_mode=SlotMode.HOURS, due_rule=DueRule.KEEP, longest_length=600
    )
    asked = [want(room, day("2026-11-24", 10), day("2026-11-24", 12))]
    booking = (await holding.book(mine(alice), whom(alice), asked, accepted=True)).booking
    drill = await shelf.resource()
    later = await book(alice, drill, "2026-11-26", "2026-11-27")
    before = [await time_of(booking), await time_of(later)]
    closed = await closing.close(staff(), INVENTORY)
    assert closed.lines == ()
    assert [await time_of(booking), await time_of(later)] == before
    assert await messages() == []


async def test_the_window_of_an_offer_waits_for_the_door(shelf: Shelf, alice: Member) -> None:
    """L18: an offer's open hours that are lost are given again."""
    drill = await shelf.resource()
    booking = await book(alice, drill, "2026-11-27", "2026-11-28")
    until = day("2026-11-24", 11)
    await make_offer(booking, until)
    closed = await closing.close(staff(), INVENTORY)
    # From now on 2 h and 4 h were left of Friday, Saturday 7 h, and 2 h of the Tuesday that closes.
    lapses_at = await fetch_value("SELECT lapses_at FROM booking_line WHERE state = 'offered'")
    assert lapses_at == day("2026-11-25", 11)
    await closing.reopen(staff(), closed.closure)
    assert await fetch_value("SELECT lapses_at FROM booking_line WHERE state = 'offered'") == until


async def make_offer(booking: str, until: datetime) -> None:
    """A line that waited gets the time of this booking, which is given up."""
    await fetch("UPDATE booking_line SET state = 'cancelled_by_tenant'")
    await fetch(
        "INSERT INTO booking_line (booking, resource, during, occupied, state, changed_at)"
        " SELECT booking, resource, during, occupied, 'waitlisted', changed_at FROM booking_line"
    )
    await fetch(
        "UPDATE booking_line l SET state = 'offered', lapses_at = $2, unit ="
        " (SELECT id FROM unit u WHERE u.resource = l.resource LIMIT 1)"
        " WHERE state = 'waitlisted' AND booking = (SELECT id FROM booking WHERE public_id = $1)",
        booking,
        until,
    )


async def test_a_time_that_was_given_away_meanwhile_is_not_taken_back(
    shelf: Shelf, alice: Member
) -> None:
    """L18: undone, a line goes back only where its old time is still free."""
    drill = await shelf.resource()
    await book(alice, drill, "2026-11-24", "2026-11-26")
    closed = await closing.close(staff(), INVENTORY)
    await fetch(
        "INSERT INTO booking_line (booking, resource, unit, during, occupied, state, changed_at)"
        " SELECT booking, resource, unit, tstzrange($1, $2), tstzrange($1, $2), 'confirmed', $3"
        " FROM booking_line",
        day("2026-11-24", 9),
        day("2026-11-24", 12),
        clock.now(),
    )
    undone = await closing.reopen(staff(), closed.closure)
    assert [shift.after for shift in undone.lines] == [None]
    assert await overlaps() == 0
    calendar = await places.get_calendar(shelf.site_id)
    assert calendar.is_open_on(TUESDAY)


async def test_what_somebody_moved_since_stays_where_it_is(
    shelf: Shelf, alice: Member, bob: Member
) -> None:
    """L18: undone, only what is still where the closure left it goes back; who chose anew is not told."""
    drill, saw, sack = [await shelf.resource(name) for name in ("Perceuse", "Scie", "Diable")]
    moved = await book(alice, drill, "2026-11-24", "2026-11-26")
    stayed = await book(bob, saw, "2026-11-24", "2026-11-26")
    given_up = await book(bob, sack, "2026-11-24", "2026-11-26")
    before = await time_of(stayed)
    closed = await closing.close(staff(), INVENTORY)
    chosen = Period(day("2026-11-27", 9), day("2026-11-28", 18))
    await moving.change(mine(alice), await line_of(moved), chosen)
    await answering.cancel(mine(bob), given_up)
    left = await time_of(moved), await time_of(given_up)
    said = len(await messages())
    undone = await closing.reopen(staff(), closed.closure)
    assert [(shift.booking, shift.after) for shift in undone.lines] == [(stayed, before)]
    assert (await time_of(moved), await time_of(given_up)) == left
    assert (await time_of(moved)).start == chosen.start
    assert await time_of(stayed) == before
    assert len(await messages()) == said + 1
    rows = await fetch("SELECT state FROM booking_line ORDER BY id")
    assert [row["state"] for row in rows] == ["confirmed", "confirmed", "cancelled_by_tenant"]


async def line_of(booking: str) -> int:
    line: int = await fetch_value(
        "SELECT l.id FROM booking_line l JOIN booking b ON b.id = l.booking WHERE b.public_id = $1",
        booking,
    )
    return line


async def test_nobody_goes_back_to_a_door_that_another_closure_shuts(
    shelf: Shelf, alice: Member, bob: Member
) -> None:
    """L18: the right closure is set, then the wrong one is taken back."""
    drill, saw = await shelf.resource(), await shelf.resource("Scie")
    first = await book(alice, drill, "2026-11-24", "2026-11-27")
    second = await book(bob, saw, "2026-11-20", "2026-11-25")
    two_days = ClosureWish(first_on=TUESDAY, last_on=date(2026, 11, 25), reason="Faux")
    wrong = await closing.close(staff(), two_days)
    assert (await time_of(first)).start == day("2026-11-26")
    assert (await time_of(second)).end == day("2026-11-26", 18)
    await closing.close(staff(), INVENTORY)
    undone = await closing.reopen(staff(), wrong.closure)
    assert {shift.booking: shift.after is None for shift in undone.lines} == {
        first: True,
        second: False,
    }
    assert (await time_of(first)).start == day("2026-11-26")
    assert (await time_of(second)).end == day("2026-11-25", 18)


async def test_nothing_moves_when_a_closure_is_only_looked_at(shelf: Shelf, alice: Member) -> None:
    """L18: a look moves nothing and tells nobody."""
    drill = await shelf.resource()
    booking = await book(alice, drill, "2026-11-24", "2026-11-26")
    before = await time_of(booking)
    [shift] = await looks.look(INVENTORY)
    assert (shift.before, shift.after) == (
        before,
        Period(day("2026-11-25", 9), day("2026-11-27", 18)),
    )
    assert await time_of(booking) == before
    assert await fetch_value("SELECT count(*) FROM site_closure") == 0
    assert await messages() == []


async def test_a_pick_up_moves_when_its_exceptional_opening_is_withdrawn(
    shelf: Shelf, alice: Member
) -> None:
    """L18: nobody is sent to a closed door; a second press tells nobody again."""
    drill = await shelf.resource()
    sunday = ExtraWish(
        site="tilleuls", opens_on=date(2026, 11, 22), opens=time(10), closes=time(12)
    )
    extra = await places_service.add_extra(sunday, SYSTEM)
    booking = await book(alice, drill, "2026-11-22", "2026-11-24")
    assert (await time_of(booking)).start == day("2026-11-22", 10)
    ask = staff()
    [shift] = await closing.withdraw_extra(ask, extra)
    assert shift.after == Period(day("2026-11-24", 9), day("2026-11-26", 18))
    assert await time_of(booking) == shift.after
    assert await closing.withdraw_extra(ask, extra) == [shift]
    assert len(await messages()) == 1


async def test_a_booking_under_way_moves_too_when_days_close_beside_it(
    db: Database, shelf: Shelf, alice: Member
) -> None:
    """L18, L7: a closure waits for who books there; nobody stays on a closed day."""
    drill = await shelf.resource()
    booking = await book(alice, drill, "2026-11-27", "2026-11-28")
    other = await asyncpg.connect(db.app_url)
    try:
        async with other.transaction():
            await other.execute("SELECT 1 FROM resource FOR NO KEY UPDATE")
            task = asyncio.create_task(closing.close(staff(), INVENTORY))
            while not (task.done() or await waits_for_lock()):  # noqa: ASYNC110 - another session waits
                await asyncio.sleep(0.01)
            await other.execute(
                "UPDATE booking_line SET during = tstzrange($1, $2), occupied = tstzrange($1, $2)",
                day("2026-11-24", 9),
                day("2026-11-25", 18),
            )
        await task
    finally:
        await other.close()
    assert (await time_of(booking)).start == day("2026-11-25", 9)


async def waits_for_lock() -> bool:
    return bool(
        await fetch_value(
            "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock')"
        )
    )
