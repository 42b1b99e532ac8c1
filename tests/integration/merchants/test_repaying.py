"""Partners' money of Stripe that the treasurer gives back by bank transfer or in cash (B8, P3)."""

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.billing import books, refunds
from backend.billing.errors import OrderUnknown, RefundTooLarge
from backend.billing.rules import PayWay
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.membership import service as membership
from backend.merchants import contracts
from backend.merchants import service as merchants
from backend.settings import Settings
from tests import sign_in
from tests.conftest import Database
from tests.contracts import add_waiting, pay
from tests.factories import add_person, add_role

DUES = 100_000


async def repay(order: str, cents: int, key: str) -> None:
    await merchants.repay_dues(SYSTEM, order, cents, "revenu", PayWay.TRANSFER, None, key=key)


async def test_a_year_is_owed_again_when_its_money_went_back_beside_stripe(db: Database) -> None:
    """B8, P3, M9: a part keeps it; each part has its credit note; never more than is left, and once."""
    public_id = await add_waiting("Roux")
    order = (await pay(public_id, "pi_1")).public_id
    for _ in range(2):
        await repay(order, 40_000, "a")
    assert (await contracts.get_contract(public_id)).paid_at is not None
    with pytest.raises(RefundTooLarge):
        await repay(order, 60_001, "b")
    await repay(order, 60_000, "c")
    assert (await contracts.get_contract(public_id)).paid_at is None
    assert [one.amount_cents for one in await refunds.given_back(order)] == [40_000, 60_000]
    assert await fetch_value("SELECT count(*) FROM invoice WHERE cancels IS NOT NULL") == 2
    told = await books.reconciliation(clock.today(), clock.today())
    assert told.whole
    assert told.parts["transfers"] == -DUES


async def test_the_page_gives_a_partners_money_back(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    """B8: without a way by Stripe, which only dues of members have; the other act knows no such order."""
    public_id = await add_waiting("Roux")
    order = (await pay(public_id, "pi_1")).public_id
    with pytest.raises(OrderUnknown):
        await membership.refund_dues(SYSTEM, order, 100, "geste", key="k")
    manager = await add_person("Hélène", "Vasseur")
    await add_role(manager, Role.MANAGER)
    await sign_in.as_staff(client, settings, manager, sudo=True)
    path = f"/gestion/remboursements/{order}"
    page = (await client.get(path)).text
    assert 'value="transfer" checked' in page
    assert 'value="stripe"' not in page
    sent = {"amount": "1000", "reason": "revenu", "key": "k", "how": "transfer"}
    assert (await sign_in.post(client, settings, path, sent)).status_code == 303
    assert "Tout est rendu" in (await client.get(path)).text
    assert (await contracts.get_contract(public_id)).paid_at is None
