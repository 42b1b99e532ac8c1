"""Each page of the office: shown, changed, refused, and only for managers."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.membership import queries as membership
from backend.membership.rules import Category, Proof
from backend.places import queries
from backend.places import service as places
from backend.places.service import Wish
from backend.settings import Settings
from tests.factories import add_household, add_person, add_role, pay_dues
from tests.integration.office.conftest import Post
from tests.integration.statements import statements
from tests.landlord_lists import export, rows
from tests.sign_in import as_staff, as_tenant

Browser = httpx.AsyncClient
PAGES = (
    "/gestion",
    "/gestion/verifications",
    "/gestion/bailleurs",
    "/gestion/imports",
    "/gestion/points",
    "/gestion/points/nouveau",
    "/gestion/textes",
    "/gestion/textes/conditions",
    "/gestion/club",
    "/gestion/club/cotisations",
    "/gestion/club/banque",
    "/gestion/club/rappels",
    "/gestion/club/messages",
    "/gestion/club/historique",
)


async def habitat(count: int = 20) -> None:
    wish = Wish(
        content=export(rows(count)), file_name="a.csv", landlord_name="Habitat", by_name="B"
    )
    await places.import_dwellings(wish, SYSTEM)


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_says_what_will_be_there_when_the_club_is_empty(
    office: Browser, path: str
) -> None:
    """UX5: empty states; one first-level title; the menu says where I am."""
    page = await office.get(path)
    assert page.status_code == 200
    assert page.text.count("<h1") == 1
    assert 'aria-current="page"' in page.text


@pytest.mark.parametrize("path", PAGES)
async def test_the_office_is_closed_when_the_caller_is_no_manager(
    client: Browser, settings: Settings, path: str
) -> None:
    """SEC11: a stranger signs in, a tenant and a clerk find nothing."""
    assert (await client.get(path)).headers["location"].startswith("/connexion/equipe")
    clerk = await add_person("Carole", "Dupont")
    await as_tenant(client, settings, clerk)
    assert (await client.get(path)).status_code == 404
    await add_role(clerk, Role.DESK)
    await as_staff(client, settings, clerk)
    assert (await client.get(path)).status_code == 404


async def test_the_dashboard_tells_figures_and_what_waits(office: Browser) -> None:
    joined = await add_household("Amina", "Diallo")
    await pay_dues(joined.household_id)
    await add_household(
        "Bob", "Petit", category=Category.TENANT, contract="L/404", postcode="93200", rooms=3
    )
    page = (await office.get("/gestion")).text
    assert "Le logement de Bob Petit." in page
    assert "À décider" in page
    assert "60\u00a0€" in page  # a neighbour's year
    assert await fetch_value("SELECT count(*) FROM staff_check") == 1


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_asks_little_of_the_database(office: Browser, path: str) -> None:
    """PERF6: a page runs at most six statements."""
    await habitat()
    async with statements() as said:
        assert (await office.get(path)).status_code == 200
    assert len(said) <= 6, [each[:60] for each in said]


async def test_the_club_is_set_up_when_its_form_is_sent(office: Browser, send: Post) -> None:
    answer = await send("/gestion/club", {"name": "Le Club de l'Orme", "grace_days": "45"})
    assert answer.status_code == 303
    page = (await office.get("/gestion/club?fait=enregistre")).text
    assert "C&#39;est enregistré." in page or "C'est enregistré." in page
    assert 'value="45"' in page
    wrong = await send("/gestion/club", {"name": "Autre", "grace_days": "400"})
    assert wrong.status_code == 422
    assert "de 0 à 120 jours" in wrong.text
    assert 'value="Autre"' in wrong.text
    assert await fetch_value("SELECT name FROM club") == "Le Club de l'Orme"


async def test_a_price_holds_from_its_day_when_it_is_set(send: Post) -> None:
    """M10: dated prices by category; never in the past."""
    today = clock.today()
    tomorrow = (today + timedelta(days=1)).isoformat()
    wish = {"category": "tenant", "month": "1,50", "since": tomorrow}
    assert (await send("/gestion/club/prix", wish)).status_code == 303
    assert await membership.month_price(Category.TENANT, today) == 100
    assert await membership.month_price(Category.TENANT, today + timedelta(days=1)) == 150
    for wrong, said in (
        ({**wish, "since": (today - timedelta(days=1)).isoformat()}, "un jour à venir"),
        ({**wish, "month": "beaucoup"}, "comprenons pas ce montant"),
        ({**wish, "category": "king"}, "Choisissez une réponse"),
    ):
        refused = await send("/gestion/club/prix", wrong)
        assert refused.status_code == 422
        assert said in refused.text


async def test_a_text_is_published_when_nobody_was_faster(office: Browser, send: Post) -> None:
    first = {"title": "Conditions", "body": "# Un\n\nDeux.", "after": "0"}
    assert (await send("/gestion/textes/conditions", first)).status_code == 303
    late = await send("/gestion/textes/conditions", {**first, "body": "Trois."})
    assert late.status_code == 409
    assert "Trois." in late.text
    assert "une autre version" in late.text
    shown = (await office.get("/gestion/textes/conditions/versions/1")).text
    assert "<h2>Un</h2>" in shown
    assert (await office.get("/gestion/textes/autre")).status_code == 404
    empty = await send("/gestion/textes/conditions", {"title": "x", "body": ""})
    assert "Remplissez ce champ." in empty.text


SITE = {"name": "Conciergerie", "street": "2 rue A", "postcode": "93200", "town": "Saint-Denis"}


async def test_a_site_is_opened_changed_and_closed(office: Browser, send: Post) -> None:
    """L16: without an opening in the next 60 days it is not saved."""
    week = {"hours_1": "9h-12h, 14h-18h30", "latitude": "48,9", "longitude": "2,3"}
    assert (await send("/gestion/points", {**SITE, **week})).status_code == 303
    page = (await office.get("/gestion/points")).text
    assert "9h-12h, 14h-18h30" in page
    form = (await office.get("/gestion/points/conciergerie")).text
    assert 'value="48.9"' in form
    wrong = await send("/gestion/points/conciergerie", {**SITE, "hours_2": "midi"})
    assert wrong.status_code == 422
    assert "Écrivez par exemple 9h-12h30" in wrong.text
    never = await send("/gestion/points/conciergerie", SITE)
    assert never.status_code == 422
    assert "pas dans les 60 prochains jours" in never.text
    moved = {**SITE, **week, "zone": "alsace_moselle"}
    assert (await send("/gestion/points/conciergerie", moved)).status_code == 303
    assert "9h-12h, 14h-18h30" in (await office.get("/gestion/points")).text
    assert (await send("/gestion/points/conciergerie/fermeture")).status_code == 303
    assert "Points fermés" in (await office.get("/gestion/points")).text
    assert (await send("/gestion/points/conciergerie/reouverture")).status_code == 303
    assert (await send("/gestion/points/nulle-part", SITE)).status_code == 404


async def test_residences_are_placed_one_by_one_and_by_list(office: Browser, send: Post) -> None:
    await habitat(600)
    page = (await office.get("/gestion/bailleurs/habitat")).text
    assert page.count("À placer") == 2
    first, _ = await queries.residences("habitat")
    answer = await send(
        f"/gestion/residences/{first.public_id}", {"latitude": "48.9, 2.3", "district": "1"}
    )
    assert answer.headers["location"].startswith("/gestion/bailleurs/habitat")
    placed = await queries.get_residence(first.public_id)
    assert (placed.longitude, placed.priority_district) == (2.3, True)
    lost = await send(f"/gestion/residences/{first.public_id}", {"latitude": "x"})
    assert lost.status_code == 422

    table = await office.get("/gestion/bailleurs/habitat/coordonnees.csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert "R000;93200;Le Bœuf Couronné;48,9;2,3;" in table.text
    filled = table.text.replace("Couronné;;;", "Couronné;48,8;2,2;") + "R777;;;1;1\r\n"
    sent = await send("/gestion/bailleurs/habitat/coordonnees", files={"points": ("c.csv", filled)})
    assert "2 résidences placées." in sent.text
    assert "Ce bailleur n&#39;a pas cette résidence." in sent.text
    nothing = await send("/gestion/bailleurs/habitat/coordonnees")
    assert "Choisissez un fichier." in nothing.text
    assert (await send("/gestion/bailleurs/habitat", {"name": "Toits"})).status_code == 303
    assert "Toits" in (await office.get("/gestion/bailleurs")).text


async def test_a_cell_is_no_formula_when_the_table_is_opened(office: Browser) -> None:
    """What a landlord wrote must not run in the manager's spreadsheet."""
    wish = Wish(
        content=export(rows(1, LIB_RESIDENCE="=1+1")),
        file_name="a.csv",
        landlord_name="Habitat",
        by_name="B",
    )
    await places.import_dwellings(wish, SYSTEM)
    table = await office.get("/gestion/bailleurs/habitat/coordonnees.csv")
    assert ";'=1+1;" in table.text


