"""Partners' money that goes back beside Stripe: its refund was refused or came back, or it had come by
transfer.
"""

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import queries as orders
from backend.billing import refunds
from backend.billing import service as billing
from backend.billing.errors import OrderUnknown
from backend.billing.refunds import Repayment
from backend.kit import keys
from backend.kit.database import once_more, transaction
from backend.merchants.service.dues import DUES, DuesOf
from backend.merchants.service.ends import lock_contract
from backend.merchants.service.fulfilment import lost


@once_more
async def repay_dues(by: By, wish: Repayment, *, key: str) -> None:
    """Given back by bank transfer or in cash; all of it: its year is owed again, with a credit note.

    Sent twice with one key, it is booked once. Raises OrderUnknown, PaymentUnknown, RefundTooLarge,
    DrawerNotOpen, DrawerTooEmpty.
    """
    async with transaction():
        if await keys.earlier("repayment", key, wish, bool):
            return
        order = await orders.get_order(wish.order)
        if order.kind != DUES:
            raise OrderUnknown
        contract = await lock_contract(order.terms(DuesOf).contract, ended=True)
        order = await billing.lock_order(wish.order)
        given = await refunds.repay(by, order, wish, transfers=True)
        await lost(contract, order, given.payment)
        await audit.note(
            "dues_repaid",
            by,
            object_kind="pay_order",
            object_id=wish.order,
            amount_cents=wish.amount_cents,
            way=wish.way,
            reason=wish.reason,
        )
        await keys.keep("repayment", key, wish, answer=True)
