"""Partners, shops, tills and offers, through the services of merchants and offers.

Each step may run again: a start that was interrupted goes on where it was.
"""

from datetime import timedelta
from typing import Any

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.merchants import service as merchants
from backend.merchants.service import PartnerWish, ShopWish
from backend.offers import service as offers
from backend.offers.service import OfferWish
from backend.sandbox.demo.cast import DEMO_SHOP, DEMO_TILL
from backend.sandbox.demo.dice import Dice
from backend.sandbox.demo.firms import FIRMS, TOWNS, Deal, Firm

OPENED = timedelta(days=420)
CASHIERS = ("Alex", "Dominique", "Sacha")
# Offers that show what a catalogue also holds: one is waiting, one over, one to come.
PAUSED, DRAFTED, ENDED, TO_COME = (
    "Le petit déjeuner du samedi",
    "Un album d'occasion",
    "15 % sur tout le magasin",
    "La révision de printemps",
)


async def open_market() -> None:
    with clock.frozen(clock.now() - OPENED):
        for firm in FIRMS:
            await _settle(firm)
        await _open_demo_till()
    for title, move in ((PAUSED, offers.pause), (ENDED, offers.end)):
        running = await _offer(title, "published")
        if running is not None:
            await move(SYSTEM, running)


async def _settle(firm: Firm) -> None:
    partner_id = await fetch_value("SELECT id FROM partner WHERE name = $1", firm.name)
    if partner_id is None:
        partner_id = (await merchants.register_partner(SYSTEM, _partner(firm))).id
    for number, street in enumerate(firm.streets):
        shop_id = await fetch_value(
            "SELECT id FROM shop WHERE partner = $1 AND street = $2", partner_id, street
        )
        if shop_id is None:
            wish = _shop(firm, number, street)
            shop_id = (await merchants.open_shop(SYSTEM, partner_id, wish)).id
        await _equip(shop_id, firm)
    for deal in firm.deals:
        await _offer_deal(partner_id, deal)


def _partner(firm: Firm) -> PartnerWish:
    return PartnerWish(
        name=firm.name,
        kind=firm.kind,
        category=firm.category,
        story=firm.story,
        picture=firm.picture,
        email=f"partenaire.{FIRMS.index(firm) + 1}@example.org",
        phone=f"06 39 98 90 {FIRMS.index(firm) + 10:02d}",
    )


def _shop(firm: Firm, number: int, street: str) -> ShopWish:
    town = TOWNS[(firm.town + number) % len(TOWNS)]
    dice = Dice("shop", firm.name, number)
    name = firm.name if len(firm.streets) == 1 or number == 0 else f"{firm.name}, {town.name}"
    return ShopWish(
        name=name,
        street=street,
        postcode=town.postcode,
        town=town.name,
        phone=f"06 39 98 91 {FIRMS.index(firm) * 2 + number:02d}",
        latitude=town.latitude + dice.between(-60, 60) / 10_000,
        longitude=town.longitude + dice.between(-90, 90) / 10_000,
        hours=firm.hours,
    )


async def _equip(shop_id: int, firm: Firm) -> None:
    """One till that has long been enrolled; its secret went to a phone that does not exist."""
    till_id = await fetch_value("SELECT id FROM till WHERE shop = $1 ORDER BY id LIMIT 1", shop_id)
    if till_id is None:
        made = await merchants.make_till(SYSTEM, shop_id, "Caisse 1")
        till_id = made.id
        await merchants.enrol(made.enrol_code)
    await merchants.name_cashiers(SYSTEM, till_id, firm.cashiers or CASHIERS)


async def _open_demo_till() -> None:
    """The one that the page /demo gives to whoever asks."""
    shop_id = await fetch_value("SELECT id FROM shop WHERE name = $1", DEMO_SHOP)
    if not await fetch_value("SELECT count(*) FROM till WHERE name = $1", DEMO_TILL):
        made = await merchants.make_till(SYSTEM, shop_id, DEMO_TILL)
        await merchants.name_cashiers(SYSTEM, made.id, FIRMS[0].cashiers)


async def _offer_deal(partner_id: int, deal: Deal) -> None:
    title = deal["title"]
    offer_id = await fetch_value(
        "SELECT id FROM offer WHERE partner = $1 AND title = $2", partner_id, title
    )
    if offer_id is None:
        public_id = await offers.draft(SYSTEM, partner_id, await _wish(partner_id, deal))
        offer_id = await fetch_value("SELECT id FROM offer WHERE public_id = $1", public_id)
    drafted = await fetch_value("SELECT state FROM offer WHERE id = $1", offer_id) == "draft"
    if drafted and title != DRAFTED:
        await offers.publish(SYSTEM, offer_id)


async def _wish(partner_id: int, deal: Deal) -> OfferWish:
    """The words of a deal are names; offers are kept by keys."""
    given: dict[str, Any] = dict(deal)
    landlords = await _keys("landlord", "slug", given.pop("landlords", ()))
    sites = await _keys("site", "name", given.pop("sites", ()))
    picture = await fetch_value("SELECT picture FROM partner WHERE id = $1", partner_id)
    wait = OPENED + timedelta(days=20) if deal["title"] == TO_COME else timedelta()
    return OfferWish(
        starts_on=clock.today() + wait,
        landlord_ids=landlords,
        site_ids=sites,
        picture=picture,
        **given,
    )


async def _keys(table: str, column: str, names: tuple[str, ...]) -> tuple[int, ...]:
    rows = await fetch(f"SELECT id FROM {table} WHERE {column} = ANY($1)", list(names))  # noqa: S608
    return tuple(row["id"] for row in rows)


async def _offer(title: str, state: str) -> int | None:
    found: int | None = await fetch_value(
        "SELECT id FROM offer WHERE title = $1 AND state = $2", title, state
    )
    return found
