"""A way of paying that the club closed is not shown, and refused by the use cases (B1)."""

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.billing import bank, ways
from backend.billing.bank import BankWish
from backend.billing.errors import WayClosed
from backend.billing.rules import PayWay
from backend.billing.ways import Way
from backend.kit import codes
from backend.kit.database import fetch_value
from backend.membership import service as membership
from backend.settings import Settings
from tests.conftest import Database
from tests.factories import add_household, open_drawer
from tests.sign_in import as_tenant, post

ALL = frozenset(Way)
PAY = "/compte/cotisation/payer"


async def close(*closed: Way) -> None:
    await ways.set_ways(SYSTEM, ALL - set(closed))


@pytest.mark.parametrize("way", [PayWay.ONLINE, PayWay.MONTHLY])
async def test_nothing_is_ordered_when_the_way_is_closed(db: Database, way: PayWay) -> None:
    """B1: the treasurer can switch either online way off."""
    joined = await add_household("Alice", "Martin")
    await close(Way(way))
    with pytest.raises(WayClosed):
        await membership.order_dues(joined.household_id, way, SYSTEM, done_path="/", back_path="/")
    assert await fetch_value("SELECT count(*) FROM pay_order") == 0


@pytest.mark.parametrize("way", [PayWay.CASH, PayWay.CHEQUE, PayWay.TRANSFER])
async def test_nothing_is_taken_when_the_way_is_closed(db: Database, way: PayWay) -> None:
    """B1: nor over the counter."""
    joined = await add_household("Alice", "Martin")
    await open_drawer()
    await close(Way(way))
    with pytest.raises(WayClosed):
        await membership.take_dues(
            SYSTEM, joined.household_id, 12, way, None, key=codes.random_id()
        )
    assert await fetch_value("SELECT count(*) FROM payment") == 0


@pytest.mark.parametrize("open_", [True, False])
async def test_the_page_takes_a_debit_only_when_it_is_open(db: Database, open_: bool) -> None:
    """B1: the debit is a way inside Stripe's page."""
    joined = await add_household("Alice", "Martin")
    if not open_:
        await close(Way.SEPA)
    await membership.order_dues(
        joined.household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/"
    )
    asked = await fetch_value(
        "SELECT (payload ->> 'debit')::bool FROM outbox WHERE kind = 'checkout'"
    )
    assert asked is open_


async def test_only_open_ways_are_shown_when_a_member_pays(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    joined = await add_household("Alice", "Martin")
    await as_tenant(client, settings, joined.person_id)
    both = (await client.get(PAY)).text
    assert "12 mois d’un coup" in both
    assert "Chaque mois" in both
    await close(Way.MONTHLY, Way.SEPA)
    year = (await client.get(f"{PAY}?facon=monthly")).text
    assert "Chaque mois" not in year
    assert "prélèvement" not in year
    assert 'value="online"' in year
    refused = await post(client, settings, PAY, {"facon": "monthly"})
    assert refused.status_code == 409
    assert "ne prend plus ce moyen" in refused.text
    await close(Way.ONLINE)
    assert 'value="monthly"' in (await client.get(PAY)).text
    await close(Way.ONLINE, Way.MONTHLY)
    none = (await client.get(PAY)).text
    assert "Venez payer au comptoir" in none
    assert 'id="payer"' not in none


async def test_the_account_is_shown_when_transfers_are_taken(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    """With the order's own reference, once a transfer is asked for."""
    joined = await add_household("Alice", "Martin")
    await as_tenant(client, settings, joined.person_id)
    assert "virement" not in (await client.get(PAY)).text
    await bank.set_account(SYSTEM, BankWish("Club", "FR7630006000011234567890189", "AGRIFRPP"))
    assert "FR76 3000" not in (await client.get(PAY)).text
    await post(client, settings, "/compte/cotisation/virement", {})
    page = (await client.get(PAY)).text
    assert "FR76 3000" in page
    await close(Way.TRANSFER)
    assert "FR76 3000" not in (await client.get(PAY)).text
