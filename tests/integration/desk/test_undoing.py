"""Money of seats and services that the counter took by mistake is given back by a manager, in their file (B8, A1, S6)."""

from collections.abc import Awaitable, Callable

import pytest

from backend.activities.service import paying as seats
from backend.audit.service import SYSTEM
from backend.billing import queries as billing
from backend.billing.counter import Till
from backend.billing.rules import PayWay
from backend.kit import codes
from backend.membership import queries
from backend.membership.queries import Member
from backend.orders.service import paying as services
from tests import activities, factories, lending, orders
from tests.integration.desk.conftest import Counter


async def pay_order(member: Member) -> None:
    place = await orders.counter_of(await lending.add_shelf())
    placed = await place.order(await place.service("Copies", {"Cent pages": 500}), member)
    await factories.open_drawer(place.site_id)
    till = services.Till(cents=500, way=PayWay.CASH, site_id=place.site_id)
    key = codes.random_id()
    await services.take_payment(SYSTEM, member.household_id, [placed.ticket], till, key=key)


async def pay_seat(member: Member) -> None:
    found = await activities.session(activities.soon(), price_cents=500)
    await activities.take(member, found)
    till = Till(cents=500, way=PayWay.CASH, site_id=None)
    key = codes.random_id()
    await seats.take_payment(SYSTEM, member.household_id, found.public_id, till, key=key)


@pytest.mark.parametrize("pay", [pay_order, pay_seat])
async def test_a_manager_gives_back_what_was_taken_wrongly(
    desk: Counter, manager: Counter, odette: Member, pay: Callable[[Member], Awaitable[None]]
) -> None:
    """B8, A1, S6: asked first, with its sum; done once, and its receipt says so."""
    at = f"/comptoir/personnes/{odette.person_public_id}"
    await desk.done(f"{at}/cotisation", months="1", way="cash", key="a")
    member = await queries.find_member(odette.person_id)
    assert member is not None
    await pay(member)
    order = (await billing.receipts_of(member.payer_id))[0].order_public_id
    undo = f"{at}/paiements/{order}/annulation"
    assert undo not in (await desk.browser.get(f"{at}/paiements")).text
    assert undo in (await manager.browser.get(f"{at}/paiements")).text
    assert "Elle doit de nouveau cette somme." in await manager.open(undo)
    await manager.done(undo, reason="Mauvaise somme")
    assert undo not in await manager.open(f"{at}/paiements")
    assert (await manager.send(undo, reason="encore")).status_code == 409
