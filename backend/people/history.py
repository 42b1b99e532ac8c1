"""Who changed what of the club's settings, and when: the record of acts, for its page."""

from datetime import datetime
from typing import Any

import msgspec

from backend.audit.rules import Actor
from backend.kit.database import fetch

SHOWN = 50


class SettingChange(msgspec.Struct, frozen=True, kw_only=True):
    """`changes`: for each name what was and what is. `about`: the colleague it was done to, or ""."""

    id: int
    at: datetime
    verb: str
    actor: Actor
    by: str
    about: str
    object_id: str | None
    changes: dict[str, list[Any]]


async def setting_changes(before: int | None = None) -> list[SettingChange]:
    """The newest SHOWN, or those that came before the one with this id."""
    rows = await fetch(
        "SELECT a.id, a.at, a.verb, a.actor, a.object_id, (a.facts -> 'changes')::text AS changes,"
        " concat_ws(' ', p.given_name, p.family_name) AS by,"
        " concat_ws(' ', s.given_name, s.family_name) AS about FROM audit_entry a"
        " LEFT JOIN person p ON a.actor = 'person' AND p.id = a.actor_id"
        " LEFT JOIN person s ON s.id = a.subject_id WHERE a.facts ? 'changes'"
        " AND ($1::bigint IS NULL OR a.id < $1) ORDER BY a.at DESC, a.id DESC LIMIT $2",
        before,
        SHOWN,
    )
    return [_change(dict(row)) for row in rows]


def _change(values: dict[str, Any]) -> SettingChange:
    values["changes"] = msgspec.json.decode(values["changes"])
    return msgspec.convert(values, SettingChange)
