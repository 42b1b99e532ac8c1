"""Customers at Stripe: deleted there once who paid is erased here (D1).

Each page of Stripe makes a customer of its own, so that a payer may have several: they are found
by the orders they paid. Asked in the transaction of the erasure, sent after it; while money is
still on its way, the letter waits.
"""

from datetime import datetime, timedelta

import msgspec

from backend.billing.gateway import Facts, Gateway, connected
from backend.kit import clock, codes, outbox
from backend.kit.database import fetch, fetch_value, transaction, within
from backend.kit.outbox import Letter, NotYet

FORGET = "customer_forget"
PAUSE = timedelta(days=1)  # between two looks at what is still on its way


class Leaving(msgspec.Struct, frozen=True):
    """Whose customers, and of which orders: what is ordered later is somebody else's."""

    payer: str
    until: datetime


async def ask_forget(payer_id: int, until: datetime) -> None:
    """Queues it for a payer who was at Stripe for an order made until then."""
    within()
    public_id = await fetch_value(
        "SELECT y.public_id FROM payer y WHERE y.id = $1 AND EXISTS (SELECT 1 FROM pay_order o"
        " WHERE o.payer = y.id AND o.created_at <= $2"
        " AND coalesce(o.stripe_session, o.stripe_intent) IS NOT NULL)",
        payer_id,
        until,
    )
    if public_id is not None:
        key = f"{FORGET}:{codes.random_id()}"
        await outbox.put(FORGET, key, Leaving(public_id, until))


async def forget(letter: Letter) -> None:
    """It may run twice. A refund on its way, a debit, a month that still runs: it waits a day."""
    leaving: Leaving = letter.read(Leaving)
    stripe = connected()
    found: set[str] = set()
    for asked in await _asked(leaving):
        found |= await _customers(stripe, asked)
    if await _is_refund_open(leaving):
        raise NotYet(clock.now() + PAUSE)
    for customer in sorted(found):
        await stripe.forget_customer(customer)
    async with transaction():
        await fetch(
            "UPDATE payer SET stripe_customer = NULL WHERE public_id = $1"
            " AND stripe_customer = ANY($2)",
            leaving.payer,
            list(found),
        )


async def _asked(leaving: Leaving) -> list[str]:
    """Pages, charges and subscriptions of those orders."""
    rows = await fetch(
        "SELECT asked FROM pay_order o JOIN payer y ON y.id = o.payer, unnest(ARRAY["
        "  o.stripe_session, o.stripe_intent, o.stripe_subscription]) AS asked"
        " WHERE y.public_id = $1 AND o.created_at <= $2 AND asked IS NOT NULL ORDER BY o.id",
        leaving.payer,
        leaving.until,
    )
    return [row["asked"] for row in rows]


async def _customers(stripe: Gateway, asked: str) -> set[str]:
    """Who paid there; raises NotYet while something of it is under way."""
    facts = await stripe.read(asked)
    if facts is None:
        return set()
    told = [facts]
    if facts.subscription is not None:
        told += [
            fact
            for invoice in await stripe.invoices_of(facts.subscription)
            if (fact := await stripe.read(invoice)) is not None
        ]
    if any(_is_open(fact) for fact in told):
        raise NotYet(clock.now() + PAUSE)
    return {fact.customer for fact in told if fact.customer is not None}


def _is_open(facts: Facts) -> bool:
    runs = facts.subscription is not None and facts.subscription_ended_at is None
    return facts.pending or runs or facts.held_cents > 0


async def _is_refund_open(leaving: Leaving) -> bool:
    """Asked, and neither gone nor refused."""
    found: bool = await fetch_value(
        "SELECT EXISTS (SELECT 1 FROM refund r JOIN payment p ON p.id = r.payment"
        " JOIN pay_order o ON o.id = p.pay_order JOIN payer y ON y.id = o.payer"
        " WHERE y.public_id = $1 AND o.created_at <= $2 AND r.refused_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM payment b WHERE b.kind = 'refund'"
        "  AND b.external_id = r.external_id))",
        leaving.payer,
        leaving.until,
    )
    return found
