"""Stored lines as typed values; where they stand is asked of the database once, here."""

from typing import Any

from backend.kit.database import fetch, within
from backend.lending.rules import Channel, LineState, Period
from backend.lending.values import LineRow

LINE = """
SELECT l.id, l.booking AS booking_id, b.public_id AS booking, b.channel, b.version,
       b.household AS household_id, b.person AS person_id, l.ticket AS ticket_id,
       l.resource AS resource_id, l.unit AS unit_id, lower(l.during) AS start,
       upper(l.during) AS "end", l.state, l.lapses_at, l.extended, l.renewed, l.people
FROM booking_line l LEFT JOIN booking b ON b.id = l.booking
"""


async def find_line(line_id: int) -> LineRow | None:
    """Also of a ticket; not locked."""
    within()
    return next(iter(await find_lines("l.id = $1", line_id)), None)


async def find_lines(where: str, *args: Any, order: str = "l.id") -> list[LineRow]:
    """Of bookings and of tickets, in the order of their ids."""
    within()
    rows = await fetch(f"{LINE} WHERE {where} ORDER BY {order}", *args)
    return [LineRow(**typed(row)) for row in rows]


def typed(row: Any) -> dict[str, Any]:
    """A row with `start`, `end`, `state` and perhaps `channel`, as our own types."""
    values = dict(row)
    values["period"] = Period(values.pop("start"), values.pop("end"))
    values["state"] = LineState(values["state"])
    if values.get("channel") is not None:
        values["channel"] = Channel(values["channel"])
    return values
