"""Money given back by Stripe because the club asks for it, and beside Stripe where it cannot.

Asked once, under a key that never changes: a row here, a letter in the outbox. That it went is told
by Stripe like every other movement, and booked when it is. What went back by the bank or in cash
has no id at Stripe: it is a movement like any other, without one.
"""

from datetime import datetime

import msgspec

from backend.audit.service import By
from backend.billing import counter, differences
from backend.billing.errors import PaymentUnknown, RefundTooLarge
from backend.billing.queries import Order, Payment
from backend.billing.rules import DifferenceKind, PayWay
from backend.kit import clock, codes, formats, outbox
from backend.kit.database import fetch, fetch_as, fetch_one_as, fetch_value, transaction, within

REFUND = "refund"


class Refundable(msgspec.Struct, frozen=True):
    """A payment and what may still be given back of it, what was asked for taken off.

    `external_id`: of Stripe; empty for a bank transfer.
    """

    id: int
    external_id: str
    amount_cents: int
    left_cents: int
    received_at: datetime


class Asked(msgspec.Struct, frozen=True):
    """A refund as a worker sends it. `payment` is Stripe's id of what is given back."""

    public_id: str
    order: str
    payment: str
    amount_cents: int
    external_id: str | None
    refused_at: datetime | None


class OfRefund(msgspec.Struct, frozen=True):
    refund: str


_LEFT = (
    "SELECT p.id, coalesce(p.external_id, '') AS external_id, p.amount_cents, p.received_at,"
    " (p.amount_cents"
    " - coalesce((SELECT sum(CASE WHEN b.kind IN ('reinstated', 'returned') THEN -b.amount_cents"
    "   ELSE b.amount_cents END) FROM payment b WHERE b.of_payment = p.id), 0)"
    " - coalesce((SELECT sum(r.amount_cents) FROM refund r WHERE r.payment = p.id"
    "   AND r.refused_at IS NULL AND NOT EXISTS (SELECT 1 FROM payment b WHERE b.kind = 'refund'"
    "    AND b.external_id = r.external_id)), 0))::bigint AS left_cents"
    " FROM payment p WHERE p.kind = 'payment' AND p.pay_order = $1"
    " AND (p.external_id IS NOT NULL OR $2 AND p.way = 'transfer') ORDER BY p.id"
)


async def refundable(order: Order, *, transfers: bool = False) -> list[Refundable]:
    """Its payments by Stripe, oldest first; with `transfers` those that only go back beside it too."""
    return await fetch_as(Refundable, _LEFT, order.id, transfers)


async def pick(order: Order, amount_cents: int, *, transfers: bool = False) -> Refundable:
    """The newest payment that has so much left; its order is locked.

    Raises PaymentUnknown, RefundTooLarge.
    """
    within()
    paid = [one for one in await refundable(order, transfers=transfers) if one.left_cents > 0]
    if not paid:
        raise PaymentUnknown
    fitting = [one for one in paid if one.left_cents >= amount_cents]
    if not fitting:
        most = max(one.left_cents for one in paid)
        raise RefundTooLarge(left=formats.euros(most)).at("amount")
    return fitting[-1]


class GivenBack(msgspec.Struct, frozen=True):
    """Money of an order that went back, or came back from there. `by`: who gave it beside Stripe."""

    at: datetime
    kind: str
    way: str
    amount_cents: int
    by: str
    note: str


async def given_back(order_public_id: str) -> list[GivenBack]:
    """Oldest first."""
    return await fetch_as(
        GivenBack,
        "SELECT b.received_at AS at, b.kind, b.way, b.amount_cents, coalesce(b.note, '') AS note,"
        " coalesce(trim(p.given_name || ' ' || p.family_name), '') AS by FROM payment b"
        " JOIN pay_order o ON o.id = b.pay_order LEFT JOIN person p ON p.id = b.received_by"
        " WHERE o.public_id = $1 AND b.kind IN ('refund', 'returned') ORDER BY b.id",
        order_public_id,
    )


