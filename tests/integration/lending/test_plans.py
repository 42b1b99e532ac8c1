"""What is looked after again and again, and the word to who is in charge of it (L32)."""

from datetime import timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import errors, stock_errors
from backend.lending import service as lend
from backend.lending.queries import upkeep
from backend.lending.queries.upkeep import Stage
from backend.lending.rules import FAR, Period, TicketKind
from backend.lending.service import plans
from backend.lending.service.plans import PlanWish
from backend.lending.service.units import UnitWish
from backend.lending.values import Handed
from backend.membership.queries import Member
from tests import lending
from tests.integration.lending.conftest import NOW
from tests.lending import Shelf, day, mine, staff, states, want, whom

TUESDAY, FRIDAY = day("2026-11-24"), day("2026-11-27")


async def open_tickets() -> list[str]:
    return [ticket.unit for ticket in await upkeep.tickets(Stage.OPEN)]


async def test_ticket_is_made_when_months_are_over(shelf: Shelf) -> None:
    """L32: one for each unit, once, by the day in Paris; the plan counts again when it is closed."""
    drill = await shelf.resource(copies=2)
    await plans.make_plan(SYSTEM, drill.id, PlanWish(name="Contrôler le câble", every_months=6))
    with clock.travel(day("2027-05-19", 12) - NOW):
        await plans.look_after()
        assert await open_tickets() == []
    with clock.travel(day("2027-05-20", 6) - NOW):
        for _ in range(2):
            await plans.look_after()
        assert await open_tickets() == [unit.code for unit in drill.units]
        first = (await upkeep.tickets(Stage.OPEN))[0]
        assert (first.kind, first.note, first.blocks) == (
            TicketKind.CHECK,
            "Contrôler le câble",
            False,
        )
        await lend.mend(staff(), first.public_id, 1250)
        assert (await upkeep.queue()).cost_cents == 1250
    with clock.travel(day("2027-11-19", 12) - NOW):
        await plans.look_after()
        assert await open_tickets() == [drill.units[1].code]
    with clock.travel(day("2027-11-20", 12) - NOW):
        await plans.look_after()
        assert await open_tickets() == [drill.units[1].code, drill.units[0].code]


async def test_ticket_is_made_when_loans_or_kilometres_are_many(
    shelf: Shelf, alice: Member
) -> None:
    """L32: every n loans, every n km; the first that is reached counts."""
    car = await shelf.resource("Voiture")
    await lend.change_unit(SYSTEM, car.code, UnitWish(kilometres=18_400))
    await plans.make_plan(
        SYSTEM, car.id, PlanWish(name="Vidange", every_kilometres=500, every_loans=2)
    )
    await plans.look_after()
    assert await open_tickets() == []
    given = await lend.lend_now(staff(), whom(alice), car.code, handed=Handed(kilometres=18_900))
    await plans.look_after()
    assert await open_tickets() == [car.code]
    await lend.mend(staff(), (await upkeep.tickets(Stage.OPEN))[0].public_id)
    with clock.travel(timedelta(minutes=5)):
        await lend.take_back(staff(), given.line)
        for _ in range(2):
            await plans.look_after()
            assert await open_tickets() == []
            one = await lend.lend_now(staff(), whom(alice), car.code)
            await lend.take_back(staff(), one.line)
        await plans.look_after()
        assert await open_tickets() == [car.code]


async def test_unit_is_blocked_when_its_check_is_overdue(
    shelf: Shelf, alice: Member, bob: Member
) -> None:
    """L32: after the days of grace its bookings are planned again, and what is left is reported."""
    drill = await shelf.resource(copies=2, longest_length=60)
    wish = PlanWish(name="Contrôle", every_months=1, grace_days=3)
    await plans.make_plan(SYSTEM, drill.id, wish)
    with clock.travel(day("2026-12-20", 6) - NOW):
        await plans.look_after()
        assert len(await open_tickets()) == 2
        for ticket in (await upkeep.tickets(Stage.OPEN))[1:]:
            await lend.mend(staff(), ticket.public_id)
        ticket = (await upkeep.tickets(Stage.OPEN))[0]
        booked = await lend.book(
            staff(), whom(alice), [want(drill, day("2026-12-29"), unit=drill.code)]
        )
        other = await lend.book(
            staff(), whom(bob), [want(drill, day("2026-12-29"), unit=drill.units[1].code)]
        )
    with clock.travel(day("2026-12-22", 6) - NOW):
        await plans.look_after()
        assert not (await upkeep.get_ticket(ticket.public_id)).blocks
    with clock.travel(day("2026-12-23", 6) - NOW):
        for _ in range(2):
            await plans.look_after()
        assert (await upkeep.get_ticket(ticket.public_id)).blocks
        touched = await upkeep.touched_by(ticket.public_id)
        assert touched.cancelled == (booked.booking,)
        assert await states(booked.booking) == ["cancelled_by_staff"]
        assert await states(other.booking) == ["confirmed"]
        await lend.mend(staff(), ticket.public_id)
        assert await lending.overlaps() == 0


