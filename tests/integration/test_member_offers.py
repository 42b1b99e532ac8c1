"""The catalogue and one offer, as a member uses them."""

import re
from datetime import UTC, datetime, time
from typing import Any

import pytest
from httpx import AsyncClient

from backend.audit.service import SYSTEM
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.membership.queries import Member
from backend.membership.rules import Category
from backend.merchants import service as merchants
from backend.merchants.rules import Hours, PartnerCategory
from backend.offers import service as offers
from backend.offers.rules import Delivery, OfferKind
from backend.settings import Settings
from backend.vouchers import service as vouchers
from tests import factories
from tests.pictures import picture
from tests.sign_in import as_tenant, post

KEY = re.compile(r'name="key" value="(\w+)"')


@pytest.fixture
async def alice(client: AsyncClient, settings: Settings) -> Member:
    """Signed in."""
    found = await factories.add_member()
    await as_tenant(client, settings, found.person_id)
    return found


async def vouchers_of(household_id: int) -> int:
    count: int = await fetch_value(
        "SELECT count(*) FROM voucher WHERE household = $1 AND state = 'issued'", household_id
    )
    return count


async def test_offer_is_found_when_it_is_typed_without_accents(
    client: AsyncClient, alice: Member
) -> None:
    await factories.add_market("Vélo du Canal", title="Révision complète")
    await factories.add_market("Boulangerie")
    page = (await client.get("/avantages?q=REVISION velo")).text
    assert "Vélo du Canal" in page
    assert "Boulangerie" not in page
    assert "1 avantage" in page


async def test_list_says_what_to_do_when_nothing_is_found(
    client: AsyncClient, alice: Member
) -> None:
    page = (await client.get("/avantages?q=girafe")).text
    assert "Rien pour «\u00a0girafe\u00a0»" in page
    assert "Voir tous les avantages" in page


async def test_only_the_list_comes_back_when_script_asks_for_it(
    client: AsyncClient, alice: Member
) -> None:
    await factories.add_market()
    answer = await client.get("/avantages?q=pain", headers={"hx-request": "true"})
    assert "Boulangerie Petit" in answer.text
    assert "<html" not in answer.text
    assert 'id="nombre" hx-swap-oob' in answer.text


async def test_list_keeps_one_shelf_when_a_family_is_chosen(
    client: AsyncClient, alice: Member
) -> None:
    await factories.add_market("Boulangerie")
    partner = await factories.add_partner("Optique", category=PartnerCategory.HEALTH)
    await factories.add_shop(partner.id, "Optique")
    await factories.add_offer(partner.id)
    page = (await client.get("/avantages?famille=health")).text
    assert "Optique" in page
    assert "Boulangerie" not in page


async def test_list_turns_its_pages_when_it_is_long(client: AsyncClient, alice: Member) -> None:
    market = await factories.add_market()
    for number in range(24):
        await factories.add_offer(market.partner.id, title=f"Offre {number:02}")
    first = (await client.get("/avantages")).text
    second = (await client.get("/avantages?page=2")).text
    assert 'href="/avantages?page=2"' in first
    assert first.count('class="r"') == 24
    assert second.count('class="r"') == 1
    assert 'href="/avantages"' in second
    assert (await client.get("/avantages?page=abc")).status_code == 200


async def test_nearest_comes_first_in_words_when_places_are_known(
    client: AsyncClient, settings: Settings
) -> None:
    dwelling = await factories.add_dwelling()
    await fetch("UPDATE residence SET latitude = 49.9, longitude = 2.3")
    member = await factories.add_member(
        category=Category.TENANT, contract="L/01 00206", postcode="80000", rooms=3
    )
    assert dwelling
    for name, latitude in (("Loin", 49.92), ("Près", 49.903)):
        partner = await factories.add_partner(name)
        await factories.add_shop(partner.id, name, latitude=latitude, longitude=2.3)
        await factories.add_offer(partner.id)
    await as_tenant(client, settings, member.person_id)
    page = (await client.get("/avantages")).text
    assert page.index("Près") < page.index("Loin")
    assert "À 350 m" in page
    assert "À 2,2 km" in page
    assert "le plus proche en premier" in page


async def test_town_stands_for_the_distance_when_nobody_knows_it(
    client: AsyncClient, alice: Member
) -> None:
    partner = await factories.add_partner()
    await factories.add_shop(partner.id, latitude=49.9, longitude=2.3)
    await factories.add_offer(partner.id)
    page = (await client.get("/avantages")).text
    assert "Amiens" in page
    assert " km" not in page


