"""A label under the scanner: what it means here and now, under one key."""

from datetime import timedelta

import pytest

from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import errors
from backend.lending import service as lend
from backend.lending.rules import LineState, Outcome, Period, TicketKind
from backend.lending.service import blackouts
from backend.lending.service.scanning import JUST_NOW, TWICE, Did, Scan, Scanned, scan
from backend.lending.stock_errors import StillLost
from backend.lending.values import Back, For, Handed
from backend.membership.queries import Member
from tests.integration.lending.conftest import NOW
from tests.lending import Lent, Shelf, day, mine, staff, states, want, whom

LATER = day("2026-11-24", 12)
NOBODY: For | None = None


async def scanned(code: str, who: Member | None = None, **said: object) -> Scan:
    return await scan(staff(), Scanned(unit=code, whom=None if who is None else whom(who), **said))


async def booked(lent: Lent, member: Member) -> int:
    made = await lend.book(staff(), whom(member), [want(lent, NOW, LATER)])
    return made.lines[0]


def soon() -> object:
    return clock.travel(JUST_NOW + timedelta(seconds=1))


async def test_label_goes_out_and_comes_back(shelf: Shelf, alice: Member):
    """L27: what the household booked is handed over, what is out is taken back."""
    drill = await shelf.resource()
    line = await booked(drill, alice)
    given = await scanned(drill.code, alice)
    assert (given.did, given.line, given.person) == (Did.GIVEN, line, "Alice M.")
    with soon():
        back = await scanned(drill.code)
    assert (back.did, back.line, back.late_since) == (Did.TAKEN, line, None)
    assert await fetch_value("SELECT state FROM booking_line") == "closed"


async def test_label_read_twice_never_means_the_opposite(shelf: Shelf, alice: Member, bob: Member):
    """L27, L28: held too long under the scanner; another household is another matter."""
    drill = await shelf.resource()
    await scanned(drill.code, alice)
    assert (await scanned(drill.code, alice)).did is Did.ALREADY_GIVEN
    assert (await scanned(drill.code)).did is Did.ALREADY_GIVEN
    with clock.travel(JUST_NOW - timedelta(seconds=1)):
        assert (await scanned(drill.code, alice)).did is Did.ALREADY_GIVEN
    assert await states(await fetch_value("SELECT public_id FROM booking")) == ["checked_out"]
    with soon():
        assert (await scanned(drill.code)).did is Did.TAKEN
        assert (await scanned(drill.code)).did is Did.ALREADY_TAKEN
        assert (await scanned(drill.code, alice)).did is Did.ALREADY_TAKEN
        assert (await scanned(drill.code, bob)).did is Did.ALREADY_TAKEN
    with clock.travel(JUST_NOW + TWICE + timedelta(seconds=2)):
        assert (await scanned(drill.code, bob)).did is Did.LENT


async def test_scan_sent_again_gives_its_first_answer(shelf: Shelf, alice: Member):
    """L12, L28: the answer was lost on the way: the same key never gives the opposite gesture."""
    drill = await shelf.resource()
    ask, label = staff(key="lost"), Scanned(unit=drill.code, whom=whom(alice))
    first = await scan(ask, label)
    with clock.travel(timedelta(hours=1)):
        assert await scan(ask, label) == first
    assert await fetch_value("SELECT count(*) FROM custody WHERE in_at IS NULL") == 1


async def test_free_label_is_lent_on_the_spot_and_says_when_it_is_cut(
    shelf: Shelf, alice: Member, bob: Member
):
    """L29: until the usual day, or before the next booking."""
    drill = await shelf.resource()
    await lend.book(staff(), whom(bob), [want(drill, day("2026-11-24"))])
    lent = await scanned(drill.code, alice)
    assert (lent.did, lent.cut_short) == (Did.LENT, True)
    assert lent.due_at == await fetch_value(
        "SELECT upper(during) FROM booking_line WHERE state = 'checked_out'"
    )


async def test_what_lies_ready_for_somebody_else_needs_a_yes(
    shelf: Shelf, alice: Member, bob: Member
):
    """L28: named first, given on purpose; the other one gets the other copy."""
    drill = await shelf.resource(copies=2)
    line = await booked(drill, bob)
    await lend.prepare(staff(), line)
    code = (await fetch("SELECT u.code FROM unit u JOIN booking_line l ON l.unit = u.id"))[0][
        "code"
    ]
    kept = await scanned(code)
    assert (kept.did, kept.person) == (Did.KEPT_FOR, "Bob P.")
    with pytest.raises(errors.ReservedByOther) as heard:
        await scanned(code, alice)
    assert heard.value.facts["who"] == "Bob P."
    assert (await scanned(code, alice, anyway=True)).did is Did.LENT
    rows = await fetch("SELECT state FROM booking_line ORDER BY id")
    assert [row["state"] for row in rows] == ["confirmed", "checked_out"]


