"""What partners are told: those who have their role by their best address, else the firm itself."""

from backend.identity.rules import Role
from backend.kit.database import fetch, fetch_one, within
from backend.notifications import service as notifications
from backend.people.rules import Channel


async def tell(kind: str, key: str, contract_id: int, **values: object) -> None:
    """Once under its key, to everybody who speaks for the partner of this contract."""
    within()
    partner = await fetch_one(
        "SELECT p.id, p.name, p.email FROM contract c JOIN partner p ON p.id = c.partner"
        " WHERE c.id = $1",
        contract_id,
    )
    assert partner is not None
    people = await fetch(
        "SELECT p.id, p.given_name FROM role_grant g JOIN person p ON p.id = g.person"
        " WHERE g.role = $1 AND g.scope_id = $2 AND g.ended_at IS NULL ORDER BY p.id",
        Role.MERCHANT.value,
        partner["id"],
    )
    said = {"partner": partner["name"], **values}
    for person in people:
        named = {**said, "name": person["given_name"]}
        await notifications.tell(
            kind, f"{kind}:{key}:{person['id']}", person_id=person["id"], values=named
        )
    if not people and partner["email"] is not None:
        await notifications.queue(
            kind,
            f"{kind}:{key}",
            person_id=None,
            channel=Channel.EMAIL,
            to=partner["email"],
            values={**said, "name": partner["name"]},
        )