async def test_offer_says_open_or_closed_when_its_shop_has_hours(
    client: AsyncClient, settings: Settings
) -> None:
    alice = await factories.add_member()
    partner = await factories.add_partner()
    saturday = (Hours(5, time(8), time(12, 30)),)
    await factories.add_shop(partner.id, hours=saturday)
    offer = await factories.add_offer(partner.id)
    path = f"/avantages/{offer.public_id}"
    with clock.frozen(datetime(2026, 11, 21, 9, tzinfo=UTC)):
        await as_tenant(client, settings, alice.person_id)
        await fetch("UPDATE offer SET during = daterange('2026-11-01', NULL)")
        assert "jusqu’à 12\u00a0h\u00a030" in (await client.get(path)).text
        assert ", ouvert" in (await client.get("/avantages")).text
    with clock.frozen(datetime(2026, 11, 21, 12, tzinfo=UTC)):
        assert "Ouvre samedi à 8\u00a0h" in (await client.get(path)).text


@pytest.mark.parametrize(
    ("wish", "label"),
    [
        ({"kind": OfferKind.AMOUNT, "amount_cents": 6000, "typical_cents": 20000}, "60,00"),
        ({"kind": OfferKind.AMOUNT, "amount_cents": 6000, "typical_cents": None}, "60,00"),
        ({"kind": OfferKind.FIXED, "price_cents": 1100, "public_price_cents": 1900}, "11,00"),
        ({"kind": OfferKind.PERCENT, "percent": 35, "typical_cents": 1000}, "35\xa0%"),
        ({"kind": OfferKind.GIFT, "public_price_cents": 250}, "Offert"),
    ],
)
async def test_offer_says_once_what_it_gives(
    client: AsyncClient, alice: Member, wish: dict[str, Any], label: str
) -> None:
    """UX5: the same sum twice on one page reads like two discounts."""
    given = {"percent": None, "typical_cents": None, **wish}
    market = await factories.add_market(title="Entretien complet", **given)
    page = (await client.get(f"/avantages/{market.offer.public_id}")).text
    assert page.split("<main", 1)[1].count(label) == 1
    assert "<h1" in page
    assert "Entretien complet" in page.split("<h1", 1)[1].split("</h1>", maxsplit=1)[0]


async def test_telephone_is_written_as_people_dial_it(client: AsyncClient, alice: Member) -> None:
    partner = await factories.add_partner()
    await factories.add_shop(partner.id, phone="03 22 91 12 34")
    offer = await factories.add_offer(partner.id)
    page = (await client.get(f"/avantages/{offer.public_id}")).text
    assert "03 22 91 12 34" in page
    assert page.count("+33") == 1, "in the address of the link alone"


async def test_double_tap_gives_one_voucher_when_several_are_allowed(
    client: AsyncClient, settings: Settings, alice: Member
) -> None:
    """V7: the page's key makes the second tap the same wish; a fresh page is another one."""
    market = await factories.add_market(limit_count=3)
    path = f"/avantages/{market.offer.public_id}"
    key = KEY.search((await client.get(path)).text)
    assert key is not None
    taken = [await post(client, settings, f"{path}/bon", {"key": key[1]}) for _ in range(2)]
    assert {answer.status_code for answer in taken} == {303}
    assert taken[0].headers["location"] == taken[1].headers["location"]
    assert await vouchers_of(alice.household_id) == 1
    other = await post(client, settings, f"{path}/bon", {"key": "anotherpage"})
    assert other.headers["location"] != taken[0].headers["location"]


async def test_key_is_refused_when_no_page_of_ours_made_it(
    client: AsyncClient, settings: Settings, alice: Member
) -> None:
    """V8: longer than an index can hold, it is a form to correct and no 500."""
    market = await factories.add_market()
    key = "".join(codes.random_id() for _ in range(400))
    answer = await post(client, settings, f"/avantages/{market.offer.public_id}/bon", {"key": key})
    assert answer.status_code == 422
    assert await vouchers_of(alice.household_id) == 0


async def test_open_voucher_is_offered_again_when_one_is_there(
    client: AsyncClient, settings: Settings, alice: Member
) -> None:
    market = await factories.add_market()
    path = f"/avantages/{market.offer.public_id}"
    taken = await post(client, settings, f"{path}/bon")
    page = (await client.get(path)).text
    assert "Montrer mon bon" in page
    assert taken.headers["location"] in page


