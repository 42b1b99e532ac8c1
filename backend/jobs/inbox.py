"""What Stripe tells us: kept, then acted on by re-reading what it is about.

An event only says where to look. Webhook, return page and nightly check all end in `settle`.
"""

from collections.abc import Awaitable, Callable

import structlog

from backend.activities.service import paying as seats
from backend.billing import differences, payouts
from backend.billing import queries as billing
from backend.billing.errors import EventTooLarge, StripeUnavailable
from backend.billing.gateway import Facts, connected
from backend.billing.rules import DifferenceKind
from backend.kit import clock, inbox
from backend.kit.inbox import Event
from backend.lending.service import cards, paying
from backend.membership import service as membership
from backend.merchants import service as merchants
from backend.orders.service import paying as orders

Fulfil = Callable[[Facts], Awaitable[None]]

log = structlog.get_logger("inbox")
SOURCE = "stripe"
MOST_BYTES = 512 * 1024
# What an order is for decides who fulfils it: the one table of it.
FULFIL: dict[str, Fulfil] = {
    "dues": membership.fulfil,
    "partner_dues": merchants.fulfil,
    "lending": paying.fulfil,
    "card": cards.keep_card,
    "hold": cards.fulfil_hold,
    "service": orders.fulfil,
    "activity": seats.fulfil,
}
PAYOUT = "po_"
HEARD = {
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.amount_capturable_updated",
    "payment_intent.canceled",
    "setup_intent.succeeded",
    "invoice.paid",
    "invoice.payment_failed",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "charge.updated",
    "charge.refunded",
    "refund.created",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
    "checkout.session.expired",
    "payout.created",
    "payout.paid",
    "payout.failed",
    "payout.canceled",
}


async def receive(body: bytes, signature: str) -> int | None:
    """Keeps a signed event once; gives its row, None when it came before or is not for us.

    Its body is not kept: id, kind, object and time are enough, and hold nobody's data.
    Raises SignatureWrong and EventTooLarge, and then nothing is written (B3, SEC12).
    """
    if len(body) > MOST_BYTES:
        raise EventTooLarge
    incoming = connected().check(body, signature, clock.now())
    if incoming.kind not in HEARD:
        return None
    return await inbox.store(
        SOURCE,
        incoming.event_id,
        incoming.kind,
        incoming.object_id,
        "{}",
        incoming.happened_at,
    )


async def drain(only: int | None = None) -> int:
    """Acts on what waits; any number of workers share it."""
    return await inbox.drain(act, only=only)


async def act(event: Event) -> None:
    object_id = event.object_id or ""
    if object_id.startswith(PAYOUT):
        await payouts.settle_payout(await connected().read_payout(object_id))
        return
    facts = await connected().read(object_id)
    if facts is not None:
        await settle(facts)


async def settle(facts: Facts) -> None:
    """Every fact of a payment goes through here, whoever brought it."""
    order = await billing.find_order(facts.order)
    if order is None:
        await differences.report(DifferenceKind.ORDER, facts.order)
        return
    await FULFIL[order.kind](facts)


async def catch_up(order: str) -> None:
    """The payer is back before the webhook: we ask Stripe ourselves. Silence is not an answer."""
    found = await billing.get_order(order)
    asked = found.stripe_session or found.stripe_intent
    if asked is None:
        return
    try:
        facts = await connected().read(asked)
        if facts is not None:
            await settle(facts)
    except StripeUnavailable:
        log.warning("stripe is silent", order=order)
