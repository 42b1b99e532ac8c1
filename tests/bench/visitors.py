"""Who visits the pages that are measured: a member with vouchers, a till, somebody of the desk."""

from dataclasses import dataclass

import httpx

from backend import settings as configuration
from backend.audit.service import SYSTEM
from backend.http.security import cookie_names
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.merchants.rules import PartnerCategory
from backend.vouchers import keyring, service
from backend.vouchers.scans import Scan
from tests import factories, sign_in
from tests.bench.stage import Stage

OFFERS = 40
OPEN, USED = 3, 10


@dataclass(frozen=True)
class Visitors:
    """Cookies, not browsers: whoever measures opens connections as it needs."""

    public: dict[str, str]
    member: dict[str, str]
    desk: dict[str, str]
    manager: dict[str, str]
    till: dict[str, str]
    merchant: dict[str, str]
    referent: dict[str, str]
    offer: str
    code: str
    file: str
    household: str


async def invite(club: Stage) -> Visitors:
    settings = configuration.load({"PALIER_ENV": "test", "PALIER_HOME": str(club.home)})
    keyring.use(settings.signing_keys)
    alice = await factories.add_member("Samira", "Belkacem", "samira@example.org")
    categories = list(PartnerCategory)
    taken = []
    for number in range(OFFERS):
        category = categories[number % len(categories)]
        partner = await factories.add_partner(f"Partenaire {number}", category=category)
        shop = await factories.add_shop(partner.id, f"Partenaire {number}")
        offer = await factories.add_offer(partner.id, title=f"Avantage {number}")
        if number < OPEN + USED:
            taken.append((shop, await service.claim(alice, offer.public_id, SYSTEM)))
    for shop, code in taken[OPEN:]:
        till = await factories.add_till(shop.id)
        await service.redeem(Scan(code=code, key=code, till=till.caller, price_cents=1200))
    clerk, manager = await _staff("Nadia", Role.DESK), await _staff("Odile", Role.MANAGER)
    async with httpx.AsyncClient(base_url=club.url) as browser:
        await sign_in.as_tenant(browser, settings, alice.person_id)
        member = dict(browser.cookies)
        await sign_in.as_staff(browser, settings, clerk)
        desk = dict(browser.cookies)
        await sign_in.as_staff(browser, settings, manager)
        office = dict(browser.cookies)
        await sign_in.as_merchant(browser, settings, await _merchant())
        merchant = dict(browser.cookies)
        await sign_in.as_merchant(browser, settings, await _referent())
        referent = dict(browser.cookies)
    return Visitors(
        public={},
        member=member,
        desk=desk,
        manager=office,
        till={cookie_names(settings).till: (await factories.add_till(taken[0][0].id)).cookie},
        merchant=merchant,
        referent=referent,
        offer=await fetch_value("SELECT public_id FROM offer ORDER BY id LIMIT 1"),
        code=taken[0][1],
        file=alice.person_public_id,
        household=alice.household_public_id,
    )


async def _staff(name: str, role: Role) -> int:
    person_id = await factories.add_person(name, "Comptoir")
    await factories.add_role(person_id, role)
    return person_id


async def _merchant() -> int:
    """Of the club's first partner, where a crowd went."""
    person_id = await factories.add_person("Marc", "Ferrand")
    partner_id = await fetch_value("SELECT min(id) FROM partner")
    await factories.add_role(person_id, Role.MERCHANT, partner_id)
    return person_id


async def _referent() -> int:
    """Of the landlord whose dwellings a crowd moves into."""
    landlord: int = await fetch_value(
        "INSERT INTO landlord (public_id, slug, name, created_at) VALUES ('bench', 'bench', 'Bench', $1)"
        " RETURNING id",
        clock.now(),
    )
    person_id = await factories.add_person("Rémi", "Bailly")
    await factories.add_role(person_id, Role.REFERENT, landlord)
    return person_id


def header(cookies: dict[str, str]) -> dict[str, str]:
    """As a browser sends them."""
    return {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
