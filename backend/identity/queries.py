"""Who a session belongs to, who is behind an address, what a person's account holds."""

from datetime import datetime

import msgspec

from backend.identity.rules import DOORS, FactorKind, Purpose, Role, SessionKind, is_alive
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_as, fetch_one, fetch_value
from backend.kit.seals import Seals
from backend.people.rules import Address, Channel

SUSPENDED = (
    "EXISTS (SELECT 1 FROM suspension u WHERE u.person = p.id"
    " AND (u.until IS NULL OR u.until > {now}))"
)


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


MOST_PARKED = 6


async def parked(tokens: list[str]) -> dict[str, SignedIn]:
    """Who left this computer to a colleague and may still come back, by their token (SEC4)."""
    found = {token: await find_signed_in(codes.hash_token(token)) for token in tokens[:MOST_PARKED]}
    return {token: one for token, one in found.items() if one is not None and _may_return(one)}


def _may_return(one: SignedIn) -> bool:
    """Not who has no factor: what is asked of them first is to make one."""
    alive = is_alive(one.kind, one.created_at, one.seen_at, clock.now())
    return alive and one.kind is SessionKind.STAFF and bool(one.grants) and one.has_factor


class Candidate(msgspec.Struct, frozen=True):
    """Somebody behind an address, at one door."""

    person_id: int
    public_id: str
    given_name: str
    family_name: str
    suspended: bool


class Ticket(msgspec.Struct, frozen=True):
    """A code that was asked for, as its page shows it."""

    purpose: Purpose
    kind: SessionKind
    address: Address


class Device(msgspec.Struct, frozen=True):
    public_id: str
    session_id: int
    device: str
    kind: SessionKind
    created_at: datetime
    seen_at: datetime


class FactorCard(msgspec.Struct, frozen=True):
    public_id: str
    kind: FactorKind
    name: str
    confirmed_at: datetime
    used_at: datetime | None


async def find_candidates(address: Address, kind: SessionKind) -> list[Candidate]:
    """Everybody behind an address whom this door lets in.

    An address that a colleague typed into a file must not be a way to become somebody: unverified,
    it opens the tenants' door only, where its first code verifies it, and no door at all to staff.
    """
    return await fetch_as(
        Candidate,
        "SELECT p.id AS person_id, p.public_id, p.given_name, p.family_name,"  # noqa: S608
        f" {SUSPENDED.format(now='$3')} AS suspended"
        " FROM contact_point c JOIN person p ON p.id = c.person WHERE c.value = $1"
        " AND c.channel = $2 AND c.ended_at IS NULL AND p.erased_at IS NULL"
        " AND (cardinality($4::text[]) = 0 OR EXISTS (SELECT 1 FROM role_grant g"
        "  WHERE g.person = p.id AND g.ended_at IS NULL AND g.role = ANY($4)))"
        " AND (c.verified_at IS NOT NULL OR $6 AND NOT EXISTS (SELECT 1 FROM role_grant s"
        "  WHERE s.person = p.id AND s.ended_at IS NULL AND s.role = ANY($5)))"
        " ORDER BY p.search, p.id",
        address.value,
        address.channel.value,
        clock.now(),
        [role.value for role in DOORS[kind]],
        [role.value for role in DOORS[SessionKind.STAFF]],
        kind is SessionKind.TENANT,
    )


async def may_enter(person_id: int, kind: SessionKind) -> bool:
    """Not erased, not suspended, and with a role that this door asks for."""
    found: bool = await fetch_value(
        "SELECT EXISTS (SELECT 1 FROM person p WHERE p.id = $1 AND p.erased_at IS NULL"  # noqa: S608
        f" AND NOT {SUSPENDED.format(now='$2')} AND (cardinality($3::text[]) = 0 OR EXISTS ("
        "SELECT 1 FROM role_grant g WHERE g.person = p.id AND g.ended_at IS NULL"
        " AND g.role = ANY($3))))",
        person_id,
        clock.now(),
        [role.value for role in DOORS[kind]],
    )
    return found


