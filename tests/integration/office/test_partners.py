"""Partners, shops, tills and offers, as a manager keeps them."""

import re
from html import unescape

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.kit.database import fetch_value
from backend.merchants import queries as merchants
from backend.merchants import service as merchant_service
from backend.offers import queries as offers
from backend.offers.rules import OfferState
from backend.settings import Settings
from tests.factories import add_offer, add_partner, add_person, add_role, add_shop
from tests.integration.office.conftest import Post
from tests.pictures import picture, size
from tests.sign_in import as_staff

Browser = httpx.AsyncClient
PARTNER = {"name": "Boulangerie des Tilleuls", "kind": "shop", "category": "food"}
SHOP = {"name": "Chez Tilleul", "street": "3 rue A", "postcode": "93200", "town": "Saint-Denis"}
OFFER = {
    "title": "10 % sur le pain",
    "kind": "percent",
    "percent": "10",
    "typical_cents": "12,50",
    "starts_on": "2020-01-01",
    "limit_count": "2",
    "limit_period": "week",
}
PNG = picture("PNG")


async def partner(send: Post, **more: str) -> str:
    answer = await send("/gestion/partenaires", {**PARTNER, **more})
    assert answer.status_code == 303
    return path_of(answer)


def path_of(answer: httpx.Response) -> str:
    """Where a POST leads to, without what it says."""
    return str(answer.headers["location"]).partition("?")[0]


async def shop(send: Post, home: str) -> str:
    await send(f"{home}/points-de-vente", SHOP)
    found = await merchants.find_shop("chez-tilleul")
    assert found is not None
    return f"/gestion/points-de-vente/{found.public_id}"


async def draft(send: Post, home: str, **more: str) -> str:
    answer = await send(
        f"/gestion/avantages?partenaire={home.rpartition('/')[2]}", {**OFFER, **more}
    )
    assert answer.status_code == 303, answer.text
    return path_of(answer)


async def state(address: str) -> OfferState:
    found = await offers.find_offer(address.rpartition("/")[2])
    assert found is not None
    return found.state


@pytest.mark.parametrize("path", ["/gestion/partenaires", "/gestion/avantages"])
async def test_a_list_says_what_to_do_when_it_is_empty(office: Browser, path: str) -> None:
    """UX5: empty states say what to do next."""
    page = (await office.get(path)).text
    assert "Aucun" in page
    assert 'class="empty"' in page


