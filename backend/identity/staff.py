"""Who works for the club, as its office reads it."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from backend.identity.rules import DOORS, Role, SessionKind
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.kit.errors import Missing
from backend.people.rules import Channel

STAFF = DOORS[SessionKind.STAFF]


class Contact(msgspec.Struct, frozen=True):
    """A verified address of somebody who works here."""

    contact_id: str
    person_id: int
    given_name: str
    channel: Channel
    value: str


class Colleague(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the house. `roles` is empty for who no longer works here.

    `site_name`: where they work, None for everywhere. `factors`: how many second factors they have.
    """

    person_id: int
    public_id: str
    given_name: str
    family_name: str
    email: str | None
    roles: tuple[Role, ...]
    since: datetime | None
    site_public_id: str | None
    site_name: str | None
    factors: int
    seen_at: datetime | None
    suspended_since: datetime | None
    suspended_for: str | None

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


async def contacts_of_staff(roles: Collection[Role]) -> list[Contact]:
    """Every verified address of whoever has one of these roles."""
    rows = await fetch(
        "SELECT c.public_id AS contact_id, p.id AS person_id, p.given_name, c.channel, c.value"
        " FROM contact_point c JOIN person p ON p.id = c.person WHERE c.ended_at IS NULL"
        " AND c.verified_at IS NOT NULL AND EXISTS (SELECT 1 FROM role_grant g"
        "  WHERE g.person = p.id AND g.ended_at IS NULL AND g.role = ANY($1)) ORDER BY c.id",
        [role.value for role in roles],
    )
    return [msgspec.convert(dict(row), Contact) for row in rows]


async def colleagues() -> list[Colleague]:
    """Everybody with a role of the house now, by name."""
    rows = await fetch(
        f"{_COLLEAGUE} WHERE p.id IN (SELECT r.person FROM role_grant r WHERE r.ended_at IS NULL"  # noqa: S608
        " AND r.role = ANY($1)) ORDER BY p.search, p.id",
        *_args(),
    )
    return [_colleague(dict(row)) for row in rows]


async def get_colleague(public_id: str) -> Colleague:
    """Also somebody who worked here before. Raises Missing for anybody else."""
    rows = await fetch(
        f"{_COLLEAGUE} WHERE p.public_id = $3 AND p.erased_at IS NULL AND EXISTS (SELECT 1"  # noqa: S608
        "  FROM role_grant r WHERE r.person = p.id AND r.role = ANY($1))",
        *_args(),
        public_id,
    )
    if not rows:
        raise Missing
    return _colleague(dict(rows[0]))


async def has_admin() -> bool:
    """Whether somebody who may come in is an admin."""
    found: bool = await fetch_value(
        "SELECT EXISTS (SELECT 1 FROM role_grant g JOIN person p ON p.id = g.person"
        " WHERE g.role = $1 AND g.ended_at IS NULL AND p.erased_at IS NULL AND NOT EXISTS ("
        "  SELECT 1 FROM suspension u WHERE u.person = p.id AND (u.until IS NULL OR u.until > $2)))",
        Role.ADMIN.value,
        clock.now(),
    )
    return found


async def site_of(person_id: int) -> str | None:
    """The public id of the site where somebody works; None for everywhere."""
    found: str | None = await fetch_value(
        "SELECT s.public_id FROM workplace w JOIN site s ON s.id = w.site"
        " WHERE w.person = $1 AND w.left_at IS NULL",
        person_id,
    )
    return found


_COLLEAGUE = (
    "SELECT p.id AS person_id, p.public_id, p.given_name, p.family_name, coalesce(g.roles, '{}') AS roles, g.since,"
    " (SELECT value FROM contact_point c WHERE c.person = p.id AND c.ended_at IS NULL"
    "  AND c.channel = 'email' ORDER BY c.verified_at IS NULL, c.id LIMIT 1) AS email,"
    " s.public_id AS site_public_id, s.name AS site_name,"
    " (SELECT count(*) FROM factor f WHERE f.person = p.id AND f.revoked_at IS NULL"
    "  AND f.confirmed_at IS NOT NULL) AS factors,"
    " (SELECT max(seen_at) FROM session e WHERE e.person = p.id AND e.kind = 'staff') AS seen_at,"
    " u.since AS suspended_since, u.reason AS suspended_for FROM person p"
    " LEFT JOIN LATERAL (SELECT array_agg(r.role ORDER BY r.id) AS roles, min(r.granted_at) AS since"
    "  FROM role_grant r WHERE r.person = p.id AND r.ended_at IS NULL AND r.role = ANY($1)) g ON true"
    " LEFT JOIN workplace w ON w.person = p.id AND w.left_at IS NULL LEFT JOIN site s ON s.id = w.site"
    " LEFT JOIN LATERAL (SELECT since, reason FROM suspension u WHERE u.person = p.id"
    "  AND (u.until IS NULL OR u.until > $2) ORDER BY id DESC LIMIT 1) u ON true"
)


def _args() -> tuple[list[str], datetime]:
    return [role.value for role in STAFF], clock.now()


def _colleague(values: dict[str, object]) -> Colleague:
    return msgspec.convert(values, Colleague, strict=False)
