"""Who speaks for a landlord, as the office reads it."""

from datetime import datetime

import msgspec

from backend.identity.rules import Role
from backend.kit.database import fetch_as


class Referent(msgspec.Struct, frozen=True):
    public_id: str
    name: str
    email: str | None
    since: datetime


async def referents_of(landlord_id: int) -> list[Referent]:
    """By name."""
    return await fetch_as(
        Referent,
        "SELECT p.public_id, concat_ws(' ', p.given_name, p.family_name) AS name,"
        " (SELECT c.value FROM contact_point c WHERE c.person = p.id AND c.channel = 'email'"
        "  AND c.ended_at IS NULL ORDER BY c.id LIMIT 1) AS email, g.granted_at AS since"
        " FROM role_grant g JOIN person p ON p.id = g.person"
        " WHERE g.role = $1 AND g.scope_id = $2 AND g.ended_at IS NULL ORDER BY p.search, p.id",
        Role.REFERENT.value,
        landlord_id,
    )
