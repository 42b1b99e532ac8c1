"""A closure moves what it meets (L18): pick-ups, due times, offers; told once, and undone as one.

Whatever cannot be moved, since somebody else has that time, stays where it is and is left to staff.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, once_more, transaction, within
from backend.kit.openings import Calendar
from backend.kit.zone import start_of_day
from backend.lending import due
from backend.lending.policy import Model
from backend.lending.rules import BOOKED, LineState, Period
from backend.lending.service import shelf, telling
from backend.lending.service.acts import check_staff, once
from backend.lending.service.claims import Claim, claim
from backend.lending.service.lines import touch
from backend.lending.service.rows import find_lines
from backend.lending.service.telling import Cause
from backend.lending.values import Ask, LineRow
from backend.places import queries as places_queries
from backend.places import service as places
from backend.places.closures import get_closure
from backend.places.service import ClosureWish

MOVING = BOOKED | {LineState.HELD, LineState.OFFERED, LineState.CHECKED_OUT}
# Those keep their very unit: it lies ready with a name on it, or is in somebody's hands.
FIXED = frozenset({LineState.READY, LineState.CHECKED_OUT})
DAY = timedelta(days=1)
Span = tuple[datetime, datetime, list[str], int | None]
LATEST = "lower(l.during) DESC, l.id"  # the later ones make room for those before


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a closure. `after` None: nobody could move it."""

    line: int
    booking: str
    name: str
    before: Period
    after: Period | None
    lapses_at: datetime | None = None


class Shifted(msgspec.Struct, frozen=True):
    """A closure by its public id, with what it moved or left."""

    closure: str
    lines: tuple[Shift, ...] = ()


@once_more
async def close(ask: Ask, wish: ClosureWish) -> Shifted:
    """Closes the days and moves what they meet. Raises SiteNeverOpens and an Invalid of places."""
    check_staff(ask)
    async with transaction():
        return await once(
            ask, {"verb": "close", "wish": wish}, Shifted, lambda: close_now(ask, wish)
        )


@once_more
async def reopen(ask: Ask, closure: str) -> Shifted:
    """Takes a closure back: each line that is still where it was moved to goes back (L18).

    Not to a door that is closed by now for another reason.
    """
    check_staff(ask)
    body = {"verb": "reopen", "closure": closure}
    async with transaction():
        return await once(ask, body, Shifted, lambda: reopen_now(ask, closure))


@once_more
async def withdraw_extra(ask: Ask, extra: str) -> list[Shift]:
    """Takes an exceptional opening back; what would come to a closed door moves, and is told."""
    check_staff(ask)
    body = {"verb": "withdraw_extra", "extra": extra}
    async with transaction():
        return await once(ask, body, list[Shift], lambda: _withdraw_extra(ask, extra))


async def close_now(ask: Ask, wish: ClosureWish) -> Shifted:
    """A contribution; see `close`."""
    within()
    old = await places_queries.calendars()
    public_id = await places.close_days(wish, ask.by)
    card = await get_closure(public_id)
    moved = await _move_all(old, _span(card.first_on, card.last_on, card.site))
    for line, shift in moved:
        await _keep(card.id, line, shift)
    shifts = [shift for _, shift in moved]
    await _tell(shifts, Cause.CLOSED, card.reason)
    return Shifted(public_id, tuple(shifts))


async def _withdraw_extra(ask: Ask, extra: str) -> list[Shift]:
    old = await places_queries.calendars()
    was = await places.take_back_extra(extra, ask.by)
    site = await places_queries.get_site(was.site)
    moved = await _move_all(old, _span(was.opens_on, was.opens_on, site.id))
    shifts = [shift for _, shift in moved]
    await _tell(shifts, Cause.CLOSED)
    return shifts


async def move_all(
    old: Mapping[int, Calendar], first_on: date, last_on: date, site_id: int
) -> list[Shift]:
    """A contribution: what the calendars of a site meet since they changed; each household is told."""
    within()
    moved = await _move_all(old, _span(first_on, last_on, site_id))
    shifts = [shift for _, shift in moved]
    await _tell(shifts, Cause.CLUB)
    return shifts


async def _move_all(old: Mapping[int, Calendar], span: Span) -> list[tuple[LineRow, Shift]]:
    """Each line that the new calendars meet, under the lock of its resource."""
    await lock_site(span[3])
    new = await places_queries.calendars()
    models = await shelf.lock_all({line.resource_id for line in await find_lines(MET, *span)})
    met, moved = f"{MET} AND l.resource = ANY($5)", []
    for line in await find_lines(met, *span, list(models), order=LATEST):
        model = models[line.resource_id]
        found = await _move(model, old[model.site_id], new[model.site_id], line)
        moved += [] if found is None else [(line, found)]
    return moved


# $1 and $2 the days, $3 the states, $4 the site or NULL.
MET = (
    "l.state = ANY($3) AND l.booking IS NOT NULL"
    " AND (l.state = 'offered' OR l.during && tstzrange($1, $2, '[]'))"
    " AND l.resource IN (SELECT id FROM resource WHERE $4::bigint IS NULL OR site = $4)"
)


async def lock_site(site_id: int | None) -> None:
    """Whoever books there now is waited for, and whoever comes next reads the new calendar."""
    within()
    await fetch(
        "SELECT id FROM resource WHERE $1::bigint IS NULL OR site = $1 ORDER BY id"
        " FOR NO KEY UPDATE",
        site_id,
    )


