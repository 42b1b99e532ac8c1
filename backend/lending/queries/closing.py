"""What a closure would move, before anybody says yes, and what it did (L18)."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from backend.kit import clock
from backend.kit.database import fetch
from backend.kit.openings import Closure
from backend.kit.zone import start_of_day
from backend.lending import busy, due
from backend.lending.rules import BOOKED, LineState, Period
from backend.lending.service.closing import Shift
from backend.places import queries as places
from backend.places.service import ClosureWish

DAY = timedelta(days=1)
MOVING = sorted(BOOKED | {LineState.HELD, LineState.OFFERED, LineState.CHECKED_OUT})


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a closure, with who has it. `after` None: it could not be moved."""

    booking: str
    name: str
    person: str
    state: LineState
    before: Period
    after: Period | None


async def look(wish: ClosureWish) -> list[Look]:
    """What would move, and where to while nobody else is in the way; the earliest first."""
    sites = [site for site in await places.sites() if wish.site in {"", site.slug}]
    calendars = {site.id: site.calendar for site in sites}
    rows = await fetch(
        f"{_LINES} WHERE l.state = ANY($1) AND r.site = ANY($2) AND l.during && tstzrange($3, $4)"
        " AND (l.lapses_at IS NULL OR l.lapses_at > $5) ORDER BY lower(l.during), l.id",
        [state.value for state in MOVING],
        list(calendars),
        start_of_day(wish.first_on),
        start_of_day(wish.last_on + DAY),
        clock.now(),
    )
    models = {
        model.id: model
        for model in await busy.models("r.id = ANY($1)", sorted({row["resource"] for row in rows}))
    }
    closed = Closure(
        first_on=wish.first_on, last_on=wish.last_on, starts=wish.starts, ends=wish.ends
    )
    found = []
    for row in rows:
        model = models[row["resource"]]
        old = calendars[model.site_id]
        before, state = Period(row["start"], row["stop"]), LineState(row["state"])
        moved = due.wanted(model.policy, old, old.closing(closed), state, before)
        if moved:
            found.append(_look(row["booking"], model.name, row["person"], state, before, moved[0]))
    return found


async def looks_of(shifts: Sequence[Shift]) -> list[Look]:
    """What an act moved or left, with who has each; the earliest first."""
    rows = await fetch(f"{_LINES} WHERE l.id = ANY($1)", [shift.line for shift in shifts])
    people = {row["booking"]: (row["person"], LineState(row["state"])) for row in rows}
    found = [
        _look(each.booking, each.name, *people[each.booking], each.before, each.after)
        for each in shifts
    ]
    return sorted(found, key=lambda one: one.before)


async def shifts_of(closure_id: int) -> list[Look]:
    """What a closure moved, those that it left first."""
    rows = await fetch(
        "SELECT b.public_id AS booking, r.name, concat_ws(' ', p.given_name, p.family_name) AS person,"
        " l.state, lower(s.before) AS start, upper(s.before) AS stop, lower(s.after) AS new_start,"
        " upper(s.after) AS new_stop FROM closure_shift s JOIN booking_line l ON l.id = s.line"
        " JOIN booking b ON b.id = l.booking JOIN resource r ON r.id = l.resource"
        " LEFT JOIN person p ON p.id = b.person WHERE s.closure = $1"
        " ORDER BY s.after IS NOT NULL, lower(s.before), s.id",
        closure_id,
    )
    return [
        _look(
            row["booking"],
            row["name"],
            row["person"],
            LineState(row["state"]),
            Period(row["start"], row["stop"]),
            None if row["new_start"] is None else Period(row["new_start"], row["new_stop"]),
        )
        for row in rows
    ]


_LINES = (
    "SELECT b.public_id AS booking, concat_ws(' ', p.given_name, p.family_name) AS person,"
    " l.resource, l.state, lower(l.during) AS start, upper(l.during) AS stop"
    " FROM booking_line l JOIN booking b ON b.id = l.booking JOIN resource r ON r.id = l.resource"
    " LEFT JOIN person p ON p.id = b.person"
)


def _look(
    booking: str, name: str, person: str, state: LineState, before: Period, after: Period | None
) -> Look:
    return Look(booking=booking, name=name, person=person, state=state, before=before, after=after)
