"""A line as every screen sees it; overdue and at risk are computed here, from rows and now (L38)."""

from datetime import datetime
from typing import Any

import msgspec

from backend.kit import clock
from backend.kit.database import fetch
from backend.lending import owing, rules
from backend.lending.rules import Channel, LineState, Outcome, Period
from backend.membership.rules import short_name


class Late(msgspec.Struct, frozen=True):
    """What coming back late costs (L35): each open day after the grace, and never more than this."""

    day_cents: int
    grace_days: int
    most_cents: int


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a booking, or of a ticket (then `ticket` and `note` are set, and `booking` is "").

    `state` is what it is now: a hold past its time is expired. `unit_due_at`: another household
    still has its unit, due then. `position` in the waiting list begins at 1. `late`: where it costs.
    """

    id: int
    booking: str
    version: int
    channel: Channel | None
    household: str
    household_id: int | None
    person_id: int | None
    person: str
    resource: str
    name: str
    category: str
    photo: int | None
    site_id: int
    unit: str
    shelf: str
    period: Period
    occupied: Period
    state: LineState
    lapses_at: datetime | None
    extended: bool
    renewed: int
    renewals: int
    people: int | None
    reason: str
    changed_at: datetime
    out_at: datetime | None
    in_at: datetime | None
    outcome: Outcome | None
    unit_due_at: datetime | None
    position: int | None
    is_paused: bool
    ticket: str
    note: str
    overdue: bool
    at_risk: bool
    late: Late | None = None


LINES = """
SELECT l.id, coalesce(b.public_id, '') AS booking, coalesce(b.version, 0) AS version, b.channel,
       coalesce(h.public_id, '') AS household, b.household AS household_id, b.person AS person_id,
       n.given_name, n.family_name, r.public_id AS resource, r.name, r.category, r.photo,
       r.site AS site_id, coalesce(u.code, '') AS unit, coalesce(u.shelf, '') AS shelf,
       lower(l.during) AS start, upper(l.during) AS "end", lower(l.occupied) AS busy_from,
       upper(l.occupied) AS busy_until, l.state, l.lapses_at, l.extended, l.renewed, p.renewals,
       p.fee_day_cents, p.grace_days, r.replacement_cents, l.people, coalesce(l.reason, '') AS reason, l.changed_at, mine.out_at, mine.in_at,
       mine.outcome, upper(o.during) AS unit_due_at, w.paused_at IS NOT NULL AS is_paused,
       CASE WHEN w.id IS NOT NULL THEN (SELECT count(*) + 1 FROM wish v
         WHERE v.resource = w.resource AND v.ended_at IS NULL AND v.paused_at IS NULL
         AND row(v.priority <> 'first', v.since, v.id) < row(w.priority <> 'first', w.since, w.id)
       ) END AS position,
       coalesce(t.public_id, '') AS ticket, coalesce(t.note, '') AS note
FROM booking_line l
JOIN resource r ON r.id = l.resource JOIN lending_policy p ON p.id = r.policy
LEFT JOIN booking b ON b.id = l.booking LEFT JOIN household h ON h.id = b.household
LEFT JOIN person n ON n.id = b.person LEFT JOIN unit u ON u.id = l.unit
LEFT JOIN ticket t ON t.id = l.ticket
LEFT JOIN wish w ON w.line = l.id AND w.ended_at IS NULL
LEFT JOIN LATERAL (SELECT c.out_at, c.in_at, c.outcome FROM custody c
  WHERE c.line = l.id AND c.undone_at IS NULL ORDER BY c.id DESC LIMIT 1) mine ON true
LEFT JOIN custody k ON k.unit = l.unit AND k.in_at IS NULL AND k.undone_at IS NULL
  AND k.line <> l.id
LEFT JOIN booking_line o ON o.id = k.line
"""


async def lines(where: str, *args: Any, order: str = "lower(l.during), l.id") -> list[LineView]:
    """One statement. `where` and `order` are our own words; their parameters follow."""
    rows = await fetch(f"{LINES} WHERE {where} ORDER BY {order}", *args)
    now = clock.now()
    return [_view(row, now) for row in rows]


def _view(row: Any, now: datetime) -> LineView:
    values = dict(row)
    period = Period(values.pop("start"), values.pop("end"))
    given, family = values.pop("given_name"), values.pop("family_name")
    stored, due_at = LineState(values.pop("state")), values["unit_due_at"]
    outcome, channel = values.pop("outcome"), values.pop("channel")
    lost = (
        outcome == Outcome.LOST
    )  # written off: its loan has ended, and it is here no more than before
    terms = [values.pop(name) for name in ("fee_day_cents", "grace_days", "replacement_cents")]
    return LineView(
        period=period,
        occupied=Period(values.pop("busy_from"), values.pop("busy_until")),
        person=short_name(given or "", family or ""),
        state=LineState.LOST if lost else rules.shown_state(stored, values["lapses_at"], now),
        outcome=None if outcome is None else Outcome(outcome),
        channel=None if channel is None else Channel(channel),
        overdue=rules.is_overdue(stored, period, now),
        at_risk=rules.is_at_risk(stored, period, due_at, now),
        late=_late(*terms),
        **values,
    )


def _late(fee_day_cents: int, grace_days: int, replacement_cents: int | None) -> Late | None:
    day_cents = owing.late_day(fee_day_cents, replacement_cents)
    return Late(day_cents, grace_days, replacement_cents or 0) if day_cents else None
