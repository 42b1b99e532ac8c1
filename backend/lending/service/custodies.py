"""Who has a unit in their hands (L9), as the verbs of the desk read and write it."""

from datetime import datetime
from typing import Any

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_one, fetch_value, within
from backend.lending.errors import (
    BackDatedWrong,
    OthersSince,
    StillOut,
    StillOutThen,
    UnitRetired,
    UnitUnknown,
)
from backend.lending.rules import check_reason
from backend.lending.values import Back, Handed, LineRow
from backend.membership.rules import short_name


class UnitRow(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    code: str
    resource_id: int
    resource_name: str


class CustodyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One custody; `in_at` None while it runs. `ticket_id`: what its return opened. `planned_at`: when
    its line began before the hand-over, which may be early.

    `is_charge_noted`: kilometres and charge were written when it came back (L39). `is_written_off`: it
    never did.
    """

    id: int
    unit_id: int
    unit: str
    out_at: datetime
    out_noted_at: datetime
    in_at: datetime | None
    in_noted_at: datetime | None
    ticket_id: int | None
    planned_at: datetime | None
    is_charge_noted: bool
    is_written_off: bool


CUSTODY = (
    "SELECT c.id, c.unit AS unit_id, u.code AS unit, c.out_at, c.out_noted_at, c.in_at,"
    " c.in_noted_at, c.ticket AS ticket_id, c.planned_at,"
    " coalesce(c.taken ->> 'charge', c.taken ->> 'kilometres') IS NOT NULL AS is_charge_noted,"
    " coalesce(c.outcome = 'lost', false) AS is_written_off"
    " FROM custody c JOIN unit u ON u.id = c.unit"
)


async def get_unit(code: str) -> UnitRow:
    """By its printed code. Raises UnitUnknown, and UnitRetired for one that is lent no more."""
    within()
    row = await fetch_one(
        "SELECT u.id, u.code, u.resource AS resource_id, r.name AS resource_name, u.retired_at"
        " FROM unit u JOIN resource r ON r.id = u.resource WHERE u.code = $1",
        code,
    )
    if row is None:
        raise UnitUnknown
    values = dict(row)
    if values.pop("retired_at") is not None:
        raise UnitRetired
    return UnitRow(**values)


async def check_on_shelf(unit_id: int) -> None:
    """Raises StillOut: with whom, since when, due when (L9)."""
    within()
    row = await fetch_one(
        "SELECT u.code, n.given_name, n.family_name, c.out_at, upper(l.during) AS due_at"
        " FROM custody c JOIN unit u ON u.id = c.unit JOIN booking_line l ON l.id = c.line"
        " LEFT JOIN person n ON n.id = c.person"
        " WHERE c.unit = $1 AND c.in_at IS NULL AND c.undone_at IS NULL",
        unit_id,
    )
    if row is not None:
        raise StillOut(
            unit=row["code"],
            who=short_name(row["given_name"] or "", row["family_name"] or ""),
            since=row["out_at"],
            due_at=row["due_at"],
        )


async def on_shelf(resource_id: int) -> tuple[int, ...]:
    """The units of a model that nobody has, and that do not wait to be looked at (L9, L30)."""
    within()
    rows = await fetch(
        "SELECT u.id FROM unit u WHERE u.resource = $1 AND u.retired_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM custody c WHERE c.unit = u.id AND c.in_at IS NULL"
        "  AND c.undone_at IS NULL) AND NOT EXISTS (SELECT 1 FROM booking_line l"
        "  WHERE l.unit = u.id AND l.state = 'returned') ORDER BY u.id",
        resource_id,
    )
    return tuple(row["id"] for row in rows)


async def check_back_by(unit_id: int, at: datetime) -> None:
    """Raises StillOutThen for an instant before the unit's last return: nobody has it twice (L9)."""
    within()
    row = await fetch_one(
        "SELECT u.code, max(c.in_at) AS until FROM custody c JOIN unit u ON u.id = c.unit"
        " WHERE c.unit = $1 AND c.undone_at IS NULL AND c.in_at > $2 GROUP BY u.code",
        unit_id,
        at,
    )
    if row is not None:
        raise StillOutThen(unit=row["code"], until=row["until"])


async def lost_line(unit_id: int) -> int | None:
    """The loan that a unit was lost in and that nobody has ended, if so."""
    within()
    found: int | None = await fetch_value(
        "SELECT l.id FROM custody c JOIN booking_line l ON l.id = c.line WHERE c.unit = $1"
        " AND c.in_at IS NULL AND c.undone_at IS NULL AND l.state = 'lost'",
        unit_id,
    )
    return found


async def check_nobody_since(custody: CustodyRow) -> None:
    """Raises OthersSince where the unit went out again after this return, and came back (L9)."""
    within()
    since = await fetch_value(
        "SELECT 1 FROM custody WHERE unit = $1 AND id > $2 AND undone_at IS NULL LIMIT 1",
        custody.unit_id,
        custody.id,
    )
    if since is not None:
        raise OthersSince(unit=custody.unit)


async def give(line: LineRow, unit_id: int, at: datetime, handed: Handed) -> None:
    """Opens the custody; the index lets one be open for a unit. Raises StillOut."""
    within()
    made = await fetch_value(
        "INSERT INTO custody (unit, line, household, person, out_at, out_noted_at, given, planned_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        " ON CONFLICT (unit) WHERE in_at IS NULL AND undone_at IS NULL DO NOTHING RETURNING id",
        unit_id,
        line.id,
        line.household_id,
        line.person_id,
        at,
        clock.now(),
        _seen(handed),
        line.period.start,
    )
    if made is None:
        await check_on_shelf(unit_id)
    if handed.kilometres is not None:
        await _set_kilometres(unit_id, handed.kilometres)


async def take(custody: CustodyRow, at: datetime, back: Back, ticket_id: int | None) -> None:
    """Ends it, with what the desk saw."""
    within()
    await fetch(
        "UPDATE custody SET in_at = $2, in_noted_at = $3, outcome = $4, taken = $5, ticket = $6"
        " WHERE id = $1",
        custody.id,
        at,
        clock.now(),
        back.outcome.value,
        _seen(back),
        ticket_id,
    )
    if back.kilometres is not None:
        await _set_kilometres(custody.unit_id, back.kilometres)


async def note_outcome(custody: CustodyRow, back: Back, ticket_id: int | None) -> None:
    """What a later look found; what it says nothing of stays as it was seen before."""
    within()
    await fetch(
        "UPDATE custody SET outcome = $2, taken = taken || $3::jsonb, ticket = coalesce($4, ticket)"
        " WHERE id = $1",
        custody.id,
        back.outcome.value,
        _seen(back, only_said=True),
        ticket_id,
    )
    if back.kilometres is not None:
        await _set_kilometres(custody.unit_id, back.kilometres)


async def missing_pieces(unit_id: int) -> list[str]:
    """Those that were missed and that nobody has brought or replaced since: their ticket is open (L40)."""
    within()
    rows = await fetch(
        "SELECT DISTINCT piece FROM ticket t JOIN custody c ON c.ticket = t.id"
        " CROSS JOIN LATERAL jsonb_array_elements_text(c.taken -> 'missing') m (piece)"
        " WHERE t.unit = $1 AND t.closed_at IS NULL ORDER BY piece",
        unit_id,
    )
    return [row["piece"] for row in rows]


async def reopen(custody: CustodyRow, *, keep_ticket: bool = False) -> None:
    """The take-back did not happen. `keep_ticket`: what was opened before it stands again."""
    within()
    await fetch(
        "UPDATE custody SET in_at = NULL, in_noted_at = NULL, outcome = NULL, taken = NULL,"
        " ticket = CASE WHEN $2 THEN ticket END WHERE id = $1",
        custody.id,
        keep_ticket,
    )
    await _unset_kilometres(custody.unit_id)


async def undo(custody: CustodyRow) -> None:
    """The hand-over did not happen; the row stays."""
    within()
    await fetch("UPDATE custody SET undone_at = $2 WHERE id = $1", custody.id, clock.now())
    await _unset_kilometres(custody.unit_id)


async def last_of(line_id: int) -> CustodyRow | None:
    """The newest custody of a line that stands."""
    within()
    row = await fetch_one(
        f"{CUSTODY} WHERE c.line = $1 AND c.undone_at IS NULL ORDER BY c.id DESC LIMIT 1", line_id
    )
    return None if row is None else CustodyRow(**row)


def dated(at: datetime | None, reason: str, *, not_before: datetime | None = None) -> datetime:
    """Now, or an earlier instant with a reason (L31). Raises BackDatedWrong and ReasonNeeded."""
    now = clock.now()
    if at is None:
        return now
    check_reason(reason)
    if at > now or (not_before is not None and at < not_before):
        raise BackDatedWrong
    return at


async def _set_kilometres(unit_id: int, kilometres: int) -> None:
    await fetch("UPDATE unit SET kilometres = $2 WHERE id = $1", unit_id, kilometres)


async def _unset_kilometres(unit_id: int) -> None:
    """What was typed with an act that did not happen; what was read before it counts again (L39)."""
    await fetch(
        "UPDATE unit u SET kilometres = coalesce((SELECT"
        " coalesce(c.taken ->> 'kilometres', c.given ->> 'kilometres')::bigint FROM custody c"
        " WHERE c.unit = u.id AND c.undone_at IS NULL"
        " AND coalesce(c.taken ->> 'kilometres', c.given ->> 'kilometres') IS NOT NULL"
        " ORDER BY c.out_at DESC, c.id DESC LIMIT 1), u.kilometres) WHERE u.id = $1",
        unit_id,
    )


def _seen(what: Handed | Back, *, only_said: bool = False) -> str:
    said: dict[str, Any] = msgspec.to_builtins(what)
    said.pop("anyway", None)
    if only_said:
        said = {name: value for name, value in said.items() if value not in (None, "", [])}
    return msgspec.json.encode(said).decode()
