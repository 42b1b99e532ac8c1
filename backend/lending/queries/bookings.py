"""Bookings: a household's own, one of them, a resource's calendar, and what staff keep an eye on."""

from datetime import datetime

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_as
from backend.lending import rules
from backend.lending.errors import BookingUnknown
from backend.lending.queries.views import LineView, lines
from backend.lending.rules import BLOCKING_SQL, LineState, Period, StrikeKind, TicketKind

OPEN_SQL = (
    "'held', 'offered', 'requested', 'confirmed', 'ready', 'checked_out', 'waitlisted', 'lost'"
)
PAST = 30


class BookingPage(msgspec.Struct, frozen=True, kw_only=True):
    """A booking with its lines. `version` goes back with every act on it (L12)."""

    public_id: str
    version: int
    household: str
    household_id: int | None
    person: str
    lines: tuple[LineView, ...]

    @property
    def is_partially_returned(self) -> bool:
        return rules.is_partially_returned(line.state for line in self.lines)

    @property
    def lapses_at(self) -> datetime | None:
        """Until when all of it is held or offered; None when nothing is."""
        ends = [line.lapses_at for line in self.lines if line.state in rules.LAPSING]
        return min((end for end in ends if end is not None), default=None)


class StrikeView(msgspec.Struct, frozen=True, kw_only=True):
    """L25: a strike that counts, and until when."""

    line: int
    name: str
    kind: StrikeKind
    at: datetime
    until: datetime


class TicketView(msgspec.Struct, frozen=True, kw_only=True):
    public_id: str
    unit: str
    resource: str
    name: str
    kind: TicketKind
    note: str
    opened_at: datetime
    blocks_until: datetime | None


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """A limit that staff went past, and why (L22)."""

    at: datetime
    by: int | None
    booking: str
    rule: str
    reason: str


async def of_household(household_id: int) -> list[LineView]:
    """What is open, the first to begin first: loans, bookings, offers, waits; one statement."""
    return await lines(
        f"b.household = $1 AND l.state IN ({OPEN_SQL})"
        " AND (l.lapses_at IS NULL OR l.lapses_at > $2)",
        household_id,
        clock.now(),
    )


async def past_of_household(household_id: int, limit: int = PAST) -> list[LineView]:
    """What is over, newest first; a hold that lapsed too, written down or not (L38)."""
    return await lines(
        "b.household = $1 AND l.id IN (SELECT i.id FROM booking_line i"  # noqa: S608 - our own words
        " JOIN booking j ON j.id = i.booking WHERE j.household = $1"
        f" AND (i.state NOT IN ({OPEN_SQL}) OR i.lapses_at <= $3)"
        " ORDER BY i.changed_at DESC, i.id DESC LIMIT $2)",
        household_id,
        limit,
        clock.now(),
        order="l.changed_at DESC, l.id DESC",
    )


async def get_booking(public_id: str, household_id: int | None = None) -> BookingPage:
    """A member names their household; staff none. Raises BookingUnknown."""
    found = await lines("b.public_id = $1", public_id, order="l.id")
    if not found or household_id not in {None, found[0].household_id}:
        raise BookingUnknown
    first = found[0]
    return BookingPage(
        public_id=public_id,
        version=first.version,
        household=first.household,
        household_id=first.household_id,
        person=first.person,
        lines=tuple(found),
    )


async def get_line(line_id: int) -> LineView:
    """For staff. Raises BookingUnknown."""
    found = await lines("l.id = $1", line_id)
    if not found:
        raise BookingUnknown
    return found[0]


async def calendar_of(resource: str, within: Period) -> list[LineView]:
    """Everything that takes a resource's time in a range, for staff: buffers, blocks and names."""
    return await lines(f"r.public_id = $1 AND {_TAKES}", resource, within.start, within.end)


async def planning(site_id: int, within: Period) -> list[LineView]:
    """The same for all that a site lends; one statement."""
    return await lines(
        f"r.site = $1 AND {_TAKES}",
        site_id,
        within.start,
        within.end,
        order="r.search, r.id, u.id, lower(l.during), l.id",
    )


async def strikes_of(household_id: int) -> list[StrikeView]:
    """Those that still count (L25); two bring the horizon of bookings nearer."""
    rows = await fetch(
        "SELECT s.line, r.name, s.kind, s.at FROM strike s JOIN booking_line l ON l.id = s.line"
        " JOIN resource r ON r.id = l.resource"
        " WHERE s.household = $1 AND s.forgiven_at IS NULL AND s.at > $2 ORDER BY s.at, s.id",
        household_id,
        clock.now() - rules.STRIKE_FOR,
    )
    return [
        StrikeView(
            line=row["line"],
            name=row["name"],
            kind=StrikeKind(row["kind"]),
            at=row["at"],
            until=row["at"] + rules.STRIKE_FOR,
        )
        for row in rows
    ]


async def open_tickets(site_id: int | None = None) -> list[TicketView]:
    """What is to be mended or looked after, the oldest first."""
    rows = await fetch(
        "SELECT t.public_id, u.code AS unit, r.public_id AS resource, r.name, t.kind, t.note,"
        " t.opened_at, (SELECT max(upper(l.during)) FROM booking_line l WHERE l.ticket = t.id)"
        " AS blocks_until FROM ticket t JOIN unit u ON u.id = t.unit"
        " JOIN resource r ON r.id = u.resource WHERE t.closed_at IS NULL"
        " AND ($1::bigint IS NULL OR r.site = $1) ORDER BY t.opened_at, t.id",
        site_id,
    )
    return [TicketView(**{**dict(row), "kind": TicketKind(row["kind"])}) for row in rows]


async def overrides(since: datetime) -> list[Override]:
    """Limits that staff went past, newest first (L22)."""
    return await fetch_as(
        Override,
        "SELECT at, actor_id AS by, object_id AS booking, facts ->> 'rule' AS rule,"
        " facts ->> 'reason' AS reason FROM audit_entry"
        " WHERE verb = 'lending.override' AND at >= $1 ORDER BY id DESC LIMIT 500",
        since,
    )


_TAKES = (
    f"l.state IN ({BLOCKING_SQL}, '{LineState.RETURNED}') AND upper(l.occupied) > $2"
    " AND lower(l.occupied) < $3"
)
