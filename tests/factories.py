"""Rows for tests, made by the club's own services wherever there is one."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing import drawers
from backend.billing.rules import PayWay
from backend.identity.rules import Role
from backend.kit import clock, codes, text
from backend.kit.database import fetch, fetch_value, transaction
from backend.kit.hours import read_week
from backend.membership import queries as membership_queries
from backend.membership import service as membership
from backend.membership.queries import Member
from backend.membership.rules import Category
from backend.membership.service import Joined, JoinWish
from backend.membership.service.dues import Taken
from backend.merchants import queries as merchant_queries
from backend.merchants import service as merchants
from backend.merchants.queries import TillCaller
from backend.merchants.rules import PartnerCategory, PartnerKind
from backend.merchants.service import NewPartner, NewShop, PartnerWish, ShopWish
from backend.offers import queries as offer_queries
from backend.offers import service as offers
from backend.offers.queries import OfferPage
from backend.offers.rules import OfferKind
from backend.offers.service import OfferWish
from backend.people import service as people
from backend.people.rules import read_address
from backend.places import service as places
from backend.places.service import ClosureWish

# A site's hours where a test does not care: a site that never opens is refused (L16).
WEEK = read_week(["", *["9h-18h"] * 5, ""])


async def close_days(wish: ClosureWish) -> str:
    """A closure, and nothing lent that it could move."""
    async with transaction():
        return await places.close_days(wish, SYSTEM)


async def open_days_again(public_id: str) -> None:
    async with transaction():
        await places.open_days_again(public_id, SYSTEM)


async def withdraw_extra(public_id: str) -> None:
    async with transaction():
        await places.take_back_extra(public_id, SYSTEM)


async def add_person(
    given_name: str = "Alice", family_name: str = "Martin", address: str | None = None
) -> int:
    """A person, with one verified e-mail or mobile where `address` is given."""
    async with transaction():
        person_id = await people.register(given_name, family_name)
        if address is not None:
            channel, value = read_address(address)
            await people.add_contact(person_id, channel, value, verified=True)
    return person_id


async def add_role(person_id: int, role: Role, scope_id: int | None = None) -> None:
    await fetch(
        "INSERT INTO role_grant (person, role, scope_id, granted_at) VALUES ($1, $2, $3, $4)",
        person_id,
        role.value,
        scope_id,
        clock.now(),
    )


async def add_dwelling(
    contract: str = "L/01 00206", postcode: str = "80000", rooms: int = 3, landlord: str = "orme"
) -> int:
    """A dwelling of a landlord's list, let under this contract."""
    moment = clock.now()
    landlord_id = await fetch_value(
        "INSERT INTO landlord (public_id, slug, name, created_at) VALUES ($1, $2, $2, $3)"
        " ON CONFLICT ON CONSTRAINT landlord_slug_key DO UPDATE SET name = EXCLUDED.name"
        " RETURNING id",
        codes.random_id(),
        landlord,
        moment,
    )
    residence_id = await fetch_value(
        "INSERT INTO residence (public_id, landlord, code, name, postcode, town)"
        " VALUES ($1, $2, $3, 'Les Tilleuls', $4, 'Amiens') RETURNING id",
        codes.random_id(),
        landlord_id,
        codes.random_id(),
        postcode,
    )
    dwelling_id: int = await fetch_value(
        "INSERT INTO dwelling (landlord, residence, external_id, contract_number, contract_folded,"
        " street, building, stair, floor, door, postcode, town, insee_code, rooms, agreement,"
        " occupancy, search) VALUES ($1, $2, $3, $4, $5, '2 rue des Tilleuls', '', '', '', '', $6,"
        " 'Amiens', '80021', $7, '', 'let', ' les tilleuls 2 rue des tilleuls ' || $6 || ' amiens')"
        " RETURNING id",
        landlord_id,
        residence_id,
        codes.random_id(),
        contract,
        text.fold_contract(contract),
        postcode,
        rooms,
    )
    return dwelling_id


