"""Paid days of a household, under races too."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import asyncpg
import pytest

from backend.audit.service import SYSTEM
from backend.billing.rules import PayWay
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.errors import MonthsUnlikely, NothingToPay, PaidFarAhead
from backend.membership.rules import Category, Status
from tests.conftest import Database
from tests.factories import add_household, open_drawer, pay_dues

NOON = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
PERIOD = (
    "INSERT INTO period (household, during, category, paid_cents, pay_order, created_at)"
    " VALUES ($1, daterange($2, $3), 'tenant', 100, $4, now())"
)


async def an_order(household_id: int) -> int:
    order: int = await fetch_value(
        "INSERT INTO pay_order (public_id, payer, kind, way, label, amount_cents, terms, created_at)"
        " SELECT $2, payer, 'dues', 'cash', '', 100, '{}', now() FROM household WHERE id = $1"
        " RETURNING id",
        household_id,
        codes.random_id(),
    )
    return order


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2026, 1, 1), date(2027, 1, 1)),
        (date(2025, 1, 1), date(2028, 1, 1)),  # encloses
        (date(2026, 6, 1), date(2026, 7, 1)),  # is enclosed
        (date(2026, 12, 31), date(2027, 2, 1)),
    ],
)
async def test_the_database_refuses_overlapping_periods(db: Database, start, end):
    """M2: raw SQL, one enclosing the other included."""
    joined = await add_household()
    order = await an_order(joined.household_id)
    await fetch(PERIOD, joined.household_id, date(2026, 1, 1), date(2027, 1, 1), order)
    with pytest.raises(asyncpg.ExclusionViolationError):
        await fetch(PERIOD, joined.household_id, start, end, order)
    await fetch(PERIOD, joined.household_id, date(2027, 1, 1), date(2028, 1, 1), order)


@pytest.mark.races
async def test_one_of_twenty_parallel_inserts_stands(db: Database):
    """M2: under 20 parallel inserts, some enclosing others; as a control, two without the guard."""
    joined = await add_household()
    order = await an_order(joined.household_id)
    barrier = asyncio.Barrier(20)
    guarded = f"{PERIOD} ON CONFLICT ON CONSTRAINT period_no_overlap DO NOTHING RETURNING id"

    async def insert(at: int) -> bool:
        connection = await asyncpg.connect(db.app_url)
        await barrier.wait()
        start, end = date(2026, 1, 1) - timedelta(at), date(2027, 1, 1) + timedelta(at)
        done = await connection.fetch(guarded, joined.household_id, start, end, order)
        await connection.close()
        return bool(done)

    won = await asyncio.gather(*(insert(at) for at in range(20)))
    assert sum(won) == 1
    assert await fetch_value("SELECT count(*) FROM period") == 1
    await fetch("UPDATE period SET cancelled_at = now()")
    await fetch(PERIOD, joined.household_id, date(2026, 1, 1), date(2027, 1, 1), order)
    assert await fetch_value("SELECT count(*) FROM period") == 2


@pytest.mark.races
async def test_parallel_desks_extend_one_after_another(db: Database):
    """M2: four counters take dues of one household at once: four periods side by side."""
    await open_drawer()
    joined = await add_household()
    with clock.frozen(NOON):
        taken = await asyncio.gather(
            *(
                membership.take_dues(
                    SYSTEM, joined.household_id, 1, PayWay.CASH, None, key=f"desk {at}"
                )
                for at in range(4)
            )
        )
    spans = sorted(one.span for one in taken)
    assert spans[0].start == date(2026, 11, 21)
    assert all(after.start == before.end + timedelta(1) for before, after in pairwise(spans))


async def test_dues_of_the_desk_give_days_and_a_receipt(db: Database):
    """M4: some months in cash, one call: the days, the money, the receipt."""
    joined = await add_household(category=Category.TENANT)
    with clock.frozen(NOON):
        taken = await membership.take_dues(
            SYSTEM, joined.household_id, 5, PayWay.CHEQUE, None, key="k"
        )
        standing = await queries.standing(joined.household_id)
    assert taken.amount_cents == 500
    assert taken.receipt == "C-2026-00001"
    assert (standing.status, standing.paid_until) == (Status.CURRENT, date(2027, 4, 20))
    assert standing.grace_until == date(2027, 5, 20)
    lines = await fetch("SELECT account, debit_cents, credit_cents FROM journal_line ORDER BY id")
    assert [tuple(line) for line in lines] == [("5112", 500, 0), ("756", 0, 500)]


async def test_dues_are_taken_once_when_the_button_is_pressed_twice(db: Database):
    await open_drawer()
    joined = await add_household()
    first = await membership.take_dues(SYSTEM, joined.household_id, 1, PayWay.CASH, None, key="k")
    again = await membership.take_dues(SYSTEM, joined.household_id, 1, PayWay.CASH, None, key="k")
    assert again == first
    assert await fetch_value("SELECT count(*) FROM payment") == 1


@pytest.mark.parametrize("months", [0, -1, 25])
async def test_months_are_1_to_24(db: Database, months):
    """M4: 1 to 24 months."""
    joined = await add_household()
    with pytest.raises(MonthsUnlikely):
        await membership.take_dues(SYSTEM, joined.household_id, months, PayWay.CASH, None, key="k")


async def test_a_renewal_in_grace_goes_on_from_the_old_end(db: Database):
    """M3: through the whole use case, before term, in grace and after it."""
    joined = await add_household()
    with clock.frozen(NOON):
        await pay_dues(joined.household_id, 1)  # to 20 December
    with clock.frozen(NOON + timedelta(days=50)):  # 10 January, in grace
        assert (await queries.standing(joined.household_id)).status is Status.GRACE
        assert (await pay_dues(joined.household_id, 1)).span.start == date(2026, 12, 21)
    with clock.frozen(NOON + timedelta(days=150)):
        assert (await queries.standing(joined.household_id)).status is Status.LAPSED
        assert (await pay_dues(joined.household_id, 1)).span.start == date(2027, 4, 20)


async def test_another_year_is_refused_when_one_is_ahead(db: Database):
    joined = await add_household()
    await pay_dues(joined.household_id, 13)
    with pytest.raises(PaidFarAhead):
        await pay_dues(joined.household_id, 1)


async def test_prices_are_dated_and_never_change_what_was_sold(db: Database):
    """M10: a new price from a day on; past periods and receipts keep theirs."""
    joined = await add_household(category=Category.TENANT)
    with clock.frozen(NOON):
        old = await pay_dues(joined.household_id, 1)
        before = await fetch("SELECT printed FROM receipt")
        await membership.set_price(SYSTEM, Category.TENANT, 150, date(2026, 12, 1))
        await membership.set_price(SYSTEM, Category.TENANT, 200, date(2027, 1, 1))
        assert await queries.month_price(Category.TENANT, date(2026, 11, 30)) == 100
        assert await queries.month_price(Category.TENANT, date(2026, 12, 31)) == 150
        assert await queries.month_price(Category.TENANT, date(2027, 1, 1)) == 200
    with clock.frozen(NOON + timedelta(days=15)):
        assert (await pay_dues(joined.household_id, 2)).amount_cents == 300
        assert (await queries.month_prices(clock.today()))[Category.NEIGHBOUR] == 500
    assert await fetch("SELECT printed FROM receipt ORDER BY id LIMIT 1") == before
    assert (await queries.periods_of(joined.household_id))[-1].paid_cents == old.amount_cents


async def test_a_free_household_has_nothing_to_pay(db: Database):
    """M10: the free category has a price too: nothing."""
    joined = await add_household(category=Category.FREE)
    with pytest.raises(NothingToPay):
        await pay_dues(joined.household_id, 1)
