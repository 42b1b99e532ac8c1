"""Offers: who sees them, in which order, and what a change of terms changes."""

from datetime import timedelta
from typing import Any

import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.membership.queries import Member
from backend.merchants import service as merchants
from backend.merchants.rules import PartnerCategory
from backend.offers import queries, service
from backend.offers.errors import OfferMoved, OfferUnknown, PlaceGone, StockOnCard, StockTooSmall
from backend.offers.queries import VISITOR, MemberView, Origin
from backend.offers.rules import Delivery, OfferKind, OfferState
from backend.offers.service import OfferWish
from backend.places import service as places
from backend.places.service import SiteWish
from backend.vouchers import queries as vouchers
from backend.vouchers import service as voucher_service
from backend.vouchers.scans import Scan
from tests import factories
from tests.conftest import Database


async def titles(view: MemberView = VISITOR, **asked: Any) -> list[str]:
    return [card.title for card in (await queries.catalogue(view, **asked)).offers]


def wish(**more: Any) -> OfferWish:
    said: dict[str, Any] = {
        "title": "20 % sur le pain",
        "kind": OfferKind.PERCENT,
        "percent": 20,
        "typical_cents": 1200,
        "starts_on": clock.today(),
        **more,
    }
    return OfferWish(**said)


@pytest.fixture
async def partner(db: Database) -> int:
    partner = await factories.add_partner()
    await factories.add_shop(partner.id)
    return partner.id


async def test_offer_is_seen_when_it_is_published(partner: int) -> None:
    public_id = await service.draft(SYSTEM, partner, wish())
    assert await titles() == []
    drafted = await queries.find_offer(public_id)
    assert drafted is not None
    with pytest.raises(OfferUnknown):
        await queries.get_offer(public_id, VISITOR)
    await service.publish(SYSTEM, drafted.id)
    assert await titles() == ["20 % sur le pain"]
    assert (await queries.get_offer(public_id, VISITOR)).saving_cents == 240


async def test_moves_follow_their_table(partner: int) -> None:
    offer = await factories.add_offer(partner)
    for act in (service.publish, service.resume):
        with pytest.raises(OfferMoved):
            await act(SYSTEM, offer.id)
    await service.pause(SYSTEM, offer.id)
    assert await titles() == []
    assert (await queries.get_offer(offer.public_id, VISITOR)).state is OfferState.PAUSED
    await service.resume(SYSTEM, offer.id)
    await service.end(SYSTEM, offer.id)
    with pytest.raises(OfferMoved):
        await service.resume(SYSTEM, offer.id)


@pytest.mark.parametrize(
    ("starts", "ends", "seen"), [(0, None, True), (1, None, False), (-5, -1, False), (-5, 0, True)]
)
async def test_offer_is_seen_on_its_days(
    partner: int, starts: int, ends: int | None, seen: bool
) -> None:
    """Both days included."""
    today = clock.today()
    last = None if ends is None else today + timedelta(days=ends)
    await factories.add_offer(partner, starts_on=today + timedelta(days=starts), ends_on=last)
    assert bool(await titles()) == seen


async def test_voucher_keeps_its_terms_when_the_offer_changes(db: Database) -> None:
    """Versions are kept: what was taken is what is given."""
    market = await factories.add_market()
    alice, bob = await factories.add_member(), await factories.add_member("Bob")
    before = await voucher_service.claim(alice, market.offer.public_id, SYSTEM)
    assert await service.revise(SYSTEM, market.offer.id, wish(percent=50)) == 2
    after = await voucher_service.claim(bob, market.offer.public_id, SYSTEM)
    till = market.till.caller
    saved = [
        await voucher_service.redeem(Scan(code=code, key=code, till=till, price_cents=1000))
        for code in (before, after)
    ]
    assert [use.saving_cents for use in saved] == [100, 500]
    assert (await vouchers.voucher_page(alice.household_id, before)).label == "−10\u00a0%"


async def test_stock_may_not_fall_below_what_was_taken(db: Database) -> None:
    market = await factories.add_market(stock=5)
    for name in ("Alice", "Bob"):
        member = await factories.add_member(name)
        await voucher_service.claim(member, market.offer.public_id, SYSTEM)
    with pytest.raises(StockTooSmall):
        await service.revise(SYSTEM, market.offer.id, wish(stock=1))
    await service.revise(SYSTEM, market.offer.id, wish(stock=2))
    assert (await queries.catalogue(VISITOR)).offers[0].left == 0


