"""What comes in from outside: stored once by its sender's id, acted on after, like the outbox."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_value, transaction, within

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 12


class Event(msgspec.Struct, frozen=True):
    """One stored event. `object_id` is what to re-read where order matters."""

    id: int
    source: str
    event_id: str
    kind: str
    object_id: str | None
    body: str | None
    happened_at: datetime
    attempts: int


Act = Callable[[Event], Awaitable[None]]


async def store(
    source: str, event_id: str, kind: str, object_id: str | None, body: str, happened_at: datetime
) -> int | None:
    """Stores an event; None when it came before. The sender gets its 200 either way."""
    async with transaction():
        moment = clock.now()
        row: int | None = await fetch_value(
            "INSERT INTO inbox (source, event_id, kind, object_id, body, happened_at, received_at,"
            " due_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)"
            " ON CONFLICT ON CONSTRAINT inbox_event DO NOTHING RETURNING id",
            source,
            event_id,
            kind,
            object_id,
            body,
            happened_at,
            moment,
        )
    return row


async def note_done(source: str, event_id: str, kind: str, happened_at: datetime) -> bool:
    """Beside the effect of an event that is acted on at once: False when it came before."""
    within()
    moment = clock.now()
    row = await fetch_value(
        "INSERT INTO inbox (source, event_id, kind, happened_at, received_at, due_at, done_at)"
        " VALUES ($1, $2, $3, $4, $5, $5, $5)"
        " ON CONFLICT ON CONSTRAINT inbox_event DO NOTHING RETURNING id",
        source,
        event_id,
        kind,
        happened_at,
        moment,
    )
    return row is not None


async def drain(act: Act, *, limit: int = 20, only: int | None = None) -> int:
    """Acts on what waits; returns how many were taken."""
    events = await _lease(limit, only)
    for event in events:
        try:
            await act(event)
        except Exception as error:  # noqa: BLE001 - tried again later, and seen in the office
            await _later(event, error)
        else:
            await fetch(
                "UPDATE inbox SET done_at = $2, leased_until = NULL, last_error = NULL"
                " WHERE id = $1",
                event.id,
                clock.now(),
            )
    return len(events)


async def _lease(limit: int, only: int | None) -> list[Event]:
    moment = clock.now()
    rows = await fetch(
        "UPDATE inbox SET leased_until = $1, attempts = attempts + 1 WHERE id IN ("
        " SELECT id FROM inbox WHERE done_at IS NULL AND gave_up_at IS NULL AND due_at <= $2"
        " AND (leased_until IS NULL OR leased_until < $2)"
        " AND ($4::bigint IS NULL OR id = $4) ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED"
        ") RETURNING id, source, event_id, kind, object_id, body, happened_at, attempts",
        moment + LEASE,
        moment,
        limit,
        only,
    )
    return [Event(**row) for row in rows]


async def _later(event: Event, error: Exception) -> None:
    moment = clock.now()
    pause = timedelta(seconds=min(5 * 2**event.attempts, 6 * 3600))
    await fetch(
        "UPDATE inbox SET leased_until = NULL, due_at = $2, last_error = $3,"
        " gave_up_at = CASE WHEN attempts >= $4 THEN $5::timestamptz END WHERE id = $1",
        event.id,
        moment + pause,
        type(error).__name__,
        MOST_ATTEMPTS,
        moment,
    )


async def purge(older_than: timedelta = timedelta(days=30)) -> None:
    """Bodies hold personal data: only id, kind, object and time stay."""
    await fetch(
        "UPDATE inbox SET body = NULL WHERE body IS NOT NULL AND done_at < $1",
        clock.now() - older_than,
    )


def decode(event: Event) -> dict[str, object]:
    return msgspec.json.decode(event.body or "{}", type=dict[str, object])
