"""Bookings: a household's own, one of them, a resource's calendar, and what staff keep an eye on."""

from datetime import datetime

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_as
from backend.lending import rules
from backend.lending.errors import BookingUnknown
from backend.lending.queries.views import LineView, lines
from backend.lending.rules import StrikeKind

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


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """A limit that staff went past, and why (L22). `by`: their name."""

    at: datetime
    by: str
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


async def rules_of(booking: str) -> list[str]:
    """What its things ask to be accepted, each text once."""
    rows = await fetch(
        "SELECT DISTINCT p.rules_text FROM booking b JOIN booking_line l ON l.booking = b.id"
        " JOIN resource r ON r.id = l.resource JOIN lending_policy p ON p.id = r.policy"
        " WHERE b.public_id = $1 AND p.rules_text <> '' ORDER BY p.rules_text",
        booking,
    )
    return [row["rules_text"] for row in rows]


async def get_line(line_id: int) -> LineView:
    """For staff. Raises BookingUnknown."""
    found = await lines("l.id = $1", line_id)
    if not found:
        raise BookingUnknown
    return found[0]


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


async def overrides(since: datetime, until: datetime | None = None) -> list[Override]:
    """Limits that staff went past, newest first (L22); before an instant where one is given."""
    return await fetch_as(
        Override,
        "SELECT a.at, coalesce(trim(p.given_name || ' ' || p.family_name), '') AS by,"
        " a.object_id AS booking, a.facts ->> 'rule' AS rule, a.facts ->> 'reason' AS reason"
        " FROM audit_entry a LEFT JOIN person p ON p.id = a.actor_id"
        " WHERE a.verb = 'lending.override' AND a.at >= $1"
        " AND ($2::timestamptz IS NULL OR a.at < $2) ORDER BY a.id DESC LIMIT 500",
        since,
        until,
    )
