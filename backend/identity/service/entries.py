"""Coming in: by a code, by a choice among those who share an address, by a link from the house."""

import msgspec

from backend.audit import service as audit
from backend.identity import queries
from backend.identity.errors import CodeOver, LinkOver
from backend.identity.queries import Candidate
from backend.identity.rules import Purpose, SessionKind, neighbourhood
from backend.identity.service.codes import BY_IP, check_code, use_code
from backend.identity.service.sessions import end_all, open_session, take_place
from backend.identity.visits import Visit
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within
from backend.kit.limits import spend
from backend.people import service as people
from backend.people.rules import Address, Channel


class Entered(msgspec.Struct, frozen=True):
    """`token` is the new session's, for the cookie."""

    token: str
    kind: SessionKind
    person_id: int


class Choice(msgspec.Struct, frozen=True):
    """The code was right and several persons share the address: `ticket` is for one of them."""

    ticket: str
    people: tuple[Candidate, ...]


async def sign_in(visit: Visit, ticket: str, code: str) -> Entered | Choice:
    """Raises CodeWrong, CodeOver and Busy. The session this browser had ends (SEC1)."""
    proof = await check_code(visit, ticket, code, Purpose.LOGIN)
    async with transaction():
        await use_code(proof)
        candidates = await _allowed(proof.address, proof.kind)
        if len(candidates) > 1:
            return Choice(await _renew_ticket(proof.code_id), tuple(candidates))
        return await _enter(visit, proof.address, proof.kind, candidates[0].person_id)


async def choose(visit: Visit, ticket: str, public_id: str) -> Entered:
    """One of those who share the address, once, while the code would still have been good."""
    await spend(BY_IP, neighbourhood(visit.ip))
    async with transaction():
        row = await fetch_one(
            "UPDATE sign_in_code SET chosen_at = $2 WHERE ticket_hash = $1 AND chosen_at IS NULL"
            " AND used_at IS NOT NULL AND expires_at > $2 AND purpose = 'login'"
            " RETURNING channel, value, session_kind",
            codes.hash_token(ticket),
            clock.now(),
        )
        if row is None:
            raise CodeOver
        address, kind = Address(Channel(row["channel"]), row["value"]), row["session_kind"]
        candidates = await _allowed(address, SessionKind(kind))
        chosen = [person for person in candidates if person.public_id == public_id]
        if not chosen:
            raise CodeOver
        return await _enter(visit, address, SessionKind(kind), chosen[0].person_id)


async def follow_link(visit: Visit, token: str) -> Entered:
    """A one-time link made by the house: a first sign-in, or a lost second factor.

    The person's factors, recovery codes and sessions end; the session that opens can only enrol a
    factor anew. Raises LinkOver and Busy.
    """
    await spend(BY_IP, neighbourhood(visit.ip))
    async with transaction():
        person_id = await fetch_value(
            "UPDATE sign_in_code c SET used_at = $2 WHERE ticket_hash = $1 AND purpose = 'link'"
            " AND used_at IS NULL AND expires_at > $2 AND NOT EXISTS (SELECT 1 FROM sign_in_code n"
            "  WHERE n.value = c.value AND n.purpose = 'link' AND n.id > c.id)"
            " RETURNING (payload ->> 'person_id')::bigint",
            codes.hash_token(token),
            clock.now(),
        )
        if person_id is None or not await queries.may_enter(person_id, SessionKind.STAFF):
            raise LinkOver
        await end_all(person_id)
        await forget_factors(person_id)
        return await let_in(visit, person_id, SessionKind.STAFF, way="link")


async def _allowed(address: Address, kind: SessionKind) -> list[Candidate]:
    found = [one for one in await queries.find_candidates(address, kind) if not one.suspended]
    if not found:
        raise CodeOver
    return found


async def _renew_ticket(code_id: int) -> str:
    """The ticket so far stood in an address; the one that opens a session never does."""
    ticket = codes.random_token()
    await fetch(
        "UPDATE sign_in_code SET ticket_hash = $2 WHERE id = $1", code_id, codes.hash_token(ticket)
    )
    return ticket


async def _enter(visit: Visit, address: Address, kind: SessionKind, person_id: int) -> Entered:
    await people.verify_contact(person_id, address.channel, address.value)
    return await let_in(visit, person_id, kind, way=address.channel.value)


async def let_in(visit: Visit, person_id: int, kind: SessionKind, *, way: str) -> Entered:
    """A new session in place of the one this browser had (SEC1). A contribution."""
    within()
    token = await open_session(person_id, kind, visit.device)
    await take_place(visit.session_token, token, person_id)
    await audit.note(
        "session.open", visit.by(person_id), subject_id=person_id, kind=kind.value, way=way
    )
    return Entered(token, kind, person_id)


async def forget_factors(person_id: int) -> None:
    """A contribution of a link of the house, and of a lost factor."""
    within()
    moment = clock.now()
    await fetch(
        "UPDATE factor SET revoked_at = $2 WHERE person = $1 AND revoked_at IS NULL",
        person_id,
        moment,
    )
    await fetch("DELETE FROM recovery_code WHERE person = $1", person_id)
