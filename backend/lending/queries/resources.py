"""What the club lends, as members find it and as staff keep it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec

from backend.kit import files, text
from backend.kit.database import fetch, fetch_as, fetch_one, fetch_value
from backend.kit.files import File
from backend.lending import busy
from backend.lending.errors import PolicyUnknown, ResourceUnknown, UnitUnknown
from backend.lending.policy import Model, Policy
from backend.membership.rules import short_name


class ResourceCard(msgspec.Struct, frozen=True, kw_only=True):
    """One resource to choose from."""

    public_id: str
    name: str
    is_kit: bool


class Part(msgspec.Struct, frozen=True):
    resource: str
    name: str
    count: int


class Shelved(msgspec.Struct, frozen=True, kw_only=True):
    """One resource in a tenant's list. `unit_ids`: copies that are lent; `parts`: what a kit is made of."""

    model: Model
    category: str
    site: str
    unit_ids: tuple[int, ...]
    parts: tuple[Part, ...] = ()


class ResourcePage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of a resource but its bookings. `unit_ids`: copies that are lent."""

    model: Model
    category: str
    description: str
    photo: int | None
    replacement_cents: int | None
    isbn: str | None
    external_code: str | None
    in_charge: int | None
    site: str
    version: int
    unit_ids: tuple[int, ...]
    waiting: int
    parts: tuple[Part, ...]

    @property
    def units(self) -> int:
        return len(self.unit_ids)


class UnitView(msgspec.Struct, frozen=True, kw_only=True):
    """A copy as staff see it. `line` is the open loan; `with_`: who has it; `ticket` what is open."""

    id: int
    code: str
    external_code: str | None
    shelf: str
    facts: dict[str, Any]
    kilometres: int | None
    retired_at: datetime | None
    resource: str
    name: str
    line: int | None
    booking: str | None
    household_id: int | None
    with_: str
    out_at: datetime | None
    due_at: datetime | None
    to_inspect: int | None
    ticket: str | None


async def catalogue(limit: int, site_id: int | None = None) -> list[ResourceCard]:
    """All that is lent, or what is at a site, by name."""
    return await fetch_as(
        ResourceCard,
        "SELECT r.public_id, r.name, EXISTS (SELECT 1 FROM kit_part k WHERE k.kit = r.id) AS is_kit"
        " FROM resource r WHERE ($1::bigint IS NULL OR r.site = $1) AND r.retired_at IS NULL"
        " ORDER BY r.search, r.id LIMIT $2",
        site_id,
        limit,
    )


async def shelved(search: str, limit: int) -> list[Shelved]:
    """All that is lent, by name, with what a page needs to say when it is free; one statement.

    Every word of the search begins a word of name, category or ISBN, accents forgiven.
    """
    rows = await fetch(
        f"{_RESOURCE} WHERE (' ' || r.search) LIKE ALL($1::text[]) AND r.retired_at IS NULL"
        " AND s.closed_at IS NULL ORDER BY r.search, r.id LIMIT $2",
        [f"% {word}%" for word in text.fold(search).split()],
        limit,
    )
    return [_shelved(row) for row in rows]


async def shelved_named(public_ids: Collection[str]) -> list[Shelved]:
    """The same of these; none is asked for nothing."""
    if not public_ids:
        return []
    rows = await fetch(f"{_RESOURCE} WHERE r.public_id = ANY($1)", list(public_ids))
    return [_shelved(row) for row in rows]


def _shelved(row: Any) -> Shelved:
    return Shelved(
        model=busy.model_of(row),
        category=row["category"],
        site=row["site"],
        unit_ids=tuple(row["unit_ids"]),
        parts=msgspec.json.decode(row["parts"], type=tuple[Part, ...]),
    )


async def categories(site_id: int | None = None) -> list[str]:
    """Those that have something to lend, in order."""
    rows = await fetch(
        "SELECT DISTINCT category FROM resource WHERE retired_at IS NULL"
        " AND ($1::bigint IS NULL OR site = $1) ORDER BY category",
        site_id,
    )
    return [row["category"] for row in rows]


async def get_model(public_id: str) -> Model:
    """Raises ResourceUnknown."""
    found = await busy.models("r.public_id = $1", public_id)
    if not found:
        raise ResourceUnknown
    return found[0]


async def get_resource(public_id: str) -> ResourcePage:
    """One statement. Raises ResourceUnknown."""
    row = await fetch_one(f"{_RESOURCE} WHERE r.public_id = $1", public_id)
    if row is None:
        raise ResourceUnknown
    values = {name: row[name] for name in ResourcePage.__struct_fields__ if name in row}
    parts = msgspec.json.decode(row["parts"], type=tuple[Part, ...])
    unit_ids = tuple(row["unit_ids"])
    return ResourcePage(
        **{**values, "model": busy.model_of(row), "parts": parts, "unit_ids": unit_ids}
    )


async def photo_of(public_id: str) -> File | None:
    """None when it has none."""
    photo = await fetch_value("SELECT photo FROM resource WHERE public_id = $1", public_id)
    return None if photo is None else await files.get(photo)


async def units(resource: str) -> list[UnitView]:
    """All copies, those lent no more too, in the order they came."""
    rows = await fetch(f"{_UNIT} WHERE r.public_id = $1 ORDER BY u.id", resource)
    return [_unit(row) for row in rows]


async def get_unit(code: str) -> UnitView:
    """What a scanned label is, who has it, what it waits for. Raises UnitUnknown."""
    row = await fetch_one(f"{_UNIT} WHERE u.code = $1", code)
    if row is None:
        raise UnitUnknown
    return _unit(row)


async def is_unit(code: str) -> bool:
    """Whether a typed code is that of a label."""
    found: bool = await fetch_value("SELECT EXISTS (SELECT 1 FROM unit WHERE code = $1)", code)
    return found


async def policies() -> list[Policy]:
    rows = await fetch("SELECT to_json(p)::text AS said FROM lending_policy p ORDER BY p.name")
    return [msgspec.json.decode(row["said"], type=Policy) for row in rows]


async def get_policy(public_id: str) -> Policy:
    """Raises PolicyUnknown."""
    row = await fetch_one(
        "SELECT to_json(p)::text AS said FROM lending_policy p WHERE p.public_id = $1", public_id
    )
    if row is None:
        raise PolicyUnknown
    return msgspec.json.decode(row["said"], type=Policy)


_RESOURCE = """
SELECT r.id, r.public_id, r.site AS site_id, r.name, r.counted, r.capacity, r.pieces, r.retired_at,
       to_json(p)::text AS policy, r.category, r.description, r.photo, r.replacement_cents, r.isbn,
       r.external_code, r.in_charge, s.name AS site, r.version,
       coalesce((SELECT array_agg(u.id ORDER BY u.id) FROM unit u
         WHERE u.resource = r.id AND u.retired_at IS NULL), '{}') AS unit_ids,
       (SELECT count(*) FROM wish w WHERE w.resource = r.id AND w.ended_at IS NULL) AS waiting,
       coalesce((SELECT json_agg(json_build_object('resource', q.public_id, 'name', q.name,
         'count', k.many) ORDER BY k.id) FROM kit_part k JOIN resource q ON q.id = k.part
         WHERE k.kit = r.id), '[]')::text AS parts
