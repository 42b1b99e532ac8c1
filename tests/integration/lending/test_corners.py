"""Corners of the counter: what is out and asked for, what is lent no more, who comes late or not at all."""

from datetime import timedelta

import pytest

from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import errors
from backend.lending import queries as lending_queries
from backend.lending import service as lend
from backend.lending.bulk import BulkWish
from backend.lending.owing_errors import LoanOfNobody
from backend.lending.rules import BulkKind, LineState
from backend.lending.service import bulk, sweeping
from backend.lending.values import Back
from backend.membership.queries import Member
from tests import lending
from tests.integration.lending.conftest import NOW
from tests.lending import Shelf, day, mine, staff, states, want, whom

TUESDAY, WEDNESDAY, FRIDAY = day("2026-11-24"), day("2026-11-25"), day("2026-11-27")
LATER = timedelta(minutes=5)


async def notices_of_ready() -> int:
    count: int = await fetch_value("SELECT count(*) FROM loan_notice WHERE kind = 'ready'")
    return count


async def test_nobody_is_told_to_come_for_what_is_still_out(
    shelf: Shelf, alice: Member, bob: Member
):
    """L9, L36: it is not ready; with another copy on the shelf, that one is."""
    drill = await shelf.resource(copies=2)
    first, second = drill.units
    given = await lend.lend_now(staff(), whom(alice), first.code, TUESDAY)
    soon = await lend.book(staff(), whom(bob), [want(drill, WEDNESDAY, unit=first.code)])
    await lend.prepare(staff(), soon.lines[0])
    unit = "SELECT u.code FROM booking_line l JOIN unit u ON u.id = l.unit WHERE l.id = $1"
    assert await fetch_value(unit, soon.lines[0]) == second.code
    with pytest.raises(errors.StillOut):
        await lend.swap(staff(), soon.lines[0], first.code)
    await lend.put_back(staff(), soon.lines[0])
    away = await lend.lend_now(staff(), whom(alice), second.code, TUESDAY)
    told = await notices_of_ready()
    with pytest.raises(errors.StillOut):
        await lend.prepare(staff(), soon.lines[0])
    assert (await states(soon.booking), await notices_of_ready()) == (["confirmed"], told)
    for line in (given.line, away.line):
        await lend.take_back(staff(), line, Back(later=True))
    with pytest.raises(errors.ToInspect):
        await lend.prepare(staff(), soon.lines[0])
    await lend.inspect(staff(), given.line)
    await lend.prepare(staff(), soon.lines[0])
    assert await states(soon.booking) == ["ready"]


async def test_who_is_at_the_counter_is_not_missed_when_a_hand_over_is_undone(
    shelf: Shelf, alice: Member
):
    """L31, L25: the wrong copy was scanned as the grace ran out; it begins where they came."""
    drill = await shelf.resource(pickup_grace_minutes=60)
    made = await lend.book(mine(alice), whom(alice), [want(drill, WEDNESDAY)])
    opens = await fetch_value("SELECT lower(during) FROM booking_line")
    with clock.frozen(opens + timedelta(minutes=55)):
        await lend.hand_over(staff(), made.lines[0], drill.code)
        with clock.travel(2 * LATER):
            await lend.undo(staff(), made.lines[0])
            await sweeping.sweep()
            assert await states(made.booking) == ["ready"]
        with clock.travel(timedelta(hours=1)):
            await sweeping.sweep()
            assert await states(made.booking) == ["no_show"]


