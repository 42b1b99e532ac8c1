"""Figures kept beside what they are counted from: right at once, and held against it by night."""

import asyncio
from datetime import UTC, date, datetime, timedelta

from backend.audit.service import SYSTEM
from backend.billing import books, lines
from backend.billing.statements import Entry
from backend.insight import closed, dashboard, document, dues, figures, jobs, yearly
from backend.insight import queries as insight
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.membership import office
from backend.membership import service as membership
from backend.vouchers import service as vouchers
from backend.vouchers.scans import Scan
from tests.conftest import Database
from tests.factories import add_household, add_market, add_member, pay_dues
from tests.integration.test_referents import live_there
from tests.property.test_figures import USE


async def verbs() -> list[str]:
    rows = await fetch("SELECT verb FROM audit_entry WHERE verb LIKE '%.differ' ORDER BY id")
    return [row["verb"] for row in rows]


async def test_page_is_right_at_once_when_nobody_has_settled(db: Database) -> None:
    """PERF6: what changed since a household was counted is counted by who asks."""
    await live_there("L/01 00001", 3, "orme")
    await figures.settle()
    assert await fetch_value("SELECT count(*) FROM household_mark") == 0
    today = clock.today()
    assert (await dashboard.members(today)).people == 3
    joined = await add_household()
    await pay_dues(joined.household_id)
    assert (await dashboard.members(today)).people == 4
    await membership.end_household(SYSTEM, joined.household_id)
    assert (await dashboard.members(today)).people == 3
    assert await fetch_value("SELECT count(*) FROM household_mark") > 0


async def test_days_pass_when_nobody_writes(db: Database) -> None:
    """M1: a household ends with its last day, and one that begins later begins, also while no worker runs."""
    joined = await add_household()
    await pay_dues(joined.household_id, 1)
    with clock.travel(timedelta(days=70)):  # its grace is over, however long the month was
        await pay_dues(joined.household_id, 1)
    await figures.settle()
    counted = []
    for days in (0, 45, 70, 110):
        with clock.travel(timedelta(days=days)):
            today = clock.today()
            counted.append((await dashboard.members(today)).households)
            due = await dues.due(today)
            assert sum(month.households for month in due) == (days < 110)
    assert counted == [1, 0, 1, 0]


async def test_uses_of_last_year_are_not_those_of_january(db: Database) -> None:
    """PERF6: what was kept on the last of December is kept, and adds nothing to the new year."""
    with clock.frozen(datetime(2026, 12, 30, 9, tzinfo=UTC)):
        landlord = await live_there("L/01 00001", 3, "orme")
        home = await fetch_value("SELECT id FROM household")
        await add_market()
        await fetch(USE, home, clock.now(), 150)
        await figures.settle()
        [before] = await insight.residences_now(landlord, clock.today())
    with clock.frozen(datetime(2027, 1, 2, 9, tzinfo=UTC)):
        [after] = await insight.residences_now(landlord, clock.today())
        used_by = (await yearly.so_far(clock.today())).totals.used_by
        assert await fetch_value("SELECT count(*) FROM household_mark") == 0
    assert (before.uses, before.saved_cents, before.people) == (1, 150, 3)
    assert (after.uses, after.saved_cents, after.people, used_by) == (0, 0, 3, 0)


async def test_uses_are_counted_once_when_tills_and_worker_run_at_once(db: Database) -> None:
    """V5, PERF6: neither lost nor twice, whoever settles in between."""
    market = await add_market(limit_count=20)
    alice = await add_member()

    async def use() -> None:
        code = await vouchers.claim(alice, market.offer.public_id, SYSTEM, key=codes.random_id())
        scan = Scan(code=code, key=codes.random_id(), till=market.till.caller, price_cents=1000)
        await vouchers.redeem(scan)

    await asyncio.gather(*(act() for _ in range(6) for act in (use, figures.settle)))
    await figures.settle()
    kept = await fetch_value(
        "SELECT uses FROM household_figure WHERE household = $1", alice.household_id
    )
    assert kept == 6
    assert await figures.check() == []


