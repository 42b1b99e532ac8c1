"""An order is paid at once by Stripe, or at the counter in the drawer of dues; money goes back the same way (S6)."""

from collections.abc import Sequence

import msgspec

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing import counter, movements, refunds, ways
from backend.billing import queries as orders
from backend.billing import service as billing
from backend.billing.counter import Taken
from backend.billing.errors import OrderUnknown
from backend.billing.gateway import Facts
from backend.billing.queries import Order, Payment
from backend.billing.rules import GAINS, PaymentKind, PayWay
from backend.billing.service import Ordered
from backend.kit import keys
from backend.kit.database import fetch, fetch_value, once_more, transaction, within
from backend.kit.errors import N_
from backend.membership.queries import Household
from backend.membership.service import lock_household, plain_receipts
from backend.membership.service.sold import Sold
from backend.membership.service.tracing import note
from backend.orders import queries
from backend.orders.errors import (
    NothingToPay,
    NothingToReturn,
    OrderAmountChanged,
    TicketUnknown,
)
from backend.orders.paid import last_paid, paid_for
from backend.orders.queries import Ticket
from backend.orders.rules import TicketState, Verb
from backend.orders.service import ordering
from backend.orders.service.collecting import collect
from backend.orders.service.rows import lock_all, lock_ticket, move, trace

SERVICE = "service"
LABEL = "Services au comptoir"
GIVEN_BACK = "Rendu sur une commande"
CANCELLED = "Commande annulée."


class TicketTerms(msgspec.Struct, frozen=True):
    """Which orders are paid, and how much of each. `by`: who ordered it online."""

    household_id: int
    parts: dict[str, int]
    by: int | None = None


class Till(counter.Till, frozen=True, kw_only=True):
    """`hand_over` what is ready at once."""

    hand_over: bool = False


@once_more
async def take_payment(
    by: By, household_id: int, tickets: Sequence[str], till: Till, *, key: str
) -> Taken:
    """All that is due of these orders of one household, over the counter, with one receipt.

    Raises NothingToPay, OrderAmountChanged, TicketUnknown, WayClosed, DrawerNotOpen.
    """
    body = [household_id, list(tickets), till]
    async with transaction():
        before = await keys.earlier("order_payment", key, body, Taken)
        if before is not None:
            return before
        household = await lock_household(household_id)
        await ways.check_open(till.way)
        due = await _due(household_id, tickets)
        check_amount(due, till.cents)
        order = await _open(household, due, till.way, by)
        paid = await counter.take(by, order, till.site_id, cheque=till.cheque)
        await _settle(by, order, paid)
        if till.hand_over:
            for ticket in await queries.tickets_by_id([each.id for each in due]):
                if ticket.state is TicketState.READY:
                    await collect(by, ticket, household_id)
        issued = await plain_receipts.issue(household, order, paid)
        facts = {"order": order.public_id, "amount_cents": till.cents, "way": till.way}
        await note(by, household, "orders.order_paid", **facts)
        taken = Taken(issued.public_id, issued.said, till.cents)
        await keys.keep("order_payment", key, body, taken)
    return taken


@once_more
async def give_back(by: By, public_id: str, till: Till, *, key: str) -> Taken:
    """What was paid of a cancelled or collected order at the counter, in cash or by transfer: a reversal.

    Raises NothingToReturn, OrderAmountChanged, TicketUnknown, DrawerNotOpen, DrawerTooEmpty.
    """
    assert till.way in {PayWay.CASH, PayWay.TRANSFER}, till.way
    body = [public_id, till]
    async with transaction():
        before = await keys.earlier("order_refund", key, body, Taken)
        if before is not None:
            return before
        ticket, household = await lock_ticket(public_id)
        paid = await last_paid(ticket)
        if household is None or paid is None or ticket.is_open:
            raise NothingToReturn
        if till.cents != paid.left_cents:
            raise OrderAmountChanged
        order = await billing.lock_order(paid.order)
        given = await counter.give_back(
            by,
            order,
            till.cents,
            till.site_id,
            note=GIVEN_BACK,
            of_payment=paid.payment_id,
            way=till.way,
        )
        await _note_part(ticket.id, given, till.cents)
        await _end_refunded(by, ticket.id)
        issued = await plain_receipts.issue(household, order, given)
        await trace("refund", by, ticket, amount_cents=till.cents, way=till.way)
        taken = Taken(issued.public_id, issued.said, till.cents)
        await keys.keep("order_refund", key, body, taken)
    return taken


