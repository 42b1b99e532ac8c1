"""Cheques that the bank sends back."""

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import cheques
from backend.billing import queries as orders
from backend.billing import service as billing
from backend.billing.errors import ChequeNotDeposited, OrderUnknown
from backend.billing.gateway import Movement
from backend.billing.rules import PaymentKind, PayWay
from backend.kit import clock, formats
from backend.kit.database import once_more, transaction
from backend.membership.errors import DuesUndone
from backend.membership.rules import CancelReason
from backend.membership.service.dues import DUES, DuesTerms
from backend.membership.service.periods import cancel_period, lock_homes
from backend.notifications import service as notifications


@once_more
async def bounce_cheque(by: By, order_public_id: str, reason: str) -> None:
    """The bank took the money back: a movement the other way, and the days end, as in a dispute.

    Raises OrderUnknown, DuesUndone, ChequeNotDeposited.
    """
    async with transaction():
        order = await orders.get_order(order_public_id)
        if (order.kind, order.way) != (DUES, PayWay.CHEQUE):
            raise OrderUnknown
        household = await lock_homes(order.terms(DuesTerms).household_id, order_public_id)
        order = await billing.lock_order(order_public_id)
        if order.left_cents <= 0:
            raise DuesUndone
        payment = await billing.payment_of(order)
        if payment is None or not await cheques.is_deposited(payment):
            raise ChequeNotDeposited
        moved = Movement(kind=PaymentKind.DISPUTE, amount_cents=order.left_cents, at=clock.now())
        await billing.record_payment(
            order, moved, received_by=by.id, note=reason, of_payment=payment
        )
        await cancel_period(order, None, CancelReason.DISPUTED)
        told = household.told
        await audit.note(
            "cheque_bounced",
            by,
            subject_id=None if told is None else told.person_id,
            object_kind="pay_order",
            object_id=order.public_id,
            amount_cents=order.left_cents,
            reason=reason,
        )
        if told is not None:
            await notifications.tell(
                "dues.disputed",
                f"dues.bounced:{order.public_id}",
                person_id=told.person_id,
                values={
                    "name": told.given_name,
                    "amount": formats.euros(order.left_cents),
                    "monthly": False,
                },
            )