async def test_a_partner_lives_from_its_first_day_to_its_last(office: Browser, send: Post) -> None:
    home = await partner(send, siret="732 829 320 00074", phone="01 99 00 12 34", story="Du pain.")
    page = (await office.get(home)).text
    assert "73282932000074" in page
    assert "01 99 00 12 34" in page
    form = (await office.get(f"{home}/modifier")).text
    assert 'value="Boulangerie des Tilleuls"' in form
    changed = await send(f"{home}/modifier", {**PARTNER, "name": "Le Fournil"})
    assert changed.status_code == 303
    assert "Le Fournil" in (await office.get("/gestion/partenaires")).text
    await send(f"{home}/fermeture")
    assert "Ce partenaire est parti." in (await office.get(home)).text
    assert "Partenaires partis" in (await office.get("/gestion/partenaires")).text
    await send(f"{home}/reouverture")
    assert "Ce partenaire est parti." not in (await office.get(home)).text
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE object_kind = 'partner'") == 4


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"siret": "123"}, "SIRET n&#39;est pas juste"),
        ({"kind": "king"}, "Choisissez une réponse de la liste."),
        ({"name": ""}, "Remplissez ce champ."),
        ({"email": "pas une adresse"}, "e-mail n&#39;est pas juste"),
    ],
)
async def test_the_form_comes_back_when_a_partner_is_refused(
    send: Post, typed: dict[str, str], said: str
) -> None:
    """UX5: what was typed stays, with what to do."""
    answer = await send("/gestion/partenaires", {**PARTNER, **typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert await fetch_value("SELECT count(*) FROM partner") == 0


async def test_a_shop_has_hours_place_and_photo(office: Browser, send: Post) -> None:
    home = await partner(send)
    assert (
        'value="Boulangerie des Tilleuls"'
        in (await office.get(f"{home}/points-de-vente/nouveau")).text
    )
    address = await shop(send, home)
    more = {**SHOP, "hours_5": "8h-13h", "latitude": "48.9, 2.3"}
    sent = await send(address, more, files={"photo": ("p.png", PNG, "image/png")})
    assert path_of(sent) == home
    page = (await office.get(home)).text
    assert "Samedi 8h-13h" in page
    photo = await office.get(f"{address}/photo")
    assert photo.headers["content-type"] == "image/png"
    assert size(photo.content) == size(PNG)
    assert 'value="8h-13h"' in (await office.get(address)).text
    wrong = await send(address, {**SHOP, "hours_0": "8"}, files={"photo": ("p.png", b"GIF89a")})
    assert wrong.status_code == 422
    bad_photo = await send(address, SHOP, files={"photo": ("p.gif", b"GIF89a")})
    assert "photo JPEG, PNG ou WebP" in bad_photo.text
    await send(f"{address}/fermeture")
    assert (await office.get(address)).status_code == 404
    for lost in ("/gestion/points-de-vente/x", "/gestion/points-de-vente/x/photo"):
        assert (await office.get(lost)).status_code == 404


async def test_a_till_is_made_relinked_and_closed(
    office: Browser, send: Post, settings: Settings
) -> None:
    """V24: the link and the token are told once, and a lost phone is closed from the office."""
    home = await partner(send)
    address = await shop(send, home)
    nameless = await send(f"{address}/caisses")
    assert "Remplissez ce champ." in nameless.text
    made = path_of(await send(f"{address}/caisses", {"name": "Caisse 1"}))
    shown = await office.get(made)
    link = link_in(shown)
    assert "Cette page ne revient pas." in shown.text
    assert (await office.get(link)).status_code == 200
    assert link not in (await office.get(home)).text
    (till,) = await merchants.tills_of(await fetch_value("SELECT id FROM partner"))
    again = await office.get(path_of(await send(f"/gestion/caisses/{till.public_id}/lien")))
    assert link_in(again) != link
    assert "Pour un logiciel de caisse" not in again.text
    closed = await send(f"/gestion/caisses/{till.public_id}/fermeture")
    assert "ne peut plus rien valider" in (await office.get(closed.headers["location"])).text
    assert (await send(f"/gestion/caisses/{till.public_id}/lien")).status_code == 404
    assert (await send("/gestion/caisses/x/fermeture")).status_code == 404


def link_in(page: httpx.Response) -> str:
    link = re.search(r"/caisse/inscription/[\w-]+", unescape(page.text))
    assert link is not None, page.text
    return link[0]


async def test_one_till_is_made_when_its_page_is_loaded_again(office: Browser, send: Post) -> None:
    """V24: the secrets are on one page, once; a reload neither shows them again nor makes a second till."""
    address = await shop(send, await partner(send))
    made = await send(f"{address}/caisses", {"name": "Caisse 1"})
    assert made.status_code == 303
    assert "/caisse/inscription/" not in made.text
    page = path_of(made)
    token = re.search(r"jeton.*?<code[^>]*>([\w-]{40,})", (await office.get(page)).text, re.DOTALL)
    assert token is not None
    reloaded = await office.get(page)
    assert reloaded.status_code == 200
    assert token[1] not in reloaded.text
    assert "/caisse/inscription/" not in reloaded.text
    assert "Faites un nouveau lien" in reloaded.text
    assert await fetch_value("SELECT count(*) FROM till") == 1


async def test_secrets_stay_sealed_when_their_cookie_is_carried_elsewhere(
    office: Browser, send: Post, settings: Settings
) -> None:
    """V24: what the browser holds between two pages opens for this till and this session only."""
    address = await shop(send, await partner(send))
    first = path_of(await send(f"{address}/caisses", {"name": "Caisse 1"}))
    stolen = office.cookies["once"]
    second = path_of(await send(f"{address}/caisses", {"name": "Caisse 2"}))
    for cookie in (stolen, "", "!", "AAAA", stolen[:-4]):
        office.cookies.set("once", cookie)
        assert "/caisse/inscription/" not in (await office.get(second)).text
    mallory = await add_person("Mallory", "Dupont")
    await add_role(mallory, Role.MANAGER)
    await as_staff(office, settings, mallory)
    office.cookies.set("once", stolen)
    assert "/caisse/inscription/" not in (await office.get(first)).text


async def test_an_offer_moves_from_draft_to_its_end(office: Browser, send: Post) -> None:
    home = await partner(send)
    await shop(send, home)
    address = await draft(send, home)
    page = (await office.get(address)).text
    assert "1,25\u00a0€" in page
    assert "2 fois par semaine" in page
    for act, after in (
        ("publication", OfferState.PUBLISHED),
        ("pause", OfferState.PAUSED),
        ("reprise", OfferState.PUBLISHED),
        ("fin", OfferState.ENDED),
    ):
        assert (await send(f"{address}/{act}")).status_code == 303
        assert await state(address) is after
    late = await send(f"{address}/publication")
    assert late.status_code == 409
    assert "a changé entre-temps" in late.text
    assert OFFER["title"] in (await office.get("/gestion/avantages")).text
    assert (await office.get("/gestion/avantages/x")).status_code == 404


async def test_a_new_version_is_kept_when_an_offer_is_changed(office: Browser, send: Post) -> None:
    home = await partner(send)
    await shop(send, home)
    address = await draft(send, home, public_price_cents="", stock="50", ends_on="2099-12-31")
    form = (await office.get(f"{address}/modifier")).text
    assert 'value="12,50"' in form
    assert 'value="2099-12-31"' in form
    number = await fetch_value("SELECT id FROM shop")
    fixed = {
        **OFFER,
        "kind": "fixed",
        "price_cents": "12",
        "public_price_cents": "18,00",
        f"shop_{number}": "1",
        "priority_district_only": "1",
    }
    assert (await send(f"{address}/modifier", fixed)).status_code == 303
    offer = await offers.find_offer(address.rpartition("/")[2])
    assert offer is not None
    assert (offer.version, offer.saving_cents, offer.terms.shop_ids) == (2, 600, (number,))
    assert offer.target.priority_district_only
    form = (await office.get(f"{address}/modifier")).text
    assert re.search(rf'name="shop_{number}"\s+value="1"\s+checked', form)
    assert await fetch_value("SELECT count(*) FROM offer_version") == 2


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"percent": "101"}, "percent"),
        ({"percent": "dix"}, "percent"),
        ({"typical_cents": "1.234,5"}, "typical_cents"),
        ({"kind": "fixed", "price_cents": "20", "public_price_cents": "18"}, "public_price_cents"),
        ({"ends_on": "2019-01-01"}, "ends_on"),
        ({"starts_on": "demain"}, "starts_on"),
        ({"title": ""}, "title"),
        ({"stock": "0"}, "stock"),
        ({"stock": "1" + "0" * 30}, "stock"),
        ({"shop_404": "1"}, "shop_ids"),
        ({"site_404": "1"}, "site_ids"),
        ({"landlord_404": "1"}, "landlord_ids"),
        ({"picture": "../../secret"}, "picture"),
    ],
)
async def test_the_wrong_field_is_named_when_an_offer_is_refused(
    send: Post, typed: dict[str, str], field: str
) -> None:
    """UX5: each refusal stands at its field; nothing typed is lost."""
    home = await partner(send)
    answer = await send(
        f"/gestion/avantages?partenaire={home.rpartition('/')[2]}", {**OFFER, **typed}
    )
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text
    assert await fetch_value("SELECT count(*) FROM offer") == 0


