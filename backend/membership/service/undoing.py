"""Dues that the counter took by mistake, and months that it gave by mistake."""

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import counter
from backend.billing import service as billing
from backend.billing.errors import OrderUnknown
from backend.billing.queries import Order
from backend.kit.database import once_more, transaction
from backend.kit.errors import N_
from backend.membership import queries
from backend.membership.errors import DuesUndone, MonthsOfManager, NotTakenHere
from backend.membership.queries import Household
from backend.membership.rules import ALONE_MONTHS, CancelReason
from backend.membership.service.dues import DUES, ONLINE, DuesTerms
from backend.membership.service.periods import cancel_period, lock_homes
from backend.membership.service.receipts import credit_note
from backend.notifications import service as notifications


@once_more
async def undo_dues(
    by: By, household_id: int, order_public_id: str, site_id: int | None, reason: str
) -> int:
    """The money goes back the way it came, its days count no more; the receipt stays, with its credit note.

    Gives the cents to hand back. Raises OrderUnknown, NotTakenHere, DuesUndone.
    """
    async with transaction():
        household = await lock_homes(household_id, order_public_id)
        order = await _lock_theirs(household, order_public_id)
        if order.way in ONLINE or order.amount_cents == 0:
            raise NotTakenHere
        if order.left_cents <= 0:
            raise DuesUndone
        paid = await billing.payment_of(order)
        given = await counter.give_back(
            by, order, order.left_cents, site_id, note=reason, of_payment=paid
        )
        await credit_note(household, order, given)
        await cancel_period(order, None, CancelReason.REFUNDED)
        what = N_("Votre cotisation est annulée et rendue.")
        await _say(by, household, order, what, amount_cents=order.left_cents, reason=reason)
    return order.left_cents


@once_more
async def undo_months(
    by: By, household_id: int, order_public_id: str, reason: str, *, alone: bool = False
) -> None:
    """Free months have neither money nor receipt: their days count no more.

    `alone`: by somebody of the counter, no manager. Raises OrderUnknown, DuesUndone, MonthsOfManager.
    """
    async with transaction():
        household = await lock_homes(household_id, order_public_id)
        order = await _lock_theirs(household, order_public_id)
        if order.amount_cents:
            raise OrderUnknown
        if alone and order.terms(DuesTerms).months > ALONE_MONTHS:
            raise MonthsOfManager
        if not await cancel_period(order, None, CancelReason.UNDONE):
            raise DuesUndone
        await _say(by, household, order, N_("Vos mois gratuits sont annulés."), reason=reason)


async def _lock_theirs(household: Household, order_public_id: str) -> Order:
    """An order that is this household's. Raises OrderUnknown."""
    order = await billing.lock_order(order_public_id)
    if order.kind != DUES or not await queries.stands_for(order, household.payer_id, household.id):
        raise OrderUnknown
    return order


async def _say(by: By, household: Household, order: Order, what: str, **facts: object) -> None:
    told = household.told
    await audit.note(
        "dues_undone" if order.amount_cents else "months_undone",
        by,
        subject_id=None if told is None else told.person_id,
        object_kind="pay_order",
        object_id=order.public_id,
        **facts,
    )
    if told is not None:
        await notifications.tell_act(by, told.person_id, what)