async def test_a_discount_on_the_card_has_no_stock(db: Database, partner: int) -> None:
    """V11: nobody takes from a stock who only shows a card, so none may be promised."""
    with pytest.raises(StockOnCard) as told:
        await service.draft(SYSTEM, partner, wish(stock=5, delivery=Delivery.CARD))
    assert list(told.value.fields) == ["stock"]
    market = await factories.add_market(stock=5)
    with pytest.raises(StockOnCard):
        await service.revise(SYSTEM, market.offer.id, wish(stock=5, delivery=Delivery.CARD))


async def test_shop_of_another_partner_is_unknown(partner: int) -> None:
    stranger = await factories.add_partner("Garage Martin")
    theirs = await factories.add_shop(stranger.id, "Garage Martin")
    with pytest.raises(PlaceGone) as told:
        await service.draft(SYSTEM, partner, wish(shop_ids=(theirs.id,)))
    assert list(told.value.fields) == ["shop_ids"]
    assert await fetch_value("SELECT count(*) FROM offer") == 0


@pytest.mark.parametrize("field", ["shop_ids", "site_ids", "landlord_ids"])
async def test_offer_is_as_it_was_when_its_new_target_is_nowhere(partner: int, field: str) -> None:
    """UX5: the field is named, whether the offer is new or changed."""
    offer = await factories.add_offer(partner)
    with pytest.raises(PlaceGone) as told:
        await service.revise(SYSTEM, offer.id, wish(**{field: (404,)}))
    assert list(told.value.fields) == [field]
    with pytest.raises(PlaceGone):
        await service.draft(SYSTEM, partner, wish(**{field: (404,)}))
    assert await fetch_value("SELECT count(*) FROM offer_version") == 1


async def test_offer_keeps_its_shop_when_it_has_closed(partner: int) -> None:
    """V15: it is changed all the same, and holds where it held: nowhere else."""
    shop = await factories.add_shop(partner, "Loin")
    offer = await factories.add_offer(partner, shop_ids=(shop.id,))
    await merchants.close_shop(SYSTEM, shop.id)
    assert await service.revise(SYSTEM, offer.id, wish(shop_ids=(shop.id,))) == 2
    assert await fetch_value("SELECT count(*) FROM offer_shop WHERE shop = $1", shop.id) == 1


async def test_search_forgives_accents_and_case(partner: int) -> None:
    """Both sides are folded: "patisserie" finds "Pâtisserie"."""
    await factories.add_offer(partner, title="Pâtisserie à l'Œuf", summary="Éclairs au café")
    await factories.add_offer(partner, title="Vélo révisé")
    for asked in ("patisserie", "PÂTISSERIE", "oeuf", "cafe eclair", "boulangerie oeuf"):
        assert await titles(search=asked) == ["Pâtisserie à l'Œuf"], asked
    assert await titles(search="100%") == []
    assert len(await titles(search="  ")) == 2


async def test_category_is_a_shelf(partner: int) -> None:
    garage = await factories.add_partner("Garage Martin", category=PartnerCategory.MOBILITY)
    await factories.add_shop(garage.id, "Garage Martin")
    await factories.add_offer(partner, title="Pain")
    await factories.add_offer(garage.id, title="Vidange")
    assert await titles(category=PartnerCategory.MOBILITY) == ["Vidange"]


async def test_nearest_comes_first(db: Database) -> None:
    """By distance from the residence, else the same postcode, else the same town."""
    places: dict[str, dict[str, Any]] = {
        "Loin": {"latitude": 49.95, "longitude": 2.30},
        "Près": {"latitude": 49.90, "longitude": 2.30},
        "Ville": {"postcode": "80090"},
        "Ailleurs": {"postcode": "75001", "town": "Paris"},
        "Quartier": {"postcode": "80000"},
    }
    for title, place in places.items():
        partner = await factories.add_partner(title)
        await factories.add_shop(partner.id, title, **place)
        await factories.add_offer(partner.id, title=title)
    view = MemberView(latitude=49.894, longitude=2.295, postcode="80000", town="amiens")
    assert await titles(view) == ["Près", "Loin", "Quartier", "Ville", "Ailleurs"]
    assert await titles(view, origin=Origin(49.96, 2.30)) == [
        "Loin",
        "Près",
        "Quartier",
        "Ville",
        "Ailleurs",
    ]
    near = (await queries.catalogue(view)).offers[0]
    assert near.distance_m == queries.metres(Origin(49.894, 2.295), Origin(49.90, 2.30))
    assert near.distance_m == pytest.approx(758, abs=2)