async def test_a_stranger_finds_nothing_when_not_a_manager(
    office: Browser, send: Post, settings: Settings
) -> None:
    """SEC11: a clerk sees neither a partner nor its tills, also by their addresses."""
    home = await partner(send)
    address = await shop(send, home)
    clerk = await add_person("Carole", "Dupont")
    await add_role(clerk, Role.DESK)
    await as_staff(office, settings, clerk)
    for path in (home, f"{home}/modifier", address, f"{address}/photo", "/gestion/avantages"):
        assert (await office.get(path)).status_code == 404
    assert (await send(f"{address}/caisses", {"name": "X"})).status_code == 404
    assert await fetch_value("SELECT count(*) FROM till") == 0


async def test_offer_stays_where_it_was_when_its_shop_has_closed(office: Browser) -> None:
    """V15: a form without a box for a closed shop must not widen the offer to all shops."""
    made = await add_partner("Deux points")
    near, _ = await add_shop(made.id, "Près"), await add_shop(made.id, "Loin")
    offer = await add_offer(made.id, shop_ids=(near.id,))
    await merchant_service.close_shop(SYSTEM, near.id)
    shown = (await office.get(f"/gestion/avantages/{offer.public_id}/modifier")).text
    assert re.search(rf'<input type="hidden"\s+name="shop_{near.id}"\s+value="1">', shown)
