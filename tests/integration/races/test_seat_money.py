"""One seat at two counters at once: paid once, given up or kept, its money given back once (A1, A2)."""

import asyncio

import pytest

from backend.activities import money
from backend.activities import service as activities
from backend.activities.service import paying
from backend.audit.service import SYSTEM
from backend.billing.counter import Till
from backend.billing.rules import PayWay
from backend.kit import codes
from backend.kit.errors import DomainError
from backend.membership.queries import Member
from tests import factories
from tests.activities import seat_of, session, soon, take
from tests.conftest import Database

pytestmark = pytest.mark.races
TIMES = 8
TILL = Till(cents=500, way=PayWay.CASH, site_id=None)


async def pay(member: Member, found: str) -> object:
    return await paying.take_payment(
        SYSTEM, member.household_id, found, TILL, key=codes.random_id()
    )


async def give_back(order: str) -> object:
    return await paying.give_back(SYSTEM, order, TILL, key=codes.random_id())


async def test_a_seat_is_paid_once_and_given_back_once(db: Database) -> None:
    """A1: clerks take its money at once, then give it back: each time one does, the others hear why not."""
    await factories.open_drawer(None, 2000)
    alice = await factories.add_member("Alice", "Martin")
    found = await session(soon(), price_cents=500)
    await take(alice, found)
    paid = await asyncio.gather(
        *(pay(alice, found.public_id) for _ in range(TIMES)), return_exceptions=True
    )
    assert sum(isinstance(each, DomainError) for each in paid) == TIMES - 1
    await activities.leave_for(SYSTEM, await seat_of(alice, found))
    [rest] = await money.rests(alice.household_id)
    given = await asyncio.gather(
        *(give_back(rest.order) for _ in range(TIMES)), return_exceptions=True
    )
    assert sum(isinstance(each, DomainError) for each in given) == TIMES - 1
    assert await money.rests(alice.household_id) == []


async def test_a_seat_that_is_paid_while_it_is_given_up_leaves_no_money_behind(
    db: Database,
) -> None:
    """A2: whoever is first: it is not owed any more, or what was paid waits to be given back."""
    await factories.open_drawer(None, 2000)
    alice = await factories.add_member("Alice", "Martin")
    for _ in range(TIMES):
        found = await session(soon(), price_cents=500)
        await take(alice, found)
        paid, _left = await asyncio.gather(
            pay(alice, found.public_id),
            activities.leave_for(SYSTEM, await seat_of(alice, found)),
            return_exceptions=True,
        )
        waits = sum(one.cents for one in await money.rests_in(found.public_id))
        assert waits == (0 if isinstance(paid, DomainError) else 500)
