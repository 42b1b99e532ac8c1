"""What every use case shares: rows under their lock, and the one way a ticket moves (S2)."""

from collections.abc import Sequence
from typing import Any

from backend.audit.rules import Actor
from backend.audit.service import By, note
from backend.kit import clock
from backend.kit.database import fetch, fetch_value, within
from backend.membership.queries import Household
from backend.membership.service import lock_household
from backend.orders import queries
from backend.orders.errors import TicketMoved, TicketUnknown
from backend.orders.queries import Ticket
from backend.orders.rules import MOVES, Verb


async def lock_ticket(
    public_id: str, household_id: int | None = None
) -> tuple[Ticket, Household | None]:
    """The ticket and its household, held until the end; `household_id` is a member's own.

    A household that was erased is None. Raises TicketUnknown.
    """
    within()
    found = await queries.get_ticket(public_id, household_id)
    whose = None if found.household_id is None else await lock_household(found.household_id)
    held = await fetch_value(
        "SELECT id FROM order_ticket WHERE id = $1 AND household IS NOT DISTINCT FROM $2"
        " FOR NO KEY UPDATE",
        found.id,
        found.household_id,
    )
    if held is None:
        raise TicketUnknown
    return await queries.get_ticket(public_id), whose


async def lock_all(ids: Sequence[int]) -> list[Ticket]:
    """Several, in the order of their ids."""
    within()
    await fetch(
        "SELECT id FROM order_ticket WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", list(ids)
    )
    return await queries.tickets_by_id(ids)


async def takes_orders(round_id: int) -> bool:
    """Whether it still does, held with other orders beside us; the list waits for us."""
    within()
    found: bool = await fetch_value(
        "SELECT sent_at IS NULL AND called_off_at IS NULL AND cutoff_at > $2 FROM order_round"
        " WHERE id = $1 FOR SHARE",
        round_id,
        clock.now(),
    )
    return found


async def move(ids: Sequence[int], verb: Verb, by: By, **said: Any) -> None:
    """All of them, or none; `said` are other columns, written with it. Raises TicketMoved."""
    within()
    starts, end = MOVES[verb]
    columns = "".join(f", {name} = ${n}" for n, name in enumerate(said, 6))
    rows = await fetch(
        f"UPDATE order_ticket SET state = $2, changed_at = $3, changed_by = $4{columns}"  # noqa: S608 - our own words
        " WHERE id = ANY($1) AND state = ANY($5) RETURNING id",
        list(ids),
        end.value,
        clock.now(),
        person_of(by),
        [state.value for state in starts],
        *said.values(),
    )
    if len(rows) != len(set(ids)):
        raise TicketMoved


def person_of(by: By) -> int | None:
    return by.id if by.actor is Actor.PERSON else None


async def trace(verb: str, by: By, ticket: Ticket, **facts: object) -> None:
    within()
    await note(
        f"orders.{verb}",
        by,
        subject_id=ticket.person_id,
        object_kind="order_ticket",
        object_id=ticket.public_id,
        **facts,
    )
