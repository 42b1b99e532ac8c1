"""What is lost for good is written off: the loan ends, the copy leaves, its money follows (L31, L32)."""

from datetime import timedelta

import pytest

from backend.kit import clock
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.lending import errors
from backend.lending import service as lend
from backend.lending.errors import MoveRefused, NothingToUndo, ReasonNeeded, UnitRetired
from backend.lending.feeds import About
from backend.lending.queries import calendars as feeds
from backend.lending.queries import deposits as found
from backend.lending.queries import gestures
from backend.lending.queries.bookings import get_line, of_household
from backend.lending.rules import DepositMode, DepositWay, LineState, Outcome
from backend.lending.service import calendars, damages, deposits
from backend.lending.stock_errors import StillLost
from backend.lending.values import Back, Given
from backend.membership.queries import Member
from backend.membership.service import leave
from tests.factories import open_drawer
from tests.integration.lending.test_owing import owed
from tests.lending import Lent, Shelf, day, mine, overlaps, staff, states, want, whom

LATER = timedelta(minutes=5)


async def lost(lent: Lent, member: Member) -> Given:
    given = await lend.lend_now(staff(), whom(member), lent.code)
    await lend.lose(staff(), given.line, "Perdue au parc")
    return given


async def test_what_is_lost_for_good_ends_its_loan_and_leaves(
    shelf: Shelf, alice: Member, bob: Member
):
    """L31, L32, L4: with a reason; nobody is offered the copy, and nothing of the loan is open."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    waits = await lend.wait(mine(bob), whom(bob), want(drill, given.due_at))
    with pytest.raises(MoveRefused):
        await lend.write_off(staff(), given.line, "Cherchée partout")
    await lend.lose(staff(), given.line, "Perdue au parc")
    with pytest.raises(ReasonNeeded):
        await lend.write_off(staff(), given.line, " ")
    done = await lend.write_off(staff(), given.line, "Cherchée partout")
    assert done.state is LineState.CLOSED
    assert await states(waits.booking) == ["waitlisted"]
    line = await get_line(given.line)
    assert (line.state, line.outcome, line.reason) == (
        LineState.LOST,
        Outcome.LOST,
        "Cherchée partout",
    )
    assert await of_household(alice.household_id) == []
    secret = await calendars.open_feed(staff().by, About.PERSON, alice.person_public_id)
    assert b"perdu" in await feeds.read(secret, "palier.example")
    assert await fetch("SELECT 1 FROM ticket WHERE closed_at IS NULL") == []
    with pytest.raises(UnitRetired):
        await lend.lend_now(staff(), whom(bob), drill.code)
    slip = await gestures.slip_of(alice.household_id, clock.now() - LATER)
    assert slip.is_empty
    await lend.bring_back_unit(staff().by, drill.code)
    with pytest.raises(NothingToUndo):
        await lend.undo(staff(), given.line)


async def test_writing_off_is_undone_within_a_quarter_of_an_hour(
    shelf: Shelf, alice: Member, bob: Member
):
    """L31, L4: it is lost as before, out of use, and may be found."""
    drill = await shelf.resource()
    given = await lost(drill, alice)
    with clock.travel(LATER):
        await lend.retire_unit(staff(), drill.code, "Cherchée partout")
        assert (await get_line(given.line)).outcome is Outcome.LOST
    with clock.travel(2 * LATER):
        assert (await lend.undo(staff(), given.line)).state is LineState.LOST
        assert (await get_line(given.line)).reason == "Perdue au parc"
        with pytest.raises(errors.JustTaken):
            await lend.book(mine(bob), whom(bob), [want(drill, day("2026-12-08"))])
        again = await lend.write_off(staff(), given.line, "Cherchée encore")
    with clock.travel(5 * LATER), pytest.raises(errors.UndoTooLateHere):
        await lend.undo(staff(), again.line)


async def test_what_is_found_after_an_undone_writing_off_goes_on_its_shelf(
    shelf: Shelf, alice: Member, bob: Member
):
    """L31, L4: as if nobody had written it off."""
    drill = await shelf.resource()
    given = await lost(drill, alice)
    await lend.write_off(staff(), given.line, "Cherchée partout")
    with clock.travel(LATER):
        await lend.undo(staff(), given.line)
    with clock.travel(2 * LATER):
        await lend.find(staff(), given.line)
        await lend.inspect(staff(), given.line)
        await lend.book(mine(bob), whom(bob), [want(drill, day("2026-12-08"))])
        assert await overlaps() == 0
    assert await fetch_value("SELECT count(*) FROM ticket WHERE closed_at IS NULL") == 0


async def test_its_deposit_waits_for_what_it_costs(shelf: Shelf, alice: Member):
    """L34, L35: kept for the damage that is charged, also after; then the household may leave."""
    await open_drawer()
    drill = await shelf.resource(
        deposit_mode=DepositMode.CASH_NOTE, deposit_cents=3000, replacement_cents=9000
    )
    made = await lend.book(staff(), whom(alice), [want(drill, clock.now(), day("2026-11-24"))])
    [line] = made.lines
    await deposits.take(staff().by, line, DepositWay.CASH, None, key="d")
    await lend.hand_over(staff(), line)
    await lend.lose(staff(), line, "Perdue au parc")
    await lend.write_off(staff(), line, "Cherchée partout")
    await damages.charge_damage(staff().by, line, 3000, "Perdue", key="c")
    [held] = await found.of_line(line)
    assert (held.is_open, held.is_back) == (True, True)
    assert await deposits.keep(staff().by, held.public_id, key="k") == 3000
    assert (await owed(alice)).due_cents == 0
    await leave(staff().by, alice.household_id, alice.person_id)


async def test_nobody_brings_back_what_is_lost(shelf: Shelf, alice: Member):
    """L31: a return is of something that is here."""
    given = await lend.lend_now(staff(), whom(alice), (await shelf.resource()).code)
    with pytest.raises(StillLost):
        await lend.take_back(staff(), given.line, Back(outcome=Outcome.LOST, note="Perdue"))
    row = await fetch_one("SELECT in_at, outcome FROM custody")
    assert tuple(row or ()) == (None, None)
