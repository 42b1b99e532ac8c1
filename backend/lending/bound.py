"""What a notice speaks of, as it is now, and whether it is still true: for who sends it and who calls."""

from datetime import datetime
from typing import Any

import msgspec

from backend.kit.database import fetch
from backend.kit.openings import Calendar
from backend.lending import rules, schedule
from backend.lending.policy import Policy
from backend.lending.rules import BOOKED, LineState, Period
from backend.lending.schedule import DATED, Notice

ALIVE = BOOKED | {LineState.CHECKED_OUT}
# The states of which each kind speaks.
SAYS: dict[Notice, frozenset[LineState]] = {
    Notice.REQUESTED: frozenset({LineState.REQUESTED}),
    Notice.CONFIRMED: BOOKED,
    Notice.APPROVED: BOOKED,
    Notice.REJECTED: frozenset({LineState.REJECTED}),
    Notice.UNANSWERED: frozenset({LineState.REJECTED}),
    Notice.CANCELLED: frozenset({LineState.CANCELLED_BY_STAFF}),
    Notice.OFFERED: frozenset({LineState.OFFERED}),
    Notice.MOVED: ALIVE,
    Notice.READY: frozenset({LineState.READY}),
    Notice.CUT: frozenset({LineState.CHECKED_OUT}),
}


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """A notice with its line. `unit_due_at`: another household still has its unit, due then."""

    id: int
    kind: Notice
    days: int
    about: datetime
    facts: dict[str, Any]
    made_at: datetime
    line: int
    state: LineState
    period: Period
    lapses_at: datetime | None
    since: datetime
    unit_due_at: datetime | None
    booking: str
    person: int
    name: str
    replacement_cents: int | None
    site_id: int
    site: str
    phone: str
    policy: Policy

    def is_true(self, calendar: Calendar, now: datetime) -> bool:
        """Whether it is still to be said, or done."""
        if self.kind in {Notice.AT_RISK, Notice.CALL_AT_RISK}:
            return rules.is_at_risk(self.state, self.period, self.unit_due_at, now)
        if self.kind in DATED | {Notice.CALL_LATE}:
            return self._is_newest(calendar, now)
        if self.lapses_at is not None and self.lapses_at <= now:
            return False
        over = now >= self.period.end and self.kind is not Notice.UNANSWERED
        return self.state in SAYS[self.kind] and not over

    def _is_newest(self, calendar: Calendar, now: datetime) -> bool:
        step = schedule.current(self.policy, calendar, self.state, self.period, self.since, now)
        end = self.period.start if self.kind is Notice.EVE else self.period.end
        said = (self.kind, self.days, self.about)
        return step is not None and said == (step.kind, step.days, end)


async def bound(where: str, *args: Any) -> list[Bound]:
    """What waits, in the order of the lines; nothing of a person who is gone. One statement."""
    rows = await fetch(f"SELECT {COLUMNS} {WAITING} AND {where} ORDER BY l.id, n.id", *args)
    return [as_bound(row) for row in rows]


def as_bound(row: Any) -> Bound:
    """From a row that has COLUMNS, and maybe more."""
    said: dict[str, Any] = {name: row[name] for name in NAMES}
    return Bound(
        period=Period(row["start"], row["end"]),
        **said
        | {
            "kind": Notice(row["kind"]),
            "state": LineState(row["state"]),
            "facts": msgspec.json.decode(row["facts"]),
            "policy": msgspec.json.decode(row["policy"], type=Policy),
        },
    )


NAMES = [name for name in Bound.__struct_fields__ if name != "period"]
COLUMNS = """
n.id, n.kind, n.days, n.about, n.facts::text AS facts, n.made_at, l.id AS line, l.state,
lower(l.during) AS start, upper(l.during) AS "end", l.lapses_at,
coalesce(c.out_at, b.created_at) AS since, upper(o.during) AS unit_due_at,
b.public_id AS booking, b.person, r.name, r.replacement_cents, r.site AS site_id, s.name AS site, s.phone,
to_json(p)::text AS policy
"""
OTHERS = """
LEFT JOIN custody c ON c.line = l.id AND c.in_at IS NULL AND c.undone_at IS NULL
LEFT JOIN custody k ON k.unit = l.unit AND k.in_at IS NULL AND k.undone_at IS NULL AND k.line <> l.id
LEFT JOIN booking_line o ON o.id = k.line
"""
LINES = """
FROM loan_notice n JOIN booking_line l ON l.id = n.line
JOIN booking b ON b.id = l.booking AND b.person IS NOT NULL
JOIN resource r ON r.id = l.resource JOIN lending_policy p ON p.id = r.policy
JOIN site s ON s.id = r.site
"""
WAITING = f"{LINES} {OTHERS} WHERE n.told_at IS NULL AND n.withdrawn_at IS NULL"
