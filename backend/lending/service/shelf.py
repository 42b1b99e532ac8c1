"""Taking hold of resources: the lock, then whatever died meanwhile is written down (L38).

A hold or an offer past its time reads as free; it blocks in the constraint until a writer, here,
expires it. What that frees is offered to who waits before anybody else may have it (L23).
"""

from collections.abc import Collection

from backend.kit import clock
from backend.kit.database import fetch, within
from backend.lending import busy
from backend.lending.busy import Locked
from backend.lending.errors import ResourceUnknown
from backend.lending.policy import Model
from backend.lending.rules import MOVES, Verb
from backend.lending.service.claims import lock_resource
from backend.lending.service.promoting import promote


async def lock_all(resource_ids: Collection[int]) -> dict[int, Model]:
    """In the order of their ids, so that two who want several never wait in a ring."""
    within()
    return {each.model.id: each.model for each in await lock_with_units(resource_ids)}


async def lock_with_units(resource_ids: Collection[int]) -> list[Locked]:
    """The same, with the units that each has; whoever changes units asks for them anew."""
    within()
    for resource_id in sorted(resource_ids):
        await lock_resource(resource_id)
    found = await busy.locked(resource_ids, clock.now())
    for each in found:
        if each.has_dead:
            await expire_dead(each.model)
            await promote(each.model)
    return found


async def lock_named(public_ids: Collection[str]) -> dict[str, Model]:
    """The same by public id. Raises ResourceUnknown."""
    within()
    models = await lock_all(await ids_of(public_ids))
    return {model.public_id: model for model in models.values()}


async def ids_of(public_ids: Collection[str]) -> list[int]:
    """Raises ResourceUnknown."""
    within()
    rows = await fetch("SELECT id FROM resource WHERE public_id = ANY($1)", list(public_ids))
    if len(rows) < len(set(public_ids)):
        raise ResourceUnknown
    return [row["id"] for row in rows]


async def expire_dead(model: Model) -> None:
    """Writes down which holds and offers are past their time."""
    within()
    now = clock.now()
    rows = await fetch(
        "UPDATE booking_line SET state = $3, lapses_at = NULL, changed_at = $2"
        " WHERE resource = $1 AND lapses_at <= $2 AND state IN ('held', 'offered') RETURNING id",
        model.id,
        now,
        MOVES[Verb.EXPIRE][1].value,
    )
    if rows:
        lines = [row["id"] for row in rows]
        await fetch("UPDATE wish SET ended_at = $2 WHERE line = ANY($1)", lines, now)
