"""What was paid at a distance and may still be taken back (C. conso. L221-18)."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

import msgspec

from backend.billing import queries as billing
from backend.billing.queries import Order
from backend.billing.rules import OrderState, PayWay
from backend.kit import clock
from backend.kit.database import fetch_as, fetch_value
from backend.membership import rules


class Withdrawable(msgspec.Struct, frozen=True):
    """An order that may be taken back until this day, its last one included."""

    order_public_id: str
    paid_cents: int
    until: date


class Begun(msgspec.Struct, frozen=True):
    """When the first days of an order began to count, whether some still do, and whose it is."""

    order_id: int
    at: datetime
    counts: bool
    carried: bool  # another household paid it, and its days came along (M5)


async def may_withdraw(order: Order, on: date) -> bool:
    """Whether an order paid or being paid at a distance may still be taken back."""
    begun_at = await fetch_value(
        "SELECT min(created_at) FROM period WHERE pay_order = $1", order.id
    )
    return _is_open(order, begun_at, on)


async def withdrawable(payer_id: int, household_id: int) -> Withdrawable | None:
    """The newest one: an order paid, or whose debit is under way, of theirs or carried to them."""
    begun = await fetch_as(Begun, BEGUN.format("$1", "$2"), payer_id, household_id)
    return newest(
        await billing.orders_of(payer_id, "dues", carried_of(begun)), begun, clock.today()
    )


# What payer {0} ordered, and what has days in household {1}.
BEGUN = """
SELECT q.pay_order AS order_id, min(q.created_at) AS at, bool_or(q.cancelled_at IS NULL) AS counts,
  o.payer <> {0} AS carried FROM period q JOIN pay_order o ON o.id = q.pay_order
WHERE o.id IN (SELECT id FROM pay_order WHERE payer = {0}
  UNION SELECT pay_order FROM period WHERE household = {1}) GROUP BY q.pay_order, o.payer
"""


def carried_of(begun: Collection[Begun]) -> list[int]:
    return [each.order_id for each in begun if each.carried]


def newest(orders: Collection[Order], begun: Collection[Begun], on: date) -> Withdrawable | None:
    """The first of these orders that may be taken back."""
    by_order: Mapping[int, Begun] = {each.order_id: each for each in begun}
    for order in orders:
        days = by_order.get(order.id)
        bought = order.paid_cents > 0 or (days is not None and days.counts)
        begun_at = days.at if days is not None else None
        if bought and _is_open(order, begun_at, on):
            return Withdrawable(order.public_id, order.paid_cents, _until(order, begun_at))
    return None


def _is_open(order: Order, begun_at: datetime | None, on: date) -> bool:
    return (
        order.state() in {OrderState.PAID, OrderState.OPEN}
        and order.way in {PayWay.ONLINE, PayWay.MONTHLY}
        and order.withdrawn_at is None
        and on <= _until(order, begun_at)
    )


def _until(order: Order, begun_at: datetime | None) -> date:
    """From its first payment, or from the debit under way: a page may have stood open before."""
    agreed_at = order.first_paid_at or begun_at or order.created_at
    return rules.withdrawal_ends(clock.paris(agreed_at).date())
