"""A merchant's own tills: enrolled by a link shown once, renamed, revoked; nobody else's."""

import re

import httpx
import pytest

from backend.kit import codes
from backend.kit.database import fetch_value
from backend.merchants import queries
from backend.merchants import service as merchants
from backend.settings import Settings
from tests import factories
from tests.conftest import Database
from tests.factories import Market
from tests.integration.portal.merchant import enter
from tests.sign_in import post

HERE = "/partenaire/caisses"


@pytest.fixture
async def market(db: Database) -> Market:
    return await factories.add_market()


async def make(client: httpx.AsyncClient, settings: Settings, market: Market) -> str:
    """The address of a new till, whose link was not yet seen."""
    path = f"/partenaire/points-de-vente/{market.shop.public_id}/caisses"
    answer = await post(client, settings, path, {"name": "Téléphone de Nadia"})
    assert answer.status_code == 303
    return str(answer.headers["location"])


async def test_link_of_a_new_till_is_shown_once_and_enrols_a_phone(
    client: httpx.AsyncClient, settings: Settings, market: Market
) -> None:
    """V24: enrolment by a one-time link, told on one page and never again."""
    await enter(client, settings, market.partner.id)
    there = await make(client, settings, market)
    page = await client.get(there)
    found = re.search(r"/caisse/inscription/([\w-]+)", page.text)
    assert found is not None
    assert found[1] not in (await client.get(there)).text
    enrolled = await merchants.enrol(found[1])
    assert enrolled.till_name == "Téléphone de Nadia"
    listed = await client.get("/partenaire/points-de-vente")
    assert "Téléphone de Nadia" in listed.text


async def test_till_is_renamed_and_revoked_by_its_merchant(
    client: httpx.AsyncClient, settings: Settings, market: Market
) -> None:
    """V24: a lost phone is refused at its next contact."""
    await enter(client, settings, market.partner.id)
    there = f"{HERE}/{market.till.caller.till_public_id}"
    await post(client, settings, f"{there}/nom", {"name": "Comptoir"})
    till = await queries.find_till(market.till.caller.till_public_id)
    assert till is not None
    assert till.name == "Comptoir"
    await post(client, settings, f"{there}/fermeture")
    caller = await queries.find_till_caller(codes.hash_token(market.till.token), bearer=True)
    assert caller is not None
    assert caller.revoked


async def test_new_link_moves_a_till_to_another_phone(
    client: httpx.AsyncClient, settings: Settings, market: Market
) -> None:
    """V24: one till, one phone."""
    await enter(client, settings, market.partner.id)
    answer = await post(client, settings, f"{HERE}/{market.till.caller.till_public_id}/lien")
    page = await client.get(answer.headers["location"])
    found = re.search(r"/caisse/inscription/([\w-]+)", page.text)
    assert found is not None
    await merchants.enrol(found[1])
    old = await queries.find_till_caller(codes.hash_token(market.till.cookie), bearer=False)
    assert old is None


@pytest.mark.parametrize("act", ["nom", "lien", "fermeture"])
async def test_till_of_another_partner_is_not_there(
    client: httpx.AsyncClient, settings: Settings, market: Market, act: str
) -> None:
    """SEC11: a merchant touches only its own."""
    other = await factories.add_market("Autre enseigne")
    await enter(client, settings, other.partner.id)
    there = f"{HERE}/{market.till.caller.till_public_id}"
    assert (await client.get(there)).status_code == 404
    assert (await post(client, settings, f"{there}/{act}", {"name": "À moi"})).status_code == 404
    kept = "SELECT count(*) FROM till WHERE revoked_at IS NULL AND enrol_hash IS NULL AND name = $1"
    assert await fetch_value(kept, market.till.caller.till_name) == 2


async def test_till_is_made_in_no_shop_of_another_partner(
    client: httpx.AsyncClient, settings: Settings, market: Market
) -> None:
    """SEC11."""
    other = await factories.add_partner("Autre enseigne")
    await enter(client, settings, other.id)
    path = f"/partenaire/points-de-vente/{market.shop.public_id}/caisses"
    assert (await post(client, settings, path, {"name": "À moi"})).status_code == 404
    assert await fetch_value("SELECT count(*) FROM till") == 1


async def test_form_comes_back_when_a_till_has_no_name(
    client: httpx.AsyncClient, settings: Settings, market: Market
) -> None:
    """UX5: it says which field to fill."""
    await enter(client, settings, market.partner.id)
    path = f"/partenaire/points-de-vente/{market.shop.public_id}/caisses"
    answer = await post(client, settings, path, {"name": " "})
    assert answer.status_code == 422
    assert "Remplissez ce champ." in answer.text
