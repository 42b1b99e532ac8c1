"""Orders and receipts, as use cases and screens read them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from backend.billing import rules
from backend.billing.errors import OrderUnknown, ReceiptUnknown
from backend.billing.rules import OrderState, PaymentKind, PayWay
from backend.kit import clock, files
from backend.kit.database import fetch, fetch_one, fetch_value

T = TypeVar("T")


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order to pay with what moved for it so far."""

    id: int
    public_id: str
    payer_id: int
    kind: str
    way: PayWay
    label: str
    amount_cents: int
    terms_json: str
    created_at: datetime
    expires_at: datetime | None
    cancelled_at: datetime | None
    failed_at: datetime | None
    withdrawn_at: datetime | None
    stripe_intent: str | None
    stripe_session: str | None
    stripe_subscription: str | None
    checkout_url: str | None
    paid_cents: int
    left_cents: int
    first_paid_at: datetime | None

    def terms(self, kind: type[T]) -> T:
        """What the capability that opened it agreed to."""
        return msgspec.json.decode(self.terms_json, type=kind)

    def state(self, at: datetime | None = None) -> OrderState:
        return rules.order_state(
            paid_cents=self.paid_cents,
            left_cents=self.left_cents,
            failed_at=self.failed_at,
            cancelled_at=self.cancelled_at or self.withdrawn_at,
            expires_at=self.expires_at,
            at=at or clock.now(),
        )


ORDER = (
    "SELECT o.id, o.public_id, o.payer AS payer_id, o.kind, o.way, o.label, o.amount_cents,"
    " o.terms::text AS terms_json, o.created_at, o.expires_at, o.cancelled_at, o.failed_at,"
    " o.withdrawn_at, o.stripe_intent, o.stripe_session, o.stripe_subscription, o.checkout_url,"
    " coalesce(sum(p.amount_cents) FILTER (WHERE p.kind = 'payment'), 0)::bigint AS paid_cents,"
    " coalesce(sum(CASE WHEN p.kind IN ('payment', 'reinstated', 'returned') THEN p.amount_cents"
    "  ELSE -p.amount_cents END), 0)::bigint AS left_cents,"
    " min(p.received_at) FILTER (WHERE p.kind = 'payment') AS first_paid_at"
    " FROM pay_order o LEFT JOIN payment p ON p.pay_order = o.id WHERE "
)


async def find_order(public_id: str) -> Order | None:
    rows = await _orders("o.public_id = $1", public_id)
    return rows[0] if rows else None


async def get_order(public_id: str) -> Order:
    """Raises OrderUnknown."""
    found = await find_order(public_id)
    if found is None:
        raise OrderUnknown
    return found


async def reference_of(order: Order) -> str:
    """What is written on its transfer; "" where it has none."""
    found: str | None = await fetch_value("SELECT reference FROM pay_order WHERE id = $1", order.id)
    return found or ""


async def orders_of(payer_id: int, kind: str, order_ids: Collection[int] = ()) -> list[Order]:
    """Newest first; these of others, too."""
    where = "(o.payer = $1 AND o.kind = $2 OR o.id = ANY($3::bigint[]))"
    return await _orders(where, payer_id, kind, list(order_ids))


async def open_pages(payer_id: int, kind: str) -> list[Order]:
    """Those that may still be paid on a page of Stripe's, newest first."""
    where = (
        "o.payer = $1 AND o.kind = $2 AND o.way IN ('online', 'monthly')"
        " AND num_nonnulls(o.cancelled_at, o.withdrawn_at, o.failed_at) = 0"
    )
    found = await _orders(where, payer_id, kind)
    return [order for order in found if order.state() is OrderState.OPEN]


async def _orders(where: str, *args: Any) -> list[Order]:
    rows = await fetch(f"{ORDER}{where} GROUP BY o.id ORDER BY o.id DESC", *args)
    return [Order(**{**row, "way": PayWay(row["way"])}) for row in rows]


class Payer(msgspec.Struct, frozen=True):
    id: int
    public_id: str
    name: str
    street: str
    postcode: str
    town: str
    email: str | None


async def get_payer(payer_id: int) -> Payer:
    row = await fetch_one(
        "SELECT id, public_id, name, street, postcode, town, email FROM payer WHERE id = $1",
        payer_id,
    )
    assert row is not None
    return Payer(**row)


class Payment(msgspec.Struct, frozen=True):
    id: int
    public_id: str
    order_id: int
    kind: PaymentKind
    way: PayWay
    amount_cents: int
    received_at: datetime


