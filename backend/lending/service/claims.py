"""The one door: whatever takes a unit's time goes through `claim`, under the resource's lock (L7).

The exclusion constraint stands behind it. Lines that nobody has prepared change units where that
makes room (L8).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from backend.kit import clock, locks
from backend.kit.database import fetch, fetch_value, within
from backend.lending import busy, packing
from backend.lending.errors import JustTaken, ResourceUnknown, UnitTaken
from backend.lending.packing import Busy
from backend.lending.policy import Model
from backend.lending.rules import FAR, LineState, Period
from backend.lending.service import notices
from backend.lending.times import next_periods
from backend.lending.values import LineRow

ALTERNATIVES, DAYS_AHEAD = 3, 60


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A time that is wanted of a resource, and the state the line gets with it.

    `line` stands already and moves there; without one a line is made, of a booking or a ticket.
    `only`: those units alone. A line that moves keeps its unit where that one is free. `units`: all
    that the resource has, where the caller read them under its lock already.
    """

    period: Period
    state: LineState
    line: LineRow | None = None
    booking_id: int | None = None
    ticket_id: int | None = None
    lapses_at: datetime | None = None
    people: int | None = None
    only: tuple[int, ...] | None = None
    units: tuple[int, ...] | None = None
    without_buffers: bool = False


async def lock_resource(resource_id: int) -> None:
    """Held until the end of the transaction. Raises ResourceUnknown."""
    within()
    if await locks.lock("resource", resource_id) is None:
        raise ResourceUnknown


async def claim(model: Model, wanted: Claim) -> int | None:
    """Gives the line its time and a unit, and the line's id; None where no unit can be free.

    The caller holds the resource's lock and has written down what was dead.
    """
    within()
    occupied = wanted.period if wanted.without_buffers else busy.wide(model, wanted.period)
    if not model.counted:
        return await _write(model, wanted, occupied, None)
    unit_id = await _seat(model, wanted, occupied)
    return None if unit_id is None else await _write(model, wanted, occupied, unit_id)


async def _seat(model: Model, wanted: Claim, occupied: Period) -> int | None:
    """A unit that is free for all of it, after others have changed theirs where they must."""
    units = wanted.units
    if units is None:
        units = tuple((await busy.units_of([model.id])).get(model.id, ()))
    only = _preferred(units, wanted)
    met = await _taken(model, wanted, occupied)
    free = packing.free_units(only, met, occupied)
    if free:
        return free[0]
    if not only or len(units) == 1:
        return None
    everything = await _taken(model, wanted, Period(min(occupied.start, clock.now()), FAR))
    found = packing.pack(units, everything, occupied, only)
    if found is None:
        return None
    if found[1]:
        await _change_units(found[1], wanted.line.id if wanted.line else None)
    return found[0]


async def _taken(model: Model, wanted: Claim, within_: Period) -> list[Busy]:
    """What is taken by others. That a unit is late, or not looked at, stands in no ticket's way."""
    but = wanted.line.id if wanted.line else None
    met = await busy.busy_times([model.id], within_, clock.now(), under_lock=True, but=but)
    return [each for each in met if wanted.ticket_id is None or each.line_id is not None]


def _preferred(units: Iterable[int], wanted: Claim) -> list[int]:
    """Those it may have; its own one first, so that a line does not wander without need."""
    mine = wanted.line.unit_id if wanted.line else None
    allowed = [unit for unit in units if wanted.only is None or unit in wanted.only]
    return sorted(allowed, key=lambda unit: unit != mine)


async def _change_units(moved: dict[int, int], mine: int | None) -> None:
    """All off their units first: two that swap would meet on the way, even in one statement."""
    lines, units = list(moved), list(moved.values())
    away = [*lines, mine] if mine is not None else lines
    await fetch("UPDATE booking_line SET unit = NULL WHERE id = ANY($1)", away)
    await fetch(
        "UPDATE booking_line l SET unit = v.unit, changed_at = $3"
        " FROM unnest($1::bigint[], $2::bigint[]) v (id, unit) WHERE l.id = v.id",
        lines,
        units,
        clock.now(),
    )


async def _write(model: Model, wanted: Claim, occupied: Period, unit: int | None) -> int | None:
    times = (wanted.period.start, wanted.period.end, occupied.start, occupied.end)
    if wanted.line is not None:
        found: int | None = await fetch_value(
            "UPDATE booking_line SET unit = $2, state = $3, lapses_at = $4,"
            " during = tstzrange($5, $6), occupied = tstzrange($7, $8), changed_at = $9"
            " WHERE id = $1 RETURNING id",
            wanted.line.id,
            unit,
            wanted.state.value,
            wanted.lapses_at,
            *times,
            clock.now(),
        )
        if (wanted.period, wanted.state) != (wanted.line.period, wanted.line.state):
            await notices.withdraw([wanted.line.id])
        return found
    made: int | None = await fetch_value(
        "INSERT INTO booking_line (booking, ticket, resource, unit, state, lapses_at, during,"
        " occupied, people, changed_at) VALUES ($1, $2, $3, $4, $5, $6, tstzrange($7, $8),"
        " tstzrange($9, $10), $11, $12)"
        " ON CONFLICT ON CONSTRAINT booking_line_no_two DO NOTHING RETURNING id",
        wanted.booking_id,
        wanted.ticket_id,
        model.id,
        unit,
        wanted.state.value,
        wanted.lapses_at,
        *times,
        wanted.people,
        clock.now(),
    )
    return made


async def taken(model: Model, period: Period, possible: Iterable[str] = ()) -> JustTaken:
    """The refusal, with the next times that are free (L6) and what else of the wish can be had (L11)."""
    within()
    return JustTaken(
        name=model.name,
        alternatives=await alternatives(model, period),
        possible=list(possible),
    )


async def unit_taken(model: Model, period: Period) -> UnitTaken:
    within()
    return UnitTaken(name=model.name, alternatives=await alternatives(model, period), possible=[])


async def alternatives(model: Model, period: Period) -> list[dict[str, Any]]:
    """The same hours on the first following days that have a free unit; one range query."""
    within()
    units = (await busy.units_of([model.id])).get(model.id, [])
    later = [(each, busy.wide(model, each)) for each in next_periods(period, DAYS_AHEAD)]
    reach = Period(later[0][1].start, later[-1][1].end)
    met: list[Busy] = await busy.busy_times([model.id], reach, clock.now(), under_lock=True)
    free = packing.first_free(units, met, later, ALTERNATIVES)
    return [{"start": each.start, "end": each.end} for each in free]