def _span(first_on: date, last_on: date, site_id: int | None) -> Span:
    states = [state.value for state in MOVING]
    return start_of_day(first_on), start_of_day(last_on + DAY), states, site_id


async def _move(model: Model, old: Calendar, new: Calendar, line: LineRow) -> Shift | None:
    """Where the line is now, None where it may stay as it is."""
    wanted = due.wanted(model.policy, old, new, line.state, line.period)
    lapses_at = _lapses_at(old, new, line, wanted)
    if not wanted and lapses_at == line.lapses_at:
        return None
    for period in wanted or [line.period]:
        if await _place(model, line, period, lapses_at):
            return _shift(model, line, period, lapses_at)
    return _shift(model, line, None, line.lapses_at)


def _lapses_at(
    old: Calendar, new: Calendar, line: LineRow, wanted: Sequence[Period]
) -> datetime | None:
    """An offer's window is counted in open hours, and ends when the wished time begins (L23)."""
    if line.state is not LineState.OFFERED or line.lapses_at is None:
        return line.lapses_at
    until = due.offer_until(old, new, line.lapses_at, clock.now())
    starts = wanted[0].start if wanted else line.period.start
    return max(line.lapses_at, min(until, starts))


async def _place(model: Model, line: LineRow, period: Period, lapses_at: datetime | None) -> bool:
    only = (line.unit_id,) if line.state in FIXED and line.unit_id is not None else None
    wanted = Claim(period=period, state=line.state, line=line, lapses_at=lapses_at, only=only)
    if await claim(model, wanted) is None:
        return False
    if line.booking_id is not None:
        await touch(line.booking_id)
    if period != line.period:  # a place at the desk of another day helps nobody
        await fetch("DELETE FROM desk_visit WHERE line = $1", line.id)
    return True


def _shift(model: Model, line: LineRow, after: Period | None, lapses_at: datetime | None) -> Shift:
    return Shift(
        line=line.id,
        booking=line.booking or "",
        name=model.name,
        before=line.period,
        after=after,
        lapses_at=lapses_at,
    )


async def _keep(closure_id: int, line: LineRow, shift: Shift) -> None:
    after = shift.after
    await fetch(
        "INSERT INTO closure_shift (closure, line, before, after, lapses_before, lapses_after)"
        " VALUES ($1, $2, tstzrange($3, $4), CASE WHEN $5::timestamptz IS NOT NULL"
        " THEN tstzrange($5, $6) END, $7, $8)",
        closure_id,
        line.id,
        line.period.start,
        line.period.end,
        after.start if after else None,
        after.end if after else None,
        line.lapses_at,
        shift.lapses_at,
    )


async def _tell(shifts: Iterable[Shift], cause: Cause, reason: str = "") -> None:
    """One message for each booking, however many of its lines moved (L18)."""
    told: dict[str, list[int]] = {}
    for shift in shifts:
        if shift.after is not None and shift.after != shift.before:
            told.setdefault(shift.booking, []).append(shift.line)
    for moved in told.values():
        await telling.tell_moved(await find_lines("l.id = ANY($1)", moved), cause, reason)


async def reopen_now(ask: Ask, closure: str) -> Shifted:
    """A contribution; see `reopen`."""
    within()
    card = await get_closure(closure)
    await places.open_days_again(closure, ask.by)
    rows = await fetch(
        "SELECT s.id, s.line, l.resource, lower(s.before) AS start, upper(s.before) AS stop,"
        " s.lapses_before FROM closure_shift s JOIN booking_line l ON l.id = s.line"
        " WHERE s.closure = $1 AND s.after IS NOT NULL AND s.undone_at IS NULL ORDER BY lower(s.before), s.id",
        card.id,
    )
    models = await shelf.lock_all({row["resource"] for row in rows})
    calendars = await places_queries.calendars(list({each.site_id for each in models.values()}))
    shifts = []
    for row in rows:
        model, before = models[row["resource"]], Period(row["start"], row["stop"])
        calendar = calendars[model.site_id]
        found = await _put_back(model, calendar, row["id"], before, row["lapses_before"])
        shifts += [] if found is None else [found]
    await _tell(shifts, Cause.REOPENED, card.reason)
    return Shifted(closure, tuple(shifts))


async def _put_back(
    model: Model, calendar: Calendar, shift_id: int, before: Period, lapses_at: datetime | None
) -> Shift | None:
    """A line that nobody moved since; None where the time it had is over, or others changed it."""
    lines = await find_lines(
        "l.id = (SELECT line FROM closure_shift WHERE id = $1) AND l.state = ANY($2)"
        " AND l.during = (SELECT after FROM closure_shift WHERE id = $1)",
        shift_id,
        [state.value for state in MOVING],
    )
    if not lines:
        return None
    line, now = lines[0], clock.now()
    late = before.end <= now or (line.state is not LineState.CHECKED_OUT and before.start < now)
    shut = not due.opens_for(calendar, line.period, before)
    if late or shut or not await _place(model, line, before, _earlier(line, lapses_at, now)):
        return _shift(model, line, None, line.lapses_at)
    await fetch("UPDATE closure_shift SET undone_at = $2 WHERE id = $1", shift_id, now)
    return _shift(model, line, before, lapses_at)


def _earlier(line: LineRow, lapses_at: datetime | None, now: datetime) -> datetime | None:
    """An offer keeps the longer window where the shorter one is over already."""
    return line.lapses_at if lapses_at is not None and lapses_at <= now else lapses_at
