"""A household does not end over what waits for it at the counter (M5, S2, S6)."""

import pytest

from backend.audit.service import SYSTEM
from backend.billing.rules import PayWay
from backend.kit import codes
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.queries import Member
from backend.orders.errors import OrderMoneyWaits, OrdersOpen, SiteServes, TooLateToUndo
from backend.orders.rules import PayAt
from backend.orders.service import handing, paying
from backend.orders.service.paying import Till
from backend.places import queries as places
from backend.places import service as sites
from tests import orders
from tests.orders import Counter


async def test_a_household_with_an_order_or_its_money_at_the_counter_does_not_end(
    counter: Counter, alice: Member, bob: Member
) -> None:
    """M5, S6: nobody of the other household would see the basket, nor the money owed for it."""
    placed = await counter.order(await counter.baskets(), alice)
    till = Till(cents=800, way=PayWay.CASH, site_id=counter.site_id)
    await paying.take_payment(
        SYSTEM, alice.household_id, [placed.ticket], till, key=codes.random_id()
    )
    with pytest.raises(OrdersOpen):
        await membership.merge(SYSTEM, alice.household_id, bob.household_id)
    await handing.cancel(SYSTEM, placed.ticket, reason="Plus de paniers")
    with pytest.raises(OrderMoneyWaits):
        await membership.leave(SYSTEM, alice.household_id, alice.person_id)
    await paying.give_back(SYSTEM, placed.ticket, till, key=codes.random_id())
    await membership.merge(SYSTEM, alice.household_id, bob.household_id)
    assert (await queries.household_by_id(alice.household_id)).ended_on is not None


async def test_an_order_nobody_paid_ends_with_its_household(
    counter: Counter, alice: Member
) -> None:
    """M5: it is given up by itself, as without this."""
    await counter.order(await counter.baskets(PayAt.ORDER), alice)
    await membership.end_household(SYSTEM, alice.household_id)
    assert (await queries.household_by_id(alice.household_id)).ended_on is not None


async def test_a_site_is_not_closed_over_the_orders_that_wait_there(
    counter: Counter, alice: Member
) -> None:
    """S2, L16: nobody would see them, and their household would find the door closed."""
    placed = await counter.parcel(await counter.parcels(), alice)
    [site] = await places.sites()
    with pytest.raises(SiteServes):
        await sites.close_site(site.slug, SYSTEM)
    await handing.cancel(SYSTEM, placed.ticket, reason="Repris par le livreur")
    await sites.close_site(site.slug, SYSTEM)
    assert await places.sites() == []


async def test_what_was_handed_over_does_not_come_back_to_a_site_that_has_closed_since(
    counter: Counter, alice: Member
) -> None:
    """S2, L16: a gesture that is undone would leave an order where nobody sees it."""
    placed = await counter.order(await counter.service("Copies", {"Une page": 0}), alice)
    await handing.make_ready(SYSTEM, [placed.ticket], "")
    await handing.hand_over(SYSTEM, placed.ticket)
    [site] = await places.sites()
    await sites.close_site(site.slug, SYSTEM)
    with pytest.raises(TooLateToUndo):
        await handing.undo(SYSTEM, placed.ticket)
    assert await orders.state(placed) == "collected"
