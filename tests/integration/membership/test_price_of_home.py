"""A price that changes with the home: what runs at the old one is stopped first (M10)."""

from collections.abc import Awaitable, Callable

import pytest

from backend.audit.service import SYSTEM
from backend.billing import lines
from backend.billing import queries as billing
from backend.billing.rules import OrderState, PayWay
from backend.billing.statements import Entry
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.errors import PlanStillRuns
from backend.membership.rules import Category, Proof, Status
from backend.sandbox.stripe.remote import Remote
from tests.conftest import Database
from tests.factories import add_household
from tests.integration.billing.test_checkout import order
from tests.integration.billing.test_misfortunes import send_all, subscription_of
from tests.integration.membership.test_households import ELSEWHERE
from tests.paying import events, pay

Act = Callable[[int], Awaitable[object]]


async def leave_landlord(household_id: int) -> None:
    await membership.become_neighbours(SYSTEM, household_id)


async def move_house(household_id: int) -> None:
    await membership.rehouse(SYSTEM, household_id, ELSEWHERE)


async def be_checked(household_id: int) -> None:
    await membership.close_check(SYSTEM, household_id, Proof.NEIGHBOUR)


ACTS = [leave_landlord, move_house, be_checked]


@pytest.mark.parametrize("act", ACTS)
async def test_plan_is_stopped_first_when_the_home_changes_the_price(stripe: Remote, act: Act):
    """M10, B1: nobody who is a neighbour pays the tenants' price each month for ever."""
    joined = await add_household(category=Category.TENANT, contract="L/99 00001", postcode="80000")
    await pay(stripe, (await order(joined, PayWay.MONTHLY)).public_id)
    await events(stripe)
    with pytest.raises(PlanStillRuns):
        await act(joined.household_id)
    household = await queries.household_by_id(joined.household_id)
    assert (household.category, household.proof) == (Category.TENANT, Proof.TO_CHECK)


@pytest.mark.parametrize("act", ACTS)
async def test_page_closes_when_the_home_changes_the_price(stripe: Remote, act: Act):
    """M10: a page left open at the tenants' price sells nothing to a neighbour."""
    joined = await add_household(category=Category.TENANT, contract="L/99 00001", postcode="80000")
    opened = await order(joined)
    await act(joined.household_id)
    assert (await billing.get_order(opened.public_id)).state() is OrderState.CANCELLED
    household = await queries.household_by_id(joined.household_id)
    assert household.category is Category.NEIGHBOUR


async def test_page_stays_open_when_the_price_is_that_of_the_old_home(stripe: Remote):
    """M10, B1: a tenant who moves to another dwelling pays on as before."""
    joined = await add_household(category=Category.TENANT, contract="L/99 00001", postcode="80000")
    await pay(stripe, (await order(joined, PayWay.MONTHLY)).public_id)
    await events(stripe)
    wish = membership.HomeWish(street="9 rue du Four", postcode="80000", town="Amiens")
    await membership.rehouse(SYSTEM, joined.household_id, wish)
    assert await queries.find_plan(joined.household_id) is not None


async def test_transfer_under_way_still_counts_when_the_price_changes(db: Database):
    """M10, B10: what was ordered at the old price and sent to the bank is matched by its reference."""
    joined = await add_household()
    sent = await membership.order_transfer(SYSTEM, joined.household_id, 12)
    await membership.set_category(SYSTEM, joined.household_id, Category.REDUCED)
    asked = await membership.order_transfer(SYSTEM, joined.household_id, 12)
    assert asked.amount_cents < sent.amount_cents
    label = f"VIR {await reference_of(sent.public_id)}"
    await lines.add_lines(SYSTEM, [Entry(clock.today(), sent.amount_cents, label)], "x")
    [line] = await lines.waiting()
    assert [each.order for each in await lines.candidates(line)] == [sent.public_id]
    await membership.match_transfer(SYSTEM, line.public_id, sent.public_id)
    assert (await queries.standing(joined.household_id)).status is Status.CURRENT


async def reference_of(order: str) -> str:
    reference: str = await fetch_value(
        "SELECT reference FROM pay_order WHERE public_id = $1", order
    )
    return reference


async def test_the_next_month_costs_what_the_merged_household_pays(stripe: Remote):
    """M10, M5: a tenant's plan is stopped before they live with neighbours, whose own price goes on."""
    tenant = await add_household(category=Category.TENANT, contract="L/99 00001", postcode="80000")
    await pay(stripe, (await order(tenant, PayWay.MONTHLY)).public_id)
    neighbour = await add_household("Zoé", "Petit")
    own = await order(neighbour, PayWay.MONTHLY)
    await pay(stripe, own.public_id)
    await events(stripe)
    homes = (tenant.household_id, neighbour.household_id)
    for act in (
        membership.merge(SYSTEM, *homes),
        membership.move(SYSTEM, tenant.person_id, *homes),
    ):
        with pytest.raises(PlanStillRuns):
            await act
    await membership.stop_monthly(SYSTEM, tenant.household_id)
    await send_all()
    await events(stripe)
    await membership.merge(SYSTEM, *homes)
    await stripe.advance(await subscription_of(own.public_id))
    await events(stripe)
    asked = await queries.month_price(Category.NEIGHBOUR, clock.today())
    assert asked != await queries.month_price(Category.TENANT, clock.today())
    last = "SELECT amount_cents FROM payment ORDER BY id DESC LIMIT 1"
    assert await fetch_value(last) == asked
