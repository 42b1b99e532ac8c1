"""What the counter did a moment ago, and what a household takes home on its slip (L27, L31)."""

from datetime import datetime, timedelta

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending.queries.views import LineView, lines
from backend.lending.rules import UNDO_WITHIN, Outcome

UNDOABLE = ("lending.hand_over", "lending.lend_now", "lending.take_back", "lending.write_off")
SHOWN = 20
TOLD = (*UNDOABLE, "lending.undo", "lending.inspect", "lending.find")


class Gesture(msgspec.Struct, frozen=True):
    """The last gesture on a line by somebody; `may_undo`: within 15 minutes (L31)."""

    verb: str
    at: datetime
    line: LineView
    may_undo: bool


class Slip(msgspec.Struct, frozen=True):
    """What a household took and brought since an instant, and what it still has from before."""

    taken: list[LineView]
    brought: list[LineView]
    kept: list[LineView]

    @property
    def is_empty(self) -> bool:
        return not (self.taken or self.brought or self.kept)


async def gestures_of(person_id: int) -> list[Gesture]:
    """The newest few of the last 15 minutes; two statements. Older ones stand on their line's page."""
    since = clock.now() - UNDO_WITHIN
    rows = await fetch(
        "SELECT line, verb, at FROM (SELECT DISTINCT ON (facts -> 'line')"
        " (facts ->> 'line')::bigint AS line, verb, at, id FROM audit_entry"
        " WHERE at > $2 AND actor = 'person' AND actor_id = $1 AND verb = ANY($3)"
        " AND facts ? 'line' ORDER BY facts -> 'line', id DESC) g ORDER BY id DESC LIMIT $4",
        person_id,
        since,
        TOLD,
        SHOWN,
    )
    if not rows:
        return []
    found = {line.id: line for line in await lines("l.id = ANY($1)", [row["line"] for row in rows])}
    return [
        Gesture(row["verb"], row["at"], found[row["line"]], may_undo=row["verb"] in UNDOABLE)
        for row in rows
        if row["line"] in found
    ]


async def has_business(household_id: int) -> bool:
    """Whether something waits to be given to a household today, or is to come back from it."""
    found: bool = await fetch_value(
        "SELECT EXISTS (SELECT 1 FROM booking b JOIN booking_line l ON l.booking = b.id"
        " WHERE b.household = $1 AND (l.state IN ('checked_out', 'lost')"
        " OR (l.state IN ('requested', 'confirmed', 'ready')"
        "  AND lower(l.during) < $2 AND upper(l.during) > $3)))",
        household_id,
        clock.start_of_day(clock.today() + timedelta(days=1)),
        clock.now(),
    )
    return found


async def slip_of(household_id: int, since: datetime) -> Slip:
    """One statement."""
    found = await lines(
        "b.household = $1 AND (l.state = 'checked_out' OR l.id IN (SELECT c.line FROM custody c"
        " WHERE c.household = $1 AND c.undone_at IS NULL AND c.in_noted_at >= $2))",
        household_id,
        since,
    )
    found = [line for line in found if line.outcome is not Outcome.LOST]
    out = [line for line in found if line.in_at is None]
    return Slip(
        taken=[line for line in out if line.out_at is not None and line.out_at >= since],
        brought=[line for line in found if line.in_at is not None],
        kept=[line for line in out if line.out_at is None or line.out_at < since],
    )
