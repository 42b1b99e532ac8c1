"""An act of the counter that is taken back some minutes later leaves everything as it was (L31)."""

from datetime import datetime, timedelta

import asyncpg
import pytest

from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import service as lend
from backend.lending.errors import MoveRefused, OthersSince
from backend.lending.rules import LineState, Outcome, Period
from backend.lending.service import sweeping
from backend.lending.values import Back, Handed
from backend.membership.queries import Member
from tests.conftest import Database
from tests.integration.lending.test_desk import out
from tests.lending import Shelf, day, mine, overlaps, staff, states, want, whom

WEDNESDAY = day("2026-11-25")
LATER = timedelta(minutes=5)


async def period_of(line: int) -> Period:
    rows = await fetch(
        "SELECT lower(during) AS a, upper(during) AS b FROM booking_line WHERE id = $1", line
    )
    return Period(rows[0]["a"], rows[0]["b"])


async def blocked() -> int:
    count: int = await fetch_value("SELECT count(*) FROM booking_line WHERE state = 'blocked'")
    return count


async def test_damaged_return_is_undone_some_minutes_later(shelf: Shelf, alice: Member):
    """L31: the minutes that its ticket blocked are the loan's again."""
    given = await out(await shelf.resource(), alice)
    await lend.take_back(staff(), given.line, Back(outcome=Outcome.DAMAGED, note="Cassé"))
    with clock.travel(LATER):
        assert (await lend.undo(staff(), given.line)).state is LineState.CHECKED_OUT
        assert await blocked() == 0
        assert await fetch_value("SELECT closed_at FROM ticket") == clock.now()


async def test_damaged_late_return_is_undone_some_minutes_later(shelf: Shelf, alice: Member):
    """L31: nothing of the block stays where the loan's own time was over."""
    given = await out(await shelf.resource(), alice)
    with clock.frozen(given.due_at + timedelta(days=1)):
        await lend.take_back(staff(), given.line, Back(outcome=Outcome.DAMAGED, note="Cassé"))
        with clock.travel(LATER):
            await lend.undo(staff(), given.line)
    assert await blocked() == 0


async def test_found_by_mistake_is_undone_some_minutes_later(shelf: Shelf, alice: Member):
    """L31, L4: it is out again; the block of the loss has ended with it."""
    given = await out(await shelf.resource(), alice)
    await lend.lose(staff(), given.line, "Perdue au parc")
    with clock.travel(LATER):
        await lend.find(staff(), given.line)
        with clock.travel(LATER):
            assert (await lend.undo(staff(), given.line)).state is LineState.CHECKED_OUT
    assert await overlaps() == 0


async def test_return_is_not_undone_when_another_loan_came_and_went(
    shelf: Shelf, alice: Member, bob: Member
):
    """L31, L9: the unit was in somebody else's hands since; nobody had it with them."""
    drill = await shelf.resource()
    given = await out(drill, alice)
    with clock.travel(LATER):
        await lend.take_back(staff(), given.line)
        other = await lend.lend_now(staff(), whom(bob), drill.code)
        with clock.travel(LATER):
            await lend.take_back(staff(), other.line)
            with pytest.raises(OthersSince):
                await lend.undo(staff(), given.line)
            assert (await lend.undo(staff(), other.line)).state is LineState.CHECKED_OUT
            await lend.undo(staff(), other.line)
            assert (await lend.undo(staff(), given.line)).state is LineState.CHECKED_OUT


async def test_database_lets_nobody_have_what_another_one_has(
    shelf: Shelf, alice: Member, bob: Member, db: Database
):
    """L9, L31: custody periods of a unit never meet, whoever writes them; one may follow another."""
    drill = await shelf.resource()
    given = await out(drill, alice)
    with clock.travel(LATER):
        await lend.take_back(staff(), given.line)
    with clock.travel(2 * LATER):
        other = await lend.lend_now(staff(), whom(bob), drill.code)
    with clock.travel(3 * LATER):
        await lend.take_back(staff(), other.line)
    owner = await asyncpg.connect(db.owner_url)
    try:
        for wrong in (
            "in_at = NULL, in_noted_at = NULL, outcome = NULL, taken = NULL",
            "in_at = in_at + interval '6 minutes'",
            "in_at = in_at + interval '1 hour'",
        ):
            with pytest.raises(asyncpg.ExclusionViolationError):
                await owner.execute(f"UPDATE custody SET {wrong} WHERE line = $1", given.line)
        until = "in_at = in_at + interval '5 minutes'"
        await owner.execute(f"UPDATE custody SET {until} WHERE line = $1", given.line)
    finally:
        await owner.close()


async def test_booking_keeps_its_days_when_an_early_hand_over_is_undone(
    shelf: Shelf, alice: Member, bob: Member
):
    """L31, L4, L25: nobody misses it before its own day, and the days before are free again."""
    drill = await shelf.resource(pickup_grace_minutes=60)
    made = await lend.book(mine(alice), whom(alice), [want(drill, WEDNESDAY)])
    before = await period_of(made.lines[0])
    early = Handed(at=clock.now() - LATER, reason="Oubli")
    await lend.hand_over(staff(), made.lines[0], drill.code, early)
    await lend.undo(staff(), made.lines[0])
    assert await period_of(made.lines[0]) == before
    with clock.travel(timedelta(hours=2)):
        await sweeping.sweep()
        assert await states(made.booking) == ["ready"]
        await lend.book(mine(bob), whom(bob), [want(drill, day("2026-11-24"))])


async def test_missed_booking_that_stands_again_has_its_grace(shelf: Shelf, alice: Member):
    """L4, L25: restored over lunch, it begins when the door opens; its grace ends it, no look before."""
    drill = await shelf.resource(pickup_grace_minutes=60)
    made = await lend.book(mine(alice), whom(alice), [want(drill, WEDNESDAY)])
    start = (await period_of(made.lines[0])).start
    await missed(start + timedelta(hours=2), made.booking)
    with clock.frozen(start + timedelta(hours=3)):
        await lend.restore(staff(), made.lines[0])
        await sweeping.sweep()
        assert await states(made.booking) == ["confirmed"]
    opens = (await period_of(made.lines[0])).start
    assert opens > start + timedelta(hours=3)
    with clock.frozen(opens + timedelta(minutes=59)):
        await sweeping.sweep()
        assert await states(made.booking) == ["confirmed"]
    await missed(opens + timedelta(minutes=61), made.booking)


async def test_booking_that_is_over_does_not_stand_again(shelf: Shelf, alice: Member):
    """L4: nobody can come for it any more."""
    drill = await shelf.resource()
    made = await lend.book(mine(alice), whom(alice), [want(drill, WEDNESDAY)])
    await lend.cancel(mine(alice), made.booking)
    with (
        clock.frozen((await period_of(made.lines[0])).end),
        pytest.raises(MoveRefused),
    ):
        await lend.restore(staff(), made.lines[0])


async def missed(at: datetime, booking: str) -> None:
    with clock.frozen(at):
        await sweeping.sweep()
        assert await states(booking) == ["no_show"]