@pytest.mark.parametrize(
    ("paid", "slug_words"),
    [
        ("daterange('2025-11-01', '2026-11-11')", "plus de nouveau bon pour l'instant"),
        ("daterange('2024-11-01', '2025-11-01')", "L'adhésion n'est pas à jour"),
    ],
)
async def test_refusal_says_why_and_what_to_do_when_dues_are_over(
    client: AsyncClient, settings: Settings, paid: str, slug_words: str
) -> None:
    """V14: membership_grace refuses only new claims; after grace it is membership_inactive."""
    alice = await factories.add_member()
    market = await factories.add_market()
    await fetch(f"UPDATE period SET during = {paid} WHERE household = $1", alice.household_id)
    await fetch("UPDATE offer SET during = daterange('2026-11-01', NULL)")
    with clock.frozen(datetime(2026, 11, 21, 9, tzinfo=UTC)):
        await as_tenant(client, settings, alice.person_id)
        page = (await client.get(f"/avantages/{market.offer.public_id}")).text
        assert "Prendre mon bon" not in page
        assert 'href="/compte/cotisation"' in page
        answer = await post(client, settings, f"/avantages/{market.offer.public_id}/bon")
    assert answer.status_code == 409
    assert slug_words in answer.text.replace("&#39;", "'")
    assert await vouchers_of(alice.household_id) == 0


async def test_refusal_is_told_when_somebody_took_the_last_one(
    client: AsyncClient, settings: Settings, alice: Member
) -> None:
    """V14: quota_reached is said in words, on the offer's own page."""
    market = await factories.add_market(stock=1)
    path = f"/avantages/{market.offer.public_id}"
    await client.get(path)
    bob = await factories.add_member("Bob")
    await vouchers.claim(bob, market.offer.public_id, SYSTEM)
    answer = await post(client, settings, f"{path}/bon")
    assert answer.status_code == 409
    assert "Tous les bons de cet avantage sont pris." in answer.text
    assert "disabled" in (await client.get(path)).text


async def test_paused_offer_takes_nobody_when_its_page_is_still_open(
    client: AsyncClient, settings: Settings, alice: Member
) -> None:
    market = await factories.add_market()
    await offers.pause(SYSTEM, market.offer.id)
    answer = await post(client, settings, f"/avantages/{market.offer.public_id}/bon")
    assert answer.status_code == 409
    assert "Cet avantage est en pause." in answer.text
    assert "En pause pour l’instant" in answer.text


async def test_card_is_shown_instead_when_the_discount_stands_on_it(
    client: AsyncClient, settings: Settings, alice: Member
) -> None:
    market = await factories.add_market(delivery=Delivery.CARD)
    page = (await client.get(f"/avantages/{market.offer.public_id}")).text
    assert 'href="/carte"' in page
    assert "Prendre mon bon" not in page


async def test_favourite_is_kept_and_taken_back_when_the_heart_is_touched(
    client: AsyncClient, settings: Settings, alice: Member
) -> None:
    market = await factories.add_market()
    path = f"/avantages/{market.offer.public_id}"
    assert "Boulangerie" not in (await client.get("/avantages?famille=favoris")).text
    for _ in range(2):
        answer = await post(client, settings, f"{path}/favori")
        assert answer.status_code == 303
    assert "Boulangerie" in (await client.get("/avantages?famille=favoris")).text
    assert "Retirer des favoris" in (await client.get(path)).text
    await post(client, settings, f"{path}/favori/fin")
    assert "Boulangerie" not in (await client.get("/avantages?famille=favoris")).text


async def test_offer_is_unknown_when_it_is_for_other_people(
    client: AsyncClient, settings: Settings, alice: Member
) -> None:
    market = await factories.add_market(priority_district_only=True)
    assert (await client.get(f"/avantages/{market.offer.public_id}")).status_code == 404
    answer = await post(client, settings, f"/avantages/{market.offer.public_id}/bon")
    assert answer.status_code == 404


async def test_member_sees_the_photo_of_a_shop(client: AsyncClient, alice: Member) -> None:
    """SEC11: a shop that has closed, or was never there, shows nothing."""
    partner = await factories.add_partner()
    shop = await factories.add_shop(partner.id, photo=picture("JPEG"))
    offer = await factories.add_offer(partner.id)
    at = f"/points-de-vente/{shop.public_id}/photo"
    assert at in (await client.get(f"/avantages/{offer.public_id}")).text
    answer = await client.get(at)
    assert answer.headers["content-type"] == "image/jpeg"
    await merchants.close_shop(SYSTEM, shop.id)
    assert (await client.get(at)).status_code == 404
    assert (await client.get("/points-de-vente/nothing/photo")).status_code == 404
