"""What time does by itself, written down: nothing that people see waits for it (L38)."""

from collections.abc import Awaitable
from datetime import date, timedelta

import structlog

from backend.kit import clock
from backend.kit.database import fetch, once_more, transaction
from backend.lending.rules import (
    RISK_LEAD,
    LineState,
    StrikeKind,
    Verb,
    is_at_risk,
)
from backend.lending.service import shelf, telling
from backend.lending.service.answering import strike
from backend.lending.service.claims import Claim, claim
from backend.lending.service.lines import lock_household, set_state, touch
from backend.lending.service.promoting import promote
from backend.lending.service.rows import find_line
from backend.lending.values import LineRow

log = structlog.get_logger("lending")
KEPT_MONTHS = 4
# What nobody has to do anything for any more; a lost thing is not settled yet.
OVER = {
    LineState.CLOSED,
    LineState.EXPIRED,
    LineState.REJECTED,
    LineState.CANCELLED_BY_TENANT,
    LineState.CANCELLED_BY_STAFF,
    LineState.NO_SHOW,
}


async def sweep() -> None:
    """Dead holds, offers and wishes end; missed bookings free their unit; at risk ones move."""
    rows = await fetch(
        "SELECT resource FROM booking_line WHERE lapses_at <= $1"
        " UNION SELECT resource FROM wish WHERE ended_at IS NULL ORDER BY resource",
        clock.now(),
    )
    for row in rows:
        await _calmly(expire(row["resource"]))
    for line_id in await _late_pickups():
        await _calmly(miss(line_id))
    for line_id in await _at_risk():
        await _calmly(rescue(line_id))


async def _calmly(act: Awaitable[object]) -> None:
    """One that fails does not stop the others; it is looked at again the next time."""
    try:
        await act
    except Exception:
        log.exception("not swept")


@once_more
async def forget_loans() -> int:
    """Who had what is unlinked at the end of the fourth month after everything is back (L45).

    What was lent, and for how long, stays for the figures; the number of bookings that were.
    """
    async with transaction():
        rows = await fetch(
            "UPDATE booking b SET household = NULL, person = NULL WHERE b.household IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM booking_line l WHERE l.booking = b.id"
            "  AND (l.state = ANY($1) OR greatest(l.changed_at, upper(l.during)) >= $2))"
            " RETURNING b.id",
            [state.value for state in LineState if state not in OVER],
            clock.start_of_day(months_before(clock.today().replace(day=1), KEPT_MONTHS)),
        )
        gone = [row["id"] for row in rows]
        lines = "SELECT id FROM booking_line WHERE booking = ANY($1)"
        await fetch(
            f"UPDATE custody SET household = NULL, person = NULL, given = '{{}}',"  # noqa: S608
            f" taken = CASE WHEN taken IS NULL THEN NULL ELSE '{{}}'::jsonb END"
            f" WHERE line IN ({lines})",
            gone,
        )
        await fetch(f"UPDATE strike SET household = NULL WHERE line IN ({lines})", gone)  # noqa: S608
        return len(gone)


@once_more
async def expire(resource_id: int) -> None:
    """Ends what is dead, and serves who waits, also where no act of ours told that a unit is free (L24)."""
    async with transaction():
        model = (await shelf.lock_all([resource_id]))[resource_id]
        now = clock.now()
        rows = await fetch(
            "UPDATE booking_line SET state = 'expired', changed_at = $2"
            " WHERE resource = $1 AND state = 'waitlisted' AND lower(during) <= $2 RETURNING id",
            resource_id,
            now,
        )
        lines = [row["id"] for row in rows]
        await fetch("UPDATE wish SET ended_at = $2 WHERE line = ANY($1)", lines, now)
        await promote(model)


@once_more
async def miss(line_id: int) -> bool:
    """Nobody came within the grace: the time is free again, and the household has a strike (L25)."""
    async with transaction():
        line = await _lock(line_id)
        if line is None or line.state not in {LineState.CONFIRMED, LineState.READY}:
            return False
        model = (await shelf.lock_all([line.resource_id]))[line.resource_id]
        grace = timedelta(minutes=model.policy.pickup_grace_minutes)
        if clock.now() < line.period.start + grace:
            return False
        await _touch(line)
        await set_state(line, Verb.MISS)
        await strike(line, StrikeKind.NO_SHOW)
        await promote(model)
        return True


@once_more
async def rescue(line_id: int) -> bool:
    """Another unit for a line whose own is late; where there is none, its household is told (L10)."""
    async with transaction():
        line = await _lock(line_id)
        if line is None or line.unit_id is None:
            return False
        model = (await shelf.lock_all([line.resource_id]))[line.resource_id]
        line = await find_line(line_id)
        if line is None or not await _is_at_risk(line):
            return False
        others = await fetch(
            "SELECT id FROM unit WHERE resource = $1 AND id <> $2 AND retired_at IS NULL",
            model.id,
            line.unit_id,
        )
        wanted = Claim(
            period=line.period,
            state=line.state,
            line=line,
            lapses_at=line.lapses_at,
            only=tuple(row["id"] for row in others),
        )
        await _touch(line)
        moved = await claim(model, wanted) is not None
        if not moved:
            await telling.tell_risk(line, model)
        return moved


def months_before(first: date, count: int) -> date:
    """The first day of the month that is so many before."""
    index = first.year * 12 + first.month - 1 - count
    return date(index // 12, index % 12 + 1, 1)


async def _lock(line_id: int) -> LineRow | None:
    """The line, with its household locked."""
    line = await find_line(line_id)
    if line is None or line.booking_id is None:
        return None
    if line.household_id is not None:
        await lock_household(line.household_id)
    return await find_line(line_id)


async def _touch(line: LineRow) -> None:
    assert line.booking_id is not None
    await touch(line.booking_id)


async def _is_at_risk(line: LineRow) -> bool:
    rows = await fetch(
        "SELECT upper(o.during) AS due_at FROM custody c JOIN booking_line o ON o.id = c.line"
        " WHERE c.unit = $1 AND c.in_at IS NULL AND c.undone_at IS NULL AND o.id <> $2",
        line.unit_id,
        line.id,
    )
    due_at = rows[0]["due_at"] if rows else None
    return is_at_risk(line.state, line.period, due_at, clock.now())


async def _late_pickups() -> list[int]:
    """Lines whose grace is over, the oldest first."""
    rows = await fetch(
        "SELECT l.id FROM booking_line l JOIN resource r ON r.id = l.resource"
        " JOIN lending_policy p ON p.id = r.policy WHERE l.state IN ('confirmed', 'ready')"
        " AND lower(l.during) + p.pickup_grace_minutes * interval '1 minute' <= $1"
        " ORDER BY lower(l.during), l.id",
        clock.now(),
    )
    return [row["id"] for row in rows]


async def _at_risk() -> list[int]:
    """Lines that begin within the lead time on a unit that is late."""
    rows = await fetch(
        "SELECT l.id FROM booking_line o JOIN custody c ON c.line = o.id AND c.in_at IS NULL"
        " AND c.undone_at IS NULL JOIN booking_line l ON l.unit = c.unit AND l.id <> o.id"
        " WHERE o.state = 'checked_out' AND upper(o.during) <= $1"
        " AND l.state IN ('requested', 'confirmed', 'ready')"
        " AND lower(l.during) < $1::timestamptz + $2::interval AND upper(l.during) > $1"
        " ORDER BY lower(l.during), l.id",
        clock.now(),
        RISK_LEAD,
    )
    return [row["id"] for row in rows]
