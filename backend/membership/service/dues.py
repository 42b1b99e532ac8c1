"""Dues: ordered online, taken at the desk, and fulfilled when Stripe's facts say so."""

from datetime import datetime

import msgspec
import structlog

from backend.audit import service as audit
from backend.audit.rules import Actor
from backend.audit.service import By
from backend.billing import counter, portal, ways
from backend.billing import queries as orders
from backend.billing import service as billing
from backend.billing.cheques import Read
from backend.billing.queries import Order
from backend.billing.rules import PayWay
from backend.billing.service import Ordered
from backend.kit import clock, formats, keys
from backend.kit.database import fetch_value, once_more, transaction, within
from backend.membership import queries, rules
from backend.membership.errors import (
    AlreadyMonthly,
    DebitUnderWay,
    DuesAmountChanged,
    HouseholdEnded,
    MonthsUnlikely,
    NothingToPay,
    NotMonthly,
    PaidFarAhead,
    PaymentRunning,
    RenewalNotOpen,
)
from backend.membership.queries import Household
from backend.membership.rules import MOST_MONTHS, YEAR_MONTHS, Category, Span
from backend.membership.service.periods import (
    lock_household,
    start_period,
)
from backend.membership.service.receipts import receipt
from backend.membership.service.tracing import note as note_money
from backend.notifications import service as notifications

log = structlog.get_logger("membership")
DUES = "dues"
ONLINE = {PayWay.ONLINE: YEAR_MONTHS, PayWay.MONTHLY: 1}


class DuesTerms(msgspec.Struct, frozen=True):
    """What an order for dues buys: so many months for each payment.

    `renew`: the words that were ticked by whoever wants it to renew by itself (B11). `by`: whose
    card it is, who ordered it online; what is charged later ends when they leave.
    """

    household_id: int
    months: int
    category: Category
    renew: str | None = None
    by: int | None = None


class Taken(msgspec.Struct, frozen=True):
    """Dues taken at the desk."""

    receipt_public_id: str
    receipt: str
    amount_cents: int
    span: Span


@once_more
async def order_dues(
    household_id: int,
    way: PayWay,
    by: By,
    *,
    done_path: str,
    back_path: str,
    renew: str | None = None,
) -> Ordered:
    """12 months at once (online), or each month. Asked twice, it is the same order (B4).

    `done_path` may hold {order}. `renew`: the words ticked for a renewal by itself; only for 12
    months. Choosing the other way closes the page of the first.
    """
    async with transaction():
        household = await lock_household(household_id)
        await check_may_order(household)
        await ways.check_open(way)
        renew = renew if way is PayWay.ONLINE else None
        payer = by.id if by.actor is Actor.PERSON else None
        terms = DuesTerms(household_id, ONLINE[way], household.category, renew, payer)
        amount_cents = await amount_of(household, terms.months)
        order = await _open(household, way, amount_cents, terms) or await billing.open_order(
            household.payer_id, DUES, way, label_of(way, terms.months), amount_cents, terms
        )
        ordered = await billing.ask_checkout(
            order, done_path=done_path, back_path=back_path, keep=renew is not None
        )
        await audit.note(
            "dues_ordered", by, object_kind="pay_order", object_id=order.public_id, way=way
        )
    return ordered


@once_more
async def take_dues(
    by: By,
    household_id: int,
    months: int,
    way: PayWay,
    site_id: int | None,
    *,
    key: str,
    note: str | None = None,
    cheque: Read | None = None,
    month_cents: int | None = None,
    confirmed: bool = False,
) -> Taken:
    """Cash, a cheque or a transfer at the desk, 1 to 24 months; the receipt is issued with it (M4).

    `month_cents`: the price of a month as it was read, and asked for; None where nobody read it.
    `confirmed`: staff saw that another payment runs and take the money all the same.
    """
    if not 1 <= months <= MOST_MONTHS:
        raise MonthsUnlikely().at("months")
    body = [household_id, months, way, site_id]
    async with transaction():
        before = await keys.earlier("dues", key, body, Taken)
        if before is not None:
            return before
        household = await lock_household(household_id)
        await ways.check_open(way)
        if not confirmed:
            await _check_nothing_runs(household)
        terms = DuesTerms(household_id, months, household.category)
        amount_cents = await amount_of(household, months)
        if month_cents is not None and amount_cents != months * month_cents:
            raise DuesAmountChanged
        order = await billing.open_order(
            household.payer_id, DUES, way, label_of(way, months), amount_cents, terms
        )
        payment = await counter.take(by, order, site_id, cheque=cheque, note=note)
        await close_pages(household)
        span = await begin(household, order, terms, amount_cents, payment.received_at)
        issued = await receipt(household, order, payment, span)
        facts = {"order": order.public_id, "amount_cents": amount_cents, "way": way}
        await note_money(by, household, "dues_taken", **facts)
        taken = Taken(issued.public_id, issued.said, amount_cents, span)
        await keys.keep("dues", key, body, taken)
    return taken


