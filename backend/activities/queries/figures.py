"""How many came, without a name; under FEW people no figure is said (A4)."""

from datetime import date
from typing import Any

import msgspec

from backend.kit import clock
from backend.kit.database import fetch

FEW = 5


class KindFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Of the sessions of one kind in a time; None for what fewer than FEW people would tell."""

    kind: str
    sessions: int
    seats: int
    people: int | None
    came: int | None
    missed: int | None


async def by_kind(first_on: date, last_on: date) -> list[KindFigures]:
    """Sessions that took place, both days included. `people` are different people with a seat."""
    rows = await fetch(
        "WITH held AS (SELECT id, kind, capacity FROM activity_session WHERE starts_at >= $1"
        "  AND starts_at <= $2 AND ends_at <= $3 AND cancelled_at IS NULL),"
        " sat AS (SELECT h.kind, count(DISTINCT s.person) AS people,"
        "  count(*) FILTER (WHERE s.attended) AS came,"
        "  count(*) FILTER (WHERE NOT s.attended) AS missed"
        "  FROM held h JOIN seat s ON s.session = h.id AND s.state = 'taken' GROUP BY h.kind)"
        " SELECT h.kind, count(*) AS sessions, sum(h.capacity)::bigint AS seats,"
        " coalesce(max(t.people), 0) AS people, coalesce(max(t.came), 0) AS came,"
        " coalesce(max(t.missed), 0) AS missed FROM held h LEFT JOIN sat t ON t.kind = h.kind"
        " GROUP BY h.kind ORDER BY h.kind",
        clock.start_of_day(first_on),
        clock.end_of_day(last_on),
        clock.now(),
    )
    return [KindFigures(**_hidden(dict(row))) for row in rows]


def _hidden(row: dict[str, Any]) -> dict[str, Any]:
    """What is few is not said, nor what would tell it by its difference."""
    people = row["people"] or 0
    if people < FEW:
        return {**row, "people": None, "came": None, "missed": None}
    few = [name for name in ("came", "missed") if 0 < (row[name] or 0) < FEW]
    return {**row, **dict.fromkeys(("came", "missed") if few else (), None)}
