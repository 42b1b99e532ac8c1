"""A landlord's referent: two landlords in one club, figures of the whole, never of somebody."""

from datetime import timedelta

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.insight import closed
from backend.insight import queries as insight
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.membership import service as membership
from backend.membership.rules import Category
from backend.settings import Settings
from tests import sign_in
from tests.conftest import Database
from tests.factories import add_dwelling, add_household, add_person, add_role, pay_dues
from tests.integration.desk.conftest import words
from tests.integration.statements import statements


async def live_there(contract: str, people: int, landlord: str, days: int = 40) -> int:
    """A household of so many adults in a residence of its own, for so many days; the landlord's key."""
    with clock.travel(timedelta(days=-days)):
        return await _move_in(contract, people, landlord)


async def _move_in(contract: str, people: int, landlord: str) -> int:
    await add_dwelling(contract, "80000", 3, landlord=landlord)
    joined = await add_household(
        category=Category.TENANT, contract=contract, postcode="80000", rooms=3
    )
    for number in range(1, people):
        await membership.add_adult(SYSTEM, joined.household_id, f"Bob{number}", "Martin")
    await pay_dues(joined.household_id)
    key: int = await fetch_value("SELECT id FROM landlord WHERE slug = $1", landlord)
    return key


async def enter(client: httpx.AsyncClient, settings: Settings, *landlords: int) -> None:
    person_id = await add_person("Rémi", "Bailly", "remi@example.org")
    for landlord_id in landlords:
        await add_role(person_id, Role.REFERENT, landlord_id)
    await sign_in.as_merchant(client, settings, person_id)


async def test_referent_reads_their_residences_and_no_small_figure(
    client: httpx.AsyncClient, settings: Settings, db: Database
):
    """SEC11: a landlord's own residences; what is about fewer than five people is not said."""
    orme = await live_there("L/01 00001", 9, "orme")
    await live_there("L/01 00002", 6, "orme")
    await live_there("L/01 00003", 2, "orme")
    other = await live_there("L/01 00004", 7, "autre")
    await enter(client, settings, orme)
    page = words((await client.get("/bailleur")).text)
    assert "3 sur 3 logements" in page
    assert page.count("non montré") == 2  # the small one, and the one that would tell it
    assert "Martin" not in page
    hidden = await insight.landlords_of([other])
    asked = words((await client.get(f"/bailleur?bailleur={hidden[0].public_id}")).text)
    assert hidden[0].name not in asked


async def test_referent_of_two_landlords_chooses(
    client: httpx.AsyncClient, settings: Settings, db: Database
):
    one = await live_there("L/01 00001", 5, "orme")
    two = await live_there("L/01 00002", 6, "autre")
    await enter(client, settings, one, two)
    found = {each.name: each.public_id for each in await insight.landlords_of([one, two])}
    page = words((await client.get(f"/bailleur?bailleur={found['autre']}")).text)
    assert "autre" in page
    assert "1 sur 1 logements" in page


async def test_page_asks_little_of_the_database(
    client: httpx.AsyncClient, settings: Settings, db: Database
):
    """PERF6: at most 6 statements a page; the month was counted in its first night."""
    await enter(client, settings, await live_there("L/01 00001", 5, "orme"))
    await closed.close()
    async with statements() as said:
        assert (await client.get("/bailleur")).status_code == 200
    assert len(said) <= 6


async def test_figures_are_those_of_the_lists_they_come_from(db: Database):
    """V5: households, people and uses are counted, not kept; an ended period counts no more."""
    landlord = await live_there("L/01 00001", 5, "orme")
    found = await insight.residences(landlord, clock.today(), clock.today())
    assert [(each.households, each.people, each.dwellings) for each in found] == [(1, 5, 1)]
    assert found[0].share == pytest.approx(100)
    later = clock.today() + timedelta(days=2 * 366)
    found = await insight.residences(landlord, later, clock.today())
    assert [(each.households, each.people) for each in found] == [(0, 0)]
    everywhere = await insight.residences(None, clock.today(), clock.today())
    assert [each.households for each in everywhere] == [1]


async def test_manager_with_sudo_invites_a_referent_who_comes_in(
    client: httpx.AsyncClient, settings: Settings, db: Database
):
    """SEC11: the role is the landlord's alone, and ends with every session."""
    landlord = await live_there("L/01 00001", 5, "orme")
    manager = await add_person("Hélène", "Vasseur", "helene@example.org")
    await add_role(manager, Role.MANAGER)
    await sign_in.as_staff(client, settings, manager, sudo=True)
    at = "/gestion/bailleurs/orme/referents"
    wish = {"given_name": "Rémi", "family_name": "Bailly", "email": "remi@example.org"}
    wrong = await sign_in.post(client, settings, at, {**wish, "email": "remi"})
    assert wrong.status_code == 422
    assert (await sign_in.post(client, settings, at, wish)).status_code == 303
    assert "remi@example.org" in (await client.get(at)).text
    person_id = await fetch_value("SELECT person FROM role_grant WHERE scope_id = $1", landlord)
    public_id = await fetch_value("SELECT public_id FROM person WHERE id = $1", person_id)
    gone = await sign_in.post(client, settings, f"{at}/retrait", {"person": public_id})
    assert gone.status_code == 303
    again = await sign_in.post(client, settings, f"{at}/retrait", {"person": public_id})
    assert again.status_code == 404
    await sign_in.as_merchant(client, settings, person_id)
    assert (await client.get("/bailleur")).status_code == 404