async def test_night_mends_and_names_what_differs(db: Database) -> None:
    """V5: a figure that is not that of its rows is put right, and stands in the record."""
    landlord = await live_there("L/01 00001", 4, "orme")
    await figures.settle()
    await jobs.check()
    assert await verbs() == []
    await fetch("UPDATE household_figure SET people = 9")
    await fetch("UPDATE daily_money SET net_cents = net_cents + 5, payments = payments + 1")
    await fetch("DELETE FROM daily_book WHERE account = '756'")
    await fetch("UPDATE member_step SET change = change + 3 WHERE change > 0")
    await jobs.check()
    assert set(await verbs()) == {"figures.differ", "sums.differ", "steps.differ"}
    assert (await office.members_by_month(clock.today()))[-1].households == 1
    assert (await dashboard.members(clock.today())).people == 4
    [found] = await insight.residences_now(landlord, clock.today())
    assert found.people == 4
    [month] = [each for each in await dues.received(clock.today()) if each.cents]
    paid = await fetch_value("SELECT sum(amount_cents)::bigint FROM payment")
    assert month.total_cents == paid
    await fetch("UPDATE figure_cell SET people = 9")
    assert (await dashboard.members(clock.today())).people == 9
    before = len(await verbs())
    await jobs.check()
    assert (await dashboard.members(clock.today())).people == 4
    assert len(await verbs()) == before + 1
    await jobs.check()
    assert len(await verbs()) == before + 1


async def test_sums_of_a_day_are_one_row_after_a_night(db: Database) -> None:
    """PERF6: rows written side by side are folded, and say the same."""
    for _ in range(3):
        await pay_dues((await add_household()).household_id)
    assert await fetch_value("SELECT count(*) FROM daily_money") == 3
    today = clock.today()
    before = await dues.received(today)
    await jobs.check()
    assert await fetch_value("SELECT count(*) FROM daily_money") == 1
    assert await dues.received(today) == before


async def test_year_that_is_over_tells_money_that_is_found_in_january(db: Database) -> None:
    """B10: a transfer of December stands in the report as in the treasury, whoever asked first."""
    with clock.frozen(datetime(2026, 12, 28, 9, tzinfo=UTC)):
        one = await add_household("Alice", "Martin")
        order = await membership.order_transfer(SYSTEM, one.household_id, 12)
    with clock.frozen(datetime(2027, 1, 1, 4, tzinfo=UTC)):
        await jobs.check()
    with clock.frozen(datetime(2027, 1, 4, 9, tzinfo=UTC)):
        assert not (await document.of_club(2026)).is_over
        on = Entry(date(2026, 12, 30), order.amount_cents, "VIR")
        await lines.add_lines(SYSTEM, [on], "x")
        [line] = await lines.waiting()
        await membership.match_transfer(SYSTEM, line.public_id, order.public_id)
        sums = await books.summary(date(2026, 1, 1), date(2026, 12, 31))
        assert sums.dues_cents == order.amount_cents
        assert (await closed.of_club(2026)).totals.dues_cents == sums.dues_cents
    with clock.frozen(datetime(2027, 2, 1, 9, tzinfo=UTC)):
        assert (await document.of_club(2026)).is_over


async def test_year_that_is_over_is_counted_once(db: Database) -> None:
    """PERF6: what was true on its last day is read as it was first counted."""
    with clock.travel(timedelta(days=-400)):
        await pay_dues((await add_household()).household_id, 24)
    last = clock.today().year - 1
    await closed.close()
    found = await closed.of_club(last)
    assert found.totals.households == 1
    await fetch("DELETE FROM period")
    assert await closed.of_club(last) == found
    assert await fetch_value("SELECT count(*) FROM closed_report") == closed.YEARS
