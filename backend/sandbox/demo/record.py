"""Lines of the audit record, as `audit.note` writes them."""

from datetime import datetime
from typing import Any

import msgspec

from backend.audit.rules import Actor


def entry(
    at: datetime,
    by: tuple[Actor, int],
    verb: str,
    *,
    subject_id: int | None = None,
    object: tuple[str, str] | None = None,  # noqa: A002 - as it is called in the record
    **facts: Any,
) -> dict[str, Any]:
    kind, name = object or (None, None)
    return {
        "at": at,
        "actor": by[0].value,
        "actor_id": by[1],
        "subject_id": subject_id,
        "verb": verb,
        "object_kind": kind,
        "object_id": name,
        "facts": msgspec.json.encode(facts).decode(),
    }