async def test_return_of_a_copy_that_was_retired_since_is_not_undone(shelf: Shelf, alice: Member):
    """L31, L32: it says why; brought back, it may be."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    await lend.take_back(staff(), given.line)
    await lend.retire_unit(staff(), drill.code, "Trop usée")
    with clock.travel(LATER):
        with pytest.raises(errors.UnitRetired):
            await lend.undo(staff(), given.line)
        await lend.bring_back_unit(staff().by, drill.code)
    assert await lending.overlaps() == 0


async def test_what_is_lent_no_more_is_neither_lent_nor_waited_for(
    shelf: Shelf, alice: Member, bob: Member
):
    """L24, L29: what was booked before is still handed over; nobody is offered it."""
    drill = await shelf.resource()
    made = await lend.book(mine(alice), whom(alice), [want(drill, NOW)])
    later = await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
    waits = await lend.wait(mine(bob), whom(bob), want(drill, TUESDAY))
    await lend.retire_resource(lending.SYSTEM, drill.id)
    with pytest.raises(errors.ResourceUnknown):
        await lend.wait(mine(alice), whom(alice), want(drill, FRIDAY))
    with pytest.raises(errors.UnitRetired):
        await lend.lend_now(staff(), whom(bob), drill.code)
    given = await lend.hand_over(staff(), made.lines[0], drill.code)
    assert given.state is LineState.CHECKED_OUT
    await lend.take_back(staff(), made.lines[0])
    await lend.cancel(staff(), later.booking, reason="Changé d’avis")
    assert await states(waits.booking) == ["waitlisted"]


async def test_things_that_were_to_be_fetched_together_are_missed_once(shelf: Shelf, alice: Member):
    """L25: one absence is one strike; given up late is one too; of another day it is another."""
    things = [await shelf.resource(name) for name in ("Perceuse", "Scie", "Ponceuse")]
    drill, saw, sander = things
    wants = [want(drill, TUESDAY), want(saw, TUESDAY), want(sander, WEDNESDAY)]
    await lend.book(mine(alice), whom(alice), wants)
    with clock.frozen(day("2026-11-24", 17)):
        await sweeping.sweep()
        assert await fetch_value("SELECT count(*) FROM strike") == 1
    with clock.frozen(day("2026-11-25", 17)):
        await sweeping.sweep()
        assert await fetch_value("SELECT count(*) FROM strike") == 2
    friday = await lend.book(mine(alice), whom(alice), [want(drill, FRIDAY), want(saw, FRIDAY)])
    with clock.frozen(day("2026-11-27", 8)):
        await lend.cancel(mine(alice), friday.booking)
    late = "SELECT count(*) FROM strike WHERE kind = 'late_cancel'"
    assert await fetch_value(late) == 1


@pytest.mark.parametrize("kind", [BulkKind.RETIRE, BulkKind.SITE])
async def test_lost_copy_is_left_where_many_go(shelf: Shelf, alice: Member, kind: BulkKind):
    """L44, L32: it says so, and the others go."""
    await lending.add_shelf("lilas")
    drill = await shelf.resource(copies=2)
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    await lend.lose(staff(), given.line, "Perdue au parc")
    codes = tuple(unit.code for unit in drill.units)
    done = await bulk.act_on(staff(), BulkWish(kind=kind, units=codes, text="Usées", site="lilas"))
    left = {one.unit: one.left for one in done.changes}
    assert left[drill.code].startswith("Il est perdu")
    assert [unit for unit, why in left.items() if not why] == [drill.units[1].code]


async def test_page_of_a_booking_at_risk_stays_fresh_when_no_other_copy_is_found(
    shelf: Shelf, alice: Member, bob: Member
):
    """L12, L42: only what changed has another version, however often the timetable looks."""
    drill = await shelf.resource()
    await lend.lend_now(staff(), whom(bob), drill.code, NOW + timedelta(hours=1))
    made = await lend.book(mine(alice), whom(alice), [want(drill, day("2026-11-21"), TUESDAY)])
    with clock.frozen(day("2026-11-20", 19)):
        for _ in range(2):
            await lend.sweep()
        page = await lending_queries.get_booking(made.booking)
        assert [line.at_risk for line in page.lines] == [True]
        assert page.version == made.version


async def test_booking_of_somebody_who_is_forgotten_is_not_restored(shelf: Shelf, alice: Member):
    """L45: there is nobody left for whom it would stand."""
    drill = await shelf.resource()
    made = await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
    await lend.cancel(mine(alice), made.booking)
    await fetch("UPDATE booking SET person = NULL")
    with pytest.raises(LoanOfNobody):
        await lend.restore(staff(), made.lines[0])