async def test_nearest_shop_speaks_for_an_offer_of_several(partner: int) -> None:
    await factories.add_shop(partner, "Au port", latitude=49.9, longitude=2.3)
    offer = await factories.add_offer(partner)
    view = MemberView(latitude=49.9, longitude=2.3)
    assert (await queries.catalogue(view)).offers[0].shop_name == "Au port"
    page = await queries.get_offer(offer.public_id, view)
    assert [shop.name for shop in page.shops] == ["Au port", "Boulangerie Petit"]


async def test_residence_is_the_origin_when_the_dwelling_is_proved(partner: int) -> None:
    """The member's residence as origin; never a geocoding service."""
    dwelling = await factories.add_dwelling()
    await fetch("UPDATE residence SET latitude = 49.9, longitude = 2.3, priority_district = true")
    alice = await factories.add_member()
    assert (await queries.member_view(alice.person_id)).latitude is None
    await fetch("UPDATE household SET dwelling = $1, proof = 'proved'", dwelling)
    view = await queries.member_view(alice.person_id)
    assert (view.latitude, view.longitude) == (49.9, 2.3)
    assert view.landlord_id is not None
    assert view.priority_district


async def add_landlord(slug: str) -> int:
    await factories.add_dwelling(f"contrat {slug}", landlord=slug)
    number: int = await fetch_value("SELECT id FROM landlord WHERE slug = $1", slug)
    return number


async def add_site() -> int:
    site = SiteWish(
        name="L'Orme", street="1 rue A", postcode="80000", town="Amiens", hours=factories.WEEK
    )
    slug = await places.open_site(site, SYSTEM)
    number: int = await fetch_value("SELECT id FROM site WHERE slug = $1", slug)
    return number


async def test_offer_is_shown_to_those_it_is_for(partner: int) -> None:
    """Targeting by site, landlord and priority district."""
    one, two, site = await add_landlord("un"), await add_landlord("deux"), await add_site()
    everybody = MemberView()
    tenant = MemberView(landlord_id=one, site_id=site, priority_district=True)
    await factories.add_offer(partner, title="Tous")
    await factories.add_offer(partner, title="Bailleur", landlord_ids=(one, two))
    await factories.add_offer(partner, title="Point", site_ids=(site,))
    district = await factories.add_offer(partner, title="Quartier", priority_district_only=True)
    assert await titles(everybody) == ["Tous"]
    assert sorted(await titles(tenant)) == ["Bailleur", "Point", "Quartier", "Tous"]
    with pytest.raises(OfferUnknown):
        await queries.get_offer(district.public_id, everybody)


async def test_offer_for_others_cannot_be_taken(partner: int) -> None:
    alice: Member = await factories.add_member()
    offer = await factories.add_offer(partner, landlord_ids=(await add_landlord("autre"),))
    with pytest.raises(OfferUnknown):
        await voucher_service.claim(alice, offer.public_id, SYSTEM)


async def test_favourites_are_kept_once(partner: int) -> None:
    alice = await factories.add_member()
    one = await factories.add_offer(partner, title="Une")
    await factories.add_offer(partner, title="Deux")
    for _ in range(2):
        await service.favour(alice.person_id, one.id)
    view = await queries.member_view(alice.person_id)
    assert await titles(view, favourites=True) == ["Une"]
    assert (await queries.get_offer(one.public_id, view)).favourite
    await service.unfavour(alice.person_id, one.id)
    assert await titles(view, favourites=True) == []


async def test_catalogue_is_paged(partner: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    for number in range(5):
        await factories.add_offer(partner, title=f"Avantage {number}")
    pages = [await queries.catalogue(VISITOR, page=number) for number in (1, 2, 3)]
    assert [len(page.offers) for page in pages] == [2, 2, 1]
    assert [page.more for page in pages] == [True, True, False]
    assert len({card.public_id for page in pages for card in page.offers}) == 5


async def test_offers_go_with_their_partner(partner: int) -> None:
    offer = await factories.add_offer(partner)
    await merchants.close_partner(SYSTEM, partner)
    assert await titles() == []
    page = await queries.get_offer(offer.public_id, VISITOR)
    assert not page.partner_active


async def test_claim_with_a_key_is_one_voucher(partner: int) -> None:
    """V8: a second tap under the same key is the same voucher, also where more are allowed."""
    alice = await factories.add_member()
    offer = await factories.add_offer(partner, limit_count=5)
    key = codes.random_id()
    first = await voucher_service.claim(alice, offer.public_id, SYSTEM, key)
    assert await voucher_service.claim(alice, offer.public_id, SYSTEM, key) == first
    assert await voucher_service.claim(alice, offer.public_id, SYSTEM, "other") != first
