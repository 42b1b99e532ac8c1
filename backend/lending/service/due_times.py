"""Loans that run get another due time, many at once: locked, moved and priced as each would be alone."""

from collections.abc import Awaitable, Callable, Iterable

from backend.kit.database import TryOnceMore, within
from backend.lending.policy import Model
from backend.lending.rules import Period
from backend.lending.service import borrowers, charging, shelf, visits
from backend.lending.service.claims import Claim, claim
from backend.lending.service.lines import touch
from backend.lending.values import LineRow

Find = Callable[[], Awaitable[list[LineRow]]]


async def lock_found(find: Find) -> tuple[list[LineRow], dict[int, Model]]:
    """What is found under the locks: of its households, whose price changes, and of its resources."""
    within()
    before = await find()
    homes = _homes(before)
    await borrowers.lock_homes(homes)
    models = await shelf.lock_all({line.resource_id for line in before})
    lines = await find()
    await borrowers.lock_late(_homes(lines) - homes)
    if not {line.resource_id for line in lines} <= models.keys():
        raise TryOnceMore
    return lines, models


def _homes(lines: Iterable[LineRow]) -> set[int]:
    return {line.household_id for line in lines if line.household_id is not None}


async def set_due(model: Model, line: LineRow, wanted: Period) -> int | None:
    """The cents that it costs more, or less. None where somebody else has booked it."""
    within()
    if not await move(model, line, wanted):
        return None
    return await charging.price(line.id, line.household_id, model, line.state, wanted)


async def move(model: Model, line: LineRow, wanted: Period) -> bool:
    """Through the door, on the unit that somebody has in hand; at no other price."""
    within()
    only = None if line.unit_id is None else (line.unit_id,)
    wish = Claim(period=wanted, state=line.state, line=line, only=only)
    if await claim(model, wish) is None:
        return False
    assert line.booking_id is not None
    await touch(line.booking_id)
    await visits.drop_other_days(line.id, wanted)
    return True
