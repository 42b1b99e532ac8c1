"""Second factors of staff: the code of an application, recovery codes, and what each change ends (SEC8)."""

import base64
from functools import partial
from typing import Any

import msgspec
import pyotp

from backend.audit import service as audit
from backend.identity.errors import (
    FactorMissing,
    LastFactor,
    SecondFactorNeeded,
    SecondFactorWrong,
    SudoNeeded,
)
from backend.identity.queries import SignedIn
from backend.identity.rules import (
    RECOVERY_CODES,
    FactorKind,
    acceptable_steps,
    digits,
    is_sudo,
    neighbourhood,
)
from backend.identity.service.codes import BY_IP, HOUR
from backend.identity.service.notices import warn
from backend.identity.service.sessions import end_all, raise_session
from backend.identity.visits import Visit
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within
from backend.kit.errors import N_, DomainError, Invalid
from backend.kit.limits import Limit, spend

SECOND = Limit("identity.second", 20, HOUR)
SECRET_BYTES = 20  # RFC 4226 recommends 160 bits


class Raised(msgspec.Struct, frozen=True):
    """The session goes on under a new token. `recovery_codes` are shown once, when they are made."""

    token: str
    recovery_codes: tuple[str, ...] = ()


async def begin_totp(visit: Visit, caller: SignedIn) -> str:
    """A secret for an application, not yet good for anything; its public id. Raises SudoNeeded."""
    check_enrolling(caller)
    async with transaction():
        await fetch(
            "UPDATE factor SET revoked_at = $2 WHERE person = $1 AND confirmed_at IS NULL"
            " AND revoked_at IS NULL AND kind = 'totp'",
            caller.person_id,
            clock.now(),
        )
        secret = base64.b32encode(codes.draw_secret()[:SECRET_BYTES])
        public_id = codes.random_id()
        await fetch(
            "INSERT INTO factor (public_id, person, kind, name, sealed, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            public_id,
            caller.person_id,
            FactorKind.TOTP.value,
            "Application",
            visit.seals.seal(secret, f"factor:{public_id}"),
            clock.now(),
        )
    return public_id


async def confirm_totp(visit: Visit, caller: SignedIn, public_id: str, typed: str) -> Raised:
    """The first code of the application: from now on it is asked for. Other sessions end.

    Raises SecondFactorWrong at the field "code", FactorMissing, SudoNeeded and Busy.
    """
    check_enrolling(caller)
    await spend_try(visit, caller)
    async with transaction(on_refusal=partial(note_refusal, visit, caller)):
        row = await fetch_one(
            "SELECT id, public_id, sealed FROM factor WHERE person = $1 AND public_id = $2"
            " AND kind = 'totp' AND confirmed_at IS NULL AND revoked_at IS NULL FOR UPDATE",
            caller.person_id,
            public_id,
        )
        if row is None:
            raise FactorMissing
        step = _fitting_step(visit, row, typed)
        if step is None:
            raise SecondFactorWrong().at("code")
        await fetch(
            "UPDATE factor SET confirmed_at = $2, used_at = $2, counter = $3 WHERE id = $1",
            row["id"],
            clock.now(),
            step,
        )
        return await welcome_factor(visit, caller, public_id)


async def pass_code(visit: Visit, caller: SignedIn, typed: str) -> Raised:
    """The second factor by an application's code or by a recovery code; also for sudo.

    Raises SecondFactorWrong at the field "code", and Busy.
    """
    await spend_try(visit, caller)
    async with transaction(on_refusal=partial(note_refusal, visit, caller)):
        if not (
            await _pass_totp(visit, caller, typed) or await _pass_recovery(visit, caller, typed)
        ):
            raise SecondFactorWrong().at("code")
        return await let_pass(visit, caller)


async def renew_recovery_codes(visit: Visit, caller: SignedIn) -> tuple[str, ...]:
    """New ones to print; the earlier ones are worth nothing from now on."""
    async with transaction():
        await audit.note("recovery.renew", visit.by(caller.person_id), subject_id=caller.person_id)
        await warn(
            caller, N_("Vos codes de secours ont été changés"), f"recovery:{codes.random_id()}"
        )
        return await _draw_recovery_codes(visit, caller.person_id)


async def revoke_factor(visit: Visit, caller: SignedIn, public_id: str) -> Raised:
    """Other sessions end (SEC2). Raises FactorMissing, and LastFactor for the only one."""
    async with transaction():
        await fetch("SELECT 1 FROM person WHERE id = $1 FOR UPDATE", caller.person_id)
        revoked = await fetch_value(
            "UPDATE factor SET revoked_at = $3 WHERE person = $1 AND public_id = $2"
            " AND revoked_at IS NULL AND confirmed_at IS NOT NULL RETURNING id",
            caller.person_id,
            public_id,
            clock.now(),
        )
        if revoked is None:
            raise FactorMissing
        if not await _has_factor(caller.person_id):
            raise LastFactor
        await _changed(visit, caller, "factor.revoke", N_("Un second code a été retiré"), public_id)
        return Raised(await raise_session(caller.session_id))


