"""What a member's first page says of loans: a part of one statement across capabilities (PERF6)."""

from datetime import datetime

import msgspec

from backend.lending import rules
from backend.lending.rules import LineState, Period

MOST = 20
_SHOWN = ", ".join(
    f"'{state}'"
    for state in (
        LineState.HELD,
        LineState.OFFERED,
        LineState.REQUESTED,
        LineState.CONFIRMED,
        LineState.READY,
        LineState.CHECKED_OUT,
    )
)


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """Something the household has, or has booked; a wait is no news."""

    booking: str
    name: str
    category: str
    state: LineState
    starts_at: datetime
    ends_at: datetime
    lapses_at: datetime | None
    by_hour: bool

    @property
    def period(self) -> Period:
        return Period(self.starts_at, self.ends_at)

    def is_overdue(self, now: datetime) -> bool:
        return rules.is_overdue(self.state, self.period, now)


def booked_sql(household: str, now: str) -> str:
    """As `Booked`, the first to begin first; what lapsed is not there, written down or not (L38)."""
    return (
        "SELECT b.public_id AS booking, r.name, r.category, l.state, lower(l.during) AS starts_at,"  # noqa: S608 - our own words
        " upper(l.during) AS ends_at, l.lapses_at, p.slot_mode = 'hours' AS by_hour"
        " FROM booking b JOIN booking_line l ON l.booking = b.id JOIN resource r ON r.id = l.resource"
        f" JOIN lending_policy p ON p.id = r.policy WHERE b.household = {household}"
        f" AND l.state IN ({_SHOWN}) AND (l.lapses_at IS NULL OR l.lapses_at > {now})"
        f" ORDER BY lower(l.during), l.id LIMIT {MOST}"
    )
