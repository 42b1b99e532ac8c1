"""What is free: one range query for as many resources as a page shows, the rest in memory.

The same reading and the same arithmetic as the door that books (busy.py, packing.py).
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

import msgspec

from backend.kit import clock
from backend.kit.clock import start_of_day
from backend.lending import busy, packing, times
from backend.lending.packing import Busy, Gap
from backend.lending.policy import Model
from backend.lending.queries.resources import get_model
from backend.lending.rules import Period
from backend.places import queries as places


class Availability(msgspec.Struct, frozen=True, kw_only=True):
    """A resource over a range: its units, and what is taken of them, buffers included."""

    model: Model
    within: Period
    units: tuple[int, ...]
    busy: tuple[Busy, ...]

    @property
    def gaps(self) -> list[Gap]:
        """The range cut where the number of free units changes; members see only these (L20)."""
        return packing.gaps(self.units, self.busy, self.within)

    def free_units(self, period: Period) -> int:
        """How many units could be had for all of it, others changing theirs where they must (L8)."""
        if not self.model.counted:
            return 1
        wide = busy.wide(self.model, period)
        inside = [each for each in self.busy if each.period.overlaps(wide)]
        return min((gap.units for gap in packing.gaps(self.units, inside, wide)), default=0)

    def is_free(self, period: Period) -> bool:
        return self.free_units(period) > 0


class Day(msgspec.Struct, frozen=True):
    """A day of a resource's calendar: `free` units from opening to closing; None when it is closed.

    `why`: what people read of a closed day.
    """

    on: date
    free: int | None
    why: str = ""


async def availability(resources: Collection[str], within: Period) -> dict[str, Availability]:
    """By public id; three statements, however many resources. What is unknown is left out."""
    models = await busy.models("r.public_id = ANY($1)", list(resources))
    return await of_models(models, within)


async def of_models(models: Iterable[Model], within: Period) -> dict[str, Availability]:
    """The same for resources that are read already; two statements."""
    known = list(models)
    units = await busy.units_of([model.id for model in known])
    return await of_units([(model, units.get(model.id, ())) for model in known], within)


async def of_units(
    known: Sequence[tuple[Model, Sequence[int]]], within: Period
) -> dict[str, Availability]:
    """The same where the units are read too; one statement."""
    reach = max((busy.wide(model, within) for model, _ in known), key=_length, default=within)
    taken: dict[int, list[Busy]] = {}
    for each in await busy.busy_times([model.id for model, _ in known], reach, clock.now()):
        taken.setdefault(each.resource_id, []).append(each)
    return {
        model.public_id: Availability(
            model=model, within=within, units=tuple(units), busy=tuple(taken.get(model.id, ()))
        )
        for model, units in known
    }


async def free_days(resource: str, first: date, count: int) -> list[Day]:
    """A resource's next days, for the calendar that a tenant books from."""
    last = first + timedelta(days=count)
    within = Period(start_of_day(first), start_of_day(last))
    found = (await availability([resource], within)).get(resource)
    if found is None:
        return []
    calendar = await places.get_calendar(found.model.site_id)
    days: list[Day] = []
    for on in (first + timedelta(days=n) for n in range(count)):
        openings = calendar.openings_on(on)
        if not openings:
            days.append(Day(on, None, calendar.why_closed(on) or ""))
            continue
        door = Period(openings[0].starts_at, openings[-1].ends_at)
        days.append(Day(on, found.free_units(door)))
    return days


async def free_slots(resource: str, on: date) -> list[tuple[Period, int]]:
    """A day cut on the grid of a resource that is booked by the hour, and how many units are free."""
    within = Period(start_of_day(on), start_of_day(on + timedelta(days=1)))
    found = (await availability([resource], within)).get(resource)
    if found is None:
        return []
    step = timedelta(minutes=found.model.policy.slot_minutes)
    marks = [within.start]
    while marks[-1] < within.end:
        marks.append(marks[-1] + step)
    slots = [Period(start, end) for start, end in pairwise(marks)]
    return [(slot, found.free_units(slot)) for slot in slots]


async def settled_period(resource: str, wanted: Period) -> Period:
    """The wished time as it would be booked. Raises a PeriodWrong, NeverOpen or ResourceUnknown."""
    model = await get_model(resource)
    calendar = await places.get_calendar(model.site_id)
    return times.settled(model.policy, calendar, wanted, clock.now())


def _length(period: Period) -> timedelta:
    return period.length