async def add_household(
    given_name: str = "Alice", family_name: str = "Martin", address: str | None = None, **wish: Any
) -> Joined:
    """A household of one adult, a neighbour's unless `wish` says more; nothing is paid yet."""
    said = {"category": Category.NEIGHBOUR, "postcode": "80000", "town": "Amiens", **wish}
    return await membership.join(
        JoinWish(
            given_name=given_name,
            family_name=family_name,
            address=read_address(address) if address else None,
            verified=True,
            **said,
        )
    )


async def open_drawer(site_id: int | None = None, float_cents: int = 0) -> None:
    """The counter may take cash, as if its drawer had been open since long ago; once is enough."""
    if await drawers.find_open(site_id) is None:
        clerk = await add_person("Nadia", "Comptoir")
        with clock.frozen(clock.parse_instant("2000-01-01T09:00:00+01:00")):
            await drawers.open_drawer(By(Actor.PERSON, clerk), site_id, float_cents, from_bank=True)


async def pay_dues(household_id: int, months: int = 12) -> Taken:
    """The household pays at the desk today."""
    await open_drawer()
    clerk = await add_person("Nadia", "Comptoir")
    return await membership.take_dues(
        By(Actor.PERSON, clerk), household_id, months, PayWay.CASH, None, key=codes.random_id()
    )


async def add_member(
    given_name: str = "Alice", family_name: str = "Martin", address: str | None = None, **wish: Any
) -> Member:
    """Somebody whose household has paid for twelve months from today."""
    joined = await add_household(given_name, family_name, address, **wish)
    await pay_dues(joined.household_id)
    member = await membership_queries.find_member(joined.person_id)
    assert member is not None
    return member


async def add_partner(name: str = "Boulangerie Petit", **wish: Any) -> NewPartner:
    said = {"kind": PartnerKind.SHOP, "category": PartnerCategory.FOOD, **wish}
    return await merchants.register_partner(SYSTEM, PartnerWish(name=name, **said))


async def add_shop(partner_id: int, name: str = "Boulangerie Petit", **wish: Any) -> NewShop:
    said = {"street": "3 rue du Four", "postcode": "80000", "town": "Amiens", **wish}
    return await merchants.open_shop(SYSTEM, partner_id, ShopWish(name=name, **said))


@dataclass(frozen=True)
class Enrolled:
    """A till that works: what its browser holds, its bearer token, and how guards see it."""

    cookie: str
    token: str
    caller: TillCaller


async def add_till(shop_id: int, name: str = "Caisse 1") -> Enrolled:
    """A till of the shop, enrolled by its link."""
    made = await merchants.make_till(SYSTEM, shop_id, name)
    enrolled = await merchants.enrol(made.enrol_code)
    caller = await merchant_queries.find_till_caller(codes.hash_token(made.token), bearer=True)
    assert caller is not None
    return Enrolled(enrolled.secret, made.token, caller)


async def add_offer(partner_id: int, **wish: Any) -> OfferPage:
    """A published offer: 10 % off 12 euros, once a month for a household, unless `wish` says more."""
    said: dict[str, Any] = {
        "title": "10 % sur le pain",
        "kind": OfferKind.PERCENT,
        "percent": 10,
        "typical_cents": 1200,
        "starts_on": clock.today() - timedelta(days=1),
        **wish,
    }
    public_id = await offers.draft(SYSTEM, partner_id, OfferWish(**said))
    drafted = await offer_queries.find_offer(public_id)
    assert drafted is not None
    await offers.publish(SYSTEM, drafted.id)
    published = await offer_queries.find_offer(public_id)
    assert published is not None
    return published


@dataclass(frozen=True)
class Market:
    """A partner with one shop, one till and one offer."""

    partner: NewPartner
    shop: NewShop
    till: Enrolled
    offer: OfferPage


async def add_market(name: str = "Boulangerie Petit", **wish: Any) -> Market:
    partner = await add_partner(name)
    shop = await add_shop(partner.id, name)
    till = await add_till(shop.id)
    return Market(partner, shop, till, await add_offer(partner.id, **wish))
