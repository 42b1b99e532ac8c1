"""Codes sent to an address: asked, checked, used once (SEC5, SEC6, SEC7).

Known and unknown addresses get the same work and the same answer: the same rows are written, and
whatever is sent leaves after the answer. What differs is the message. To an unknown e-mail goes "no
account here, this is how to join": it costs nothing and helps who mixed up two addresses. To an
unknown number nothing is sent, because each SMS is paid for and some numbers earn by it.
"""

from datetime import timedelta
from functools import partial
from typing import Any

import msgspec

from backend.audit import service as audit
from backend.identity import queries
from backend.identity.errors import CodeOver, CodeWrong, SmsUnavailable
from backend.identity.queries import Candidate
from backend.identity.rules import (
    CODE_FOR,
    MOST_TRIES,
    Purpose,
    SessionKind,
    digits,
    neighbourhood,
)
from backend.identity.visits import Visit
from backend.kit import clock, codes
from backend.kit.database import fetch_one, fetch_value, transaction, within
from backend.kit.errors import N_, DomainError, Invalid
from backend.kit.limits import Limit, spend
from backend.notifications import service as notifications
from backend.people.rules import Address, Channel, read_address

HOUR = timedelta(hours=1)
BY_IP = Limit("identity.ip", 60, HOUR)
ASKED = Limit("identity.codes", 5, HOUR)
TRIED = Limit("identity.tries", 20, HOUR)
WHAT_FOR = {
    Purpose.LOGIN: N_("entrer dans votre espace"),
    Purpose.JOIN: N_("adhérer au club"),
    Purpose.CONTACT: N_("ajouter cette adresse à votre compte"),
}


class Asked(msgspec.Struct, frozen=True):
    """`ticket` goes to the page that asks for the code; `letter` is the outbox row to send at once."""

    ticket: str
    letter: int | None


class Proof(msgspec.Struct, frozen=True):
    """Whoever holds it has read the code; `use_code` makes it count, once."""

    code_id: int
    kind: SessionKind
    address: Address
    payload: dict[str, Any]


async def ask_code(
    visit: Visit,
    typed: str,
    purpose: Purpose,
    kind: SessionKind = SessionKind.TENANT,
    payload: dict[str, Any] | None = None,
) -> Asked:
    """A code to the e-mail or mobile that was typed. `payload` comes back with the proof.

    Raises AddressUnreadable, NotAMobile or SmsUnavailable at the field "address", and Busy.
    """
    address = _read(visit, typed)
    await spend(BY_IP, neighbourhood(visit.ip))
    await spend(ASKED, address.value)
    ticket, code = codes.random_token(), codes.login_code()
    async with transaction():
        people = await queries.find_candidates(address, kind)
        code_id = await _keep(visit, ticket, code, address, purpose, kind, payload or {})
        values: dict[str, object] = {
            "code": code,
            "purpose": WHAT_FOR[purpose],
            "minutes": int(CODE_FOR.total_seconds() // 60),
            "base_url": visit.base_url,
            "partner": kind is SessionKind.MERCHANT,
        }
        letter = await _send(_message(purpose, people), address, people, f"code:{code_id}", values)
    return Asked(ticket, letter)


async def _keep(
    visit: Visit,
    ticket: str,
    code: str,
    address: Address,
    purpose: Purpose,
    kind: SessionKind,
    payload: dict[str, Any],
) -> int:
    """Its row, of which neither the ticket nor the code can be read."""
    moment, salt = clock.now(), codes.draw_secret()
    code_id: int = await fetch_value(
        "INSERT INTO sign_in_code (ticket_hash, purpose, session_kind, channel, value,"
        " code_hash, salt, payload, created_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
        codes.hash_token(ticket),
        purpose.value,
        kind.value,
        address.channel.value,
        address.value,
        visit.seals.digest(salt, code),
        salt,
        msgspec.json.encode(payload).decode(),
        moment,
        moment + CODE_FOR,
    )
    await audit.note(
        "code.ask",
        visit.by(None),
        object_kind="sign_in_code",
        object_id=code_id,
        purpose=purpose.value,
    )
    return code_id


async def check_code(visit: Visit, ticket: str, typed: str, purpose: Purpose) -> Proof:
    """What was typed against the newest code of the ticket's address; the try is spent first.

    Raises CodeWrong at the field "code", CodeOver and Busy. Each refusal is on record.
    """
    await spend(BY_IP, neighbourhood(visit.ip))
    if (value := await queries.find_ticket_value(ticket)) is not None:
        await spend(TRIED, value)
    tried = await _spend_try(ticket, purpose)
    code_id = None if tried is None else tried["id"]
    async with transaction(on_refusal=partial(_note_refusal, visit, code_id)):
        if tried is None:
            raise CodeOver
        if not visit.seals.matches(tried["salt"], digits(typed), tried["code_hash"]):
            raise CodeWrong(left=MOST_TRIES - tried["tries"]).at("code")
    return Proof(
        tried["id"],
        SessionKind(tried["session_kind"]),
        Address(Channel(tried["channel"]), tried["value"]),
        msgspec.json.decode(tried["payload"], type=dict[str, Any]),
    )


async def use_code(proof: Proof) -> None:
    """Single use: of two that come at once, one goes on. A contribution of the act it is for."""
    within()
    used = await fetch_value(
        "UPDATE sign_in_code SET used_at = $2 WHERE id = $1 AND used_at IS NULL RETURNING id",
        proof.code_id,
        clock.now(),
    )
    if used is None:
        raise CodeOver


def _read(visit: Visit, typed: str) -> Address:
    try:
        address = read_address(typed)
    except Invalid as unreadable:
        raise unreadable.at("address") from None
    if address.channel not in visit.channels:
        raise SmsUnavailable().at("address")
    return address


async def _send(
    kind: str, address: Address, people: list[Candidate], key: str, values: dict[str, object]
) -> int | None:
    if kind == "identity.no_account" and address.channel is Channel.SMS:
        return await notifications.queue_silence(
            "identity.code", key, channel=address.channel, to=address.value, values=values
        )
    return await notifications.queue(
        kind,
        key,
        person_id=people[0].person_id if len(people) == 1 else None,
        channel=address.channel,
        to=address.value,
        values=values,
    )


def _message(purpose: Purpose, people: list[Candidate]) -> str:
    if purpose is not Purpose.LOGIN or any(not person.suspended for person in people):
        return "identity.code"
    return "identity.suspended" if people else "identity.no_account"


async def _spend_try(ticket: str, purpose: Purpose) -> Any | None:
    """One statement of its own, committed before anything is compared."""
    return await fetch_one(
        "UPDATE sign_in_code c SET tries = tries + 1 WHERE ticket_hash = $1 AND purpose = $2"
        " AND tries < $3 AND used_at IS NULL AND expires_at > $4 AND NOT EXISTS ("
        "  SELECT 1 FROM sign_in_code n WHERE n.value = c.value AND n.purpose <> 'link'"
        "  AND n.id > c.id)"
        " RETURNING id, session_kind, channel, value, code_hash, salt, payload, tries",
        codes.hash_token(ticket),
        purpose.value,
        MOST_TRIES,
        clock.now(),
    )


async def _note_refusal(visit: Visit, code_id: int | None, refusal: DomainError) -> None:
    await audit.note(
        "code.refuse",
        visit.by(None),
        object_kind="sign_in_code",
        object_id=code_id,
        reason=refusal.slug,
    )
