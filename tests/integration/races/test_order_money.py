"""One order at two counters at once: paid once, handed over or cancelled, its money given back once (S2, S6)."""

import asyncio

import pytest

from backend.audit.service import SYSTEM
from backend.billing.rules import PayWay
from backend.kit import clock, codes
from backend.kit.database import fetch_value
from backend.kit.errors import DomainError
from backend.membership.queries import Member
from backend.orders.service import handing, paying
from backend.orders.service.ordering import Placed
from backend.orders.service.paying import Till
from tests import factories, lending, orders
from tests.conftest import Database
from tests.lending import day
from tests.orders import Counter

pytestmark = pytest.mark.races
MONDAY = day("2026-11-23", 10)
TIMES = 10
DRAWER = "SELECT coalesce(sum(CASE WHEN kind = 'payment' THEN amount_cents ELSE -amount_cents END), 0) FROM payment"


def cash(counter: Counter) -> Till:
    return Till(cents=350, way=PayWay.CASH, site_id=counter.site_id)


async def pay(counter: Counter, member: Member, placed: Placed) -> object:
    return await paying.take_payment(
        SYSTEM, member.household_id, [placed.ticket], cash(counter), key=codes.random_id()
    )


async def give_back(counter: Counter, placed: Placed) -> object:
    return await paying.give_back(SYSTEM, placed.ticket, cash(counter), key=codes.random_id())


async def test_an_order_is_paid_once_and_given_back_once(db: Database) -> None:
    """S6: ten clerks take its money, ten give it back: each time one does, the others hear why not."""
    with clock.frozen(MONDAY):
        counter = await orders.counter_of(await lending.add_shelf())
        await factories.open_drawer(counter.site_id, 2000)
        alice = await factories.add_member("Alice", "Martin")
        before = await fetch_value(DRAWER)
        placed = await counter.order(await counter.pressing(), alice)
        paid = await asyncio.gather(
            *(pay(counter, alice, placed) for _ in range(TIMES)), return_exceptions=True
        )
        assert sum(isinstance(each, DomainError) for each in paid) == TIMES - 1
        assert await fetch_value(DRAWER) - before == 350
        await handing.cancel(SYSTEM, placed.ticket)
        given = await asyncio.gather(
            *(give_back(counter, placed) for _ in range(TIMES)), return_exceptions=True
        )
        assert sum(isinstance(each, DomainError) for each in given) == TIMES - 1
        assert await fetch_value(DRAWER) == before
        assert await orders.state(placed) == "refunded"


async def test_an_order_is_handed_over_or_cancelled_never_both(db: Database) -> None:
    """S2: whoever is first; the other one hears so, and the money is where the order is."""
    with clock.frozen(MONDAY):
        counter = await orders.counter_of(await lending.add_shelf())
        await factories.open_drawer(counter.site_id, 2000)
        alice, pressing = await factories.add_member("Alice", "Martin"), await counter.pressing()
        for _ in range(TIMES):
            placed = await counter.order(pressing, alice)
            await pay(counter, alice, placed)
            await handing.make_ready(SYSTEM, [placed.ticket], "A1")
            answers = await asyncio.gather(
                handing.hand_over(SYSTEM, placed.ticket, alice.household_id),
                handing.cancel(SYSTEM, placed.ticket),
                return_exceptions=True,
            )
            assert [isinstance(each, DomainError) for each in answers].count(True) == 1
            ticket = await orders.ticket(placed)
            assert ticket.paid_cents == 350
            collected = not isinstance(answers[0], DomainError)
            assert ticket.state.value == ("collected" if collected else "cancelled")
