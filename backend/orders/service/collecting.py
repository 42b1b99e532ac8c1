"""What is handed over, and what is not: for whoever scans it and whoever pays it (S2, S5, S6)."""

from backend.audit.service import By
from backend.kit.database import within
from backend.orders import queries
from backend.orders.errors import (
    AlreadyCollected,
    NotReady,
    OfAnotherHousehold,
    OrderEnded,
    ProofNeeded,
    ToPayFirst,
)
from backend.orders.queries import Ticket
from backend.orders.rules import TicketState, Verb
from backend.orders.service.rows import move, trace

# The paper that was looked at; never its number.
PROOFS = ("card", "passport", "licence", "residence", "known")


async def collect(by: By, ticket: Ticket, household_id: int | None, proof: str = "") -> Ticket:
    within()
    check_collectable(ticket, household_id)
    seen = proof if proof in PROOFS else ticket.proof
    if ticket.holds and not seen:
        raise ProofNeeded
    await move([ticket.id], Verb.COLLECT, by, proof=seen)
    await trace("collect", by, ticket)
    return await queries.get_ticket(ticket.public_id)


def check_collectable(ticket: Ticket, household_id: int | None) -> None:
    if household_id is not None and ticket.household_id != household_id:
        raise OfAnotherHousehold
    if ticket.state is TicketState.COLLECTED:
        raise AlreadyCollected
    if ticket.state in {TicketState.CANCELLED, TicketState.REFUNDED}:
        raise OrderEnded
    if ticket.state is not TicketState.READY:
        raise NotReady
    if ticket.due_cents:
        raise ToPayFirst