async def given_otherwise(external_id: str) -> int:
    """Cents of a payment at Stripe that went back beside Stripe, which does not know of it."""
    cents: int = await fetch_value(
        "SELECT coalesce(sum(b.amount_cents), 0)::bigint FROM payment b JOIN payment p"
        " ON p.id = b.of_payment WHERE p.kind = 'payment' AND p.external_id = $1"
        " AND b.kind = 'refund' AND b.external_id IS NULL",
        external_id,
    )
    return cents


async def kept_cents(payment_id: int) -> int:
    """What the club has of a payment now, whatever is only asked for included."""
    cents: int = await fetch_value(
        "SELECT sum(CASE WHEN kind IN ('payment', 'reinstated', 'returned') THEN amount_cents"
        " ELSE -amount_cents END)::bigint FROM payment WHERE $1 IN (id, of_payment)",
        payment_id,
    )
    return cents


class Repayment(msgspec.Struct, frozen=True):
    """Money of an order that somebody gives back beside Stripe: by bank transfer, or in cash of a site."""

    order: str
    amount_cents: int
    reason: str
    way: PayWay
    site_id: int | None = None


class Repaid(msgspec.Struct, frozen=True):
    """Money that went back beside Stripe, and the payment it is of."""

    payment: Payment
    of: Refundable


async def repay(by: By, order: Order, wish: Repayment, *, transfers: bool = False) -> Repaid:
    """Booked by bank transfer, or in cash out of the open drawer of its site (B9); its order is locked.

    Of the newest payment that has so much left. Raises PaymentUnknown, RefundTooLarge, DrawerNotOpen,
    DrawerTooEmpty.
    """
    within()
    assert wish.way in {PayWay.TRANSFER, PayWay.CASH}, wish.way
    paid = await pick(order, wish.amount_cents, transfers=transfers)
    given = await counter.give_back(
        by,
        order,
        wish.amount_cents,
        wish.site_id,
        note=wish.reason,
        of_payment=paid.id,
        way=wish.way,
    )
    return Repaid(given, paid)


async def ask(
    order: Order, payment_id: int, amount_cents: int, reason: str, asked_by: int | None
) -> int:
    """Queues a refund of a locked order; gives the outbox row, so that it can be hurried."""
    within()
    assert order.id
    public_id = codes.random_id()
    await fetch(
        "INSERT INTO refund (public_id, payment, amount_cents, reason, asked_at, asked_by)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        public_id,
        payment_id,
        amount_cents,
        reason,
        clock.now(),
        asked_by,
    )
    row = await outbox.put(REFUND, f"{REFUND}:{public_id}", OfRefund(public_id))
    assert row is not None
    return row


async def find(public_id: str) -> Asked | None:
    return await fetch_one_as(
        Asked,
        "SELECT r.public_id, o.public_id AS order, p.external_id AS payment, r.amount_cents,"
        " r.external_id, r.refused_at FROM refund r JOIN payment p ON p.id = r.payment"
        " JOIN pay_order o ON o.id = p.pay_order WHERE r.public_id = $1",
        public_id,
    )


async def keep(public_id: str, external_id: str) -> None:
    """Stripe has it: by its id the movement is known when it comes."""
    async with transaction():
        await fetch(
            "UPDATE refund SET external_id = $2 WHERE public_id = $1 AND external_id IS NULL",
            public_id,
            external_id,
        )


async def drop(public_id: str) -> bool:
    """Nobody asks Stripe for it any more: what it would have given back is there to be given otherwise.

    False for one that Stripe has.
    """
    within()
    rows = await fetch(
        "UPDATE refund SET refused_at = $2 WHERE public_id = $1 AND refused_at IS NULL"
        " AND external_id IS NULL RETURNING id",
        public_id,
        clock.now(),
    )
    return bool(rows)


async def refuse(public_id: str) -> None:
    """Stripe will never do it: the treasurer is shown, and pays it another way."""
    async with transaction():
        row = await fetch_value(
            "UPDATE refund SET refused_at = $2 WHERE public_id = $1 AND refused_at IS NULL"
            " RETURNING payment",
            public_id,
            clock.now(),
        )
        if row is not None:
            order_id = await fetch_value("SELECT pay_order FROM payment WHERE id = $1", row)
            asked = await fetch_value(
                "SELECT amount_cents FROM refund WHERE public_id = $1", public_id
            )
            await differences.notice(DifferenceKind.REFUSED, public_id, asked, order_id=order_id)
