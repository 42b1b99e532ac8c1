"""Idempotency keys: the answer is stored with the effect, looked up before any rule (V7, V8)."""

import hashlib
from datetime import timedelta
from typing import Any, TypeVar

import msgspec

from backend.kit import clock
from backend.kit.database import fetch_one, fetch_value, within
from backend.kit.errors import N_, Refused

T = TypeVar("T")
KEPT_FOR = timedelta(days=60)  # V8: at least 30


class IdempotencyMismatch(Refused):
    slug = "idempotency_mismatch"
    sentence = N_("Cette demande a déjà servi pour autre chose.")
    next = N_("Recommencez depuis le début.")


def fingerprint(body: object) -> bytes:
    return hashlib.sha256(msgspec.json.encode(body, order="sorted")).digest()


async def earlier(scope: str, key: str, body: object, kind: type[T]) -> T | None:
    """The answer given before under this key, or None after claiming the key.

    Two at once: the second waits for the first to commit, then reads its answer. Raises
    IdempotencyMismatch when the key came with another body.
    """
    within()
    claimed = await fetch_value(
        "INSERT INTO idempotency_key (scope, key, fingerprint, created_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT ON CONSTRAINT idempotency_key_once DO NOTHING RETURNING id",
        scope,
        key,
        fingerprint(body),
        clock.now(),
    )
    if claimed is not None:
        return None
    row = await fetch_one(
        "SELECT fingerprint, answer FROM idempotency_key WHERE scope = $1 AND key = $2", scope, key
    )
    if row is None or row["fingerprint"] != fingerprint(body):
        raise IdempotencyMismatch
    return None if row["answer"] is None else msgspec.json.decode(row["answer"], type=kind)


async def keep(scope: str, key: str, body: object, answer: Any) -> None:
    """Stores the answer, in the transaction of the effect or of the recorded refusal."""
    within()
    await fetch_one(
        "INSERT INTO idempotency_key (scope, key, fingerprint, answer, created_at)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT ON CONSTRAINT idempotency_key_once"
        " DO UPDATE SET answer = EXCLUDED.answer WHERE idempotency_key.answer IS NULL",
        scope,
        key,
        fingerprint(body),
        msgspec.json.encode(answer).decode(),
        clock.now(),
    )


async def forget(households: list[str], name: str) -> None:
    """Stored answers about these households say this name no more (D1)."""
    within()
    await fetch_value(
        "UPDATE idempotency_key SET answer = replace(answer::text, $2, '')::jsonb"
        " WHERE position($2 IN answer::text) > 0 AND EXISTS (SELECT 1 FROM unnest($1::text[]) house"
        "  WHERE position(house IN answer::text) > 0)",
        households,
        name,
    )


async def unsay(scope: str, of: str, values: list[str], names: list[str]) -> None:
    """Answers of a scope whose `of` is one of these say nothing under these names any more (S5)."""
    within()
    await fetch_value(
        "UPDATE idempotency_key SET answer = answer || (SELECT jsonb_object_agg(name, '')"
        " FROM unnest($4::text[]) name) WHERE scope = $1 AND answer ->> $2 = ANY($3)",
        scope,
        of,
        values,
        names,
    )


async def purge(older_than: timedelta = KEPT_FOR) -> None:
    """Answers name a member by first name and initial: they go when nobody repeats them any more."""
    await fetch_value("DELETE FROM idempotency_key WHERE created_at < $1", clock.now() - older_than)
