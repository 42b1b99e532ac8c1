"""Who a session belongs to."""

from datetime import datetime

import msgspec

from backend.identity.rules import Role, SessionKind
from backend.kit.database import fetch_one


class Grant(msgspec.Struct, frozen=True):
    role: Role
    scope_id: int | None


class SignedIn(msgspec.Struct, frozen=True):
    """A living session with its person and roles; limits are judged by rules.check_alive."""

    session_id: int
    public_id: str
    person_id: int
    given_name: str
    family_name: str
    language: str
    kind: SessionKind
    created_at: datetime
    seen_at: datetime
    second_factor_at: datetime | None
    sudo_at: datetime | None
    has_factor: bool
    grants: tuple[Grant, ...]

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    def has(self, *roles: Role) -> bool:
        return any(grant.role in roles for grant in self.grants)

    def scopes(self, role: Role) -> frozenset[int]:
        """The partners, sites or landlords this person has the role for."""
        return frozenset(
            grant.scope_id for grant in self.grants if grant.role is role and grant.scope_id
        )


async def find_signed_in(token_hash: bytes) -> SignedIn | None:
    """One statement: the session that is not revoked, its person, its roles; None otherwise."""
    row = await fetch_one(
        "SELECT s.id AS session_id, s.public_id, s.person AS person_id, p.given_name,"
        " p.family_name, p.language, s.kind, s.created_at, s.seen_at, s.second_factor_at, s.sudo_at,"
        " EXISTS (SELECT 1 FROM factor f WHERE f.person = s.person AND f.revoked_at IS NULL"
        "  AND f.confirmed_at IS NOT NULL) AS has_factor,"
        " coalesce((SELECT json_agg(json_build_object('role', g.role, 'scope_id', g.scope_id))"
        "  FROM role_grant g WHERE g.person = s.person AND g.ended_at IS NULL), '[]')::text AS grants"
        " FROM session s JOIN person p ON p.id = s.person"
        " WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND p.erased_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM suspension u WHERE u.person = s.person"
        "  AND (u.until IS NULL OR u.until > now()))",
        token_hash,
    )
    if row is None:
        return None
    values = dict(row)
    values["grants"] = msgspec.json.decode(values["grants"], type=tuple[Grant, ...])
    values["kind"] = SessionKind(values["kind"])
    return SignedIn(**values)
