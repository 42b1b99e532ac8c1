"""Staff's plan: one range query for the page, moves through the same door, and days without a thing."""

from datetime import timedelta

import pytest

from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import errors, queries
from backend.lending import service as lend
from backend.lending.queries import plan as plans
from backend.lending.queries import upkeep
from backend.lending.queries.plan import PAGE, Sought
from backend.lending.queries.upkeep import Stage
from backend.lending.rules import LineState, Period, TicketKind
from backend.lending.service import blackouts
from backend.lending.service.blackouts import Blackout
from backend.membership.queries import Member
from tests import lending
from tests.integration.lending.conftest import NOW
from tests.integration.statements import statements
from tests.lending import Lent, Shelf, day, mine, staff, states, want, whom

TUESDAY, WEDNESDAY, FRIDAY = day("2026-11-24"), day("2026-11-25"), day("2026-11-27")
WEEK = Period(day("2026-11-23", 0), day("2026-11-30", 0))
ALL = Sought(every=True)


def closed(lent: Lent, **said: object) -> Blackout:
    wish = {"kind": TicketKind.BLACKOUT, "note": "Grand ménage", "period": WEEK, **said}
    return Blackout(resource=lent.id, **wish)  # type: ignore[arg-type]


async def test_staff_see_who_has_what_and_when(shelf: Shelf, alice: Member):
    """L20: with buffers; L32: with what is out of use; L40: what nobody counts has no copy."""
    drill = await shelf.resource(buffer_after=60)
    await shelf.resource("Sacs", copies=0, counted=False)
    await lend.book(staff(), whom(alice), [want(drill, TUESDAY)])
    period = Period(FRIDAY, day("2026-11-28"))
    await lend.take_out_of_use(staff(), drill.code, TicketKind.BLACKOUT, "Inventaire", period)
    found = await plans.read(shelf.site_id, WEEK, Sought())
    assert [(row.code, row.name) for row in found.rows] == [(drill.code, "Perceuse")]
    lines = found.rows[0].lines
    assert [(line.person, line.note) for line in lines] == [("Alice M.", ""), ("", "Inventaire")]
    assert lines[0].occupied == Period(TUESDAY, day("2026-11-24", 19))
    assert lines[1].state is LineState.BLOCKED
    tickets = await upkeep.tickets(Stage.OPEN)
    assert [(one.note, one.blocks_until) for one in tickets] == [("Inventaire", period.end)]


async def test_page_reads_as_much_for_many_copies_as_for_one(shelf: Shelf, alice: Member):
    """L26: a constant count of statements, a page of copies, and those that are free on demand."""
    counts = []
    for many in (1, PAGE):
        lent = await shelf.resource(f"Échelle {many}", copies=many)
        await lend.book(staff(), whom(alice), [want(lent, TUESDAY, FRIDAY, unit=lent.code)])
        async with statements() as said:
            found = await plans.read(shelf.site_id, WEEK, ALL)
        counts.append(len(said))
    assert counts == [2, 2]
    assert (len(found.rows), found.count) == (PAGE, PAGE + 1)
    last = await plans.read(shelf.site_id, WEEK, Sought(every=True, page=1))
    assert len(last.rows) == 1
    await shelf.resource("Échelle qui dort")
    busy = await plans.read(shelf.site_id, WEEK, Sought(words="echelle"))
    assert busy.count == PAGE + 1
    assert (await plans.read(shelf.site_id, WEEK, Sought(category="Livres"))).rows == ()
    only = await plans.read(shelf.site_id, WEEK, Sought(resource=lent.id, every=True))
    assert only.count == PAGE


