"""What must leave the house: written with the effect, sent after it, never twice (REL7).

A row's key is its identity outside too: the idempotency key at Stripe, the message id of a mail.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_value, within

LEASE = timedelta(seconds=60)
FRESH = timedelta(seconds=20)  # of a lease: so far nobody else can have taken the letter
MOST_ATTEMPTS = 12


class Letter(msgspec.Struct, frozen=True):
    """One row to send."""

    id: int
    kind: str
    key: str
    payload: str
    attempts: int

    def read(self, kind: type[Any]) -> Any:
        """The payload as `kind`."""
        return msgspec.json.decode(self.payload, type=kind)


class NotYet(Exception):
    """Raised by a sender: the letter waits until then, and that was no try."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


class NotBefore(Exception):
    """Raised by a sender: a try that failed, and the other side said when the next may come."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


class Instead(Exception):
    """Raised by a sender: from now on the letter goes another way, due then, and its tries begin anew."""

    def __init__(self, kind: str, payload: object, due_at: datetime) -> None:
        super().__init__(kind)
        self.kind, self.payload, self.due_at = kind, payload, due_at


Send = Callable[[Letter], Awaitable[None]]


async def put(
    kind: str, key: str, payload: object, *, due_at: datetime | None = None
) -> int | None:
    """Queues one letter; None when its key was queued before."""
    within()
    moment = clock.now()
    row: int | None = await fetch_value(
        "INSERT INTO outbox (kind, key, payload, created_at, due_at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT ON CONSTRAINT outbox_key_key DO NOTHING RETURNING id",
        kind,
        key,
        msgspec.json.encode(payload).decode(),
        moment,
        due_at or moment,
    )
    return row


async def put_many(kind: str, letters: Sequence[tuple[str, object]], *, due_at: datetime) -> None:
    """Queues many letters, (key, payload) each, in one statement; a key that is there stays as it is."""
    within()
    await fetch(
        "INSERT INTO outbox (kind, key, payload, created_at, due_at)"
        " SELECT $1, one.key, one.payload::jsonb, $4, $5"
        " FROM unnest($2::text[], $3::text[]) AS one(key, payload)"
        " ON CONFLICT ON CONSTRAINT outbox_key_key DO NOTHING",
        kind,
        [key for key, _ in letters],
        [msgspec.json.encode(payload).decode() for _, payload in letters],
        clock.now(),
        due_at,
    )


async def drain(
    kinds: dict[str, Send], *, limit: int = 20, only: int | None = None, at_once: int = 1
) -> int:
    """Sends what is due, each row leased so that any number of workers share the work.

    Returns how many rows were taken. A failure is tried again later with longer pauses.
    """
    letters = await _lease(list(kinds), limit, only)
    fresh_until = clock.now() + FRESH
    gate = asyncio.Semaphore(at_once)

    async def send(letter: Letter) -> None:
        async with gate:
            # Several at once are soon through; one by one, the last may come after its lease.
            if (at_once > 1 and clock.now() < fresh_until) or await _still_ours(letter):
                await _send(kinds[letter.kind], letter)

    # One that cannot be noted must not cut off those that are being sent.
    ended = await asyncio.gather(*map(send, letters), return_exceptions=True)
    for fault in ended:
        if fault is not None:
            raise fault
    return len(letters)


async def _send(send: Send, letter: Letter) -> None:
    try:
        await send(letter)
    except NotYet as wait:
        await _put_off(letter, wait.until)
    except Instead as other:
        await _turn(letter, other)
    except Exception as error:  # noqa: BLE001 - any failure of the outside is a later try
        await _later(letter, error)
    else:
        await _done(letter)


async def forget(keys: list[str], words: list[str]) -> None:
    """Letters under these keys, or that hold one of these words, lose theirs and are not sent."""
    within()
    await fetch(
        "UPDATE outbox SET payload = '{}', gave_up_at = coalesce(gave_up_at, $3),"
        " last_error = 'forgotten' WHERE done_at IS NULL AND (key = ANY($1) OR EXISTS"
        "  (SELECT 1 FROM unnest($2::text[]) word WHERE position(word IN payload::text) > 0))",
        keys,
        words,
        clock.now(),
    )


async def drop(keys: list[str]) -> None:
    """That letters were sent under these keys is nobody's business any more; none goes out any more."""
    within()
    await fetch("DELETE FROM outbox WHERE key = ANY($1)", keys)


async def purge(before: datetime) -> int:
    """Letters that were sent or given up before; how many. Their keys are used no more."""
    within()
    rows = await fetch(
        "DELETE FROM outbox WHERE coalesce(done_at, gave_up_at) < $1 RETURNING id", before
    )
    return len(rows)


async def _lease(kinds: list[str], limit: int, only: int | None) -> list[Letter]:
    moment = clock.now()
    rows = await fetch(
        "UPDATE outbox SET leased_until = $1, attempts = attempts + 1 WHERE id IN ("
        " SELECT id FROM outbox WHERE done_at IS NULL AND gave_up_at IS NULL AND due_at <= $2"
        " AND (leased_until IS NULL OR leased_until < $2) AND kind = ANY($3)"
        " AND ($5::bigint IS NULL OR id = $5) ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED"
        ") RETURNING id, kind, key, payload, attempts",
        moment + LEASE,
        moment,
        kinds,
        limit,
        only,
    )
    return [Letter(**row) for row in rows]


async def _still_ours(letter: Letter) -> bool:
    """The lease anew, from when its turn comes: slow letters before it must not let it run out.

    How often a row was taken names who has it; one that another worker took since is theirs.
    """
    held = await fetch_value(
        "UPDATE outbox SET leased_until = $3 WHERE id = $1 AND attempts = $2 AND done_at IS NULL"
        " AND gave_up_at IS NULL RETURNING id",
        letter.id,
        letter.attempts,
        clock.now() + LEASE,
    )
    return held is not None


async def _done(letter: Letter) -> None:
    """What was said may hold a code or an address: the words go once they are sent."""
    await fetch(
        "UPDATE outbox SET done_at = $2, leased_until = NULL, payload = '{}', last_error = NULL"
        " WHERE id = $1",
        letter.id,
        clock.now(),
    )


async def _put_off(letter: Letter, until: datetime) -> None:
    await fetch(
        "UPDATE outbox SET leased_until = NULL, due_at = $2, attempts = attempts - 1 WHERE id = $1",
        letter.id,
        until,
    )


async def _turn(letter: Letter, other: Instead) -> None:
    """Not where it was taken back meanwhile, nor where another worker has it since (_still_ours)."""
    await fetch(
        "UPDATE outbox SET leased_until = NULL, attempts = 0, kind = $2, payload = $3, due_at = $4"
        " WHERE id = $1 AND attempts = $5 AND done_at IS NULL AND gave_up_at IS NULL",
        letter.id,
        other.kind,
        msgspec.json.encode(other.payload).decode(),
        other.due_at,
        letter.attempts,
    )


async def _later(letter: Letter, error: Exception) -> None:
    moment = clock.now()
    due_at = moment + timedelta(seconds=min(10 * 2**letter.attempts, 6 * 3600))
    if isinstance(error, NotBefore):
        due_at = max(due_at, error.until)
    await fetch(
        "UPDATE outbox SET leased_until = NULL, due_at = $2, last_error = $3,"
        " gave_up_at = CASE WHEN attempts >= $4 THEN $5::timestamptz END WHERE id = $1",
        letter.id,
        due_at,
        type(error).__name__,
        MOST_ATTEMPTS,
        moment,
    )
