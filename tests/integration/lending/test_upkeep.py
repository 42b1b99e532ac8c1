"""What takes a unit out of use, and what time does by itself."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from backend.billing.rules import PayWay
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import errors, limit_errors, queries
from backend.lending import jobs as lending_jobs
from backend.lending import service as lend
from backend.lending.queries import debts, upkeep
from backend.lending.queries.upkeep import Stage
from backend.lending.rules import FAR, Outcome, Period, TicketKind
from backend.lending.service import paying, sweeping
from backend.lending.values import Back
from backend.membership.queries import Member
from tests import lending
from tests.conftest import Database
from tests.factories import open_drawer
from tests.integration.lending.conftest import NOW
from tests.integration.lending.test_closing import waits_for_lock
from tests.lending import Shelf, day, mine, staff, states, want, whom

TUESDAY, WEDNESDAY, FRIDAY = day("2026-11-24"), day("2026-11-25"), day("2026-11-27")
WEEK = Period(day("2026-11-21", 0), day("2026-11-28", 0))


async def test_blackout_plans_a_full_week_again(shelf: Shelf, alice: Member, bob: Member):
    """L32: swapped where another copy is free, cancelled with a word where none is; what is out is left."""
    drill = await shelf.resource(copies=2)
    first, second = drill.units
    ready = await lend.book(staff(), whom(bob), [want(drill, WEDNESDAY, unit=first.code)])
    await lend.prepare(staff(), ready.lines[0])
    gone = await lend.lend_now(staff(), whom(alice), first.code, day("2026-11-21", 12))
    moves = await lend.book(staff(), whom(bob), [want(drill, TUESDAY, unit=first.code)])
    taken = await lend.book(staff(), whom(bob), [want(drill, FRIDAY, unit=second.code)])
    ends = await lend.book(staff(), whom(alice), [want(drill, FRIDAY, unit=first.code)])
    kind, note = TicketKind.BLACKOUT, "Grand ménage"
    done = await lend.take_out_of_use(staff(), first.code, kind, note, WEEK)
    assert (done.swapped, done.cancelled) == ((moves.booking, ready.booking), (ends.booking,))
    assert done.left == (gone.booking,)
    assert [(await states(one.booking))[0] for one in (moves, ready, taken, ends)] == [
        "confirmed",
        "confirmed",
        "confirmed",
        "cancelled_by_staff",
    ]
    assert await lending.told("cancelled") == [alice.person_id]
    block = (
        await fetch("SELECT lower(during), upper(during) FROM booking_line WHERE state = 'blocked'")
    )[0]
    assert tuple(block) == (day("2026-11-21", 18), WEEK.end)
    assert await lending.overlaps() == 0


async def test_what_the_club_ends_costs_nothing(shelf: Shelf, alice: Member, bob: Member):
    """L32, L35: what is out of use, or retired, is nobody's to pay; who paid has it owed back."""
    await open_drawer()
    drill, saw = [await shelf.resource(name, price_cents=300) for name in ("Perceuse", "Scie")]
    for each, thing in ((alice, drill), (bob, saw)):
        await lend.book(mine(each), whom(each), [want(thing, TUESDAY)])
    await paying.take_payment(staff().by, bob.household_id, 300, PayWay.CASH, None, key="p")
    await lend.take_out_of_use(staff(), drill.code, TicketKind.BLACKOUT, "Travaux", WEEK)
    await lend.retire_unit(staff(), saw.code, "Trop vieille")
    sums = [await debts.owed_by(each.household_id) for each in (alice, bob)]
    assert [(one.due_cents, one.credit_cents) for one in sums] == [(0, 0), (0, 300)]


async def test_a_ticket_waits_for_households_before_it_takes_the_resource(
    db: Database, shelf: Shelf, alice: Member
):
    """L35: who pays and who blocks wait for each other in one order, so never in a ring."""
    drill = await shelf.resource(price_cents=300)
    await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
    other = await asyncpg.connect(db.app_url)
    try:
        async with other.transaction():
            await other.execute("SELECT 1 FROM household FOR NO KEY UPDATE")
            task = asyncio.create_task(lend.retire_unit(staff(), drill.code, "Trop vieille"))
            while not (task.done() or await waits_for_lock()):  # noqa: ASYNC110 - another session waits
                await asyncio.sleep(0.01)
            await other.execute("SELECT 1 FROM resource FOR NO KEY UPDATE NOWAIT")
        await task
    finally:
        await other.close()


