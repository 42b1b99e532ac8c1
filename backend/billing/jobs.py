"""Calls to Stripe that leave by the outbox: the effect here is committed, then the call is made.

Each may run twice: a call repeats its key, and what comes of it is written once.
"""

import msgspec

from backend.billing import answers, customers, holds, portal, queries, refunds, rules, service
from backend.billing.errors import RefundRefused
from backend.billing.gateway import Charge, Checkout, GiveBack, connected
from backend.kit import outbox
from backend.kit.outbox import Letter, Send


class OfOrder(msgspec.Struct, frozen=True):
    order: str


async def open_checkout(letter: Letter) -> None:
    """An order that was given up while Stripe was asked has its page closed at once."""
    asked: Checkout = letter.read(Checkout)
    order = await queries.get_order(asked.order)
    if order.stripe_session is None and order.cancelled_at is None:
        key = rules.attempt_key(order.public_id, letter.attempts)
        opened = await connected().open_checkout(asked, key)
        await answers.keep_checkout(order.public_id, opened)
        order = await queries.get_order(asked.order)
    if order.stripe_session is not None and order.cancelled_at is not None:
        await connected().close_checkout(order.stripe_session)


async def close_checkout(letter: Letter) -> None:
    order = await queries.get_order(letter.read(OfOrder).order)
    if order.stripe_session is not None:
        await connected().close_checkout(order.stripe_session)


async def stop_subscription(letter: Letter) -> None:
    order = await queries.get_order(letter.read(OfOrder).order)
    if order.stripe_subscription is not None:
        await connected().stop_subscription(order.stripe_subscription)


async def end_subscription(letter: Letter) -> None:
    order = await queries.get_order(letter.read(OfOrder).order)
    if order.stripe_subscription is not None:
        await connected().end_subscription(order.stripe_subscription)


async def charge(letter: Letter) -> None:
    """It may run twice: there is one charge. Whether it was paid is told by Stripe's facts."""
    asked: Charge = letter.read(Charge)
    order = await queries.get_order(asked.order)
    if order.stripe_intent is None and order.cancelled_at is None:
        key = rules.attempt_key(order.public_id, letter.attempts)
        await answers.keep_charge(order.public_id, await connected().charge(asked, key))


async def capture(letter: Letter) -> None:
    """It may run twice: the money is taken once, and Stripe's facts say so."""
    asked: holds.Capture = letter.read(holds.Capture)
    order = await queries.get_order(asked.order)
    if order.stripe_intent is not None:
        key = rules.attempt_key(f"{order.public_id}-capture", letter.attempts)
        await connected().capture(order.stripe_intent, asked.amount_cents, key)


async def release(letter: Letter) -> None:
    order = await queries.get_order(letter.read(OfOrder).order)
    if order.stripe_intent is not None:
        await connected().release(order.stripe_intent)


async def detach(letter: Letter) -> None:
    await connected().detach(letter.read(holds.Detach).method)


async def give_back(letter: Letter) -> None:
    """It may run twice: the money goes back once."""
    asked = await refunds.find(letter.read(refunds.OfRefund).refund)
    if asked is None or asked.external_id is not None or asked.refused_at is not None:
        return
    wanted = GiveBack(
        refund=asked.public_id,
        order=asked.order,
        payment=asked.payment,
        amount_cents=asked.amount_cents,
    )
    try:
        made = await connected().give_back(
            wanted, rules.attempt_key(asked.public_id, letter.attempts)
        )
    except RefundRefused:
        await refunds.refuse(asked.public_id)
    else:
        await refunds.keep(asked.public_id, made)


async def open_portal(letter: Letter) -> None:
    wanted: portal.Wanted = letter.read(portal.Wanted)
    customer = await portal.customer_of(connected(), wanted)
    url = await connected().open_portal(customer, wanted.back_path)
    await portal.keep(wanted.visit, url)


SENDS: dict[str, Send] = {
    service.CHECKOUT: open_checkout,
    service.CLOSE: close_checkout,
    service.STOP: stop_subscription,
    service.END: end_subscription,
    service.CHARGE: charge,
    holds.CAPTURE: capture,
    holds.RELEASE: release,
    holds.DETACH: detach,
    portal.PORTAL: open_portal,
    refunds.REFUND: give_back,
    customers.FORGET: customers.forget,
}


async def hurry(row: int) -> None:
    """What a request does right after its commit, so that the payer need not wait for a worker.

    The same code, key and lease as a worker's. If it fails or is slow, a worker tries again.
    """
    await outbox.drain(SENDS, only=row)
