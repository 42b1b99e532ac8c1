"""Money of Stripe that goes back another way: its refund was refused, or came back."""

from backend.audit.service import By
from backend.billing import refunds
from backend.billing.queries import Order
from backend.billing.refunds import Refundable, Repayment
from backend.kit import keys
from backend.kit.database import once_more, transaction, within
from backend.kit.errors import N_
from backend.membership.rules import CancelReason
from backend.membership.service.periods import cancel_period, lock_homes
from backend.membership.service.receipts import credit_note
from backend.membership.service.renewals import end_wish_of
from backend.membership.service.withdrawing import household_of, lock_own, note
from backend.notifications import service as notifications


@once_more
async def repay_dues(by: By, wish: Repayment, *, key: str) -> str:
    """The treasurer gave money of Stripe back by bank transfer or in cash; the credit note's number.

    Of the newest payment that has so much left; a part keeps the days, all ends them. Cash comes out
    of the open drawer of its site (B9). Sent twice with one key, it is booked once. Raises
    OrderUnknown, NotPaidOnline, PaymentUnknown, RefundTooLarge, DrawerNotOpen, DrawerTooEmpty.
    """
    async with transaction():
        before = await keys.earlier("repayment", key, wish, str)
        if before is not None:
            return before
        household = await lock_homes(await household_of(wish.order), wish.order)
        order = await lock_own(household, wish.order)
        given = await refunds.repay(by, order, wish)
        issued = await credit_note(household, order, given.payment)
        await _take_days(order, given.of)
        facts = {"way": wish.way, "reason": wish.reason}
        await note(by, household, order, "dues_repaid", wish.amount_cents, **facts)
        if household.told is not None:
            what = N_("Le club vous rend de l'argent de votre cotisation.")
            await notifications.tell_act(by, household.told.person_id, what)
        await keys.keep("repayment", key, wish, issued.said)
    return issued.said


async def _take_days(order: Order, paid: Refundable) -> None:
    """As a refund by Stripe does: nothing is left of the money, so nothing of its days."""
    within()
    if await refunds.kept_cents(paid.id) <= 0:
        await cancel_period(order, paid.external_id, CancelReason.REFUNDED)
        await end_wish_of(order, CancelReason.REFUNDED)