async def test_two_tickets_share_the_time_of_a_unit(shelf: Shelf, alice: Member):
    """L32: a copy that comes back broken before its yearly check is out of use all along."""
    drill = await shelf.resource()
    check = Period(day("2026-12-01"), day("2026-12-02"))
    kind = TicketKind.BLACKOUT
    planned = await lend.take_out_of_use(staff(), drill.code, kind, "Contrôle", check)
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    await lend.take_back(staff(), given.line, Back(outcome=Outcome.DAMAGED, note="Cassée"))
    rows = await fetch(
        "SELECT lower(during), upper(during) FROM booking_line WHERE state = 'blocked'"
        " ORDER BY lower(during)"
    )
    assert [tuple(row) for row in rows] == [
        (NOW, check.start),
        (check.start, check.end),
        (check.end, FAR),
    ]
    assert len(await upkeep.tickets(Stage.OPEN, shelf.site_id)) == 2
    await lend.mend(staff(), planned.ticket)
    with pytest.raises(errors.TicketClosed):
        await lend.mend(staff(), planned.ticket)
    with pytest.raises(errors.TicketUnknown):
        await lend.mend(staff(), "unknown")


async def test_mended_unit_keeps_the_time_it_was_out_of_use(shelf: Shelf, alice: Member):
    """L32: what it did block stays for the figures; the rest is free."""
    drill = await shelf.resource()
    now = Period(NOW, FAR)
    done = await lend.take_out_of_use(staff(), drill.code, TicketKind.REPAIR, "Fil usé", now)
    with pytest.raises(errors.JustTaken):
        await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
    with clock.travel(timedelta(hours=3)):
        await lend.mend(staff(), done.ticket, 900)
        assert await fetch_value("SELECT upper(during) FROM booking_line") == clock.now()
        await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
    assert await fetch_value("SELECT cost_cents FROM ticket") == 900


async def test_ticket_without_a_period_blocks_nothing(shelf: Shelf, alice: Member):
    """L31: something to look after, while it is lent on."""
    drill = await shelf.resource()
    await lend.take_out_of_use(staff(), drill.code, TicketKind.PARTS, "Une vis manque", None)
    await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
    with pytest.raises(errors.PeriodWrong):
        period = Period(TUESDAY, TUESDAY)
        await lend.take_out_of_use(staff(), drill.code, TicketKind.REPAIR, "Fil", period)


async def test_retired_unit_is_lent_no_more(shelf: Shelf, alice: Member):
    """L32: its bookings end as with a loss; it can come back."""
    drill = await shelf.resource()
    made = await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
    done = await lend.retire_unit(staff(), drill.code, "Trop vieille")
    assert done.cancelled == (made.booking,)
    with pytest.raises(errors.UnitRetired):
        await lend.lend_now(staff(), whom(alice), drill.code)
    with pytest.raises(errors.JustTaken):
        await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
    await lend.bring_back_unit(lending.SYSTEM, drill.code)
    await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])


async def test_retired_resource_is_booked_no_more(shelf: Shelf, alice: Member):
    drill = await shelf.resource()
    await lend.retire_resource(lending.SYSTEM, drill.id)
    with pytest.raises(errors.ResourceUnknown):
        await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
    await lend.retire_resource(lending.SYSTEM, drill.id, back=True)
    await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])


async def test_next_booking_moves_when_its_unit_is_late(shelf: Shelf, alice: Member, bob: Member):
    """L10: another unit is tried at the lead time; where there is none, staff and tenant know."""
    drill = await shelf.resource(copies=2)
    first, second = drill.units
    late = await lend.lend_now(staff(), whom(alice), first.code, NOW + timedelta(minutes=90))
    made = await lend.book(staff(), whom(bob), [want(drill, day("2026-11-21"), unit=first.code)])
    with clock.travel(day("2026-11-20", 18) - NOW):
        assert (await queries.get_line(made.lines[0])).at_risk
        await lend.sweep()
        assert (await queries.get_line(made.lines[0])).unit == second.code
        assert not (await queries.get_line(made.lines[0])).at_risk
    assert (await queries.get_line(late.line)).unit == first.code