FROM resource r JOIN lending_policy p ON p.id = r.policy JOIN site s ON s.id = r.site
"""
_UNIT = """
SELECT u.id, u.code, u.external_code, u.shelf, u.facts, u.kilometres, u.retired_at,
       r.public_id AS resource, r.name, c.line, b.public_id AS booking, c.household AS household_id,
       n.given_name, n.family_name, c.out_at, upper(l.during) AS due_at,
       (SELECT min(i.id) FROM booking_line i WHERE i.unit = u.id AND i.state = 'returned')
         AS to_inspect,
       (SELECT t.public_id FROM ticket t WHERE t.unit = u.id AND t.closed_at IS NULL
        ORDER BY t.id LIMIT 1) AS ticket
FROM unit u JOIN resource r ON r.id = u.resource
LEFT JOIN custody c ON c.unit = u.id AND c.in_at IS NULL AND c.undone_at IS NULL
LEFT JOIN booking_line l ON l.id = c.line LEFT JOIN booking b ON b.id = l.booking
LEFT JOIN person n ON n.id = c.person
"""


def _unit(row: Any) -> UnitView:
    values = dict(row)
    given, family = values.pop("given_name"), values.pop("family_name")
    values["facts"] = msgspec.json.decode(values["facts"], type=dict[str, Any])
    return UnitView(with_=short_name(given or "", family or ""), **values)