async def test_person_in_charge_is_told_when_no_booking_is_affected(
    shelf: Shelf, alice: Member, bob: Member
) -> None:
    """L32: a word for each block, with what it did, also when it met nobody."""
    drill = await shelf.resource(copies=2, in_charge=bob.person_id)
    first, second = drill.units
    repair = TicketKind.REPAIR
    await lend.take_out_of_use(staff(), second.code, repair, "Fil usé", Period(NOW, FAR))
    text = "SELECT payload::text FROM outbox WHERE key LIKE 'lending.upkeep:%' ORDER BY id DESC"
    assert "Aucune réservation" in await fetch_value(text)
    booked = await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
    done = await lend.take_out_of_use(staff(), first.code, repair, "Fil usé", Period(NOW, FAR))
    assert done.cancelled == (booked.booking,)
    assert "Réservations annulées\xa0: 1" in await fetch_value(text)
    told = await fetch("SELECT person FROM message WHERE kind = 'lending.upkeep'")
    assert [row["person"] for row in told] == [bob.person_id] * 2


async def test_ticket_goes_into_work_and_may_begin_to_block(shelf: Shelf, alice: Member) -> None:
    """L32: open, in work, done; out of use from then on where it was lent on until now."""
    drill = await shelf.resource()
    made = await lend.take_out_of_use(staff(), drill.code, TicketKind.PARTS, "Une vis", None)
    booked = await lend.book(mine(alice), whom(alice), [want(drill, FRIDAY)])
    await lend.start_work(staff(), made.ticket)
    assert (await upkeep.get_ticket(made.ticket)).stage is Stage.IN_WORK
    with pytest.raises(errors.PeriodWrong):
        await lend.block(staff(), made.ticket, NOW)
    ask = staff()
    for _ in range(2):
        done = await lend.block(ask, made.ticket, day("2026-11-28"))
        assert done.cancelled == (booked.booking,)
    await lend.mend(staff(), made.ticket)
    assert (await upkeep.get_ticket(made.ticket)).stage is Stage.DONE
    queue = await upkeep.queue(shelf.site_id)
    assert (queue.open, queue.in_work, queue.done) == (0, 0, 1)


async def test_plan_is_changed_on_the_page_that_shows_it(shelf: Shelf) -> None:
    """L12: a stale page says so; one press of two makes one plan; an ended plan makes no ticket."""
    drill = await shelf.resource()
    wish = PlanWish(name="Contrôle", every_loans=10)
    made = [await plans.make_plan(SYSTEM, drill.id, wish, key="k") for _ in range(2)]
    assert made[0] == made[1]
    await plans.change_plan(SYSTEM, made[0], PlanWish(name="Contrôle", every_months=1), version=1)
    with pytest.raises(stock_errors.RecordChanged):
        await plans.change_plan(SYSTEM, made[0], wish, version=1)
    for wrong in (
        PlanWish(name="Rien"),
        PlanWish(name=" ", every_months=1),
        PlanWish(name="Zéro", every_months=0),
        PlanWish(name="Moins", every_months=1, grace_days=-1),
    ):
        with pytest.raises(stock_errors.PlanWrong):
            await plans.change_plan(SYSTEM, made[0], wrong)
    await plans.end_plan(SYSTEM, made[0])
    with pytest.raises(stock_errors.PlanUnknown):
        await upkeep.get_plan(made[0])
    with pytest.raises(stock_errors.PlanUnknown):
        await plans.end_plan(SYSTEM, "nobody")
    with clock.travel(timedelta(days=90)):
        await plans.look_after()
        assert await open_tickets() == []