async def income(kind: str, since: datetime, until: datetime | None = None) -> int:
    """Cents received for orders of a kind from one instant to another, refunds and disputes taken off."""
    cents: int = await fetch_value(
        "SELECT coalesce(sum(CASE WHEN y.kind IN ('payment', 'reinstated', 'returned') THEN y.amount_cents"
        " ELSE -y.amount_cents END), 0)::bigint FROM payment y JOIN pay_order o ON o.id = y.pay_order"
        " WHERE o.kind = $1 AND y.received_at >= $2 AND y.received_at < coalesce($3::timestamptz, 'infinity')",
        kind,
        since,
        until,
    )
    return cents


async def kept_cents(order_id: int) -> int:
    """What the club has of an order's money now: refunds and disputes taken off."""
    cents: int = await fetch_value(
        "SELECT coalesce(sum(CASE WHEN kind IN ('payment', 'reinstated', 'returned')"
        " THEN amount_cents ELSE -amount_cents END), 0)::bigint FROM payment WHERE pay_order = $1",
        order_id,
    )
    return cents


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt as issued; `printed_json` is what the paper says."""

    public_id: str
    series: str
    year: int
    number: int
    printed_json: str
    issued_at: datetime
    amount_cents: int
    way: PayWay
    order_public_id: str
    given_back: bool
    kind: PaymentKind

    @property
    def credit(self) -> bool:
        """A credit note: money that was given back."""
        return self.kind is PaymentKind.REFUND

    @property
    def said(self) -> str:
        return rules.receipt_number(self.series, self.year, self.number)

    @property
    def printed(self) -> dict[str, Any]:
        return msgspec.json.decode(self.printed_json, type=dict[str, Any])


_RECEIPT = (
    "SELECT r.public_id, r.series, r.year, r.number, r.printed::text AS printed_json, r.issued_at,"
    " p.amount_cents, p.way, o.public_id AS order_public_id, EXISTS (SELECT 1 FROM payment b"
    "  WHERE b.of_payment = p.id AND b.kind = 'refund') AS given_back, p.kind"
    " FROM receipt r JOIN payment p ON p.id = r.payment"
    " JOIN pay_order o ON o.id = p.pay_order WHERE "
)


async def receipts_of(payer_id: int, order_ids: Collection[int] = ()) -> list[Receipt]:
    """Newest first; those of these orders of others, too."""
    where = "(o.payer = $1 OR o.id = ANY($2::bigint[])) ORDER BY r.id DESC"
    rows = await fetch(_RECEIPT + where, payer_id, list(order_ids))
    return [_receipt(row) for row in rows]


async def receipts_of_order(order_id: int) -> list[Receipt]:
    """Newest first: a monthly order has one for each month."""
    rows = await fetch(_RECEIPT + "o.id = $1 ORDER BY r.id DESC", order_id)
    return [_receipt(row) for row in rows]


async def get_receipt(public_id: str, payer_id: int | None = None) -> Receipt:
    """Somebody else's receipt is as unknown as one that never was. Raises ReceiptUnknown."""
    row = await fetch_one(
        _RECEIPT + "r.public_id = $1 AND ($2::bigint IS NULL OR o.payer = $2)", public_id, payer_id
    )
    if row is None:
        raise ReceiptUnknown
    return _receipt(row)


async def with_logo(printed: dict[str, Any]) -> dict[str, Any]:
    """The club's picture of the day it was issued, as the paper reads it; its bytes are never thrown."""
    found = await files.get(printed["club"].get("logo") or 0)
    return {**printed, "logo": None if found is None else list(found.content)}


class Takings(msgspec.Struct, frozen=True):
    """What came in over the counter one way, what was given back taken off."""

    way: PayWay
    amount_cents: int
    payments: int


# Money that staff took at a site ($1) since a moment ($2), way by way.
TAKEN = (
    "SELECT way, sum(CASE WHEN kind = 'payment' THEN amount_cents ELSE -amount_cents END)::bigint"
    "  AS amount_cents, count(*) FILTER (WHERE kind = 'payment') AS payments"
    " FROM payment WHERE received_at >= $2 AND received_by IS NOT NULL"
    " AND site IS NOT DISTINCT FROM $1 GROUP BY way ORDER BY way"
)


def _receipt(row: Any) -> Receipt:
    return Receipt(**{**row, "way": PayWay(row["way"]), "kind": PaymentKind(row["kind"])})