async def roles_of(person_id: int) -> list[Role]:
    rows = await fetch(
        "SELECT DISTINCT role FROM role_grant WHERE person = $1 AND ended_at IS NULL", person_id
    )
    return [Role(row["role"]) for row in rows]


async def find_ticket(ticket: str) -> Ticket | None:
    """While its code may still be typed; used, run out or unknown is None."""
    row = await fetch_one(
        "SELECT purpose, session_kind, channel, value FROM sign_in_code WHERE ticket_hash = $1"
        " AND used_at IS NULL AND expires_at > $2 AND purpose <> 'link'",
        codes.hash_token(ticket),
        clock.now(),
    )
    if row is None:
        return None
    return Ticket(
        Purpose(row["purpose"]),
        SessionKind(row["session_kind"]),
        Address(Channel(row["channel"]), row["value"]),
    )


async def find_ticket_value(ticket: str) -> str | None:
    """The address behind a ticket, to count its tries."""
    found: str | None = await fetch_value(
        "SELECT value FROM sign_in_code WHERE ticket_hash = $1", codes.hash_token(ticket)
    )
    return found


async def devices_of(person_id: int) -> list[Device]:
    """Where the person is signed in now, the last seen first."""
    rows = await fetch_as(
        Device,
        "SELECT public_id, id AS session_id, device, kind, created_at, seen_at FROM session"
        " WHERE person = $1 AND revoked_at IS NULL ORDER BY seen_at DESC, id DESC",
        person_id,
    )
    moment = clock.now()
    return [
        row for row in rows if is_alive(SessionKind(row.kind), row.created_at, row.seen_at, moment)
    ]


async def factors_of(person_id: int) -> list[FactorCard]:
    return await fetch_as(
        FactorCard,
        "SELECT public_id, kind, name, confirmed_at, used_at FROM factor WHERE person = $1"
        " AND revoked_at IS NULL AND confirmed_at IS NOT NULL ORDER BY id",
        person_id,
    )


async def recovery_codes_left(person_id: int) -> int:
    left: int = await fetch_value(
        "SELECT count(*) FROM recovery_code WHERE person = $1 AND used_at IS NULL", person_id
    )
    return left


async def find_pending_secret(person_id: int, public_id: str, seals: Seals) -> str | None:
    """The secret of an application that is being enrolled, for its QR code; shown until confirmed."""
    sealed = await fetch_value(
        "SELECT sealed FROM factor WHERE person = $1 AND public_id = $2 AND kind = 'totp'"
        " AND confirmed_at IS NULL AND revoked_at IS NULL",
        person_id,
        public_id,
    )
    return None if sealed is None else seals.open(sealed, f"factor:{public_id}").decode()


async def find_signed_in(token_hash: bytes) -> SignedIn | None:
    """One statement: the session that is not revoked, its person, its roles; None otherwise."""
    row = await fetch_one(
        "SELECT s.id AS session_id, s.public_id, s.person AS person_id, p.given_name,"  # noqa: S608
        " p.family_name, p.language, s.kind, s.created_at, s.seen_at, s.second_factor_at, s.sudo_at,"
        " EXISTS (SELECT 1 FROM factor f WHERE f.person = s.person AND f.revoked_at IS NULL"
        "  AND f.confirmed_at IS NOT NULL) AS has_factor,"
        " coalesce((SELECT json_agg(json_build_object('role', g.role, 'scope_id', g.scope_id))"
        "  FROM role_grant g WHERE g.person = s.person AND g.ended_at IS NULL), '[]')::text AS grants"
        " FROM session s JOIN person p ON p.id = s.person"
        " WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND p.erased_at IS NULL"
        f" AND NOT {SUSPENDED.format(now='$2')}",
        token_hash,
        clock.now(),
    )
    if row is None:
        return None
    values = dict(row)
    values["grants"] = msgspec.json.decode(values["grants"], type=tuple[Grant, ...])
    values["kind"] = SessionKind(values["kind"])
    return SignedIn(**values)
