"""From ready to collected, and what becomes of an order otherwise: its moves, one act each (S2)."""

from collections.abc import Sequence

from backend.audit.service import By
from backend.kit import clock
from backend.kit.database import once_more, transaction, within
from backend.membership import queries as membership
from backend.orders import queries
from backend.orders.errors import OrderElsewhere, OrdersByAdults, TooLateToCancel, TooLateToUndo
from backend.orders.queries import Ticket
from backend.orders.rules import LONGEST_SHELF, Verb, tidy
from backend.orders.service import paying, telling
from backend.orders.service.collecting import collect
from backend.orders.service.rows import lock_all, lock_ticket, move, trace
from backend.places import service as places


@once_more
async def make_ready(by: By, public_ids: Sequence[str], shelf: str) -> None:
    """They lie there for their households, who are told. Raises TicketUnknown, TicketMoved."""
    async with transaction():
        ids = [(await queries.get_ticket(each)).id for each in public_ids]
        await set_ready(by, ids, dict.fromkeys(ids, shelf))


async def set_ready(by: By, ids: Sequence[int], shelves: dict[int, str]) -> None:
    """Each on its shelf."""
    within()
    for ticket in await lock_all(ids):
        shelf = tidy(shelves.get(ticket.id, ""), LONGEST_SHELF)
        await move([ticket.id], Verb.MAKE_READY, by, ready_at=clock.now(), shelf=shelf)
        await telling.tell_ready(ticket)
        await trace("ready", by, ticket)


@once_more
async def hand_over(
    by: By,
    public_id: str,
    household_id: int | None = None,
    *,
    proof: str = "",
    site_id: int | None = None,
) -> Ticket:
    """To whoever shows its code; never to another household than the one at the counter (S2).

    `site_id`: where it was scanned; what lies at another site is not given by a scan. A parcel goes for
    a paper that was seen (S5). Raises OfAnotherHousehold, AlreadyCollected, OrderEnded, NotReady,
    ToPayFirst, ProofNeeded, OrderElsewhere.
    """
    async with transaction():
        ticket, _ = await lock_ticket(public_id)
        if ticket.is_ready and site_id not in {None, ticket.site_id}:
            raise OrderElsewhere(site=ticket.site)
        return await collect(by, ticket, household_id, proof)


@once_more
async def undo(by: By, public_id: str) -> None:
    """It was not handed over after all; within a quarter of an hour, and not where its site has closed
    since: nobody would see it there. Raises TooLateToUndo.
    """
    async with transaction():
        ticket, _ = await lock_ticket(public_id)
        if not ticket.may_undo or not await places.stays_open(ticket.site_id):
            raise TooLateToUndo
        await move([ticket.id], Verb.UNDO, by)
        await trace("undo", by, ticket)


@once_more
async def send_again(by: By, public_id: str) -> None:
    """Something is wrong with it: it goes to the partner once more. Raises TicketMoved."""
    async with transaction():
        ticket, _ = await lock_ticket(public_id)
        await move([ticket.id], Verb.SEND_AGAIN, by, ready_at=None, reminded_at=None)
        await trace("send_again", by, ticket)


@once_more
async def cancel(
    by: By, public_id: str, household_id: int | None = None, *, reason: str = ""
) -> Ticket:
    """By its household until the cut-off, by staff until it is collected; the household is told.

    What was paid by card goes back by itself; notes and cheques wait at the counter (S6).
    Raises TicketUnknown, OrdersByAdults, TooLateToCancel, TicketMoved.
    """
    async with transaction():
        ticket, _ = await lock_ticket(public_id, household_id)
        if household_id is not None:
            await _check_own(by, ticket)
        return await end(by, ticket, reason)


async def _check_own(by: By, ticket: Ticket) -> None:
    """What a household does by itself: an adult of it, in time. Raises OrdersByAdults, TooLateToCancel."""
    member = None if by.id is None else await membership.find_member(by.id)
    if member is None or not member.adult:
        raise OrdersByAdults
    if not ticket.may_cancel_alone:
        raise TooLateToCancel


async def end(by: By, ticket: Ticket, reason: str) -> Ticket:
    within()
    await move([ticket.id], Verb.CANCEL, by)
    await paying.give_up_pages(ticket)
    await paying.ask_back(by, ticket, reason)
    await telling.tell_cancelled(ticket, reason)
    await trace("cancel", by, ticket, reason=reason)
    return await queries.get_ticket(ticket.public_id)
