"""Money held on a card, and cards that were left: what is asked of Stripe for them (L34).

Each call leaves by the outbox, in the transaction of its reason.
"""

from datetime import datetime

import msgspec

from backend.billing.queries import Order
from backend.kit import clock, outbox
from backend.kit.database import fetch, fetch_value, within

CAPTURE, RELEASE, DETACH = "capture", "release", "method_detach"


class Capture(msgspec.Struct, frozen=True):
    """So much of what an order holds on a card."""

    order: str
    amount_cents: int


class Detach(msgspec.Struct, frozen=True):
    """A card that was left on the page of an order."""

    order: str
    method: str


async def ask_capture(order: Order, amount_cents: int) -> int:
    """Queues the taking of what is held; gives the row."""
    within()
    key = f"{CAPTURE}:{order.public_id}"
    row = await outbox.put(CAPTURE, key, Capture(order.public_id, amount_cents))
    if row is None:
        row = await fetch_value("SELECT id FROM outbox WHERE key = $1", key)
    assert row is not None
    return row


async def is_capture_asked(order: Order) -> bool:
    """Whether what is held is being taken; not where the call was given up."""
    within()
    found: bool = await fetch_value(
        "SELECT EXISTS (SELECT 1 FROM outbox WHERE key = $1 AND gave_up_at IS NULL)",
        f"{CAPTURE}:{order.public_id}",
    )
    return found


async def ask_release(order: Order, *, due_at: datetime | None = None) -> None:
    """Queues the end of a hold; until it leaves it may be taken back (`keep_hold`)."""
    within()
    key = f"{RELEASE}:{order.public_id}:{clock.now().isoformat()}"
    await outbox.put(RELEASE, key, {"order": order.public_id}, due_at=due_at)


async def ask_detach(order: Order, method: str) -> None:
    """Queues the end of a card that was left on the page of this order."""
    within()
    await outbox.put(DETACH, f"{DETACH}:{order.public_id}", Detach(order.public_id, method))


async def keep_hold(order: Order) -> None:
    """It is not let go after all, unless that has happened."""
    within()
    rows = await fetch(
        "SELECT key FROM outbox WHERE kind = $1 AND payload ->> 'order' = $2 AND done_at IS NULL",
        RELEASE,
        order.public_id,
    )
    await outbox.forget([row["key"] for row in rows], [])


async def note_intent(order: Order, intent: str) -> None:
    within()
    await fetch(
        "UPDATE pay_order SET stripe_intent = $2 WHERE id = $1 AND stripe_intent IS NULL",
        order.id,
        intent,
    )
