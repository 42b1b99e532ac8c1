"""The insurer's people: they come in by a code, and see the requests made to their insurer alone."""

from backend.audit.service import By
from backend.identity import service as identity
from backend.identity.rules import Role
from backend.identity.service.roles import enlist
from backend.kit import text
from backend.kit.database import fetch_value, transaction
from backend.kit.errors import Missing


async def invite_agent(
    by: By, insurer_id: int, given_name: str, family_name: str, email: str
) -> int:
    """Who is known under this address and name gets the role besides; gives the person's key."""
    async with transaction():
        person_id = await enlist(given_name, family_name, text.normalise_email(email))
        await identity.grant_role(by, person_id, Role.INSURER, insurer_id)
    return person_id


async def end_agent(by: By, insurer_id: int, person_public_id: str) -> None:
    """Every session ends with the role. Raises Missing for who is none of this insurer's."""
    async with transaction():
        person_id = await fetch_value(
            "SELECT p.id FROM person p JOIN role_grant g ON g.person = p.id WHERE p.public_id = $1"
            " AND g.role = $2 AND g.scope_id = $3 AND g.ended_at IS NULL",
            person_public_id,
            Role.INSURER.value,
            insurer_id,
        )
        if person_id is None:
            raise Missing
        await identity.end_role(by, person_id, Role.INSURER, insurer_id)
        await identity.end_all(person_id)
