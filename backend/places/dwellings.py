"""The dwellings of a landlord, read and written thousands at a time.

Called within the transaction of an import: one statement for a few thousand lines, so that a list
of 18,000 takes seconds. A dwelling is never deleted: households and changes point to it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from backend.kit import codes, text
from backend.kit.database import fetch
from backend.places.rules import ChangeKind, DwellingLine, Occupancy, Plan

AT_ONCE = 3_000
Progress = Callable[[int, int], None]
Place = tuple[str, str]

# The columns of a dwelling that a line fills, with their types; its residence is found by its place.
_TYPES = {
    "external_id": "text", "contract_number": "text", "contract_folded": "text",
    "street": "text", "building": "text", "stair": "text", "floor": "text", "door": "text",
    "postcode": "text", "town": "text", "insee_code": "text", "rooms": "bigint",
    "surface_dm2": "bigint", "priority_district": "boolean", "agreement": "text",
    "entered_on": "date", "occupancy": "text",
}  # fmt: skip
_READ = ", ".join(f"d.{name}" for name in _TYPES)


class Before(msgspec.Struct, frozen=True):
    """What stood before a change; `gone_at` when the dwelling had left the list and came back."""

    line: DwellingLine
    gone_at: datetime | None = None


async def standing(landlord_id: int) -> list[DwellingLine]:
    """The dwellings the landlord's last list had."""
    rows = await _read("d.landlord = $1 AND d.gone_at IS NULL", landlord_id)
    return [_line(row) for row in rows]


async def back(landlord_id: int, lines: Sequence[DwellingLine]) -> dict[str, Before]:
    """Those of `lines` that are new to the list but were in an older one."""
    names = [line.external_id for line in lines]
    rows = await _read(
        "d.landlord = $1 AND d.gone_at IS NOT NULL AND d.external_id = ANY($2)", landlord_id, names
    )
    return {row["external_id"]: Before(_line(row), row["gone_at"]) for row in rows}


async def write(landlord_id: int, lines: Sequence[DwellingLine], progress: Progress) -> None:
    """Makes or changes the dwellings of these lines, and the residences they stand in."""
    places = await _residences(landlord_id, lines)
    for start in range(0, len(lines), AT_ONCE):
        some = lines[start : start + AT_ONCE]
        await _write_some(landlord_id, some, [places[_place(line)] for line in some])
        progress(start + len(some), len(lines))


async def mark_gone(landlord_id: int, lines: Sequence[DwellingLine], at: datetime) -> None:
    await fetch(
        "UPDATE dwelling SET gone_at = $3 WHERE landlord = $1 AND external_id = ANY($2)",
        landlord_id,
        [line.external_id for line in lines],
        at,
    )


async def keep_changes(
    batch_id: int, landlord_id: int, plan: Plan, came_back: dict[str, Before]
) -> None:
    """What the batch does to each dwelling, with what stood before: all that an undo needs."""
    changes = [
        *((ChangeKind.NEW, line, came_back.get(line.external_id)) for line in plan.new),
        *((ChangeKind.CHANGED, moved.after, Before(moved.before)) for moved in plan.changed),
        *((ChangeKind.GONE, line, None) for line in plan.gone),
    ]
    await fetch(
        "INSERT INTO dwelling_change (batch, dwelling, kind, before)"
        " SELECT $1, d.id, c.kind, c.before::jsonb"
        " FROM unnest($3::text[], $4::text[], $5::text[]) AS c (external_id, kind, before)"
        " JOIN dwelling d ON d.landlord = $2 AND d.external_id = c.external_id",
        batch_id,
        landlord_id,
        [line.external_id for _, line, _ in changes],
        [kind.value for kind, _, _ in changes],
        [msgspec.json.encode(before).decode() if before else None for *_, before in changes],
    )


async def put_back(batch_id: int, landlord_id: int, at: datetime) -> int:
    """Every dwelling of the batch as it stood before; how many. What was new is gone."""
    rows = await fetch("SELECT before FROM dwelling_change WHERE batch = $1", batch_id)
    earlier = [msgspec.json.decode(row["before"], type=Before) for row in rows if row["before"]]
    await write(landlord_id, [before.line for before in earlier], lambda *_: None)
    await fetch(
        "UPDATE dwelling SET gone_at = CASE c.kind WHEN 'new'"
        "  THEN coalesce((c.before ->> 'gone_at')::timestamptz, $2) END"
        " FROM dwelling_change c WHERE c.batch = $1 AND c.dwelling = dwelling.id",
        batch_id,
        at,
    )
    return len(rows)


async def _read(where: str, *args: Any) -> list[Any]:
    return await fetch(
        f"SELECT {_READ}, d.gone_at, r.code AS residence_code, r.name AS residence_name"  # noqa: S608
        f" FROM dwelling d JOIN residence r ON r.id = d.residence WHERE {where}",
        *args,
    )


def _line(row: Any) -> DwellingLine:
    values = dict(row)
    del values["gone_at"]
    values["occupancy"] = Occupancy(values["occupancy"])
    return DwellingLine(**values)


async def _write_some(landlord_id: int, lines: Sequence[DwellingLine], places: list[int]) -> None:
    names = ", ".join((*_TYPES, "search"))
    arrays = ", ".join(f"${at}::{kind}[]" for at, kind in enumerate((*_TYPES.values(), "text"), 3))
    news = ", ".join(f"{name} = EXCLUDED.{name}" for name in ("residence", *_TYPES, "search"))
    await fetch(
        f"INSERT INTO dwelling (landlord, residence, {names})"  # noqa: S608 - our own names
        f" SELECT $1, * FROM unnest($2::bigint[], {arrays})"
        f" ON CONFLICT ON CONSTRAINT dwelling_once DO UPDATE SET {news}, gone_at = NULL",
        landlord_id,
        places,
        *([getattr(line, name) for line in lines] for name in _TYPES),
        [_search(line) for line in lines],
    )


async def _residences(landlord_id: int, lines: Sequence[DwellingLine]) -> dict[Place, int]:
    """The residences by code and postcode. A new one is in a priority district when most of it is."""
    by_place = {_place(line): line for line in lines}
    districts = Counter(_place(line) for line in lines if line.priority_district)
    sizes = Counter(_place(line) for line in lines)
    first = list(by_place.values())
    rows = await fetch(
        "INSERT INTO residence (public_id, landlord, code, name, postcode, town, priority_district)"
        " SELECT r.public_id, $1, r.code, r.name, r.postcode, r.town, r.district"
        " FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[])"
        "  AS r (public_id, code, name, postcode, town, district)"
        " ON CONFLICT ON CONSTRAINT residence_once DO UPDATE"
        "  SET name = EXCLUDED.name, town = EXCLUDED.town RETURNING id, code, postcode",
        landlord_id,
        [codes.random_id() for _ in first],
        [line.residence_code for line in first],
        [line.residence_name for line in first],
        [line.postcode for line in first],
        [line.town for line in first],
        [districts[place] * 2 > sizes[place] for place in by_place],
    )
    return {(row["code"], row["postcode"]): row["id"] for row in rows}


def _search(line: DwellingLine) -> str:
    """What staff search a dwelling by: where it is, never who lives there."""
    where = (line.residence_name, line.street, line.building, line.stair, line.floor, line.door)
    return f" {text.fold(' '.join((*where, line.postcode, line.town)))}"


def _place(line: DwellingLine) -> Place:
    return line.residence_code, line.postcode
