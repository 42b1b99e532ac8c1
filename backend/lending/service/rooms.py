"""The club's own use of a room: all of it, through the one door, and nobody is pushed out of it (L7).

A blackout plans again what it meets; here whoever booked first keeps the room.
"""

from collections.abc import Sequence

from backend.audit.service import By, note
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value, within
from backend.lending.errors import ResourceUnknown
from backend.lending.policy import Model
from backend.lending.rules import LineState, Period, TicketKind
from backend.lending.service import shelf
from backend.lending.service.claims import Claim, claim
from backend.lending.service.promoting import promote
from backend.lending.service.tickets import release


async def reserve(by: By, resource_id: int, period: Period, words: str) -> list[str] | None:
    """Blocks every unit of the room, with its buffers (L20); the tickets that do, by public id.

    None when one is taken: the caller refuses, and nothing of it stays. Raises ResourceUnknown.
    """
    within()
    model = (await shelf.lock_all([resource_id]))[resource_id]
    rows = await fetch(
        "SELECT id FROM unit WHERE resource = $1 AND retired_at IS NULL ORDER BY id", resource_id
    )
    if model.retired_at is not None or not rows:
        raise ResourceUnknown
    made = [await _block(by, model, row["id"], period, words) for row in rows]
    tickets = [each for each in made if each is not None]
    if len(tickets) < len(made):
        return None
    for each in tickets:
        await note(
            "lending.blackout",
            by,
            object_kind="ticket",
            object_id=each,
            tickets=tickets,
            cancelled=[],
        )
    return tickets


async def _block(by: By, model: Model, unit_id: int, period: Period, words: str) -> str | None:
    public_id = codes.random_id()
    ticket_id = await fetch_value(
        "INSERT INTO ticket (public_id, unit, kind, note, opened_at, opened_by)"
        " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        public_id,
        unit_id,
        TicketKind.BLACKOUT.value,
        words,
        clock.now(),
        by.id,
    )
    wanted = Claim(period=period, state=LineState.BLOCKED, ticket_id=ticket_id, only=(unit_id,))
    return None if await claim(model, wanted) is None else public_id


async def give_back(by: By, resource_id: int, tickets: Sequence[str]) -> None:
    """The room is free from now on; who waits for it is served (L24). Tickets closed already stay so."""
    within()
    model = (await shelf.lock_all([resource_id]))[resource_id]
    rows = await fetch(
        "UPDATE ticket SET closed_at = $2, closed_by = $3 WHERE public_id = ANY($1)"
        " AND closed_at IS NULL RETURNING id",
        list(tickets),
        clock.now(),
        by.id,
    )
    for row in rows:
        await release(row["id"])
    await promote(model)
