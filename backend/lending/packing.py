"""Which unit gets which time: pure, in memory, the same for a page and for a write.

Units of a resource are alike. Lines that nobody has prepared yet may change units, so that a wish
fits whenever some arrangement exists (L8).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from backend.lending.rules import Period

# Past these the search is given up, and a wish counts as not fitting.
MOST_STEPS, MOST_LINES = 5_000, 200


class Busy(msgspec.Struct, frozen=True, kw_only=True):
    """A time of a unit that is taken, buffers included. `line_id` is None for a unit that is late."""

    resource_id: int
    unit_id: int
    line_id: int | None
    period: Period
    movable: bool


class Gap(msgspec.Struct, frozen=True):
    """A time in which so many units are free all along."""

    period: Period
    units: int


def free_units(units: Iterable[int], busy: Iterable[Busy], period: Period) -> list[int]:
    """Those with nothing in `period`, in their order."""
    taken = {each.unit_id for each in busy if each.period.overlaps(period)}
    return [unit for unit in units if unit not in taken]


def pack(
    units: Sequence[int], busy: Sequence[Busy], period: Period, only: Sequence[int]
) -> tuple[int, dict[int, int]] | None:
    """A unit among `only` for `period`, and the lines that change units for it; None where none fits.

    The smallest change is tried first: no line, then only those that the wish meets, then theirs.
    """
    alone = free_units(only, busy, period)
    if alone:
        return alone[0], {}
    stuck = {each.line_id for each in busy if each.movable and _is_stuck(each, busy)}
    free_to_move = [each for each in busy if each.movable and each.line_id not in stuck]
    near = _connected(free_to_move, period)
    if len(near) > MOST_LINES:
        return None
    moving = {each.line_id for each in near}
    fixed = [each for each in busy if each.line_id is None or each.line_id not in moving]
    for unit in only:
        if not free_units([unit], fixed, period):
            continue
        placed = [*fixed, _mine(unit, period)]
        moved = _arrange(units, placed, sorted(near, key=lambda each: each.period), [MOST_STEPS])
        if moved is not None:
            return unit, moved
    return None


def _is_stuck(line: Busy, busy: Iterable[Busy]) -> bool:
    """It stands on a unit that is late: nobody knows yet where it will go (L10)."""
    return any(
        each.line_id is None and each.unit_id == line.unit_id and each.period.overlaps(line.period)
        for each in busy
    )


def _mine(unit: int, period: Period) -> Busy:
    return Busy(resource_id=0, unit_id=unit, line_id=0, period=period, movable=False)


def _connected(movable: Sequence[Busy], period: Period) -> list[Busy]:
    """The lines that the wish meets, those that these meet, and so on: no other has to move."""
    near: list[Busy] = []
    waiting = [period]
    rest = list(movable)
    while waiting:
        met = waiting.pop()
        found = [each for each in rest if each.period.overlaps(met)]
        rest = [each for each in rest if not each.period.overlaps(met)]
        near += found
        waiting += [each.period for each in found]
    return near


def _arrange(
    units: Sequence[int], placed: list[Busy], waiting: list[Busy], left: list[int]
) -> dict[int, int] | None:
    """A unit for each line that waits, its own one first; None where the search finds none."""
    if not waiting:
        return {}
    first, rest = waiting[0], waiting[1:]
    for unit in sorted(units, key=lambda each: each != first.unit_id):
        left[0] -= 1
        if left[0] < 0:
            return None
        if not free_units([unit], placed, first.period):
            continue
        moved = _arrange(units, [*placed, _at(first, unit)], rest, left)
        if moved is not None:
            assert first.line_id is not None
            return moved if unit == first.unit_id else {**moved, first.line_id: unit}
    return None


def _at(line: Busy, unit: int) -> Busy:
    return msgspec.structs.replace(line, unit_id=unit)


def gaps(units: Sequence[int], busy: Iterable[Busy], within: Period) -> list[Gap]:
    """The whole of `within`, cut where the number of units that are free changes."""
    theirs = [each for each in busy if each.unit_id in set(units)]
    steps: dict[datetime, int] = {within.start: 0}
    for each in _merged_by_unit(theirs, within):
        steps[each.start] = steps.get(each.start, 0) - 1
        if each.end < within.end:
            steps[each.end] = steps.get(each.end, 0) + 1
    found: list[Gap] = []
    free, marks = len(units), sorted(steps)
    for start, end in zip(marks, [*marks[1:], within.end], strict=True):
        free += steps[start]
        if found and found[-1].units == free:
            found[-1] = Gap(Period(found[-1].period.start, end), free)
        else:
            found.append(Gap(Period(start, end), free))
    return found


def _merged_by_unit(busy: Iterable[Busy], within: Period) -> list[Period]:
    """The taken times inside `within`, no two of one unit overlapping."""
    merged: list[Period] = []
    last: tuple[int, Period] | None = None
    for each in sorted(busy, key=lambda one: (one.unit_id, one.period)):
        start, end = max(each.period.start, within.start), min(each.period.end, within.end)
        if start >= end:
            continue
        if last is not None and last[0] == each.unit_id and start <= last[1].end:
            merged[-1] = Period(last[1].start, max(last[1].end, end))
        else:
            merged.append(Period(start, end))
        last = (each.unit_id, merged[-1])
    return merged


def most_at_once(periods: Iterable[Period], within: Period) -> int:
    """How many of them run at one instant of `within`, at the most."""
    inside = [each for each in periods if each.overlaps(within)]
    return max((sum(o.start <= each.start < o.end for o in inside) for each in inside), default=0)


def first_free(
    units: Sequence[int],
    busy: Sequence[Busy],
    wishes: Iterable[tuple[Period, Period]],
    most: int,
) -> list[Period]:
    """The first times at which a unit is free, of pairs: as people see it, and with its buffers."""
    found: list[Period] = []
    for shown, wide in wishes:
        if free_units(units, busy, wide):
            found.append(shown)
        if len(found) == most:
            break
    return found
