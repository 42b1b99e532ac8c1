"""What was paid of an order, and what of it may still go back."""

import msgspec

from backend.billing.rules import PayWay
from backend.kit.database import fetch
from backend.orders.queries import Ticket


class Paid(msgspec.Struct, frozen=True):
    """What is left of a payment for one ticket; what was asked back of Stripe is taken off."""

    payment_id: int
    order: str
    way: PayWay
    left_cents: int


async def paid_for(ticket: Ticket) -> list[Paid]:
    rows = await fetch(
        "SELECT p.id AS payment_id, o.public_id AS order, p.way, (t.part_cents"
        " + coalesce((SELECT sum(g.part_cents) FROM ticket_payment g JOIN payment b ON b.id = g.payment"
        "   WHERE g.ticket = t.ticket AND b.of_payment = p.id), 0)"
        " - coalesce((SELECT sum(r.amount_cents) FROM refund r WHERE r.payment = p.id"
        "   AND r.refused_at IS NULL AND NOT EXISTS (SELECT 1 FROM payment b"
        "    WHERE b.external_id = r.external_id AND b.kind = 'refund')), 0))::bigint AS left_cents"
        " FROM ticket_payment t JOIN payment p ON p.id = t.payment JOIN pay_order o ON o.id = p.pay_order"
        " WHERE t.ticket = $1 AND p.kind = 'payment' ORDER BY p.id DESC",
        ticket.id,
    )
    return [Paid(**{**row, "way": PayWay(row["way"])}) for row in rows]


async def last_paid(ticket: Ticket) -> Paid | None:
    return next((one for one in await paid_for(ticket) if one.left_cents > 0), None)


async def to_return(ticket: Ticket) -> int:
    """Cents that may be handed back at the counter now; 0 where Stripe gives them back, or nothing is."""
    paid = None if ticket.is_open else await last_paid(ticket)
    return 0 if paid is None else paid.left_cents
