"""What goes back of an order, and what asks for nothing any more: no other sum, and nothing too early (S6)."""

import pytest

from backend.audit.service import SYSTEM
from backend.billing import queries as billing
from backend.billing.rules import OrderState
from backend.kit import codes
from backend.membership.queries import Member
from backend.orders.errors import NothingToReturn, OrderAmountChanged
from backend.orders.rules import PayAt
from backend.orders.service import handing, paying
from backend.orders.service.ordering import Placed
from tests import orders
from tests.integration.orders.test_money import PAID, cash, drawn, take
from tests.orders import Counter, mine


async def give(counter: Counter, placed: Placed, cents: int) -> None:
    await paying.give_back(SYSTEM, placed.ticket, cash(counter, cents), key=codes.random_id())


async def test_no_other_sum_goes_back_than_was_paid(counter: Counter, alice: Member) -> None:
    """S6: neither a cent more nor a cent less, whatever a page said."""
    placed = await counter.order(await counter.baskets(), alice)
    await take(counter, alice, 800, placed)
    await handing.cancel(SYSTEM, placed.ticket)
    for cents in (799, 801):
        with pytest.raises(OrderAmountChanged):
            await give(counter, placed, cents)
    await give(counter, placed, 800)
    assert (await drawn(counter), await orders.state(placed)) == (0, "refunded")


async def test_nothing_goes_back_while_an_order_stands(counter: Counter, alice: Member) -> None:
    """S6: it is cancelled or collected first."""
    placed = await counter.order(await counter.baskets(), alice)
    await take(counter, alice, 800, placed)
    with pytest.raises(NothingToReturn):
        await give(counter, placed, 800)
    assert (await drawn(counter), await orders.state(placed)) == (800, "confirmed")


async def test_open_page_asks_for_nothing_once_its_order_is_cancelled(
    counter: Counter, alice: Member
) -> None:
    """S6: a page of Stripe's that somebody left open closes with it."""
    placed = await counter.order(await counter.baskets(PayAt.EITHER), alice, pay_now=True)
    page = await paying.order_payment(alice.household_id, placed.ticket, mine(alice), **PAID)
    assert (await billing.get_order(page.public_id)).state() is OrderState.OPEN
    await handing.cancel(mine(alice), placed.ticket, alice.household_id)
    assert (await billing.get_order(page.public_id)).state() is OrderState.CANCELLED
