"""What a household has ordered by transfer, and the bank has not brought yet."""

import msgspec

from backend.billing import queries as orders
from backend.billing.queries import Order
from backend.billing.rules import OrderState, PayWay


class _Months(msgspec.Struct, frozen=True):
    """Of an order's terms, the one that is asked for here."""

    months: int


async def open_transfer(payer_id: int, months: int) -> Order | None:
    """The newest order for so many months that still waits for its transfer."""
    found = await open_transfers(payer_id)
    return next((order for order in found if order.terms(_Months).months == months), None)


async def open_transfers(payer_id: int) -> list[Order]:
    """All that still wait for theirs, the newest first."""
    return [
        order
        for order in await orders.orders_of(payer_id, "dues")
        if order.way is PayWay.TRANSFER and order.state() is OrderState.OPEN
    ]
