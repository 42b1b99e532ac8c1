"""Partners' money of Stripe that goes back another way: its refund was refused, or came back."""

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import queries as orders
from backend.billing import refunds
from backend.billing import service as billing
from backend.billing.errors import OrderUnknown
from backend.billing.gateway import Movement
from backend.billing.rules import PaymentKind, PayWay
from backend.kit import clock, keys
from backend.kit.database import once_more, transaction
from backend.merchants.service.contracts import lock_contract
from backend.merchants.service.dues import DUES, DuesOf
from backend.merchants.service.fulfilment import lost


@once_more
async def repay_dues(
    by: By,
    order_public_id: str,
    amount_cents: int,
    reason: str,
    way: PayWay,
    site_id: int | None,
    *,
    key: str,
) -> None:
    """Given back by bank transfer or in cash; all of it: its year is owed again, with a credit note.

    Sent twice with one key, it is booked once. Raises OrderUnknown, PaymentUnknown, RefundTooLarge,
    DrawerNotOpen, DrawerTooEmpty.
    """
    assert way in {PayWay.TRANSFER, PayWay.CASH}, way
    body = [order_public_id, amount_cents, reason, way, site_id]
    async with transaction():
        if await keys.earlier("repayment", key, body, bool):
            return
        order = await orders.get_order(order_public_id)
        if order.kind != DUES:
            raise OrderUnknown
        contract = await lock_contract(order.terms(DuesOf).contract, ended=True)
        order = await billing.lock_order(order_public_id)
        paid = await refunds.pick(order, amount_cents)
        moved = Movement(kind=PaymentKind.REFUND, amount_cents=amount_cents, at=clock.now())
        payment = await billing.record_payment(
            order,
            moved,
            received_by=by.id,
            site_id=site_id,
            note=reason,
            of_payment=paid.id,
            way=way,
        )
        assert payment is not None
        await lost(contract, order, moved, payment)
        await audit.note(
            "dues_repaid",
            by,
            object_kind="pay_order",
            object_id=order_public_id,
            amount_cents=amount_cents,
            way=way,
            reason=reason,
        )
        await keys.keep("repayment", key, body, answer=True)
