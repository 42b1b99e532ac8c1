"""One block over another, and over a loan: who is over leaves the time to who still wants it (L32)."""

from datetime import timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import service as lend
from backend.lending.bulk import BulkWish
from backend.lending.errors import JustTaken
from backend.lending.rules import FAR, BulkKind, Period, TicketKind
from backend.lending.service import blackouts, bulk, plans, wanting
from backend.lending.service.blackouts import Blackout
from backend.lending.service.plans import PlanWish
from backend.membership.queries import Member
from tests.integration.lending.conftest import NOW
from tests.lending import Lent, Shelf, add_shelf, day, mine, overlaps, staff, want, whom

TUESDAY, WEDNESDAY, FRIDAY = day("2026-11-24"), day("2026-11-25"), day("2026-11-27")
SUNDAY = day("2026-11-29")


async def black_out(thing: Lent, period: Period) -> str:
    wish = Blackout(resource=thing.id, kind=TicketKind.BLACKOUT, note="Travaux", period=period)
    return (await blackouts.black_out(staff(), wish)).ticket


async def closed(ticket: str) -> list[Period]:
    rows = await fetch(
        "SELECT lower(l.during), upper(l.during) FROM booking_line l JOIN ticket t ON t.id = l.ticket"
        " WHERE t.public_id = $1 ORDER BY l.during",
        ticket,
    )
    return [Period(*row) for row in rows]


async def test_blackout_keeps_its_time_when_another_over_it_is_lifted(shelf: Shelf, alice: Member):
    """L32, L5: and the day that neither wants is free again."""
    drill = await shelf.resource()
    first = await black_out(drill, Period(TUESDAY, FRIDAY))
    second = await black_out(drill, Period(WEDNESDAY, SUNDAY))
    assert await closed(second) == [Period(FRIDAY, SUNDAY)]
    await blackouts.lift(staff(), first)
    assert await closed(second) == [Period(WEDNESDAY, FRIDAY), Period(FRIDAY, SUNDAY)]
    with pytest.raises(JustTaken):
        await lend.book(mine(alice), whom(alice), [want(drill, day("2026-11-26"))])
    await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])


async def test_blackout_planned_in_a_repair_holds_when_it_is_mended_early(
    shelf: Shelf, alice: Member
):
    """L32: a repair without an end had all of its time."""
    drill = await shelf.resource()
    repair = await lend.take_out_of_use(
        staff(), drill.code, TicketKind.REPAIR, "Fil usé", Period(NOW, FAR)
    )
    blackout = await black_out(drill, Period(WEDNESDAY, FRIDAY))
    assert await closed(blackout) == []
    await lend.mend(staff(), repair.ticket)
    assert await closed(blackout) == [Period(WEDNESDAY, FRIDAY)]


async def test_block_over_a_loan_begins_when_the_loan_and_its_buffer_are_over(
    shelf: Shelf, alice: Member
):
    """L32, L20: what is in somebody's hands is left; brought back early, it is out of use at once."""
    drill = await shelf.resource(buffer_after=60)
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    ticket = await black_out(drill, Period(NOW, SUNDAY))
    [waiting] = await closed(ticket)
    assert waiting == Period(given.due_at + timedelta(hours=1), SUNDAY)
    with clock.travel(timedelta(hours=2)):
        await lend.take_back(staff(), given.line)
        assert await closed(ticket) == [Period(clock.now(), waiting.start), waiting]
        await lend.undo(staff(), given.line)
        assert await closed(ticket) == [waiting]


async def test_check_that_is_overdue_in_a_repair_is_blocked_once(shelf: Shelf, bob: Member):
    """L32: each night again it would be told to who is in charge."""
    drill = await shelf.resource(in_charge=bob.person_id)
    await plans.make_plan(SYSTEM, drill.id, PlanWish(name="Câble", every_months=1, grace_days=3))
    repair = Period(NOW, FAR)
    await lend.take_out_of_use(staff(), drill.code, TicketKind.REPAIR, "Fil usé", repair)
    with clock.travel(timedelta(days=40)):
        await plans.look_after()
    for days in (44, 45):
        with clock.travel(timedelta(days=days)):
            await plans.look_after()
    said = "SELECT count(*) FROM audit_entry WHERE verb = 'lending.block' AND at > $1"
    assert await fetch_value(said, NOW + timedelta(days=43)) == 1


async def test_ticket_of_a_thing_that_nobody_counts_takes_no_time(shelf: Shelf):
    """L40, L32: it was counted before; the ticket is only looked after."""
    drill = await shelf.resource()
    await fetch("UPDATE resource SET counted = false")
    assert await closed(await black_out(drill, Period(TUESDAY, FRIDAY))) == []


async def test_copy_that_comes_back_is_still_where_its_tickets_want_it(shelf: Shelf):
    """L32, L44: a copy that was retired, or sent away and back, is in repair as before."""
    await add_shelf("lilas")
    drill = await shelf.resource()
    first = await black_out(drill, Period(TUESDAY, FRIDAY))
    second = await black_out(drill, Period(WEDNESDAY, SUNDAY))
    await lend.retire_unit(staff(), drill.code, "Trop vieille")
    await blackouts.lift(staff(), first)
    assert await closed(second) == [Period(FRIDAY, SUNDAY)]
    await lend.bring_back_unit(SYSTEM, drill.code)
    assert await closed(second) == [Period(WEDNESDAY, FRIDAY), Period(FRIDAY, SUNDAY)]
    third = await black_out(drill, Period(TUESDAY, SUNDAY))
    for site in ("lilas", "tilleuls"):
        wish = BulkWish(kind=BulkKind.SITE, units=(drill.code,), site=site)
        await bulk.act_on(staff(), wish)
    assert await closed(second) == [Period(WEDNESDAY, FRIDAY), Period(FRIDAY, SUNDAY)]
    await blackouts.lift(staff(), second)
    assert (await closed(third))[0].start == TUESDAY
    assert (await closed(third))[-1].end == SUNDAY
    assert await overlaps() == 0


async def test_ticket_that_gets_nothing_raises(shelf: Shelf, monkeypatch: pytest.MonkeyPatch):
    """L32: time that is given and not taken is a fault of ours, not a reason to go on for ever."""
    drill = await shelf.resource()
    claims = iter(range(1, 4))

    async def given(*_: object) -> int:
        return next(claims)

    monkeypatch.setattr(wanting, "claim", given)
    with pytest.raises(AssertionError, match="misses nothing"):
        await lend.take_out_of_use(
            staff(), drill.code, TicketKind.REPAIR, "Fil usé", Period(TUESDAY, FRIDAY)
        )