async def check(**wish: Any) -> str:
    joined = await add_household(
        "Bob", "Petit", category=Category.TENANT, postcode="93200", town="Saint-Denis", **wish
    )
    return joined.household_public_id


async def test_a_dwelling_is_linked_when_staff_choose_it(office: Browser, send: Post) -> None:
    """What was typed wrong is found in the list, chosen, and proves the dwelling."""
    await habitat()
    household = await check(contract="L/0000003", rooms=5, street="27 allée des Tilleuls")
    page = (await office.get(f"/gestion/verifications/{household}")).text
    assert "L/0000003" in page
    dwelling = await fetch_value("SELECT id FROM dwelling WHERE contract_number = 'L/0000003'")
    answer = await send(f"/gestion/verifications/{household}", {"answer": str(dwelling)})
    assert answer.status_code == 303
    row = await fetch_one("SELECT * FROM household")
    assert row is not None
    assert (row["proof"], row["dwelling"]) == ("proved", dwelling)
    assert "Rien à vérifier" in (await office.get("/gestion/verifications")).text
    assert (await send(f"/gestion/verifications/{household}")).status_code == 404
    trace = await fetch_one("SELECT actor_id FROM audit_entry WHERE verb = 'check_closed'")
    assert trace is not None
    assert trace["actor_id"] is not None


