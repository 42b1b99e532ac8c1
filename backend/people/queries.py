"""Who a person is and where messages reach them."""

from datetime import datetime

import msgspec

from backend.kit.database import fetch, fetch_as, fetch_one_as
from backend.people.rules import Address, Channel


class PersonCard(msgspec.Struct, frozen=True):
    person_id: int
    public_id: str
    given_name: str
    family_name: str

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


class Contact(msgspec.Struct, frozen=True):
    public_id: str
    channel: Channel
    value: str
    verified_at: datetime | None

    @property
    def address(self) -> Address:
        return Address(Channel(self.channel), self.value)


async def find_person(person_id: int) -> PersonCard | None:
    return await fetch_one_as(
        PersonCard,
        "SELECT id AS person_id, public_id, given_name, family_name FROM person"
        " WHERE id = $1 AND erased_at IS NULL",
        person_id,
    )


async def find_by_contact(channel: Channel, value: str) -> list[PersonCard]:
    """Everybody behind one address, in its stored form."""
    return await fetch_as(
        PersonCard,
        "SELECT p.id AS person_id, p.public_id, p.given_name, p.family_name FROM contact_point c"
        " JOIN person p ON p.id = c.person WHERE c.value = $1 AND c.channel = $2"
        " AND c.ended_at IS NULL AND p.erased_at IS NULL ORDER BY p.search, p.id",
        value,
        channel.value,
    )


async def contacts_of(person_id: int) -> list[Contact]:
    """E-mail first, then in the order they came."""
    return await fetch_as(
        Contact,
        "SELECT public_id, channel, value, verified_at FROM contact_point"
        " WHERE person = $1 AND ended_at IS NULL ORDER BY channel, id",
        person_id,
    )


async def best_contact(person_id: int) -> Address | None:
    """Where a service message goes: verified before typed, e-mail (free) before SMS."""
    rows = await fetch(
        "SELECT channel, value FROM contact_point WHERE person = $1 AND ended_at IS NULL"
        " ORDER BY verified_at IS NULL, channel, id LIMIT 1",
        person_id,
    )
    return Address(Channel(rows[0]["channel"]), rows[0]["value"]) if rows else None
