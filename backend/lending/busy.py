"""What is taken, read once for many resources: the same statement for pages and for writes (L6)."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from backend.kit.database import fetch
from backend.lending.packing import Busy
from backend.lending.policy import Model, Policy
from backend.lending.rules import BLOCKING_SQL, MOVABLE, RISK_LEAD, Period

NEVER = datetime(1, 1, 1, tzinfo=UTC)
MOVABLE_SQL = ", ".join(f"'{state}'" for state in sorted(MOVABLE))

# $1 resources, $2 and $3 the time, $4 now, $5 holds that lapsed before are free, $6 a line to leave out.
# A unit that is late, or back and not looked at, is not to be had for the next while (L10).
BUSY = f"""
SELECT l.resource, l.unit, l.id, lower(l.occupied), upper(l.occupied), l.state IN ({MOVABLE_SQL})
FROM booking_line l
WHERE l.resource = ANY($1) AND upper(l.occupied) > $2 AND lower(l.occupied) < $3
  AND l.unit IS NOT NULL AND l.state IN ({BLOCKING_SQL})
  AND (l.lapses_at IS NULL OR l.lapses_at > $5) AND l.id IS DISTINCT FROM $6
UNION ALL
SELECT l.resource, l.unit, NULL, $4::timestamptz - $7::interval, $4::timestamptz + $7::interval, false
FROM booking_line l
WHERE l.resource = ANY($1) AND l.unit IS NOT NULL AND l.id IS DISTINCT FROM $6
  AND $2::timestamptz < $4::timestamptz + $7::interval
  AND (l.state = 'returned' OR (l.state = 'checked_out' AND upper(l.during) <= $4))
"""  # noqa: S608 - our own words
# What stands at a site that is closed is lent no more.
_MODEL = """
SELECT r.id, r.public_id, r.site AS site_id, r.name, r.counted, r.capacity, r.pieces,
       coalesce(r.retired_at, s.closed_at) AS retired_at, to_json(p)::text AS policy
"""
_FROM = "FROM resource r JOIN lending_policy p ON p.id = r.policy JOIN site s ON s.id = r.site"
MODEL = f"{_MODEL} {_FROM}"
LOCKED = f"""
{_MODEL},
       coalesce((SELECT array_agg(u.id ORDER BY u.id) FROM unit u
         WHERE u.resource = r.id AND u.retired_at IS NULL), '{{}}') AS units,
       EXISTS (SELECT 1 FROM booking_line l WHERE l.resource = r.id AND l.lapses_at <= $2) AS has_dead
{_FROM} WHERE r.id = ANY($1) ORDER BY r.id
"""  # noqa: S608 - our own words


async def busy_times(
    resource_ids: Collection[int],
    within: Period,
    now: datetime,
    *,
    under_lock: bool = False,
    but: int | None = None,
) -> list[Busy]:
    """Every time taken in a range, in one statement.

    `under_lock`: what is dead was written down by this transaction, all that still blocks is alive.
    """
    rows = await fetch(
        BUSY,
        list(resource_ids),
        within.start,
        within.end,
        now,
        NEVER if under_lock else now,
        but,
        RISK_LEAD,
    )
    return [
        Busy(resource_id=r[0], unit_id=r[1], line_id=r[2], period=Period(r[3], r[4]), movable=r[5])
        for r in rows
    ]


async def units_of(resource_ids: Collection[int]) -> dict[int, list[int]]:
    """The units that are lent, by resource, in the order of their ids."""
    rows = await fetch(
        "SELECT resource, array_agg(id ORDER BY id) AS units FROM unit"
        " WHERE resource = ANY($1) AND retired_at IS NULL GROUP BY resource",
        list(resource_ids),
    )
    return {row["resource"]: row["units"] for row in rows}


class Locked(msgspec.Struct, frozen=True):
    """A resource as its lock finds it: its units, and whether a hold or an offer of it is dead."""

    model: Model
    units: tuple[int, ...]
    has_dead: bool


async def locked(resource_ids: Collection[int], now: datetime) -> list[Locked]:
    """Read after their locks, in one statement, in the order of their ids."""
    rows = await fetch(LOCKED, list(resource_ids), now)
    return [Locked(model_of(row), tuple(row["units"]), row["has_dead"]) for row in rows]


async def models(where: str, *args: Any) -> list[Model]:
    """Resources with their policies, in the order of their ids."""
    rows = await fetch(f"{MODEL} WHERE {where} ORDER BY r.id", *args)
    return [model_of(row) for row in rows]


def model_of(row: Any) -> Model:
    """From a row that has MODEL's columns, and maybe more."""
    values = {name: row[name] for name in Model.__struct_fields__}
    values["policy"] = msgspec.json.decode(values["policy"], type=Policy)
    values["pieces"] = tuple(values["pieces"])
    return Model(**values)


def wide(model: Model, period: Period) -> Period:
    """With the buffers of its policy (L20)."""
    policy = model.policy
    return period.widened(
        timedelta(minutes=policy.buffer_before), timedelta(minutes=policy.buffer_after)
    )
