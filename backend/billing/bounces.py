"""Cheques that the bank sends back, whatever they paid."""

from backend.audit.service import By
from backend.billing import cheques, differences
from backend.billing import service as billing
from backend.billing.errors import ChequeCameBack, ChequeNotDeposited
from backend.billing.gateway import Movement
from backend.billing.queries import Order, Payment
from backend.billing.rules import PaymentKind
from backend.kit import clock
from backend.kit.database import fetch_value, within


async def record(by: By, order: Order, reason: str) -> Payment:
    """All of the cheque goes the other way, as in a dispute; its order is locked.

    Where some of it went back already the treasurer is told: the club has given more than it got.
    Raises ChequeNotDeposited, ChequeCameBack.
    """
    within()
    paid = await billing.payment_of(order)
    if paid is None or not await cheques.is_deposited(paid):
        raise ChequeNotDeposited
    if await fetch_value("SELECT 1 FROM payment WHERE of_payment = $1 AND way = 'cheque'", paid):
        raise ChequeCameBack
    moved = Movement(kind=PaymentKind.DISPUTE, amount_cents=order.paid_cents, at=clock.now())
    gone = await billing.record_payment(
        order, moved, received_by=by.id, note=reason, of_payment=paid
    )
    assert gone is not None
    await differences.look_at_left(order, None)
    return gone
