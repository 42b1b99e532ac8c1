"""Letters of the outbox that nobody tries any more: seen by whoever answers for them, and tried again."""

from collections.abc import Sequence
from enum import StrEnum

from backend.kit import clock
from backend.kit.database import fetch, fetch_one, fetch_value, within
from backend.kit.outbox import Letter


class State(StrEnum):
    """What became of a letter. One that was thrown away since is gone."""

    SENT = "sent"
    WAITING = "waiting"
    GIVEN_UP = "given_up"
    GONE = "gone"


async def letters(kinds: Sequence[str]) -> list[Letter]:
    """The oldest first; those that were taken back when somebody was erased are none."""
    rows = await fetch(
        "SELECT id, kind, key, payload, attempts FROM outbox WHERE gave_up_at IS NOT NULL"
        " AND done_at IS NULL AND kind = ANY($1) AND last_error IS DISTINCT FROM 'forgotten'"
        " ORDER BY id",
        list(kinds),
    )
    return [Letter(**row) for row in rows]


async def again(key: str) -> int | None:
    """One more try; the letter's row. None when there is nothing to try."""
    row: int | None = await fetch_value(
        "UPDATE outbox SET gave_up_at = NULL, due_at = $2 WHERE key = $1 AND done_at IS NULL"
        " AND gave_up_at IS NOT NULL AND last_error IS DISTINCT FROM 'forgotten' RETURNING id",
        key,
        clock.now(),
    )
    return row


async def drop(key: str) -> bool:
    """Nobody will try it again; whether it was there to be dropped."""
    within()
    rows = await fetch(
        "UPDATE outbox SET last_error = 'forgotten' WHERE key = $1 AND done_at IS NULL"
        " AND gave_up_at IS NOT NULL AND last_error IS DISTINCT FROM 'forgotten' RETURNING id",
        key,
    )
    return bool(rows)


async def state(key: str) -> State:
    row = await fetch_one("SELECT done_at, gave_up_at FROM outbox WHERE key = $1", key)
    if row is None:
        return State.GONE
    if row["done_at"] is not None:
        return State.SENT
    return State.WAITING if row["gave_up_at"] is None else State.GIVEN_UP