async def test_loan_that_is_late_still_takes_its_copy(shelf: Shelf, alice: Member):
    """L10, L38: it is read for as long as it is not back."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code, NOW + timedelta(hours=1))
    assert (await plans.read(shelf.site_id, WEEK, Sought())).rows == ()
    with clock.travel(TUESDAY - NOW):
        found = await plans.read(shelf.site_id, WEEK, Sought())
    assert [line.id for line in found.rows[0].lines] == [given.line]


async def test_move_onto_a_copy_goes_through_the_same_door(
    shelf: Shelf, alice: Member, bob: Member
):
    """L7, L8: other days and that very copy at once; refused where somebody has it, with alternatives."""
    drill = await shelf.resource(copies=2)
    first, second = drill.units
    moves = await lend.book(staff(), whom(alice), [want(drill, TUESDAY, unit=first.code)])
    ready = await lend.book(staff(), whom(bob), [want(drill, FRIDAY, unit=second.code)])
    await lend.prepare(staff(), ready.lines[0])
    friday = want(drill, FRIDAY).period
    with pytest.raises(errors.JustTaken) as refused:
        await lend.change(staff(), moves.lines[0], friday, second.code)
    assert refused.value.facts["alternatives"]
    assert (await queries.get_line(moves.lines[0])).unit == first.code
    wednesday = want(drill, WEDNESDAY).period
    await lend.change(staff(), moves.lines[0], wednesday, second.code)
    line = await queries.get_line(moves.lines[0])
    assert (line.unit, line.period.start) == (second.code, WEDNESDAY)
    other = await shelf.resource("Scie")
    with pytest.raises(errors.WrongModel):
        await lend.change(staff(), moves.lines[0], wednesday, other.code)
    with pytest.raises(errors.StaffOnly):
        await lend.change(mine(alice), moves.lines[0], wednesday, first.code)
    assert await lending.overlaps() == 0


async def test_prepared_copy_stays_when_its_days_change(shelf: Shelf, alice: Member, bob: Member):
    """L8: what lies ready with a name on it is not another copy all of a sudden."""
    drill = await shelf.resource(copies=2)
    first, second = drill.units
    ready = await lend.book(staff(), whom(alice), [want(drill, TUESDAY, unit=first.code)])
    await lend.prepare(staff(), ready.lines[0])
    out = await lend.book(staff(), whom(bob), [want(drill, FRIDAY, unit=first.code)])
    await lend.prepare(staff(), out.lines[0])
    with pytest.raises(errors.JustTaken):
        await lend.change(staff(), ready.lines[0], want(drill, FRIDAY).period)
    await lend.change(staff(), ready.lines[0], want(drill, WEDNESDAY).period)
    assert (await queries.get_line(ready.lines[0])).unit == first.code
    assert second.code != first.code


async def test_stale_plan_moves_nothing(shelf: Shelf, alice: Member):
    """L12: the plan of this morning, after a colleague changed the booking."""
    drill = await shelf.resource()
    made = await lend.book(staff(), whom(alice), [want(drill, TUESDAY)])
    friday = want(drill, FRIDAY).period
    await lend.change(staff(), made.lines[0], want(drill, WEDNESDAY).period)
    with pytest.raises(errors.ChangedMeanwhile):
        await lend.change(staff(version=made.version), made.lines[0], friday)
    assert (await queries.get_line(made.lines[0])).period.start == WEDNESDAY


async def test_blackout_of_a_full_week_is_looked_at_first(shelf: Shelf, alice: Member, bob: Member):
    """L32: what a look says is what happens; until then nothing changes and nobody is told."""
    drill = await shelf.resource(copies=2)
    first, second = drill.units
    gone = await lend.lend_now(staff(), whom(alice), first.code, day("2026-11-24", 12))
    ends = await lend.book(staff(), whom(bob), [want(drill, WEDNESDAY, unit=second.code)])
    ready = await lend.book(staff(), whom(alice), [want(drill, FRIDAY)])
    await lend.prepare(staff(), ready.lines[0])
    looked = await blackouts.look_at(staff(), closed(drill))
    assert await fetch_value("SELECT count(*) FROM ticket") == 0
    told = (
        "SELECT b.person FROM loan_notice n JOIN booking_line l ON l.id = n.line"
        " JOIN booking b ON b.id = l.booking WHERE n.kind = 'cancelled'"
    )
    assert await fetch(told) == []
    assert await states(ready.booking) == ["ready"]
    ask = staff(key="once")
    done = await blackouts.black_out(ask, closed(drill))
    assert (looked.swapped, looked.cancelled, looked.left) == (
        done.swapped,
        done.cancelled,
        done.left,
    )
    assert set(done.cancelled) == {ends.booking, ready.booking}
    assert done.left == (gone.booking,)
    assert done.swapped == ()
    assert await blackouts.black_out(ask, closed(drill)) == done
    assert {row["person"] for row in await fetch(told)} == {alice.person_id, bob.person_id}
    assert len(await fetch(told)) == 2
    block = await plans.get_block(done.ticket)
    assert (block.copies, block.left, set(block.cancelled)) == (2, done.left, set(done.cancelled))
    assert await fetch_value("SELECT count(*) FROM ticket") == 2
    met = await plans.met((*block.left, *block.cancelled), drill.id)
    assert {line.person for line in met} == {"Alice M.", "Bob P."}
    assert await lending.overlaps() == 0


async def test_some_copies_are_out_and_the_others_take_over(
    shelf: Shelf, alice: Member, bob: Member
):
    """L8, L32: one copy out of use moves its booking; both back in use as they were."""
    drill = await shelf.resource(copies=2)
    first, second = drill.units
    made = await lend.book(staff(), whom(alice), [want(drill, WEDNESDAY, unit=first.code)])
    done = await blackouts.black_out(staff(), closed(drill, units=(first.code,)))
    assert (done.swapped, done.cancelled) == ((made.booking,), ())
    assert (await queries.get_line(made.lines[0])).unit == second.code
    with pytest.raises(errors.JustTaken):
        await lend.book(staff(), whom(bob), [want(drill, WEDNESDAY)])
    assert await blackouts.lift(staff(), done.ticket) == (done.ticket,)
    await lend.book(staff(), whom(bob), [want(drill, WEDNESDAY)])
    with pytest.raises(errors.TicketClosed):
        await blackouts.lift(staff(), done.ticket)


async def test_all_copies_come_back_together_and_who_waits_is_served(
    shelf: Shelf, alice: Member, bob: Member
):
    """L24: a blackout that is lifted is one more way for a unit to come free."""
    drill = await shelf.resource(copies=2)
    done = await blackouts.black_out(staff(), closed(drill))
    waits = await lend.wait(mine(bob), whom(bob), want(drill, WEDNESDAY))
    opened = await blackouts.lift(staff(), done.ticket)
    assert len(opened) == 2
    assert await states(waits.booking) == ["offered"]
    assert await fetch_value("SELECT count(*) FROM ticket WHERE closed_at IS NULL") == 0


async def test_blackout_names_what_is_wrong(shelf: Shelf, alice: Member):
    drill, saw = await shelf.resource(), await shelf.resource("Scie")
    with pytest.raises(errors.PeriodWrong):
        await blackouts.look_at(staff(), closed(drill, period=Period(FRIDAY, FRIDAY)))
    with pytest.raises(errors.ReasonNeeded):
        await blackouts.look_at(staff(), closed(drill, note="  "))
    with pytest.raises(errors.UnitUnknown):
        await blackouts.look_at(staff(), closed(drill, units=(saw.code,)))
    with pytest.raises(errors.StaffOnly):
        await blackouts.look_at(mine(alice), closed(drill))
    with pytest.raises(errors.TicketUnknown):
        await plans.get_block("unknown")
