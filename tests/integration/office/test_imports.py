"""The office's page for landlords' lists."""

import re

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.kit.database import fetch_value
from backend.places import service as places
from backend.places.service import Wish
from backend.settings import Settings
from tests.factories import add_person, add_role
from tests.integration.office.conftest import Post
from tests.landlord_lists import Row, export, rows
from tests.sign_in import as_staff, as_tenant


def file(list_: list[Row]) -> dict[str, tuple[str, bytes, str]]:
    return {"list": ("export.csv", export(list_), "text/csv")}


async def apply(list_: list[Row]) -> str:
    wish = Wish(
        content=export(list_), file_name="a.csv", landlord_slug="habitat-de-l-orme", by_name="Bob"
    )
    outcome = await places.import_dwellings(wish, SYSTEM, confirmed=True)
    return outcome.batch or ""


async def test_a_list_goes_from_file_to_dwellings_when_no_script_runs(
    office: httpx.AsyncClient, send: Post
) -> None:
    """M8, UX1: chosen, looked at, applied, undone by plain forms."""
    page = await office.get("/gestion/imports")
    assert page.status_code == 200
    assert "Aucune liste pour le moment" in page.text

    list_ = rows(60)
    list_[3]["NB_PIECES"] = "grand"
    chosen = await send(
        "/gestion/imports", {"landlord": "+", "name": "Habitat de l'Orme"}, files=file(list_)
    )
    assert chosen.status_code == 303
    preview = await office.get(chosen.headers["location"])
    assert "Rien n’est encore écrit" in preview.text
    assert "Le nombre de pièces va de T1 à T12." in preview.text
    assert ">59<" in re.sub(r"</?bdi>", "", preview.text)
    assert await fetch_value("SELECT count(*) FROM dwelling") == 0

    applied = await send(chosen.headers["location"])
    assert applied.status_code == 303
    batch = await office.get(applied.headers["location"])
    assert "La liste est appliquée." in batch.text
    assert "Hélène Vasseur" in batch.text
    assert await fetch_value("SELECT count(*) FROM dwelling WHERE gone_at IS NULL") == 59

    address = applied.headers["location"].partition("?")[0] + "/annulation"
    assert "Annuler cet import\u202f?" in (await office.get(address)).text
    undone = await send(address)
    assert "tout est comme avant" in (await office.get(undone.headers["location"])).text
    assert await fetch_value("SELECT count(*) FROM dwelling WHERE gone_at IS NULL") == 0
    again = await send(address)
    assert again.status_code == 409
    assert "déjà annulé" in again.text
    assert "Annulé" in (await office.get("/gestion/imports")).text


async def test_what_changes_is_shown_cell_by_cell_when_a_list_differs(
    office: httpx.AsyncClient, send: Post
) -> None:
    """M8: a diff a person can read before saying yes."""
    await apply(rows(60))
    list_ = rows(60)
    list_[0] |= {"NB_PIECES": "T5", "SURF_HAB": "80,25", "QPV": "O", "DATE_ENTREE": ""}
    chosen = await send("/gestion/imports", {"landlord": "habitat-de-l-orme"}, files=file(list_))
    page = (await office.get(chosen.headers["location"])).text
    for cell in ("Pièces", "80,25\u00a0m²", "Oui", "11 septembre 2016", "–"):
        assert re.search(rf"<td[^>]*>{cell}</td>", page), cell


async def test_a_yes_is_asked_for_when_too_much_goes(office: httpx.AsyncClient, send: Post) -> None:
    """M8: past 5 % gone the page asks for an explicit yes, and keeps the list while it waits."""
    await apply(rows(60))
    chosen = await send("/gestion/imports", {"landlord": "habitat-de-l-orme"}, files=file(rows(9)))
    assert "Est-ce le bon fichier\u202f?" in (await office.get(chosen.headers["location"])).text
    refused = await send(chosen.headers["location"])
    assert refused.status_code == 409
    assert "51 logements disparaissent" in refused.text
    applied = await send(chosen.headers["location"], {"confirmed": "1"})
    assert applied.status_code == 303
    assert await fetch_value("SELECT count(*) FROM dwelling WHERE gone_at IS NULL") == 9
    again = await send(chosen.headers["location"], {"confirmed": "1"})
    assert again.status_code == 409
    assert "Cette liste est déjà appliquée." in again.text


@pytest.mark.parametrize(
    ("typed", "content", "said"),
    [
        ({"landlord": "+"}, b"x", "Écrivez le nom du bailleur."),
        ({"landlord": "nobody"}, b"x", "Choisissez une réponse de la liste."),
        ({"name": "Habitat"}, b"", "Choisissez un fichier."),
        ({"name": "Habitat"}, b"PK\x03\x04", "pas une liste CSV"),
        ({"name": "Habitat"}, b"a;b\n1;2\n", "Il manque des colonnes"),
        ({"name": "Habitat"}, b"a" * (10 * 2**20 + 1), "trop grand pour cette page"),
    ],
)
async def test_the_form_says_what_to_do_when_the_file_is_refused(
    send: Post, typed: dict[str, str], content: bytes, said: str
) -> None:
    """UX5: what was typed stays, and the reason stands on the page."""
    answer = await send("/gestion/imports", typed, files={"list": ("export.csv", content)})
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{typed.get("name", "")}"' in answer.text


async def test_a_draft_is_its_owners_when_another_manager_has_its_address(
    office: httpx.AsyncClient, send: Post, settings: Settings
) -> None:
    """SEC11: a draft is bound to the person who brought it."""
    chosen = await send("/gestion/imports", {"name": "Habitat"}, files=file(rows(5)))
    bob = await add_person("Bob", "Petit")
    await add_role(bob, Role.ADMIN)
    await as_staff(office, settings, bob)
    assert (await office.get(chosen.headers["location"])).status_code == 404


@pytest.mark.parametrize("role", [Role.DESK, Role.TREASURER, None])
async def test_nobody_else_comes_in_when_not_a_manager(
    client: httpx.AsyncClient, settings: Settings, role: Role | None
) -> None:
    """SEC11: lists of dwellings are the manager's; another role is told that nothing is there."""
    person_id = await add_person("Carole", "Dupont")
    if role is None:
        await as_tenant(client, settings, person_id)
    else:
        await add_role(person_id, role)
        await as_staff(client, settings, person_id)
    for path in ("/gestion/imports", "/gestion/imports/apercu/abc", "/gestion/imports/abc"):
        assert (await client.get(path)).status_code == 404