async def welcome_factor(visit: Visit, caller: SignedIn, public_id: str) -> Raised:
    """A factor counts from now on: recovery codes with the first one. A contribution."""
    within()
    await _changed(visit, caller, "factor.add", N_("Un second code a été ajouté"), public_id)
    fresh = () if caller.has_factor else await _draw_recovery_codes(visit, caller.person_id)
    return Raised(await raise_session(caller.session_id), fresh)


async def let_pass(visit: Visit, caller: SignedIn) -> Raised:
    """A contribution of whatever proved a second factor."""
    within()
    await audit.note("factor.pass", visit.by(caller.person_id), subject_id=caller.person_id)
    return Raised(await raise_session(caller.session_id))


def check_enrolling(caller: SignedIn) -> None:
    """The first factor may follow a sign-in; another one needs the second factor, just now."""
    if caller.has_factor and caller.second_factor_at is None:
        raise SecondFactorNeeded
    if caller.has_factor and not is_sudo(caller.sudo_at, clock.now()):
        raise SudoNeeded


async def spend_try(visit: Visit, caller: SignedIn) -> None:
    """Before anything is compared, each in a committed statement of its own."""
    await spend(BY_IP, neighbourhood(visit.ip))
    await spend(SECOND, str(caller.person_id))


async def note_refusal(visit: Visit, caller: SignedIn, refusal: DomainError) -> None:
    """What `on_refusal` writes after the rollback. A contribution."""
    within()
    await audit.note(
        "factor.refuse",
        visit.by(caller.person_id),
        subject_id=caller.person_id,
        reason=refusal.slug,
    )


async def _pass_totp(visit: Visit, caller: SignedIn, typed: str) -> bool:
    """A step is used once: only a later one than the last counts, whoever comes first (SEC8)."""
    rows = await fetch(
        "SELECT id, public_id, sealed FROM factor WHERE person = $1 AND kind = 'totp'"
        " AND confirmed_at IS NOT NULL AND revoked_at IS NULL",
        caller.person_id,
    )
    for row in rows:
        step = _fitting_step(visit, row, typed)
        if step is not None and await _take_step(row["id"], step):
            return True
    return False


async def _take_step(factor_id: int, step: int) -> bool:
    taken = await fetch_value(
        "UPDATE factor SET counter = $2, used_at = $3 WHERE id = $1 AND counter < $2"
        " AND revoked_at IS NULL RETURNING id",
        factor_id,
        step,
        clock.now(),
    )
    return taken is not None


def _fitting_step(visit: Visit, row: Any, typed: str) -> int | None:
    secret = visit.seals.open(row["sealed"], f"factor:{row['public_id']}").decode()
    machine = pyotp.TOTP(secret)
    code = digits(typed)
    if not (code.isascii() and code.isdecimal()):
        return None
    for step in acceptable_steps(clock.now()):
        if pyotp.utils.strings_equal(machine.generate_otp(step), code):
            return step
    return None


async def _pass_recovery(visit: Visit, caller: SignedIn, typed: str) -> bool:
    used = await fetch_value(
        "UPDATE recovery_code SET used_at = $3 WHERE person = $1 AND code_hash = ANY($2)"
        " AND used_at IS NULL RETURNING id",
        caller.person_id,
        visit.seals.digests(_salt(caller.person_id), _bare(typed)),
        clock.now(),
    )
    if used is None:
        return False
    await warn(caller, N_("Un code de secours a servi pour entrer"), f"recovery-used:{used}")
    return True


async def _draw_recovery_codes(visit: Visit, person_id: int) -> tuple[str, ...]:
    await fetch("DELETE FROM recovery_code WHERE person = $1", person_id)
    fresh = tuple(codes.draw_code() for _ in range(RECOVERY_CODES))
    for code in fresh:
        await fetch(
            "INSERT INTO recovery_code (person, code_hash, created_at) VALUES ($1, $2, $3)",
            person_id,
            visit.seals.digest(_salt(person_id), code),
            clock.now(),
        )
    return fresh


def _salt(person_id: int) -> bytes:
    """55 bits of chance and a secret key need no salt of their own; the person keeps codes apart."""
    return f"recovery:{person_id}".encode()


def _bare(typed: str) -> str:
    """A recovery code without dashes and look-alikes; anything else stays what it is, and fits none."""
    try:
        parsed = codes.parse(typed)
    except Invalid:
        return typed
    return parsed.code if isinstance(parsed, codes.TypedCode) else typed


async def _has_factor(person_id: int) -> bool:
    found: bool = await fetch_value(
        "SELECT EXISTS (SELECT 1 FROM factor WHERE person = $1 AND revoked_at IS NULL"
        " AND confirmed_at IS NOT NULL)",
        person_id,
    )
    return found


async def _changed(visit: Visit, caller: SignedIn, verb: str, what: str, public_id: str) -> None:
    await end_all(caller.person_id, but=caller.session_id)
    await warn(caller, what, f"{verb}:{public_id}")
    await audit.note(
        verb,
        visit.by(caller.person_id),
        subject_id=caller.person_id,
        object_kind="factor",
        object_id=public_id,
    )