@once_more
async def order_payment(
    household_id: int, public_id: str, by: By, *, done_path: str, back_path: str
) -> Ordered:
    """One order, on Stripe's page. Asked twice, it is the same page (B4).

    By card: a debit is answered when the round has left. `done_path` may hold {order}.
    Raises NothingToPay, TicketUnknown, WayClosed.
    """
    async with transaction():
        ticket, household = await lock_ticket(public_id, household_id)
        assert household is not None, "a member's own"
        await ways.check_open(PayWay.ONLINE)
        check_amount([ticket])
        parts = {ticket.public_id: ticket.due_cents}
        pages = await _pages(ticket)
        order = next((one for one in pages if one.terms(TicketTerms).parts == parts), None)
        if order is None:
            order = await _open(household, [ticket], PayWay.ONLINE, by)
            await trace("payment_ordered", by, ticket, order=order.public_id)
        return await billing.ask_checkout(
            order, done_path=done_path, back_path=back_path, at_once=True
        )


@once_more
async def fulfil(facts: Facts) -> None:
    """What Stripe knows of a payment of orders; the same facts again change nothing (B2)."""
    async with transaction():
        terms = (await orders.get_order(facts.order)).terms(TicketTerms)
        household = await lock_household(terms.household_id)
        order = await movements.lock(facts)
        for moved in facts.movements:
            paid = await movements.follow(order, moved, facts.thread, _settle, take_away)
            if paid is not None and paid.kind not in movements.NO_PAPER:
                await plain_receipts.issue(household, order, paid)
        await movements.note_end(order, facts)


async def _settle(by: By, order: Order, payment: Payment) -> int:
    """The money pays what it was ordered for, as far as it still is due; gives what is too much.

    An order that was waiting for it stands from now on.
    """
    within()
    left = payment.amount_cents
    if payment.kind is not PaymentKind.PAYMENT:
        stands = sum((await _parts_of(order)).values())
        left = min(left, await movements.kept_cents(order) - stands)
    parts = order.terms(TicketTerms).parts
    for ticket in await _named(parts):
        most = _may_take(ticket, payment)
        part = min(left, parts[ticket.public_id], most)
        if part > 0:
            await _note_part(ticket.id, payment, part)
            left -= part
        paid = part > 0 and ticket.due_cents == part
        if paid and ticket.pays_first and ticket.state is TicketState.ORDERED:
            await ordering.confirm(by, ticket)
    return left


def _may_take(ticket: Ticket, payment: Payment) -> int:
    """What is due. What comes back from a bank belongs to it again, due or not."""
    if payment.kind is PaymentKind.PAYMENT:
        return ticket.due_cents
    return ticket.amount_cents - ticket.paid_cents


async def take_away(order: Order, payment: Payment) -> None:
    """Money of this order went back: of the tickets that it paid, the cancelled ones first."""
    within()
    paid = await _parts_of(order)
    tickets = await lock_all(list(paid))
    left = sum(paid.values()) - await movements.kept_cents(order)
    for ticket in sorted(tickets, key=lambda one: one.is_open):
        part = min(left, paid[ticket.id], ticket.paid_cents)
        if part > 0:
            await _note_part(ticket.id, payment, part)
            left -= part
        if part > 0 and payment.kind is PaymentKind.REFUND:
            await _end_refunded(SYSTEM, ticket.id)


async def undo(by: By, order: Order, given: Payment) -> None:
    """Taken by mistake, and given back: due again, but for what is cancelled."""
    within()
    paid = await _parts_of(order)
    for ticket in await lock_all([each for each, part in paid.items() if part > 0]):
        again = ticket.state is not TicketState.CANCELLED
        await _note_part(ticket.id, given, paid[ticket.id], again=again)
        if not again:
            await _end_refunded(by, ticket.id)


