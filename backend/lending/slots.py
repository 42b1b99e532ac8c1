"""The periods of a desk at which people may come: pure, from its calendar and its capacity (L19)."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from backend.kit.openings import Calendar
from backend.kit.zone import end_of_day, paris
from backend.lending.rules import Period, VisitKind


class Capacity(msgspec.Struct, frozen=True):
    """So many people as `most` in each period of so many `minutes`."""

    minutes: int
    most: int


class Slot(msgspec.Struct, frozen=True):
    """A period that begins at an instant, with the places that are left in it."""

    starts_at: datetime
    left: int


def starts(calendar: Calendar, minutes: int, within: Period) -> list[datetime]:
    """When periods begin, in order: whole ones, from the moment the door opens."""
    step, found = timedelta(minutes=minutes), []
    for opening in calendar.openings(within.start, within.end):
        count = (opening.ends_at - opening.starts_at) // step
        found += [opening.starts_at + n * step for n in range(count)]
    return [start for start in found if within.start <= start < within.end]


def free(
    capacity: Capacity, begins: Iterable[datetime], taken: Mapping[datetime, int]
) -> list[Slot]:
    """Those with a place left; the others are not shown."""
    slots = (Slot(start, capacity.most - taken.get(start, 0)) for start in begins)
    return [slot for slot in slots if slot.left > 0]


def allowed(period: Period, kind: VisitKind, now: datetime) -> Period | None:
    """When somebody may come for a line: on the day it begins, or until it is due; None when over."""
    start = max(now, period.start) if kind is VisitKind.PICKUP else now
    day_end = end_of_day(paris(start).date())
    end = min(period.end, day_end) if kind is VisitKind.PICKUP else period.end
    return Period(start, end) if start < end else None
