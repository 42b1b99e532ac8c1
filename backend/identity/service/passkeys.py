"""Passkeys as a second factor (WebAuthn). The library checks what a browser signed; the challenge is ours."""

from functools import partial
from typing import Any
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import PublicKeyCredentialDescriptor

from backend.identity.errors import PasskeyRefused
from backend.identity.queries import SignedIn
from backend.identity.rules import FactorKind
from backend.identity.service.factors import (
    Raised,
    check_enrolling,
    let_pass,
    note_refusal,
    spend_try,
    welcome_factor,
)
from backend.identity.visits import Visit
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_one, fetch_value, transaction

LONGEST = 20_000


async def begin_passkey(visit: Visit, caller: SignedIn, club: str) -> str:
    """What the browser needs to make a key, as JSON. Raises SudoNeeded where a factor is there."""
    check_enrolling(caller)
    async with transaction():
        options = webauthn.generate_registration_options(
            rp_id=_host(visit),
            rp_name=club,
            user_id=caller.person_id.to_bytes(8),
            user_name=caller.name,
            challenge=await _draw_challenge(caller),
            exclude_credentials=await _descriptors(caller.person_id),
        )
    return webauthn.options_to_json(options)


async def add_passkey(visit: Visit, caller: SignedIn, answer: str) -> Raised:
    """The key that was made, now a second factor. Raises PasskeyRefused, SudoNeeded and Busy."""
    check_enrolling(caller)
    await spend_try(visit, caller)
    challenge = await _take_challenge(caller)
    async with transaction(on_refusal=partial(note_refusal, visit, caller)):
        made = _made(visit, challenge, answer)
        public_id = codes.random_id()
        added = await fetch_value(
            "INSERT INTO factor (public_id, person, kind, name, sealed, credential_id, counter,"
            " created_at, confirmed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)"
            " ON CONFLICT ON CONSTRAINT factor_credential_id_key DO NOTHING RETURNING id",
            public_id,
            caller.person_id,
            FactorKind.PASSKEY.value,
            visit.device,
            made.credential_public_key,
            made.credential_id,
            made.sign_count,
            clock.now(),
        )
        if added is None:
            raise PasskeyRefused
        return await welcome_factor(visit, caller, public_id)


async def ask_passkey(visit: Visit, caller: SignedIn) -> str:
    """What the browser needs to sign with a key, as JSON."""
    async with transaction():
        options = webauthn.generate_authentication_options(
            rp_id=_host(visit),
            challenge=await _draw_challenge(caller),
            allow_credentials=await _descriptors(caller.person_id),
        )
    return webauthn.options_to_json(options)


async def pass_passkey(visit: Visit, caller: SignedIn, answer: str) -> Raised:
    """The second factor by a key; also for sudo. Raises PasskeyRefused and Busy."""
    await spend_try(visit, caller)
    challenge = await _take_challenge(caller)
    async with transaction(on_refusal=partial(note_refusal, visit, caller)):
        factor = await fetch_one(
            "SELECT id, sealed, counter FROM factor WHERE person = $1 AND credential_id = $2"
            " AND revoked_at IS NULL AND confirmed_at IS NOT NULL FOR UPDATE",
            caller.person_id,
            _credential_id(answer),
        )
        if factor is None:
            raise PasskeyRefused
        counter = _signed(visit, challenge, answer, factor)
        await fetch(
            "UPDATE factor SET counter = $2, used_at = $3 WHERE id = $1",
            factor["id"],
            counter,
            clock.now(),
        )
        return await let_pass(visit, caller)


async def _draw_challenge(caller: SignedIn) -> bytes:
    challenge = codes.draw_secret()
    await fetch(
        "UPDATE session SET challenge = $2 WHERE id = $1 AND revoked_at IS NULL",
        caller.session_id,
        challenge,
    )
    return challenge


async def _take_challenge(caller: SignedIn) -> bytes:
    """A challenge is answered once, whatever the answer: committed before anything is checked."""
    taken: bytes | None = await fetch_value(
        "UPDATE session s SET challenge = NULL FROM (SELECT id, challenge FROM session"
        "  WHERE id = $1 AND revoked_at IS NULL FOR UPDATE) asked"
        " WHERE s.id = asked.id AND asked.challenge IS NOT NULL RETURNING asked.challenge",
        caller.session_id,
    )
    if taken is None:
        raise PasskeyRefused
    return taken


async def _descriptors(person_id: int) -> list[PublicKeyCredentialDescriptor]:
    rows = await fetch(
        "SELECT credential_id FROM factor WHERE person = $1 AND kind = 'passkey'"
        " AND revoked_at IS NULL AND confirmed_at IS NOT NULL",
        person_id,
    )
    return [PublicKeyCredentialDescriptor(id=row["credential_id"]) for row in rows]


def _made(visit: Visit, challenge: bytes, answer: str) -> Any:
    try:
        return webauthn.verify_registration_response(
            credential=answer[:LONGEST],
            expected_challenge=challenge,
            expected_rp_id=_host(visit),
            expected_origin=visit.base_url,
        )
    except WebAuthnException as error:
        raise PasskeyRefused from error


def _signed(visit: Visit, challenge: bytes, answer: str, factor: Any) -> int:
    try:
        checked = webauthn.verify_authentication_response(
            credential=answer[:LONGEST],
            expected_challenge=challenge,
            expected_rp_id=_host(visit),
            expected_origin=visit.base_url,
            credential_public_key=factor["sealed"],
            credential_current_sign_count=factor["counter"],
        )
    except WebAuthnException as error:
        raise PasskeyRefused from error
    return checked.new_sign_count


def _credential_id(answer: str) -> bytes:
    try:
        return webauthn.helpers.parse_authentication_credential_json(answer[:LONGEST]).raw_id
    except WebAuthnException as error:
        raise PasskeyRefused from error


def _host(visit: Visit) -> str:
    return urlsplit(visit.base_url).hostname or ""