async def _parts_of(order: Order) -> dict[int, int]:
    """What the money of an order pays now, by ticket."""
    rows = await fetch(
        "SELECT t.ticket, sum(t.part_cents)::bigint AS paid FROM ticket_payment t"
        " JOIN payment p ON p.id = t.payment WHERE p.pay_order = $1 GROUP BY t.ticket",
        order.id,
    )
    return {row["ticket"]: row["paid"] for row in rows}


async def _end_refunded(by: By, ticket_id: int) -> None:
    """All its money is back with the household."""
    now = (await queries.tickets_by_id([ticket_id]))[0]
    ended = now.state in {TicketState.CANCELLED, TicketState.COLLECTED}
    if ended and now.paid_cents == 0:
        await move([ticket_id], Verb.REFUND, by)


async def ask_back(by: By, ticket: Ticket, reason: str) -> None:
    """What was paid by card goes back the way it came; the rest waits at the counter."""
    within()
    for each in await paid_for(ticket):
        if each.way is PayWay.ONLINE and each.left_cents > 0:
            order = await billing.lock_order(each.order)
            asked_by = by.id if by.actor is Actor.PERSON else None
            await refunds.ask(
                order, each.payment_id, each.left_cents, reason or CANCELLED, asked_by
            )


async def give_up_pages(ticket: Ticket) -> None:
    """A page of Stripe's that somebody left open asks for nothing any more."""
    within()
    for order in await _pages(ticket):
        await billing.cancel_order(order)


def check_amount(due: Sequence[Ticket], cents: int | None = None) -> None:
    """Raises NothingToPay, OrderAmountChanged."""
    asked = sum(ticket.due_cents for ticket in due)
    if asked == 0:
        raise NothingToPay
    if cents is not None and cents != asked:
        raise OrderAmountChanged


async def _due(household_id: int, tickets: Sequence[str]) -> list[Ticket]:
    found = [await queries.get_ticket(each, household_id) for each in dict.fromkeys(tickets)]
    held = await lock_all([ticket.id for ticket in found])
    if any(ticket.household_id != household_id for ticket in held):
        raise TicketUnknown
    return held


async def _named(parts: dict[str, int]) -> list[Ticket]:
    rows = await fetch("SELECT id FROM order_ticket WHERE public_id = ANY($1)", list(parts))
    return await lock_all([row["id"] for row in rows])


async def _open(household: Household, due: Sequence[Ticket], way: PayWay, by: By) -> Order:
    names = {ticket.service_name for ticket in due}
    label = names.pop() if len(names) == 1 else LABEL
    parts = {ticket.public_id: ticket.due_cents for ticket in due if ticket.due_cents}
    who = by.id if by.actor is Actor.PERSON else None
    terms = TicketTerms(household.id, parts, who)
    return await billing.open_order(
        household.payer_id, SERVICE, way, label, sum(parts.values()), terms
    )


async def _pages(ticket: Ticket) -> list[Order]:
    payer = await fetch_value("SELECT payer FROM household WHERE id = $1", ticket.household_id)
    found = [] if payer is None else await orders.open_pages(payer, SERVICE)
    return [each for each in found if ticket.public_id in each.terms(TicketTerms).parts]


async def _note_part(ticket_id: int, payment: Payment, cents: int, *, again: bool = False) -> None:
    """Above zero for what came, below for what went; a trigger adds it to the ticket."""
    within()
    await fetch(
        "INSERT INTO ticket_payment (ticket, payment, part_cents, again) VALUES ($1, $2, $3, $4)",
        ticket_id,
        payment.id,
        cents if payment.kind in GAINS else -cents,
        again,
    )


async def lock_order(public_id: str) -> tuple[Household, Order]:
    """With its household, as `fulfil` holds them. Raises OrderUnknown for what is no order of services."""
    within()
    found = await orders.get_order(public_id)
    if found.kind != SERVICE:
        raise OrderUnknown
    household = await lock_household(found.terms(TicketTerms).household_id)
    return household, await billing.lock_order(public_id)


SOLD = Sold(
    lock_order,
    take_away,
    undo,
    "orders.",
    N_("La banque a refusé votre chèque pour une commande. Vous devez encore cette somme."),
    N_("Votre paiement pour une commande est annulé et rendu."),
    N_("Le club vous rend de l'argent d'une commande."),
)
