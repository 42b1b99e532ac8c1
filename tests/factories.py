"""Rows for tests, made by the club's own services wherever there is one."""

from typing import Any

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.billing.rules import PayWay
from backend.identity.rules import Role
from backend.kit import clock, codes, text
from backend.kit.database import fetch, fetch_value, transaction
from backend.membership import queries as membership_queries
from backend.membership import service as membership
from backend.membership.queries import Member
from backend.membership.rules import Category
from backend.membership.service import Joined, JoinWish
from backend.membership.service.dues import Taken
from backend.people import service as people
from backend.people.rules import read_address


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
        " occupancy) VALUES ($1, $2, $3, $4, $5, '2 rue des Tilleuls', '', '', '', '', $6, 'Amiens',"
        " '80021', $7, '', 'let') RETURNING id",
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


async def pay_dues(household_id: int, months: int = 12) -> Taken:
    """The household pays at the desk today."""
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
