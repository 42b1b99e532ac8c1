"""Tries, counted in PostgreSQL so that any number of processes count together (SEC6, V19)."""

import hashlib
from datetime import timedelta

import msgspec

from backend.kit import clock
from backend.kit.database import fetch_value
from backend.kit.errors import Busy


class Limit(msgspec.Struct, frozen=True):
    """At most `most` tries in any `per` (a sliding window)."""

    scope: str
    most: int
    per: timedelta


async def spend(limit: Limit, subject: str) -> None:
    """Spends one try, in one committed statement before anything is compared; Busy when none is left.

    Call it outside a transaction: what is spent must survive the refusal that follows.
    """
    moment = clock.now()
    spent = await fetch_value(
        "INSERT INTO tries (scope, subject, hits, expires_at) VALUES ($1, $2, ARRAY[$3::timestamptz],"
        " $3::timestamptz + $4) ON CONFLICT ON CONSTRAINT tries_one DO UPDATE SET expires_at ="
        " $3::timestamptz + $4, hits = ARRAY(SELECT hit FROM unnest(tries.hits) hit"
        " WHERE hit > $3::timestamptz - $4) || $3::timestamptz"
        " WHERE (SELECT count(*) FROM unnest(tries.hits) hit WHERE hit > $3::timestamptz - $4) < $5"
        " RETURNING id",
        limit.scope,
        _subject(subject),
        moment,
        limit.per,
        limit.most,
    )
    if spent is None:
        raise Busy(retry_after=await _wait(limit, subject))


async def give_back(limit: Limit, subject: str) -> None:
    """Takes back the newest try: it turned out not to be one that counts."""
    await fetch_value(
        "UPDATE tries SET hits = hits[1:cardinality(hits) - 1] WHERE scope = $1 AND subject = $2",
        limit.scope,
        _subject(subject),
    )


async def purge() -> None:
    """A subject whose last try has left its window is nobody's business any more."""
    await fetch_value("DELETE FROM tries WHERE expires_at < $1", clock.now())


async def _wait(limit: Limit, subject: str) -> int:
    """Seconds until the oldest try leaves the window."""
    oldest = await fetch_value(
        "SELECT min(hit) FROM tries, unnest(hits) hit WHERE scope = $1 AND subject = $2"
        " AND hit > $3",
        limit.scope,
        _subject(subject),
        clock.now() - limit.per,
    )
    left = limit.per if oldest is None else oldest + limit.per - clock.now()
    return max(1, int(left.total_seconds()) + 1)


def _subject(subject: str) -> bytes:
    """An address or a number is not kept in clear just to be counted."""
    return hashlib.sha256(subject.encode()).digest()
