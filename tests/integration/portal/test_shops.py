"""A merchant's own shops: changed alone where the club lets it, asked for where not."""

from datetime import time

import httpx
import pytest

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.identity.rules import Role
from backend.kit.database import fetch_value
from backend.merchants import changes, queries
from backend.merchants import service as merchants
from backend.merchants.changes import ChangeAnswered, ReasonMissing, ShopDetails
from backend.merchants.queries import ShopCard
from backend.merchants.rules import Hours
from backend.merchants.service import ShopWish
from backend.merchants.wishes import Answer, Part
from backend.settings import Settings
from tests import factories
from tests.conftest import Database
from tests.factories import Market
from tests.integration.portal.merchant import enter
from tests.pictures import picture
from tests.sign_in import as_staff, post

HERE = "/partenaire/points-de-vente"
MORNING = Hours(1, time(8), time(12))
NEW_HOURS = {"hours_1": "8h-12h", "phone": "03 22 00 00 01"}


@pytest.fixture
async def market(db: Database) -> Market:
    return await factories.add_market()


async def shop_of(market: Market) -> ShopCard:
    found = await queries.find_shop(market.shop.public_id)
    assert found is not None
    return found


async def somebody() -> By:
    return By(Actor.PERSON, await factories.add_person("Hélène", "Vasseur"))


async def test_hours_and_phone_change_at_once_when_the_club_says_nothing_else(
    client: httpx.AsyncClient, settings: Settings, market: Market
) -> None:
    await enter(client, settings, market.partner.id)
    answer = await post(client, settings, f"{HERE}/{market.shop.public_id}", NEW_HOURS)
    assert answer.status_code == 303
    shop = await shop_of(market)
    assert shop.hours == (MORNING,)
    assert shop.phone == "+33322000001"
    assert await changes.waiting() == []


async def test_photo_waits_for_the_club(
    client: httpx.AsyncClient, settings: Settings, market: Market
) -> None:
    await enter(client, settings, market.partner.id)
    files = {"photo": ("a.jpg", picture("JPEG"), "image/jpeg")}
    await post(client, settings, f"{HERE}/{market.shop.public_id}", files=files)
    assert (await shop_of(market)).photo is None
    (waiting,) = await changes.waiting()
    assert (waiting.part, waiting.has_photo) == (Part.PHOTO, True)
    await changes.accept(await somebody(), waiting.public_id)
    assert (await shop_of(market)).photo is not None


async def test_photo_goes_when_it_is_replaced_or_refused(market: Market) -> None:
    """D2: the bytes of a picture that no shop will show are not kept; one that is shown stays."""
    by, shop = await somebody(), await shop_of(market)
    for width in (4, 5, 6):
        drawn = picture("JPEG", (width, 3))
        await changes.ask(
            by, shop, ShopDetails(hours=tuple(shop.hours), phone=shop.phone, photo=drawn)
        )
        assert await fetch_value("SELECT count(*) FROM stored_file") == 1
    (waiting,) = await changes.waiting()
    await changes.refuse(by, waiting.public_id, "Elle est floue.")
    assert await fetch_value("SELECT count(*) FROM stored_file") == 0
    drawn = picture("JPEG")
    again = ShopDetails(hours=tuple(shop.hours), phone=shop.phone, photo=drawn)
    await changes.ask(by, shop, again)
    (waiting,) = await changes.waiting()
    await changes.accept(by, waiting.public_id)
    await changes.ask(by, await shop_of(market), again)
    (waiting,) = await changes.waiting()
    await changes.refuse(by, waiting.public_id, "Elle y est déjà.")
    assert await fetch_value("SELECT count(*) FROM stored_file") == 1


async def test_old_photo_goes_when_another_one_takes_its_place(market: Market) -> None:
    """D2: a picture that no shop shows is kept by nobody: after a wish, at once, or by the office."""
    by = await somebody()

    async def ask(photo: bytes) -> None:
        shop = await shop_of(market)
        await changes.ask(by, shop, ShopDetails(hours=shop.hours, phone=shop.phone, photo=photo))

    for kind in ("JPEG", "PNG"):
        await ask(picture(kind))
        (wish,) = await changes.waiting()
        await changes.accept(by, wish.public_id)
        assert await fetch_value("SELECT count(*) FROM stored_file") == 1
    await changes.set_free_parts(by, [Part.PHOTO])
    await ask(picture("WEBP"))
    assert await fetch_value("SELECT count(*) FROM stored_file") == 1
    shop = await shop_of(market)
    details = {
        name: getattr(shop, name) for name in ("name", "street", "postcode", "town", "hours")
    }
    await merchants.change_shop(by, shop.id, ShopWish(**details, photo=picture("JPEG")))
    assert await fetch_value("SELECT count(*) FROM stored_file") == 1
    await merchants.change_shop(by, shop.id, ShopWish(**details))
    assert (await shop_of(market)).photo is not None
    other = await factories.add_shop(market.partner.id, "Annexe", photo=picture("JPEG"))
    await ask(picture("PNG"))
    assert other is not None
    assert await fetch_value("SELECT count(*) FROM stored_file") == 2


