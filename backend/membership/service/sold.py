"""Money of what households buy besides their membership, moved beside the counter and beside Stripe.

Loans, orders, seats: what the counter took by mistake, cheques that the bank sends back, and what the
treasurer gives back where Stripe cannot. What is due again then is the business of whoever sold it.
"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from backend.audit.service import By
from backend.billing import bounces, counter, refunds
from backend.billing import service as billing
from backend.billing.errors import (
    NoteMissing,
    OrderUnknown,
    PaidOnline,
    PaymentSpent,
    PaymentUndone,
)
from backend.billing.movements import TakeAway
from backend.billing.queries import Order, Payment
from backend.billing.refunds import Repayment
from backend.billing.rules import PayWay
from backend.kit import keys
from backend.kit.database import once_more, transaction, within
from backend.membership.queries import Household
from backend.membership.service import plain_receipts
from backend.membership.service.tracing import note
from backend.notifications import service as notifications


class Sold(NamedTuple):
    """`lock` gives an order of this kind, held with its household; it raises OrderUnknown for another.

    `undo` makes due again what a payment paid that has gone back; `take_away` what went otherwise.
    `verb` begins the traces. The last three are said to the household; `given` where the treasurer may.
    """

    lock: Callable[[str], Awaitable[tuple[Household, Order]]]
    take_away: TakeAway
    undo: Callable[[By, Order, Payment], Awaitable[None]]
    verb: str
    bounced: str
    undone: str
    given: str = ""


@once_more
async def undo_payment(
    by: By, household_id: int, order_public_id: str, site_id: int | None, reason: str, *, sold: Sold
) -> int:
    """Taken by mistake: it goes back the way it came, and what it paid is due again (B8).

    The receipt stays, with its credit note. Gives the cents to hand back. Raises OrderUnknown,
    NoteMissing, PaidOnline, PaymentUndone, PaymentSpent, DrawerNotOpen, DrawerTooEmpty.
    """
    if not reason.strip():
        raise NoteMissing().at("reason")
    async with transaction():
        household, order = await sold.lock(order_public_id)
        _check_undone(order, household, household_id)
        cents, paid = order.left_cents, await billing.payment_of(order)
        given = await counter.give_back(by, order, cents, site_id, note=reason, of_payment=paid)
        await sold.undo(by, order, given)
        await plain_receipts.issue(household, order, given)
        facts = {"order": order.public_id, "amount_cents": cents, "reason": reason}
        await note(by, household, f"{sold.verb}payment_undone", **facts)
        await _tell(by, household, sold.undone)
    return cents


def _check_undone(order: Order, household: Household, household_id: int) -> None:
    if household.id != household_id:
        raise OrderUnknown
    if order.way is PayWay.ONLINE or order.paid_cents == 0:
        raise PaidOnline
    if order.left_cents <= 0:
        raise PaymentUndone
    if order.left_cents < order.paid_cents:
        raise PaymentSpent


@once_more
async def bounce_cheque(by: By, order_public_id: str, reason: str, *, sold: Sold) -> None:
    """What it paid is due again. Raises OrderUnknown, ChequeNotDeposited, ChequeCameBack."""
    async with transaction():
        household, order = await sold.lock(order_public_id)
        gone = await bounces.record(by, order, reason)
        await sold.take_away(order, gone)
        facts = {"order": order.public_id, "amount_cents": gone.amount_cents, "reason": reason}
        await note(by, household, f"{sold.verb}cheque_bounced", **facts)
        await _tell(by, household, sold.bounced)


@once_more
async def repay(by: By, wish: Repayment, *, key: str, sold: Sold) -> str:
    """Money of Stripe that went back by transfer or in cash; the credit note's number.

    Raises OrderUnknown, PaymentUnknown, RefundTooLarge, DrawerNotOpen, DrawerTooEmpty.
    """
    async with transaction():
        before = await keys.earlier("sold_repayment", key, wish, str)
        if before is not None:
            return before
        household, order = await sold.lock(wish.order)
        given = await refunds.repay(by, order, wish)
        await sold.take_away(order, given.payment)
        issued = await plain_receipts.issue(household, order, given.payment)
        facts = {"amount_cents": wish.amount_cents, "way": wish.way, "reason": wish.reason}
        await note(by, household, f"{sold.verb}repaid", order=order.public_id, **facts)
        await _tell(by, household, sold.given)
        await keys.keep("sold_repayment", key, wish, issued.said)
    return issued.said


async def _tell(by: By, household: Household, what: str) -> None:
    within()
    if household.told is not None:
        await notifications.tell_act(by, household.told.person_id, what)
