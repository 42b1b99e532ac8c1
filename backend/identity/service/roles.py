"""Roles, the people of the house, and suspension."""

from datetime import datetime

from backend.audit import service as audit
from backend.audit.service import By
from backend.identity.errors import AlreadySuspended, StaffUnknown
from backend.identity.queries import find_candidates
from backend.identity.rules import LINK_FOR, SCOPED, Purpose, Role, SessionKind
from backend.identity.service.sessions import end_all
from backend.kit import clock, codes, text
from backend.kit.database import fetch, fetch_value, transaction, within
from backend.kit.errors import Missing
from backend.people import queries as found
from backend.people import service as people
from backend.people.rules import Address, Channel

LINK = "/connexion/equipe/lien?jeton="


async def grant_role(by: By, person_id: int, role: Role, scope_id: int | None = None) -> None:
    """Once: a role that is there stays as it was. `scope_id` is a partner, an insurer or a landlord.

    A contribution of whoever invites: a partner's first merchant, the club's staff.
    """
    within()
    if (role in SCOPED) != (scope_id is not None):
        raise ValueError(f"{role} and {scope_id}: these roles, and only these, have a scope")
    granted = await fetch_value(
        "INSERT INTO role_grant (person, role, scope_id, granted_at, granted_by)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (person, role, coalesce(scope_id, 0))"
        " WHERE ended_at IS NULL DO NOTHING RETURNING id",
        person_id,
        role.value,
        scope_id,
        clock.now(),
        by.id,
    )
    if granted is not None:
        told = {"role": ["", role.value]}
        await audit.note("role.grant", by, subject_id=person_id, scope_id=scope_id, changes=told)


async def end_role(by: By, person_id: int, role: Role, scope_id: int | None = None) -> None:
    """From the next request on: roles are read with the session. A contribution."""
    within()
    await fetch(
        "UPDATE role_grant SET ended_at = $4 WHERE person = $1 AND role = $2"
        " AND scope_id IS NOT DISTINCT FROM $3 AND ended_at IS NULL",
        person_id,
        role.value,
        scope_id,
        clock.now(),
    )
    told = {"role": [role.value, ""]}
    await audit.note("role.end", by, subject_id=person_id, scope_id=scope_id, changes=told)


async def create_staff(given_name: str, family_name: str, email: str, role: Role, *, by: By) -> int:
    """Somebody of the house; who is known under this address and name gets the role besides.

    The house vouches for the address. Gives the person's key. A `login_link` then leads to enrolling a second factor.
    """
    address = text.normalise_email(email)
    async with transaction():
        person_id = await enlist(given_name, family_name, address)
        await grant_role(by, person_id, role)
    return person_id


async def invite_referent(
    by: By, landlord_id: int, given_name: str, family_name: str, email: str
) -> int:
    """Somebody who speaks for a landlord and reads its figures; gives the person's key.

    Who is known under this address and name gets the role besides. They come in by a code.
    """
    async with transaction():
        person_id = await enlist(given_name, family_name, text.normalise_email(email))
        await grant_role(by, person_id, Role.REFERENT, landlord_id)
    return person_id


async def end_referent(by: By, landlord_id: int, person_public_id: str) -> None:
    """Raises Missing for who is none of this landlord's."""
    async with transaction():
        person_id = await fetch_value(
            "SELECT p.id FROM person p JOIN role_grant g ON g.person = p.id WHERE p.public_id = $1"
            " AND g.role = $2 AND g.scope_id = $3 AND g.ended_at IS NULL",
            person_public_id,
            Role.REFERENT.value,
            landlord_id,
        )
        if person_id is None:
            raise Missing
        await end_role(by, person_id, Role.REFERENT, landlord_id)
        await end_all(person_id)


async def enlist(given_name: str, family_name: str, address: str) -> int:
    """The person of this name at this address, made where there is none. The house vouches for it.

    A contribution of whoever invites.
    """
    within()
    known = await found.find_by_contact(Channel.EMAIL, address)
    wanted = text.fold(f"{given_name} {family_name}")
    same = [person for person in known if text.fold(person.name) == wanted]
    person_id = same[0].person_id if same else await people.register(given_name, family_name)
    await people.add_contact(person_id, Channel.EMAIL, address, verified=True)
    return person_id


async def login_link(email: str, *, by: By) -> str:
    """The path of a link that opens once, within a day. A newer one replaces it.

    Whoever follows it loses their factors and enrols one anew: for a first sign-in or a lost
    telephone. Raises StaffUnknown.
    """
    address = Address(Channel.EMAIL, text.normalise_email(email))
    async with transaction():
        staff = await find_candidates(address, SessionKind.STAFF)
        if len(staff) != 1 or staff[0].suspended:
            raise StaffUnknown
        return await make_link(by, staff[0].person_id, address)


async def make_link(by: By, person_id: int, address: Address) -> str:
    """A contribution of `login_link` and of an invitation."""
    within()
    token, moment = codes.random_token(), clock.now()
    await fetch(
        "INSERT INTO sign_in_code (ticket_hash, purpose, session_kind, channel, value,"
        " code_hash, salt, payload, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, '',"
        " '', jsonb_build_object('person_id', $6::bigint), $7, $8)",
        codes.hash_token(token),
        Purpose.LINK.value,
        SessionKind.STAFF.value,
        Channel.EMAIL.value,
        address.value,
        person_id,
        moment,
        moment + LINK_FOR,
    )
    await audit.note("staff.link", by, subject_id=person_id)
    return f"{LINK}{token}"


async def suspend(by: By, person_id: int, reason: str, until: datetime | None = None) -> None:
    """Every session ends now and no code opens another (SEC2). Raises AlreadySuspended."""
    async with transaction():
        await begin_suspension(by, person_id, reason, until)


async def begin_suspension(
    by: By, person_id: int, reason: str, until: datetime | None = None
) -> None:
    """A contribution of `suspend` and of whoever leads the team."""
    within()
    await fetch("SELECT 1 FROM person WHERE id = $1 FOR UPDATE", person_id)
    begun = await fetch_value(
        "INSERT INTO suspension (person, since, until, by, reason)"
        " SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT 1 FROM suspension"
        "  WHERE person = $1 AND (until IS NULL OR until > $2)) RETURNING id",
        person_id,
        clock.now(),
        until,
        by.id,
        reason,
    )
    if begun is None:
        raise AlreadySuspended
    await end_all(person_id)
    told = {"suspended": ["", reason]}
    await audit.note("person.suspend", by, subject_id=person_id, changes=told)


async def resume(by: By, person_id: int) -> None:
    """A suspension ends today; the person may ask for a code again."""
    async with transaction():
        await end_suspension(by, person_id)


async def end_suspension(by: By, person_id: int) -> None:
    """A contribution of `resume` and of whoever leads the team."""
    within()
    reason = await fetch_value(
        "UPDATE suspension SET until = $2 WHERE person = $1 AND (until IS NULL OR until > $2)"
        " RETURNING reason",
        person_id,
        clock.now(),
    )
    told = {"suspended": [reason, ""]}
    await audit.note("person.resume", by, subject_id=person_id, changes=told)