async def test_hours_wait_when_the_club_takes_their_freedom_away(market: Market) -> None:
    """The staff's rules say what a merchant may change alone."""
    clerk = await somebody()
    await changes.set_free_parts(clerk, [])
    wish = ShopDetails(hours=(MORNING,), phone=None)
    outcome = await changes.ask(clerk, await shop_of(market), wish)
    assert (outcome.done, outcome.waiting) == ((), (Part.HOURS,))
    assert (await shop_of(market)).hours == ()


async def test_second_wish_replaces_the_first_when_it_still_waits(market: Market) -> None:
    clerk = await somebody()
    await changes.set_free_parts(clerk, [])
    shop = await shop_of(market)
    for hour in (8, 9):
        wish = ShopDetails(hours=(Hours(1, time(hour), time(12)),), phone=None)
        await changes.ask(clerk, shop, wish)
    (waiting,) = await changes.waiting()
    assert waiting.hours == (Hours(1, time(9), time(12)),)
    assert await fetch_value("SELECT count(*) FROM shop_change WHERE state = 'replaced'") == 1


async def test_merchant_reads_why_the_club_refused(
    client: httpx.AsyncClient, settings: Settings, market: Market
) -> None:
    clerk = await somebody()
    await changes.set_free_parts(clerk, [])
    await changes.ask(clerk, await shop_of(market), ShopDetails(hours=(MORNING,), phone=None))
    (waiting,) = await changes.waiting()
    with pytest.raises(ReasonMissing):
        await changes.refuse(clerk, waiting.public_id, " ")
    await changes.refuse(clerk, waiting.public_id, "Le mardi est jour de marché.")
    with pytest.raises(ChangeAnswered):
        await changes.accept(clerk, waiting.public_id)
    await enter(client, settings, market.partner.id)
    page = await client.get(f"{HERE}/{market.shop.public_id}")
    assert "Le mardi est jour de marché." in page.text
    assert (await changes.of_shop((await shop_of(market)).id))[0].state is Answer.REFUSED


async def test_nothing_is_asked_when_nothing_is_another(
    client: httpx.AsyncClient, settings: Settings, market: Market
) -> None:
    await changes.set_free_parts(await somebody(), [])
    await enter(client, settings, market.partner.id)
    await post(client, settings, f"{HERE}/{market.shop.public_id}", {"phone": ""})
    assert await changes.waiting() == []


async def test_wrong_hours_come_back_with_what_was_typed(
    client: httpx.AsyncClient, settings: Settings, market: Market
) -> None:
    """UX5: the form keeps what was typed and says what to do."""
    await enter(client, settings, market.partner.id)
    typed = {"hours_1": "le matin", "phone": ""}
    answer = await post(client, settings, f"{HERE}/{market.shop.public_id}", typed)
    assert answer.status_code == 422
    assert "le matin" in answer.text
    assert (await shop_of(market)).hours == ()


@pytest.mark.parametrize("path", ["", "/photo", "/caisses/nouvelle"])
async def test_shop_of_another_partner_is_not_there(
    client: httpx.AsyncClient, settings: Settings, market: Market, path: str
) -> None:
    """SEC11: neither to see nor to change."""
    other = await factories.add_market("Autre enseigne")
    await enter(client, settings, other.partner.id)
    assert (await client.get(f"{HERE}/{market.shop.public_id}{path}")).status_code == 404
    answer = await post(client, settings, f"{HERE}/{market.shop.public_id}", NEW_HOURS)
    assert answer.status_code == 404
    assert (await shop_of(market)).hours == ()


async def test_office_answers_wishes_on_one_page(
    client: httpx.AsyncClient, settings: Settings, market: Market
) -> None:
    clerk = await somebody()
    await changes.set_free_parts(clerk, [Part.PHOTO])
    await changes.ask(
        clerk, await shop_of(market), ShopDetails(hours=(MORNING,), phone="03 22 00 00 01")
    )
    manager = await factories.add_person("Marc", "Gérant")
    await factories.add_role(manager, Role.MANAGER)
    await as_staff(client, settings, manager)
    page = await client.get("/gestion/demandes")
    assert "Mardi 8h-12h" in page.text
    hours, phone = await changes.waiting()
    address = "/gestion/demandes/points-de-vente"
    await post(client, settings, f"{address}/{hours.public_id}/oui")
    said = {"reason": "Ce numéro sonne ailleurs."}
    await post(client, settings, f"{address}/{phone.public_id}/non", said)
    shop = await shop_of(market)
    assert (shop.hours, shop.phone) == ((MORNING,), None)
    await post(client, settings, "/gestion/demandes/liberte", {"hours": "1"})
    assert await changes.free_parts() == {Part.HOURS}
