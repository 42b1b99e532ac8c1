"""What the office sees of what is lent: lists, copies as they are now, and what became of each.

No borrower's name stands here: who keeps the inventory needs none (L45).
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from backend.kit import clock, text
from backend.kit.database import fetch, fetch_one
from backend.lending.errors import UnitUnknown
from backend.lending.rules import Outcome, TicketKind

MINUTE = timedelta(minutes=1)
PAGE = 50
PAST = 40


class Stand(StrEnum):
    """How a copy is at this moment; each is in one of these."""

    FREE = "free"
    READY = "ready"
    OUT = "out"
    LATE = "late"
    TO_INSPECT = "to_inspect"
    BLOCKED = "blocked"
    RETIRED = "retired"


class Held(StrEnum):
    """What a list of resources may be asked for."""

    ALL = ""
    OUT = "out"
    BLOCKED = "blocked"
    EMPTY = "empty"
    UNCOUNTED = "uncounted"
    KIT = "kit"
    RETIRED = "retired"


class StockLine(msgspec.Struct, frozen=True, kw_only=True):
    """A resource of the inventory: how many copies are lent at all, how many are away or blocked."""

    public_id: str
    name: str
    category: str
    site: str
    policy: str
    counted: bool
    is_kit: bool
    units: int
    out: int
    blocked: int
    waiting: int
    retired_at: datetime | None


class StockUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A copy as it is now. `until`: when it is due, or in use again; None when nobody knows.

    `missing`: pieces that did not come back and that nobody has replaced since (L40).
    """

    id: int
    code: str
    external_code: str | None
    shelf: str
    note: str
    missing: tuple[str, ...]
    kilometres: int | None
    version: int
    retired_at: datetime | None
    resource: str
    name: str
    category: str
    site: str
    stand: Stand
    until: datetime | None
    coming: int
    tickets: int
    facts: dict[str, Any]


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to a copy: it came back in some way, or it was looked after."""

    at: datetime
    outcome: Outcome | None
    ticket: str
    kind: TicketKind | None
    note: str
    closed_at: datetime | None
    cost_cents: int | None


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """Categories with something to lend, and shelves with something on them; in order."""

    categories: list[str]
    shelves: list[str]


async def stock(
    search: str = "",
    category: str = "",
    site_id: int | None = None,
    held: Held = Held.ALL,
    page: int = 1,
) -> tuple[list[StockLine], int]:
    """One page by name, and how many there are; one statement."""
    rows = await fetch(
        f"SELECT *, count(*) OVER () AS found FROM ({_LINES}) x WHERE {_HELD[held]}"  # noqa: S608
        " ORDER BY search, id LIMIT $4 OFFSET $5",
        [f"% {word}%" for word in text.fold(search).split()],
        category,
        site_id,
        PAGE,
        (page - 1) * PAGE,
        clock.now(),
    )
    lines = [StockLine(**{name: row[name] for name in StockLine.__struct_fields__}) for row in rows]
    return lines, rows[0]["found"] if rows else 0


_HELD = {
    Held.ALL: "retired_at IS NULL",
    Held.OUT: "retired_at IS NULL AND out > 0",
    Held.BLOCKED: "retired_at IS NULL AND blocked > 0",
    Held.EMPTY: "retired_at IS NULL AND counted AND units = 0 AND NOT is_kit",
    Held.UNCOUNTED: "retired_at IS NULL AND NOT counted",
    Held.KIT: "retired_at IS NULL AND is_kit",
    Held.RETIRED: "retired_at IS NOT NULL",
}
_LINES = """
SELECT r.id, r.search, r.public_id, r.name, r.category, s.name AS site, p.name AS policy, r.counted,
       EXISTS (SELECT 1 FROM kit_part k WHERE k.kit = r.id) AS is_kit, r.retired_at,
       (SELECT count(*) FROM unit u WHERE u.resource = r.id AND u.retired_at IS NULL) AS units,
       (SELECT count(*) FROM booking_line l WHERE l.resource = r.id AND l.state = 'checked_out')
         AS out,
       (SELECT count(DISTINCT l.unit) FROM booking_line l WHERE l.resource = r.id
         AND l.state = 'blocked' AND l.during @> $6::timestamptz) AS blocked,
       (SELECT count(*) FROM wish w WHERE w.resource = r.id AND w.ended_at IS NULL) AS waiting
