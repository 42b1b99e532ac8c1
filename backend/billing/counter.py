"""Money over the counter, whatever it is for: taken for an order, or given back of one (B9)."""

import msgspec

from backend.audit.service import By
from backend.billing import cheques
from backend.billing.cheques import Read
from backend.billing.gateway import Movement
from backend.billing.queries import Order, Payment
from backend.billing.rules import PaymentKind, PayWay
from backend.billing.service import record_payment
from backend.kit import clock
from backend.kit.database import within


class Till(msgspec.Struct, frozen=True, kw_only=True):
    """How money moves at the counter. `cents` is what the page said."""

    cents: int
    way: PayWay
    site_id: int | None
    cheque: Read | None = None


class Taken(msgspec.Struct, frozen=True):
    """Money that was taken or given back at the counter, with its paper."""

    receipt_public_id: str
    receipt: str
    amount_cents: int


async def take(
    by: By,
    order: Order,
    site_id: int | None,
    *,
    cheque: Read | None = None,
    note: str | None = None,
) -> Payment:
    """All that the order asks for. Raises DrawerNotOpen."""
    within()
    moved = Movement(kind=PaymentKind.PAYMENT, amount_cents=order.amount_cents, at=clock.now())
    paid = await record_payment(order, moved, received_by=by.id, site_id=site_id, note=note)
    assert paid is not None, "what has no id outside is always new"
    if order.way is PayWay.CHEQUE and cheque is not None:
        await cheques.keep(paid.id, cheque)
    return paid


async def give_back(
    by: By,
    order: Order,
    cents: int,
    site_id: int | None,
    *,
    note: str | None = None,
    of_payment: int | None = None,
    way: PayWay | None = None,
) -> Payment:
    """So much of it, the way it was paid or another one. Raises DrawerNotOpen, DrawerTooEmpty."""
    within()
    moved = Movement(kind=PaymentKind.REFUND, amount_cents=cents, at=clock.now())
    given = await record_payment(
        order, moved, received_by=by.id, site_id=site_id, note=note, of_payment=of_payment, way=way
    )
    assert given is not None, "what has no id outside is always new"
    return given
