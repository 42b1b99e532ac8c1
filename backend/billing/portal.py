"""The way to Stripe's portal, where a payer changes the card of a monthly payment."""

from datetime import timedelta

import msgspec

from backend.billing.errors import OrderUnknown
from backend.billing.gateway import Gateway
from backend.kit import clock, codes, outbox
from backend.kit.database import fetch, fetch_one_as, fetch_value, transaction, within

PORTAL = "portal"
KEPT_FOR = timedelta(days=1)  # an address at Stripe is good for some minutes


class Visit(msgspec.Struct, frozen=True):
    """`url` is there once Stripe has answered."""

    public_id: str
    payer_id: int
    url: str | None


class Wanted(msgspec.Struct, frozen=True):
    """What the letter says: whose card, and where Stripe sends them back to.

    Each page of Stripe makes a customer of its own: the card is that of the subscription that goes
    on, the newest first. `customer` is of letters that name none.
    """

    visit: str
    customer: str
    back_path: str
    subscriptions: tuple[str, ...] = ()


class Asked(msgspec.Struct, frozen=True):
    public_id: str
    row: int


async def ask(payer_id: int, back_path: str) -> Asked:
    """Queues the call that opens it. Raises OrderUnknown for who never paid monthly at Stripe."""
    within()
    customer = await fetch_value("SELECT stripe_customer FROM payer WHERE id = $1", payer_id)
    rows = await fetch(
        "SELECT stripe_subscription FROM pay_order WHERE payer = $1"
        " AND stripe_subscription IS NOT NULL ORDER BY id DESC",
        payer_id,
    )
    if not rows:
        raise OrderUnknown
    public_id = codes.random_id()
    await fetch(
        "INSERT INTO portal_visit (public_id, payer, asked_at) VALUES ($1, $2, $3)",
        public_id,
        payer_id,
        clock.now(),
    )
    subscriptions = tuple(each["stripe_subscription"] for each in rows)
    wanted = Wanted(public_id, customer or "", back_path, subscriptions)
    row = await outbox.put(PORTAL, f"{PORTAL}:{public_id}", wanted)
    assert row is not None
    return Asked(public_id, row)


async def customer_of(stripe: Gateway, wanted: Wanted) -> str:
    """Who pays by the subscription that goes on; else by one that was stopped, until its end."""
    stopped: str | None = None
    for subscription in wanted.subscriptions:
        facts = await stripe.read(subscription)
        if facts is None or facts.customer is None or facts.subscription_ended_at is not None:
            continue
        if facts.subscription_ends_at is None:
            return facts.customer
        stopped = stopped or facts.customer
    return stopped or wanted.customer


async def keep(public_id: str, url: str) -> None:
    async with transaction():
        await fetch("UPDATE portal_visit SET url = $2 WHERE public_id = $1", public_id, url)


async def get(public_id: str, payer_id: int) -> Visit:
    """Somebody else's is as unknown as one that never was. Raises OrderUnknown."""
    found = await fetch_one_as(
        Visit,
        "SELECT public_id, payer AS payer_id, url FROM portal_visit"
        " WHERE public_id = $1 AND payer = $2",
        public_id,
        payer_id,
    )
    if found is None:
        raise OrderUnknown
    return found


async def purge() -> None:
    """Their addresses are of no use to anybody any more."""
    await fetch("DELETE FROM portal_visit WHERE asked_at < $1", clock.now() - KEPT_FOR)
