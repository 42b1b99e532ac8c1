"""What is free: one range query for as many resources as a page shows, the rest in memory.

The same reading and the same arithmetic as the door that books (busy.py, packing.py).
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta

import msgspec

from backend.kit import clock
from backend.lending import busy, packing, times
from backend.lending.packing import Busy, Gap
from backend.lending.policy import Model
from backend.lending.queries.resources import get_model
from backend.lending.rules import Period, SlotMode


class Availability(msgspec.Struct, frozen=True, kw_only=True):
    """A resource over a range: its units, and what is taken of them, buffers included.

    A kit has `parts` instead, each with how many of it are needed: it is free when all of them are.
    """

    model: Model
    within: Period
    units: tuple[int, ...]
    busy: tuple[Busy, ...]
    parts: tuple[tuple["Availability", int], ...] = ()

    @property
    def gaps(self) -> list[Gap]:
        """The range cut where the number of free units changes; members see only these (L20)."""
        return packing.gaps(self.units, self.busy, self.within)

    def free_units(self, period: Period) -> int:
        """How many units could be had for all of it, others changing theirs where they must (L8)."""
        if self.parts:
            return min(part.sets(period, many) for part, many in self.parts)
        if not self.model.counted:
            return 1
        wide = busy.wide(self.model, period)
        inside = [each for each in self.busy if each.period.overlaps(wide)]
        least = min((gap.units for gap in packing.gaps(self.units, inside, wide)), default=0)
        return least if all(each.movable for each in inside) or self._fits(wide) else 0

    def sets(self, period: Period, many: int) -> int:
        """How often so many at once could be had; of what nobody counts there is always enough (L40)."""
        free = self.free_units(period)
        return free // many if self.model.counted else free

    def _fits(self, wide: Period) -> bool:
        """Whether one of them is free all along: what stands fast does not change its unit."""
        return packing.pack(self.units, self.busy, wide, self.units) is not None

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


async def soonest_period(resource: str) -> Period:
    """The usual time from now on, as somebody may wish it. Raises ResourceUnknown."""
    policy, now = (await get_model(resource)).policy, clock.now()
    if policy.slot_mode is SlotMode.DAYS:
        return Period(now, now + timedelta(days=policy.usual_length))
    start = times.next_mark(policy, now)
    return Period(start, start + timedelta(minutes=policy.usual_length))


def _length(period: Period) -> timedelta:
    return period.length
