"""Rows for tests, made by the club's own services wherever there is one."""

from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch, transaction
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
