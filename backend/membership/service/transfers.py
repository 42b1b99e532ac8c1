"""Dues by bank transfer: ordered with a reference to write on it, and matched by staff when it came."""

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import lines, ways
from backend.billing import queries as orders
from backend.billing import service as billing
from backend.billing.errors import AmountsDiffer, OrderNotByTransfer
from backend.billing.gateway import Movement
from backend.billing.queries import Order
from backend.billing.rules import LineState, OrderState, PaymentKind, PayWay
from backend.kit import clock
from backend.kit.database import once_more, transaction
from backend.membership import queries, waiting
from backend.membership.errors import HouseholdEnded, MonthsUnlikely
from backend.membership.rules import MOST_MONTHS
from backend.membership.service.dues import (
    DUES,
    DuesTerms,
    amount_of,
    begin,
    check_may_order,
    close_pages,
    label_of,
)
from backend.membership.service.periods import lock_homes, lock_household, pass_on
from backend.membership.service.receipts import receipt


@once_more
async def order_transfer(
    by: By, household_id: int, months: int, *, by_oneself: bool = False
) -> Order:
    """An order with its reference. The days begin when staff match the money with it.

    Asked again for the same, it is the same order: one reference, however often it is printed.
    Raises MonthsUnlikely, WayClosed, and what `amount_of` and (`by_oneself`) `check_may_order` do.
    """
    if not 1 <= months <= MOST_MONTHS:
        raise MonthsUnlikely().at("months")
    async with transaction():
        household = await lock_household(household_id)
        await ways.check_open(PayWay.TRANSFER)
        amount_cents = await amount_of(household, months)
        if by_oneself:
            await check_may_order(household)
        terms = DuesTerms(household_id, months, household.category)
        before = await waiting.open_transfer(household.payer_id, months)
        if before is not None and (before.terms(DuesTerms), before.amount_cents) == (
            terms,
            amount_cents,
        ):
            return before
        label = label_of(PayWay.TRANSFER, months)
        order = await billing.open_order(
            household.payer_id, DUES, PayWay.TRANSFER, label, amount_cents, terms
        )
        await billing.give_reference(order)
        await audit.note(
            "dues_ordered", by, object_kind="pay_order", object_id=order.public_id, way="transfer"
        )
    return order


@once_more
async def match_transfer(by: By, line_public_id: str, order_public_id: str) -> str:
    """The line of the bank pays this order: its days begin, the receipt is issued; its public id.

    Where its household was merged since, they go on where its people live now (M5). Raises
    OrderNotByTransfer, HouseholdEnded, AmountsDiffer, BankLineSettled.
    """
    async with transaction():
        order = await orders.get_order(order_public_id)
        if (order.kind, order.way) != (DUES, PayWay.TRANSFER):
            raise OrderNotByTransfer
        terms = order.terms(DuesTerms)
        household = await lock_homes(terms.household_id, order_public_id)
        order = await billing.lock_order(order_public_id)
        if order.state() is not OrderState.OPEN:
            raise OrderNotByTransfer
        if household.ended_on is not None and await queries.find_heir(household.id) is None:
            raise HouseholdEnded
        line = await lines.lock_line(line_public_id)
        if line.amount_cents != order.amount_cents:
            raise AmountsDiffer
        at = clock.start_of_day(line.on)
        moved = Movement(kind=PaymentKind.PAYMENT, amount_cents=line.amount_cents, at=at)
        payment = await billing.record_payment(order, moved, received_by=by.id)
        assert payment is not None
        await close_pages(household)
        span = await begin(household, order, terms, moved.amount_cents, at)
        span = await pass_on(order) or span
        issued = await receipt(household, order, payment, span)
        await lines.settle(by, line, LineState.MATCHED, f"payment:{payment.public_id}")
    return issued.public_id
