"""What the office chooses from when it writes a session, and the rows that one names."""

import msgspec

from backend.activities.errors import SessionUnknown
from backend.kit.database import fetch, fetch_one_as


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """The rows that a session names, by public id or "", and the version its page shows."""

    site: str
    room: str
    leader: str
    version: int

    def named(self) -> dict[str, str]:
        return {"site": self.site, "room": self.room, "leader": self.leader}


async def plain(session: str) -> Named:
    """Raises SessionUnknown."""
    found = await fetch_one_as(
        Named,
        "SELECT coalesce(t.public_id, '') AS site, coalesce(r.public_id, '') AS room,"
        " coalesce(p.public_id, '') AS leader, a.version FROM activity_session a"
        " LEFT JOIN site t ON t.id = a.site LEFT JOIN resource r ON r.id = a.room"
        " LEFT JOIN person p ON p.id = a.leader WHERE a.public_id = $1",
        session,
    )
    if found is None:
        raise SessionUnknown
    return found


async def sites() -> list[tuple[str, str]]:
    """Public id and name."""
    return await _pairs(
        "SELECT public_id, name FROM site WHERE closed_at IS NULL ORDER BY name, id"
    )


async def rooms() -> list[tuple[str, str]]:
    """What is lent by the hour and has a unit: rooms, not drills."""
    return await _pairs(
        "SELECT r.public_id, r.name || ', ' || t.name AS name FROM resource r"
        " JOIN site t ON t.id = r.site JOIN lending_policy p ON p.id = r.policy"
        " WHERE r.retired_at IS NULL AND r.capacity IS NOT NULL AND p.slot_mode = 'hours'"
        " ORDER BY r.search, r.id"
    )


async def leaders() -> list[tuple[str, str]]:
    """Staff, and whoever led something before."""
    return await _pairs(
        "SELECT p.public_id, concat_ws(' ', p.given_name, p.family_name) AS name FROM person p"
        " WHERE p.erased_at IS NULL AND p.id IN (SELECT person FROM role_grant"
        "  WHERE ended_at IS NULL AND role IN ('desk', 'manager', 'admin')"
        "  UNION SELECT leader FROM activity_session WHERE leader IS NOT NULL)"
        " ORDER BY p.search, p.id"
    )


async def _pairs(sql: str) -> list[tuple[str, str]]:
    return [(row["public_id"], row["name"]) for row in await fetch(sql)]