FROM resource r JOIN site s ON s.id = r.site JOIN lending_policy p ON p.id = r.policy
WHERE (' ' || r.search) LIKE ALL($1::text[]) AND ($2 = '' OR r.category = $2)
  AND ($3::bigint IS NULL OR r.site = $3)
"""


async def copies_of(resource: str) -> list[StockUnit]:
    """All of them, those lent no more last."""
    return await _units("r.public_id = $2", resource, order="u.retired_at IS NOT NULL, u.id")


async def get_copy(code: str) -> StockUnit:
    """Raises UnitUnknown."""
    found = await _units("u.code = $2", code)
    if not found:
        raise UnitUnknown
    return found[0]


async def copies(
    search: str = "",
    category: str = "",
    site_id: int | None = None,
    shelf: str = "",
    *,
    limit: int,
) -> list[StockUnit]:
    """Those that are lent, of one page of acts on many: by site, shelf and name."""
    return await _units(
        "(' ' || r.search || ' ' || lower(u.code) || ' ' || lower(coalesce(u.external_code, '')))"
        " LIKE ALL($2::text[]) AND ($3 = '' OR r.category = $3)"
        " AND ($4::bigint IS NULL OR r.site = $4) AND ($5 = '' OR u.shelf = $5)"
        " AND u.retired_at IS NULL",
        [f"% {word}%" for word in text.fold(search).split()],
        category,
        site_id,
        shelf,
        order=f"s.name, u.shelf, r.search, u.id LIMIT {limit:d}",
    )


async def choices(site_id: int | None = None) -> Choices:
    """What the copies of a site may be asked for; one statement."""
    rows = await fetch(
        "SELECT DISTINCT 'category' AS what, r.category AS word FROM resource r"
        " WHERE r.retired_at IS NULL AND ($1::bigint IS NULL OR r.site = $1)"
        " UNION ALL SELECT DISTINCT 'shelf', u.shelf FROM unit u JOIN resource r ON r.id = u.resource"
        " WHERE u.retired_at IS NULL AND u.shelf <> '' AND ($1::bigint IS NULL OR r.site = $1)"
        " ORDER BY word",
        site_id,
    )
    return Choices(
        categories=[row["word"] for row in rows if row["what"] == "category"],
        shelves=[row["word"] for row in rows if row["what"] == "shelf"],
    )


async def _units(where: str, *args: Any, order: str = "u.id") -> list[StockUnit]:
    rows = await fetch(f"{_UNITS} WHERE {where} ORDER BY {order}", clock.now(), *args)
    return [_unit(row) for row in rows]


_UNITS = """
SELECT u.id, u.code, u.external_code, u.shelf, u.facts, u.kilometres, u.version, u.retired_at,
       r.public_id AS resource, r.name, r.category, s.name AS site,
       (SELECT upper(l.during) FROM booking_line l WHERE l.unit = u.id AND l.state = 'checked_out'
        LIMIT 1) AS due_at,
       EXISTS (SELECT 1 FROM booking_line l WHERE l.unit = u.id AND l.state = 'returned')
         AS to_inspect,
       EXISTS (SELECT 1 FROM booking_line l WHERE l.unit = u.id AND l.state = 'ready') AS ready,
       (SELECT max(upper(l.during)) FROM booking_line l WHERE l.unit = u.id AND l.state = 'blocked'
        AND l.during @> $1::timestamptz) AS blocked_until,
       (SELECT count(*) FROM booking_line l WHERE l.unit = u.id
        AND l.state IN ('requested', 'confirmed', 'ready')) AS coming,
       (SELECT count(*) FROM ticket t WHERE t.unit = u.id AND t.closed_at IS NULL) AS tickets,
       coalesce((SELECT array_agg(DISTINCT m.piece ORDER BY m.piece) FROM ticket t
         JOIN custody c ON c.ticket = t.id
         CROSS JOIN LATERAL jsonb_array_elements_text(c.taken -> 'missing') m (piece)
         WHERE t.unit = u.id AND t.closed_at IS NULL), '{}') AS missing
