"""Whose bookings an act may end: their households are locked before what they booked (L32, L35).

What a ticket ends gives its price back, and its deposit, to households that the act did not name.
Whoever books in the moment before the resource is locked is found under its lock; were they waited
for then, two could wait for each other, so the act begins anew where they are not free at once.
"""

from collections.abc import Collection

from backend.kit.database import TryOnceMore, fetch, within
from backend.lending.policy import Model
from backend.lending.rules import BOOKED, Period
from backend.lending.service import shelf

LOCK = "SELECT id FROM household WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE"


async def lock_all(
    resource_ids: Collection[int], ends: Period | None = None, whose: int | None = None
) -> dict[int, Model]:
    """The resources; before them `whose` household, and those that may lose a booking in `ends`."""
    within()
    homes = await _borrowers(resource_ids, ends) | ({whose} if whose is not None else set())
    await lock_homes(homes)
    models = await shelf.lock_all(resource_ids)
    await lock_late(await _borrowers(resource_ids, ends) - homes)
    return models


async def lock_homes(homes: Collection[int]) -> None:
    """Before any resource."""
    within()
    if homes:
        await fetch(LOCK, list(homes))


async def lock_late(homes: Collection[int]) -> None:
    """Of those who came in between, under the resource's lock. Raises TryOnceMore."""
    within()
    if homes and len(await fetch(f"{LOCK} SKIP LOCKED", list(homes))) < len(homes):
        raise TryOnceMore


async def _borrowers(resource_ids: Collection[int], ends: Period | None) -> set[int]:
    if ends is None:
        return set()
    rows = await fetch(
        "SELECT DISTINCT b.household FROM booking_line l JOIN booking b ON b.id = l.booking"
        " WHERE l.resource = ANY($1) AND l.occupied && tstzrange($2, $3) AND l.state = ANY($4)"
        " AND b.household IS NOT NULL",
        list(resource_ids),
        ends.start,
        ends.end,
        [state.value for state in BOOKED],
    )
    return {row["household"] for row in rows}
