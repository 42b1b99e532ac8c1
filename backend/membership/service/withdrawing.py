"""Dues taken back within the legal fourteen days, and refunds the treasurer grants."""

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import queries as orders
from backend.billing import refunds
from backend.billing import service as billing
from backend.billing.errors import OrderUnknown
from backend.billing.queries import Order
from backend.billing.rules import PayWay
from backend.kit import clock, formats, keys
from backend.kit.database import once_more, transaction, within
from backend.membership import queries
from backend.membership.errors import NotPaidOnline, WithdrawalOver
from backend.membership.queries import Household
from backend.membership.rules import CancelReason
from backend.membership.service import telling
from backend.membership.service.dues import DUES, ONLINE
from backend.membership.service.periods import cancel_periods, lock_homes, lock_household
from backend.membership.service.renewals import end_wish_of

WITHDRAWN = "Rétractation dans les 14 jours"


@once_more
async def withdraw(by: By, household_id: int, order_public_id: str) -> list[int]:
    """Ends the days at once and gives all the money back (C. conso. L221-18). Once is enough.

    A debit that is still under way is given back when it has arrived. Gives the outbox rows.
    Raises OrderUnknown, NotPaidOnline, WithdrawalOver.
    """
    async with transaction():
        household = await lock_homes(household_id, order_public_id)
        order = await lock_own(household, order_public_id)
        if order.withdrawn_at is not None:
            return []
        if not await queries.may_withdraw(order, clock.today()):
            raise WithdrawalOver
        await billing.note_withdrawn(order)
        if order.paid_cents == 0:
            await billing.cancel_order(order)  # a page still open can no longer be paid
        await cancel_periods(order, CancelReason.WITHDRAWN)
        await end_wish_of(order, CancelReason.WITHDRAWN)
        back_cents = sum(paid.left_cents for paid in await refunds.refundable(order))
        rows = await give_all_back(order, by.id)
        if order.way is PayWay.MONTHLY:
            await billing.end_subscription(order)
        await telling.tell(
            "dues.withdrawn",
            order.public_id,
            household,
            order,
            amount=formats.euros(back_cents if order.paid_cents else order.amount_cents),
            pending=order.paid_cents == 0,
        )
        await note(by, household, order, "dues_withdrawn", back_cents)
    return rows


async def give_all_back(order: Order, asked_by: int | None) -> list[int]:
    """Whatever is left of an order that its payer took back."""
    within()
    return [
        await refunds.ask(order, paid.id, paid.left_cents, WITHDRAWN, asked_by)
        for paid in await refunds.refundable(order)
        if paid.left_cents > 0
    ]


@once_more
async def refund_dues(
    by: By, order_public_id: str, amount_cents: int, reason: str, *, key: str
) -> list[int]:
    """The treasurer gives a part or all of a payment back; a part keeps the days, all ends them.

    Of the newest payment that has so much left.
    Raises OrderUnknown, NotPaidOnline, PaymentUnknown, RefundTooLarge.
    """
    body = [order_public_id, amount_cents, reason]
    async with transaction():
        before = await keys.earlier("refund", key, body, list[int])
        if before is not None:
            return before
        household = await lock_household(await household_of(order_public_id))
        order = await lock_own(household, order_public_id)
        paid = await refunds.pick(order, amount_cents)
        rows = [await refunds.ask(order, paid.id, amount_cents, reason, by.id)]
        await note(by, household, order, "dues_refunded", amount_cents, reason=reason)
        await keys.keep("refund", key, body, rows)
    return rows


async def household_of(order_public_id: str) -> int:
    """Whose dues an order is for. Raises OrderUnknown."""
    within()
    order = await orders.get_order(order_public_id)
    if order.kind != DUES:
        raise OrderUnknown
    return order.terms(queries.OfHousehold).household_id


async def lock_own(household: Household, order_public_id: str) -> Order:
    """An order of theirs that Stripe paid. Raises OrderUnknown, NotPaidOnline."""
    within()
    order = await billing.lock_order(order_public_id)
    if order.kind != DUES or not await queries.stands_for(order, household.payer_id, household.id):
        raise OrderUnknown
    if order.way not in ONLINE:
        raise NotPaidOnline
    return order


async def note(
    by: By, household: Household, order: Order, what: str, cents: int, **facts: object
) -> None:
    within()
    first = household.told
    await audit.note(
        what,
        by,
        subject_id=None if first is None else first.person_id,
        object_kind="pay_order",
        object_id=order.public_id,
        amount_cents=cents,
        **facts,
    )
