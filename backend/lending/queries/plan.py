"""Copies side by side with all that takes their time, for staff: two statements for a page (L20)."""

from datetime import datetime
from typing import Any

import msgspec

from backend.kit import clock, text
from backend.kit.database import fetch, fetch_one
from backend.lending.errors import TicketUnknown
from backend.lending.queries.views import LineView, lines
from backend.lending.rules import BLOCKING_SQL, LineState, Period, SlotMode, TicketKind

PAGE = 40  # copies


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Which copies of a site: those of a thing that is used in that time, or `every` one.

    `page` begins at 0.
    """

    words: str = ""
    category: str = ""
    resource: str = ""
    every: bool = False
    page: int = 0


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One copy with its lines, the first to begin first: bookings, loans, blocks, late ones too."""

    code: str
    shelf: str
    resource: str
    name: str
    by_hour: bool
    lines: tuple[LineView, ...]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`count` copies are on all pages together."""

    rows: tuple[Row, ...]
    count: int


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket, what it takes out of use, and what it did to the bookings it met, by public id."""

    public_id: str
    resource: str
    name: str
    unit: str
    site_id: int
    kind: TicketKind
    note: str
    period: Period | None
    closed_at: datetime | None
    copies: int = 1
    swapped: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


async def read(site_id: int, within: Period, sought: Sought) -> Plan:
    """A page of copies by name. What nobody counts has no copy, and nothing to plan (L40)."""
    found = await fetch(
        _UNITS,
        site_id,
        within.start,
        within.end,
        clock.now(),
        [f"% {word}%" for word in text.fold(sought.words).split()],
        sought.category,
        sought.resource,
        sought.every,
        PAGE,
        max(sought.page, 0) * PAGE,
    )
    taken = await _taken([row["id"] for row in found], within)
    return Plan(
        rows=tuple(_row(row, taken.get(row["code"], [])) for row in found),
        count=found[0]["many"] if found else 0,
    )


async def _taken(unit_ids: list[int], within: Period) -> dict[str, list[LineView]]:
    found = await lines(
        f"l.unit = ANY($1) AND {TAKES}",
        unit_ids,
        within.start,
        within.end,
        clock.now(),
    )
    taken: dict[str, list[LineView]] = {}
    for line in found:
        taken.setdefault(line.unit, []).append(line)
    return taken


def _row(row: Any, mine: list[LineView]) -> Row:
    return Row(
        code=row["code"],
        shelf=row["shelf"],
        resource=row["public_id"],
        name=row["name"],
        by_hour=row["slot_mode"] == SlotMode.HOURS,
        lines=tuple(mine),
    )


async def met(bookings: tuple[str, ...], resource: str) -> list[LineView]:
    """The lines of one resource in these bookings, the first to begin first."""
    return await lines("b.public_id = ANY($1) AND r.public_id = $2", list(bookings), resource)


async def get_block(ticket: str) -> Block:
    """Raises TicketUnknown."""
    row = await fetch_one(_BLOCK, ticket)
    if row is None:
        raise TicketUnknown
    values = dict(row)
    start, end, facts = values.pop("start"), values.pop("stop"), values.pop("facts")
    did = msgspec.json.decode(facts, type=_Did) if facts else _Did()
    return Block(
        **{**values, "kind": TicketKind(values["kind"])},
        period=None if start is None else Period(start, end),
        copies=max(1, len(did.tickets)),
        swapped=did.swapped,
        cancelled=did.cancelled,
        left=did.left,
    )


class _Did(msgspec.Struct, frozen=True):
    """What the record keeps of a blackout."""

    tickets: tuple[str, ...] = ()
    swapped: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


# $2 and $3 the time, $4 now: a loan that is late takes its copy's time until it is back.
TAKES = (
    f"l.state IN ({BLOCKING_SQL}, '{LineState.RETURNED}') AND lower(l.occupied) < $3"
    " AND (upper(l.occupied) > $2 OR (l.state = 'checked_out' AND $2 < $4::timestamptz))"
)
_UNITS = f"""
SELECT u.id, u.code, u.shelf, r.public_id, r.name, p.slot_mode, count(*) OVER () AS many
FROM unit u JOIN resource r ON r.id = u.resource JOIN lending_policy p ON p.id = r.policy
WHERE r.site = $1 AND r.retired_at IS NULL AND u.retired_at IS NULL
  AND (' ' || r.search) LIKE ALL($5::text[]) AND ($6 = '' OR r.category = $6)
  AND ($7 = '' OR r.public_id = $7)
  AND ($8 OR r.id IN (SELECT l.resource FROM booking_line l JOIN resource o ON o.id = l.resource
    WHERE o.site = $1 AND l.unit IS NOT NULL AND {TAKES}))
ORDER BY r.search, r.id, u.id LIMIT $9 OFFSET $10
"""  # noqa: S608 - our own words
_BLOCK = """
SELECT t.public_id, r.public_id AS resource, r.name, u.code AS unit, r.site AS site_id, t.kind,
       t.note, t.closed_at, x.start, x.stop,
       (SELECT e.facts::text FROM audit_entry e WHERE e.object_kind = 'ticket'
        AND e.object_id = t.public_id AND e.verb = 'lending.blackout' LIMIT 1) AS facts
FROM ticket t JOIN unit u ON u.id = t.unit JOIN resource r ON r.id = u.resource
LEFT JOIN LATERAL (SELECT min(lower(l.during)) AS start, max(upper(l.during)) AS stop
  FROM booking_line l WHERE l.ticket = t.id) x ON true
WHERE t.public_id = $1
"""
