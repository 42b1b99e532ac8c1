"""The places at a desk that people may choose: full ones are not among them (L19)."""

from datetime import datetime, timedelta

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_one
from backend.lending import slots
from backend.lending.errors import BookingUnknown
from backend.lending.rules import BOOKED, LineState, Period, VisitKind
from backend.lending.slots import Capacity, Slot
from backend.membership.rules import short_name
from backend.places import queries as places


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who chose when to come today, and what for."""

    starts_at: datetime
    kind: VisitKind
    line: int
    name: str
    person: str
    household: str


async def expected_today(site_id: int) -> list[Expected]:
    """Who chose a place at this desk and is still to come; one statement (L19, L26)."""
    today = clock.today()
    rows = await fetch(
        "SELECT v.starts_at, v.kind, l.id AS line, r.name, n.given_name, n.family_name,"
        " coalesce(h.public_id, '') AS household FROM desk_visit v"
        " JOIN booking_line l ON l.id = v.line JOIN resource r ON r.id = l.resource"
        " JOIN booking b ON b.id = l.booking LEFT JOIN person n ON n.id = b.person"
        " LEFT JOIN household h ON h.id = b.household"
        " WHERE v.site = $1 AND v.starts_at >= $2 AND v.starts_at < $3"
        " AND (l.state = ANY($4) OR (v.kind = 'return' AND l.state = 'checked_out'))"
        " ORDER BY v.starts_at, v.place, l.id LIMIT 200",
        site_id,
        clock.start_of_day(today),
        clock.start_of_day(today + timedelta(days=1)),
        [state.value for state in BOOKED],
    )
    return [
        Expected(
            starts_at=row["starts_at"],
            kind=VisitKind(row["kind"]),
            line=row["line"],
            name=row["name"],
            person=short_name(row["given_name"] or "", row["family_name"] or ""),
            household=row["household"],
        )
        for row in rows
    ]


async def find_capacity(site_id: int) -> Capacity | None:
    """None: people come when they like."""
    row = await fetch_one("SELECT minutes, most FROM desk_capacity WHERE site = $1", site_id)
    return None if row is None else Capacity(row["minutes"], row["most"])


async def free_slots(site_id: int, within: Period) -> list[Slot]:
    """Those that begin in this time and have a place left; none where the desk counts nobody."""
    capacity = await find_capacity(site_id)
    if capacity is None:
        return []
    rows = await fetch(
        "SELECT v.starts_at, count(*) AS many FROM desk_visit v"
        " JOIN booking_line l ON l.id = v.line WHERE v.site = $1 AND v.starts_at >= $2"
        " AND v.starts_at < $3 AND (l.state = ANY($4) OR (v.kind = 'return' AND l.state = $5))"
        " GROUP BY v.starts_at",
        site_id,
        within.start,
        within.end,
        [state.value for state in BOOKED],
        LineState.CHECKED_OUT.value,
    )
    calendar = await places.get_calendar(site_id)
    begins = slots.starts(calendar, capacity.minutes, within)
    return slots.free(capacity, begins, {row["starts_at"]: row["many"] for row in rows})


async def get_visit(booking: str, household_id: int, kind: VisitKind) -> datetime | None:
    """What a household chose for its booking; None where it did not. Raises BookingUnknown."""
    row = await fetch_one(
        "SELECT (SELECT v.starts_at FROM desk_visit v JOIN booking_line l ON l.id = v.line"
        "  WHERE l.booking = b.id AND v.kind = $3 ORDER BY v.id DESC LIMIT 1) AS starts_at"
        " FROM booking b WHERE b.public_id = $1 AND b.household = $2",
        booking,
        household_id,
        kind.value,
    )
    if row is None:
        raise BookingUnknown
    starts_at: datetime | None = row["starts_at"]
    return starts_at


async def slots_for(booking: str, kind: VisitKind) -> list[Slot]:
    """What may still be chosen for a booking; none when it is not fetched or brought to a desk."""
    row = await fetch_one(
        'SELECT r.site, lower(l.during) AS start, upper(l.during) AS "end" FROM booking_line l'
        " JOIN booking b ON b.id = l.booking JOIN resource r ON r.id = l.resource"
        " WHERE b.public_id = $1 AND (l.state = ANY($2) OR ($3 AND l.state = 'checked_out'))"
        " ORDER BY l.id LIMIT 1",
        booking,
        [state.value for state in BOOKED],
        kind is VisitKind.RETURN,
    )
    if row is None:
        return []
    period = slots.allowed(Period(row["start"], row["end"]), kind, clock.now())
    return [] if period is None else await free_slots(row["site"], period)