async def test_label_that_cannot_go_out_is_never_dropped_silently(
    shelf: Shelf, alice: Member, bob: Member
):
    """L28: unknown, retired, to be looked at, in repair, not yet accepted: each by its name."""
    drill, saw = await shelf.resource(), await shelf.resource("Scie")
    car = await shelf.resource("Auto", needs_approval=True)
    old = await shelf.resource("Vieux")
    with pytest.raises(errors.UnitUnknown):
        await scanned("INCONNU", alice)
    await lend.retire_unit(staff(), old.code, "Usée")
    with pytest.raises(errors.UnitRetired):
        await scanned(old.code, alice)
    given = await lend.lend_now(staff(), whom(bob), drill.code)
    await lend.take_back(staff(), given.line, Back(later=True))
    with soon(), pytest.raises(errors.ToInspect):
        await scanned(drill.code, alice)
    always = Period(NOW, day("2026-12-24"))
    await lend.take_out_of_use(staff(), saw.code, TicketKind.REPAIR, "Lame cassée", always)
    with pytest.raises(errors.OutOfUse):
        await scanned(saw.code, alice)
    await lend.book(mine(alice), whom(alice), [want(car, NOW, LATER)])
    with pytest.raises(errors.NotAnswered):
        await scanned(car.code, alice)
    assert (await scanned(car.code)).did is Did.ON_SHELF


async def test_what_is_counted_waits_off_the_shelf(shelf: Shelf, alice: Member, bob: Member):
    """L30, L40: a toy is taken back at once and counted later; a piece that misses opens a ticket."""
    game = await shelf.resource("Jeu", pieces=("Dé", "Plateau"))
    await scanned(game.code, alice)
    with soon():
        back = await scanned(game.code)
        assert (back.did, back.pieces) == (Did.TO_CHECK, ("Dé", "Plateau"))
        assert (await scanned(game.code)).did is Did.ALREADY_TAKEN
        with clock.travel(TWICE + timedelta(seconds=1)), pytest.raises(errors.ToInspect):
            await scanned(game.code, bob)
        assert back.line is not None
        done = await lend.inspect(staff(), back.line, Back(missing=("Dé",)))
    assert (done.state, bool(done.ticket)) == (LineState.CLOSED, True)
    note, outcome = (
        await fetch("SELECT t.note, c.outcome FROM ticket t JOIN custody c ON c.ticket = t.id")
    )[0]
    assert (note, outcome) == ("Il manque : Dé", Outcome.PART_MISSING)


async def test_piece_that_missed_before_is_no_new_damage(shelf: Shelf, alice: Member):
    """L40: it is known until its ticket is closed."""
    game = await shelf.resource("Jeu", pieces=("Dé", "Plateau"))
    first = await lend.lend_now(staff(), whom(alice), game.code)
    await lend.take_back(staff(), first.line, Back(missing=("Dé",)))
    again = await lend.lend_now(staff(), whom(alice), game.code)
    done = await lend.take_back(staff(), again.line, Back(missing=("Dé",)))
    assert done.ticket is None
    assert await fetch_value("SELECT count(*) FROM ticket") == 1


async def test_vehicle_is_written_down_before_it_goes_and_when_it_is_looked_at(
    shelf: Shelf, alice: Member
):
    """L39: kilometres and charge at both ends; a scan alone hands no car over."""
    car = await shelf.resource("Auto", asks_charge=True)
    assert (await scanned(car.code, alice)).did is Did.TO_FILL
    seen = Handed(kilometres=100, charge=80)
    given = await lend.lend_now(staff(), whom(alice), car.code, None, seen)
    with soon():
        assert (await scanned(car.code)).did is Did.TO_CHECK
        with pytest.raises(errors.ChargeNeeded):
            await lend.inspect(staff(), given.line)
        await lend.inspect(staff(), given.line, Back(kilometres=120, charge=40))
    assert await fetch_value("SELECT kilometres FROM unit") == 120


async def test_what_was_lost_is_found_by_its_label(shelf: Shelf, alice: Member):
    """L4: lost, then under the scanner again: it waits to be looked at."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    await lend.lose(staff(), given.line, "Oublié dans le train")
    with soon():
        assert (await scanned(drill.code)).did is Did.FOUND
    assert await fetch_value("SELECT state FROM booking_line WHERE booking IS NOT NULL") == (
        "returned"
    )


async def test_block_of_a_lost_thing_ends_only_when_it_is_found(shelf: Shelf, alice: Member):
    """L32, L4: neither mended nor set free while nobody has brought it back."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    done = await lend.lose(staff(), given.line, "Perdue au parc")
    with pytest.raises(StillLost):
        await lend.mend(staff(), done.ticket)
    with pytest.raises(StillLost):
        await blackouts.lift(staff(), done.ticket)
    with soon():
        assert (await scanned(drill.code)).did is Did.FOUND
        with pytest.raises(errors.TicketClosed):
            await lend.mend(staff(), done.ticket)
