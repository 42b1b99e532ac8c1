"""A contribution of every use case that a person, a till or the house itself performs."""

from typing import Any

import msgspec

from backend.audit.rules import Actor
from backend.kit import clock
from backend.kit.database import fetch, within


class By(msgspec.Struct, frozen=True):
    """Who acts: a person, a till or the system; `subject_id` for whom (D6)."""

    actor: Actor = Actor.SYSTEM
    id: int | None = None
    request_id: str | None = None


SYSTEM = By()


def person(person_id: int, request_id: str | None = None) -> By:
    """A person who acts."""
    return By(Actor.PERSON, person_id, request_id)


async def note(
    verb: str,
    by: By,
    *,
    subject_id: int | None = None,
    object_kind: str | None = None,
    object_id: str | int | None = None,
    **facts: Any,
) -> None:
    """One line of the record. Facts carry no code, token, card or full address (SEC13)."""
    within()
    await fetch(
        "INSERT INTO audit_entry (at, actor, actor_id, subject_id, verb, object_kind, object_id,"
        " facts, request_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        clock.now(),
        by.actor.value,
        by.id,
        subject_id,
        verb,
        object_kind,
        None if object_id is None else str(object_id),
        msgspec.json.encode(facts).decode(),
        by.request_id,
    )
