"""Sessions: opened at a door, noted as used, raised by a second factor, ended for good (SEC1, SEC2).

Every statement asks for a session that is not revoked: what was in flight when it ended changes
nothing and brings nothing back.
"""

from backend.audit import service as audit
from backend.identity.errors import SessionMissing, Unauthenticated
from backend.identity.queries import SignedIn
from backend.identity.rules import SessionKind
from backend.identity.visits import Visit
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value, transaction, within
from backend.notifications import phones


async def open_session(person_id: int, kind: SessionKind, device: str) -> str:
    """A new session's token, for the cookie; only its hash is kept. A contribution."""
    within()
    token, moment = codes.random_token(), clock.now()
    await fetch(
        "INSERT INTO session (public_id, token_hash, person, kind, device, created_at, seen_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $6)",
        codes.random_id(),
        codes.hash_token(token),
        person_id,
        kind.value,
        device,
        moment,
    )
    return token


async def raise_session(session_id: int) -> str:
    """After a second factor the same session goes on under a new token. A contribution."""
    within()
    token, moment = codes.random_token(), clock.now()
    raised = await fetch_value(
        "UPDATE session SET token_hash = $2, second_factor_at = $3, sudo_at = $3, challenge = NULL"
        " WHERE id = $1 AND revoked_at IS NULL RETURNING id",
        session_id,
        codes.hash_token(token),
        moment,
    )
    if raised is None:
        raise Unauthenticated
    return token


async def see(session_id: int) -> None:
    """Notes that a session is in use; idle limits are measured from here (SEC4)."""
    async with transaction():
        await fetch(
            "UPDATE session SET seen_at = $2 WHERE id = $1 AND revoked_at IS NULL",
            session_id,
            clock.now(),
        )


async def sign_out(visit: Visit, caller: SignedIn) -> None:
    async with transaction():
        await _end("id = $2", caller.session_id)
        await audit.note("session.end", visit.by(caller.person_id), subject_id=caller.person_id)


async def end_session(visit: Visit, caller: SignedIn, public_id: str) -> None:
    """One of the caller's own devices. Raises SessionMissing for anybody else's."""
    async with transaction():
        if not await _end("person = $2 AND public_id = $3", caller.person_id, public_id):
            raise SessionMissing
        await audit.note(
            "session.end",
            visit.by(caller.person_id),
            subject_id=caller.person_id,
            object_kind="session",
            object_id=public_id,
        )


async def end_others(visit: Visit, caller: SignedIn) -> int:
    """Every device of the caller but this one; how many there were."""
    async with transaction():
        ended = await end_all(caller.person_id, but=caller.session_id)
        await audit.note(
            "session.end_others",
            visit.by(caller.person_id),
            subject_id=caller.person_id,
            ended=ended,
        )
    return ended


async def end_all(person_id: int, *, but: int | None = None) -> int:
    """A contribution of whatever ends sessions: a suspension, a factor that changes, an erasure."""
    within()
    ended = await _end("person = $2 AND ($3::bigint IS NULL OR id <> $3)", person_id, but)
    await phones.end_all(person_id, but=but)
    return ended


async def take_place(token: str | None, new: str, person_id: int) -> None:
    """The browser's earlier session ends when it signs in anew; `new` is the new one's token. The
    browser goes on ringing where the same person came back. A contribution.
    """
    within()
    if token is not None:
        old = await _revoke("token_hash = $2", codes.hash_token(token))
        now = await fetch_value(
            "SELECT id FROM session WHERE token_hash = $1", codes.hash_token(new)
        )
        await phones.hand_on(old, now, person_id)


async def _end(which: str, *args: object) -> int:
    """Where somebody signed out, nothing rings any more."""
    ended = await _revoke(which, *args)
    await phones.end_with(ended)
    return len(ended)


async def _revoke(which: str, *args: object) -> list[int]:
    rows = await fetch(
        "UPDATE session SET revoked_at = $1, challenge = NULL"  # noqa: S608
        f" WHERE revoked_at IS NULL AND {which} RETURNING id",
        clock.now(),
        *args,
    )
    return [row["id"] for row in rows]