async def test_tenant_is_told_once_when_no_other_unit_is_free(
    shelf: Shelf, alice: Member, bob: Member
):
    """L10: the line stays at risk on the desk's screen, and nobody else gets the time."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code, NOW + timedelta(minutes=90))
    made = await lend.book(mine(bob), whom(bob), [want(drill, day("2026-11-21"))])
    with clock.travel(day("2026-11-20", 18) - NOW):
        for _ in range(2):
            await lend.sweep()
        assert await lending.told("at_risk") == [bob.person_id]
        assert await lending.told("call_at_risk") == [bob.person_id]
        today = await queries.today(shelf.site_id)
        assert [line.id for line in today.at_risk] == [made.lines[0]]
        assert [line.id for line in today.late] == [given.line]
        await lend.take_back(staff(), given.line)
        assert not (await queries.get_line(made.lines[0])).at_risk
        assert not await lend.rescue(made.lines[0])


async def test_late_unit_is_not_promised_for_tomorrow(shelf: Shelf, alice: Member, bob: Member):
    """L10: nor silently free: bookings of the next day take another unit; later ones do not care."""
    drill = await shelf.resource()
    await lend.lend_now(staff(), whom(alice), drill.code, NOW + timedelta(minutes=90))
    with clock.travel(day("2026-11-20", 18) - NOW):
        tomorrow = want(drill, day("2026-11-21"))
        found = (await queries.availability([drill.id], tomorrow.period))[drill.id]
        assert not found.is_free(tomorrow.period)
        with pytest.raises(errors.JustTaken):
            await lend.book(mine(bob), whom(bob), [tomorrow])
        await lend.book(mine(bob), whom(bob), [want(drill, TUESDAY)])


async def test_missed_booking_frees_its_unit_and_is_a_strike(
    shelf: Shelf, alice: Member, bob: Member
):
    """L4, L25: after the grace; two strikes bring the horizon nearer, and are forgotten."""
    drill = await shelf.resource(copies=2, strike_advance_days=3)
    lines = [
        (await lend.book(mine(alice), whom(alice), [want(drill, NOW, TUESDAY)])).lines[0]
        for _ in range(2)
    ]
    assert not await lend.miss(lines[0])
    with clock.travel(timedelta(hours=2)):
        await lend.sweep()
        assert not await lend.miss(lines[0])
        assert {one.line for one in await queries.strikes_of(alice.household_id)} == {*lines}
        with pytest.raises(limit_errors.TooFarAfterStrikes):
            await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
        await lend.book(mine(alice), whom(alice), [want(drill, day("2026-11-21"))])
        await lend.book(mine(bob), whom(bob), [want(drill, TUESDAY)])
    with clock.travel(timedelta(days=91)):
        assert await queries.strikes_of(alice.household_id) == []


async def test_nothing_changes_on_screens_when_nobody_sweeps(
    shelf: Shelf, alice: Member, bob: Member
):
    """L38: with the scheduler stopped for a day, what is shown and bookable is right."""
    drill, saw = await shelf.resource(), await shelf.resource("Scie")
    await lend.hold(mine(alice), whom(alice), [want(drill, TUESDAY)])
    given = await lend.lend_now(staff(), whom(bob), saw.code, NOW + timedelta(hours=1))
    with clock.travel(timedelta(days=1)):
        assert await queries.of_household(alice.household_id) == []
        past = await queries.past_of_household(alice.household_id)
        assert [line.state.value for line in past] == ["expired"]
        assert (await queries.get_line(given.line)).overdue
        period = want(drill, TUESDAY).period
        assert (await queries.availability([drill.id], period))[drill.id].is_free(period)
        await lend.book(mine(bob), whom(bob), [want(drill, TUESDAY)])


async def test_one_that_fails_does_not_stop_the_others(
    shelf: Shelf, alice: Member, monkeypatch: pytest.MonkeyPatch
):
    """L38: the next round looks at it again."""
    drill = await shelf.resource(copies=2)
    lines = [
        (await lend.book(mine(alice), whom(alice), [want(drill, NOW, TUESDAY)])).lines[0]
        for _ in range(2)
    ]
    miss = sweeping.miss

    async def fail_once(line_id: int) -> bool:
        if line_id == lines[0]:
            raise RuntimeError
        return await miss(line_id)

    with clock.travel(timedelta(hours=2)):
        monkeypatch.setattr(sweeping, "miss", fail_once)
        await lend.sweep()
        assert [one.line for one in await queries.strikes_of(alice.household_id)] == lines[1:]
        monkeypatch.setattr(sweeping, "miss", miss)
        await lending_jobs.sweep()
    assert {one.line for one in await queries.strikes_of(alice.household_id)} == {*lines}