@pytest.mark.parametrize(
    ("answer", "proof"), [("refuse", Proof.REFUSED), ("neighbour", Proof.NEIGHBOUR)]
)
async def test_the_check_is_closed_when_there_is_no_dwelling(
    send: Post, answer: str, proof: Proof
) -> None:
    household = await check(contract="L/404")
    assert (
        await send(f"/gestion/verifications/{household}", {"answer": answer})
    ).status_code == 303
    assert (await membership.household(household)).proof is proof


async def test_nothing_is_proved_when_the_answer_is_wrong(office: Browser, send: Post) -> None:
    await habitat()
    await add_household(
        "Alice", "Martin", category=Category.TENANT, contract="L/0000003", postcode="93200", rooms=3
    )
    household = await check(contract="L/0000003", rooms=3)
    page = (await office.get(f"/gestion/verifications/{household}?q=tilleuls")).text
    assert "a déjà prouvé ce logement" in page
    taken = await fetch_value("SELECT id FROM dwelling WHERE contract_number = 'L/0000003'")
    for answer, status in ((str(taken), 409), ("", 422), ("abc", 422), ("9" * 15, 404)):
        refused = await send(f"/gestion/verifications/{household}?q=x", {"answer": answer})
        assert refused.status_code == status
    assert await fetch_value("SELECT count(*) FROM household WHERE proof = 'proved'") == 1


async def test_households_are_named_when_an_import_touches_their_dwelling(
    office: Browser,
) -> None:
    """M8: a changed contract or a gone dwelling never changes a membership; staff see whom to ask."""
    await habitat()
    for number in (3, 4):
        await add_household(
            f"Nom{number}",
            "Petit",
            category=Category.TENANT,
            contract=f"L/000000{number}",
            postcode="93200",
            rooms=3,
        )
    list_ = rows(20)
    list_[3]["NUM_CONTRAT"] = "L/0999999"
    del list_[4]
    wish = Wish(content=export(list_), file_name="b.csv", landlord_name="Habitat", by_name="B")
    outcome = await places.import_dwellings(wish, SYSTEM, confirmed=True)
    page = (await office.get(f"/gestion/imports/{outcome.batch}")).text
    assert "Nom3 Petit" in page
    assert "Nom4 Petit" in page
    proofs = await fetch("SELECT proof FROM household")
    assert [row["proof"] for row in proofs] == ["proved", "proved"]
