"""What time does by itself, written down: nothing that people see waits for it (L38)."""

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.claims import calmly
from backend.kit.database import fetch, once_more, transaction
from backend.lending.rules import (
    RISK_LEAD,
    StrikeKind,
    Verb,
    is_at_risk,
)
from backend.lending.service import charging, deposits, shelf, telling
from backend.lending.service.answering import strike
from backend.lending.service.claims import Claim, claim
from backend.lending.service.lines import lock_household, set_state, touch
from backend.lending.service.promoting import promote
from backend.lending.service.rows import find_line, find_lines
from backend.lending.values import LineRow

UNANSWERED = "Le club n'a pas répondu à temps."


async def sweep() -> None:
    """Dead holds, offers, wishes and requests end; missed bookings free their unit; at risk ones move."""
    rows = await fetch(
        "SELECT resource FROM booking_line WHERE lapses_at <= $1"
        " UNION SELECT resource FROM wish WHERE ended_at IS NULL ORDER BY resource",
        clock.now(),
    )
    for row in rows:
        await calmly(expire(row["resource"]))
    for line_id in await _unanswered():
        await calmly(lapse(line_id))
    for line_id in await _late_pickups():
        await calmly(miss(line_id))
    for line_id in await _at_risk():
        await calmly(rescue(line_id))


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
async def lapse(line_id: int) -> bool:
    """Nobody answered, and its time is over: it counts for nobody's limits any more (L21, L43).

    What was asked with it and is over too ends with it: its household is told once (L36).
    """
    async with transaction():
        line = await _lock(line_id)
        if line is None:
            return False
        await shelf.lock_all({each.resource_id for each in await _over(line)})
        lines = await _over(line)
        if not lines:
            return False
        await _touch(line)
        for each in lines:
            await set_state(each, Verb.REJECT, reason=UNANSWERED)
            await deposits.free(each, by=SYSTEM)
        await telling.tell_unanswered(lines)
        return True


@once_more
async def miss(line_id: int) -> bool:
    """Nobody came within the grace: the time is free again, and the household has a strike (L25)."""
    async with transaction():
        line = await _lock(line_id)
        if line is None:
            return False
        model = (await shelf.lock_all([line.resource_id]))[line.resource_id]
        line = await find_line(line_id)
        if line is None or not await _late_pickups(line_id):
            return False
        await _touch(line)
        await set_state(line, Verb.MISS)
        await charging.release(line, model, late=True)
        await deposits.free(line, by=SYSTEM)
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
        if await claim(model, wanted) is None:
            await telling.tell_risk(line)
            return False
        await _touch(line)
        return True


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


async def _unanswered() -> list[int]:
    """Requests whose time is over."""
    rows = await fetch(
        "SELECT id FROM booking_line WHERE state = 'requested' AND lower(during) < $1"
        " AND upper(during) <= $1 ORDER BY id",
        clock.now(),
    )
    return [row["id"] for row in rows]


async def _over(line: LineRow) -> list[LineRow]:
    """The same, of its booking alone."""
    over = "l.booking = $1 AND l.state = 'requested' AND upper(l.during) <= $2"
    return await find_lines(over, line.booking_id, clock.now())


async def _late_pickups(line_id: int | None = None) -> list[int]:
    """Lines whose grace is over, the oldest first, or that one alone.

    It runs from when they were to come: where they chose an hour at the desk, from then (L19).
    """
    rows = await fetch(
        "SELECT l.id FROM booking_line l JOIN resource r ON r.id = l.resource"
        " JOIN lending_policy p ON p.id = r.policy"
        " CROSS JOIN LATERAL (SELECT p.pickup_grace_minutes * interval '1 minute' AS grace) g"
        " WHERE l.state IN ('confirmed', 'ready') AND lower(l.during) + g.grace <= $1"
        " AND ($2::bigint IS NULL OR l.id = $2) AND NOT EXISTS (SELECT 1 FROM desk_visit v"
        "  JOIN booking_line o ON o.id = v.line AND o.booking = l.booking WHERE v.kind = 'pickup'"
        "  AND v.starts_at < upper(l.during) AND v.starts_at + g.grace > $1)"
        " ORDER BY lower(l.during), l.id",
        clock.now(),
        line_id,
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