async def close_pages(household: Household) -> None:
    """What was paid another way is no longer asked for on a page that somebody left open.

    A debit under way is no page any more: staff saw it and said yes.
    """
    within()
    if rules.is_provisional(household.spans, clock.today()):
        return
    for order in await orders.open_pages(household.payer_id, DUES):
        await billing.cancel_order(order)


async def open_portal(by: By, household_id: int, back_path: str) -> portal.Asked:
    """The payer of a monthly plan changes the card at Stripe. Raises NotMonthly."""
    async with transaction():
        household = await lock_household(household_id)
        if await queries.find_plan(household_id) is None:
            raise NotMonthly
        asked = await portal.ask(household.payer_id, back_path)
        await audit.note(
            "portal_opened", by, object_kind="household", object_id=household.public_id
        )
    return asked


async def stop_monthly(by: By, household_id: int) -> None:
    """No payment after the month that is paid (B11); Stripe is told by the outbox."""
    async with transaction():
        household = await lock_household(household_id)
        plan = await queries.find_plan(household_id)
        if plan is None:
            raise NotMonthly
        order = await orders.get_order(plan.order_public_id)
        stopped = await billing.stop_subscription(order)
        await _tell_stopped(household, order, stopped.partition(":")[2])
        first = next(iter(household.adults), None)
        await audit.note(
            "plan_stopped",
            by,
            subject_id=None if first is None else first.person_id,
            object_kind="pay_order",
            object_id=order.public_id,
        )


async def _tell_stopped(household: Household, order: Order, key: str) -> None:
    first = household.told_of(order.terms(DuesTerms).by)
    until = household.standing().paid_until
    if first is not None:
        await notifications.tell(
            "dues.stopped",
            f"dues.stopped:{key}",
            person_id=first.person_id,
            values={"name": first.given_name, "until": formats.day(until) if until else ""},
        )


async def check_may_order(household: Household) -> None:
    """By oneself, another year is bought neither twice nor long before its time.

    Raises AlreadyMonthly, DebitUnderWay, RenewalNotOpen.
    """
    within()
    today = clock.today()
    if await queries.find_plan(household.id) is not None:
        raise AlreadyMonthly
    if rules.is_provisional(household.spans, today):
        raise DebitUnderWay
    opens = rules.renewal_opens(household.spans, today)
    if opens is not None:
        raise RenewalNotOpen(until=rules.paid_until(household.spans, today), opens=opens)


async def _check_nothing_runs(household: Household) -> None:
    """A monthly plan that goes on, or a debit that may still arrive, would pay the days twice."""
    plan = await queries.find_plan(household.id)
    goes_on = plan is not None and plan.ends_on is None
    if goes_on or rules.is_provisional(household.spans, clock.today()):
        raise PaymentRunning().at("confirmed")


async def amount_of(household: Household, months: int) -> int:
    """Cents of so many months at today's price. Raises HouseholdEnded, PaidFarAhead, NothingToPay."""
    within()
    if household.ended_on is not None:
        raise HouseholdEnded  # on a page that was open before: nobody would have these days
    today = clock.today()
    if rules.is_far_ahead(household.spans, today):
        raise PaidFarAhead(until=rules.paid_until(household.spans, today))
    month_cents = await queries.month_price(household.category, today)
    if month_cents == 0:
        raise NothingToPay
    return month_cents * months


def label_of(way: PayWay, months: int) -> str:
    if way is PayWay.MONTHLY:
        return "Cotisation d'un mois"
    return f"Cotisation de {months} mois" if months > 1 else "Cotisation d'un mois"


async def _open(
    household: Household, way: PayWay, amount_cents: int, terms: DuesTerms
) -> Order | None:
    """The order that is open already for the same; any other open one is given up.

    A renewal that Stripe has not heard of is not made any more. Raises DebitUnderWay where it has.
    """
    kept = None
    for order in await orders.open_pages(household.payer_id, DUES):
        if order.stripe_intent is not None and order.stripe_session is None:
            raise DebitUnderWay
        same = (
            not await _is_renewal(order)
            and order.terms(DuesTerms) == terms
            and order.amount_cents == amount_cents
        )
        if order.way is way and same and kept is None:
            kept = order
        else:
            await billing.cancel_order(order)
    return kept


async def _is_renewal(order: Order) -> bool:
    """It is charged by itself, and has no page."""
    return bool(await fetch_value("SELECT 1 FROM renewal WHERE pay_order = $1", order.id))


async def begin(
    household: Household,
    order: Order,
    terms: DuesTerms,
    cents: int,
    at: datetime,
    external_id: str | None = None,
) -> Span:
    """The days that this money buys. The household is locked."""
    within()
    return await start_period(
        household,
        order,
        months=terms.months,
        category=terms.category,
        paid_cents=cents,
        paid_on=clock.paris(at).date(),
        external_id=external_id,
    )
