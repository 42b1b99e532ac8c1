"""The day at the counter, and where it stands."""

from datetime import timedelta

import pytest

from backend.identity.rules import Role
from backend.kit import clock, codes
from backend.kit.database import fetch_value
from backend.membership.rules import Category
from tests import sign_in
from tests.factories import add_household, add_member, add_person, add_role, pay_dues
from tests.integration.desk.conftest import Counter

PAGES = [
    "/comptoir",
    "/comptoir/personnes",
    "/comptoir/personnes?q=odette",
    "/comptoir/adhesions/nouvelle",
    "/comptoir/poste",
]


async def add_site(name: str) -> str:
    public_id = codes.random_id()
    await fetch_value(
        "INSERT INTO site (public_id, slug, name, street, postcode, town, phone)"
        " VALUES ($1, $2, $2, '1 place du Marché', '80000', 'Amiens', '')",
        public_id,
        name,
    )
    return public_id


@pytest.mark.parametrize("path", PAGES)
async def test_page_opens_for_the_desk_and_nobody_else(desk, settings, path):
    """SEC8, SEC11: staff with a second factor and the right role, or nothing at all."""
    assert (await desk.browser.get(path)).status_code == 200
    stranger = await add_person("Eve", "Martin")
    await sign_in.as_tenant(desk.browser, settings, stranger)
    assert (await desk.browser.get(path)).status_code == 404
    treasurer = await add_person("Tom", "Compte")
    await add_role(treasurer, Role.TREASURER)
    await sign_in.as_staff(desk.browser, settings, treasurer)
    assert (await desk.browser.get(path)).status_code == 404
    await add_role(treasurer, Role.DESK)
    await sign_in.sign_in(desk.browser, settings, treasurer, sign_in.SessionKind.STAFF)
    assert (await desk.browser.get(path)).status_code == 303


async def test_day_shows_what_waits_when_something_does(desk: Counter):
    await add_household("Rachid", "Amrani", category=Category.TENANT, contract="L/9")
    yolande = await add_member("Yolande", "Caron", "yolande@example.org")
    until = yolande.paid_until
    assert until is not None
    with clock.travel(timedelta(days=(until - clock.today()).days - 3)):
        await sign_in.as_staff(desk.browser, desk.settings, desk.person_id)
        page = await desk.open("/comptoir")
    assert "2 à faire" in page
    assert "Rachid Amrani Logement à vérifier" in page
    assert "Yolande Caron Adhésion bientôt finie" in page


async def test_day_says_that_nothing_waits_when_nothing_does(desk: Counter):
    page = await desk.open("/comptoir")
    assert "Rien n’attend" in page
    assert "Personne pour le moment aujourd’hui." in page


async def test_money_and_people_of_today_are_shown_when_dues_came_in(desk: Counter, odette):
    to = f"/comptoir/personnes/{odette.person_public_id}/cotisation"
    await desk.done(to, months=12, way="cash", key="a")
    page = await desk.open("/comptoir")
    assert "En espèces · 1 60,00" in page
    assert "Odette Leroy Cotisation encaissée" in page


async def test_money_goes_to_the_site_of_this_computer_when_there_are_two(desk: Counter, odette):
    await add_site("Gare")
    market = await add_site("Marché")
    assert "Où est ce poste ?" in await desk.open("/comptoir")
    to = f"/comptoir/personnes/{odette.person_public_id}/cotisation"
    refused = await desk.send(to, months=1, way="cheque", key="a")
    assert refused.status_code == 409
    assert "Choisissez-la dans «\xa0Mon poste\xa0»" in refused.text
    await desk.done("/comptoir/poste", site=market)
    page = await desk.open("/comptoir")
    assert "Où est ce poste ?" not in page
    await desk.done(to, months=1, way="cheque", key="a")
    assert (
        await fetch_value("SELECT s.name FROM payment p JOIN site s ON s.id = p.site") == "Marché"
    )
    assert "Par chèque · 1 5,00" in await desk.open("/comptoir")
    await pay_dues(odette.household_id)
    assert "En espèces" not in await desk.open("/comptoir")


async def test_site_is_refused_when_it_is_not_of_the_list(desk: Counter):
    await add_site("Gare")
    await add_site("Marché")
    answer = await desk.send("/comptoir/poste", site="ailleurs")
    assert answer.status_code == 422
    assert "Choisissez une conciergerie de la liste." in answer.text