FROM unit u JOIN resource r ON r.id = u.resource JOIN site s ON s.id = r.site
"""


def _unit(row: Any) -> StockUnit:
    values = dict(row)
    facts = msgspec.json.decode(values.pop("facts"), type=dict[str, Any])
    due_at, blocked_until = values.pop("due_at"), values.pop("blocked_until")
    where = (
        (values["retired_at"] is not None, Stand.RETIRED),
        (due_at is not None and due_at <= clock.now(), Stand.LATE),
        (due_at is not None, Stand.OUT),
        (values.pop("to_inspect"), Stand.TO_INSPECT),
        (blocked_until is not None, Stand.BLOCKED),
        (values.pop("ready"), Stand.READY),
    )
    # A block ends at midnight: its last minute is said, which is of the day before.
    known = blocked_until - MINUTE if blocked_until and blocked_until.year < 9000 else None
    return StockUnit(
        stand=next((stand for is_there, stand in where if is_there), Stand.FREE),
        until=due_at or known,
        note=str(facts.get("note", "")),
        missing=tuple(values.pop("missing")),
        facts=facts,
        **values,
    )


async def history_of(code: str) -> list[Past]:
    """Returns and tickets, newest first: how it came back, what it cost, and never who had it."""
    rows = await fetch(
        "SELECT * FROM (SELECT c.in_at AS at, c.outcome, coalesce(t.public_id, '') AS ticket,"
        "  NULL AS kind, coalesce(c.taken ->> 'note', '') AS note, NULL::timestamptz AS closed_at,"
        "  NULL::bigint AS cost_cents FROM custody c JOIN unit u ON u.id = c.unit"
        "  LEFT JOIN ticket t ON t.id = c.ticket"
        "  WHERE u.code = $1 AND c.in_at IS NOT NULL AND c.undone_at IS NULL"
        " UNION ALL SELECT t.opened_at, NULL, t.public_id, t.kind, t.note, t.closed_at, t.cost_cents"
        "  FROM ticket t JOIN unit u ON u.id = t.unit WHERE u.code = $1) x"
        " ORDER BY at DESC, ticket LIMIT $2",
        code,
        PAST,
    )
    return [
        Past(
            **{
                **dict(row),
                "outcome": None if row["outcome"] is None else Outcome(row["outcome"]),
                "kind": None if row["kind"] is None else TicketKind(row["kind"]),
            }
        )
        for row in rows
    ]


async def policy_uses() -> dict[str, int]:
    """How many resources each policy holds for, by public id."""
    rows = await fetch(
        "SELECT p.public_id, count(r.id) AS resources FROM lending_policy p"
        " LEFT JOIN resource r ON r.policy = p.id AND r.retired_at IS NULL GROUP BY p.public_id"
    )
    return {row["public_id"]: row["resources"] for row in rows}


class Coming(msgspec.Struct, frozen=True, kw_only=True):
    """What stands against a policy or a resource today: bookings to come, and loans that run."""

    bookings: int
    loans: int


async def coming_under(policy: str) -> Coming:
    """What keeps its times when the policy changes."""
    row = await fetch_one(
        "SELECT count(*) FILTER (WHERE l.state <> 'checked_out') AS bookings,"
        " count(*) FILTER (WHERE l.state = 'checked_out') AS loans FROM booking_line l"
        " JOIN resource r ON r.id = l.resource JOIN lending_policy p ON p.id = r.policy"
        " WHERE p.public_id = $1 AND l.state IN ('requested', 'confirmed', 'ready', 'checked_out')",
        policy,
    )
    assert row is not None
    return Coming(bookings=row["bookings"], loans=row["loans"])
