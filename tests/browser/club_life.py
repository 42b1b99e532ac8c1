"""A club with something in it, and a phone that is signed in."""

from datetime import time
from typing import Any

from playwright.async_api import BrowserContext

from backend.audit.service import SYSTEM
from backend.identity import service as identity
from backend.identity.rules import SessionKind
from backend.kit import codes
from backend.kit.database import fetch, transaction
from backend.membership.queries import Member
from backend.merchants.rules import Hours, PartnerCategory
from backend.offers.rules import Delivery, LimitPeriod, OfferKind
from backend.vouchers import service as vouchers
from backend.vouchers.scans import Scan
from tests import factories
from tests.browser.conftest import Club
from tests.factories import Enrolled, Market

HOURS = tuple(Hours(day, time(8), time(19, 30)) for day in range(7) if day != 0)


async def sign_in(
    context: BrowserContext,
    club: Club,
    person_id: int,
    kind: SessionKind = SessionKind.TENANT,
) -> None:
    """The session cookie a tenant's phone would hold, or a merchant's."""
    async with transaction():
        token = await identity.open_session(person_id, kind, "Test")
    await context.add_cookies([{"name": "session", "value": token, "url": club.url}])


async def add_samira() -> Member:
    """Somebody whose dues are paid."""
    return await factories.add_member("Samira", "Belkacem", "samira@example.org")


async def bakery(**wish: Any) -> Market:
    partner = await factories.add_partner("Boulangerie des Tilleuls", picture="bread")
    shop = await factories.add_shop(
        partner.id,
        "Boulangerie des Tilleuls",
        street="8, rue des Tilleuls",
        hours=HOURS,
        phone="0322000000",
    )
    said = {
        "title": "Le pain et les viennoiseries",
        "conditions": "Pas sur les gâteaux commandés.",
        "limit_period": LimitPeriod.DAY,
        "picture": "bread",
        **wish,
    }
    till = await factories.add_till(shop.id)
    return Market(partner, shop, till, await factories.add_offer(partner.id, **said))


async def high_street() -> Market:
    """Four partners more, and the bakery."""
    shown = await bakery()
    await _one(
        "Auto-école du Canal",
        PartnerCategory.MOBILITY,
        "wheel",
        "Permis B, forfait 20 heures",
        kind=OfferKind.AMOUNT,
        amount_cents=10000,
    )
    await _one(
        "Optique Voltige",
        PartnerCategory.HEALTH,
        "glasses",
        "Lunettes et lentilles",
        kind=OfferKind.PERCENT,
        percent=20,
        typical_cents=15000,
        delivery=Delivery.CARD,
    )
    await _one(
        "Plomberie Arnoux",
        PartnerCategory.TRADES,
        "tap",
        "Dépannage sans frais de route",
        kind=OfferKind.FIXED,
        price_cents=4500,
        public_price_cents=8000,
    )
    await _one(
        "Librairie du Beffroi",
        PartnerCategory.CULTURE,
        "books",
        "Un marque-page en tissu",
        kind=OfferKind.GIFT,
        public_price_cents=400,
    )
    return shown


async def _one(name: str, category: PartnerCategory, picture: str, title: str, **wish: Any) -> None:
    partner = await factories.add_partner(name, category=category, picture=picture)
    await factories.add_shop(partner.id, name, street="12, avenue de la Gare")
    wish = {"percent": None, "typical_cents": None, **wish}
    await factories.add_offer(partner.id, title=title, picture=picture, **wish)


async def claim(member: Member, market: Market) -> str:
    return await vouchers.claim(member, market.offer.public_id, SYSTEM)


async def redeem(till: Enrolled, code: str, price_cents: int = 1200) -> str:
    """The shop types the code and validates; gives the use."""
    scan = Scan(code=code, key=codes.random_id(), till=till.caller, price_cents=price_cents)
    return (await vouchers.redeem(scan)).redemption


async def set_paid_until(member: Member, days_ago: int) -> None:
    """As if the household had paid until some days ago."""
    await fetch(
        "UPDATE period SET during = daterange(CURRENT_DATE - 365 - $2::int, CURRENT_DATE - $2::int + 1)"
        " WHERE household = $1",
        member.household_id,
        days_ago,
    )
