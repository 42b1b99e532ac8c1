"""Dues: ordered online, taken at the desk, and fulfilled when Stripe's facts say so."""

import msgspec
import structlog

from backend.audit import service as audit
from backend.audit.service import SYSTEM, By
from backend.billing import queries as orders
from backend.billing import service as billing
from backend.billing.gateway import Facts, Movement
from backend.billing.queries import Order, Payment
from backend.billing.rules import OrderState, PaymentKind, PayWay
from backend.kit import clock, formats, keys
from backend.kit.database import fetch, once_more, transaction
from backend.membership import queries, rules
from backend.membership.errors import (
    AlreadyMonthly,
    DebitUnderWay,
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
    cancel_period,
    has_period,
    lock_household,
    restore_period,
    settle_period,
    start_period,
)
from backend.membership.service.receipts import receipt
from backend.notifications import service as notifications

log = structlog.get_logger("membership")
DUES = "dues"
ONLINE = {PayWay.ONLINE: YEAR_MONTHS, PayWay.MONTHLY: 1}


class DuesTerms(msgspec.Struct, frozen=True):
    """What an order for dues buys: so many months for each payment."""

    household_id: int
    months: int
    category: Category


class Ordered(msgspec.Struct, frozen=True):
    """An order for dues; `row` is the outbox row that opens Stripe's page."""

    public_id: str
    row: int


class Taken(msgspec.Struct, frozen=True):
    """Dues taken at the desk."""

    receipt_public_id: str
    receipt: str
    amount_cents: int
    span: Span


@once_more
async def order_dues(
    household_id: int, way: PayWay, by: By, *, done_path: str, back_path: str
) -> Ordered:
    """12 months at once (online), or each month. Asked twice, it is the same order (B4).

    `done_path` may hold {order}. Choosing the other way closes the page of the first.
    """
    async with transaction():
        household = await lock_household(household_id)
        if await queries.find_plan(household_id) is not None:
            raise AlreadyMonthly
        if rules.is_provisional(household.spans, clock.today()):
            raise DebitUnderWay
        _check_renewal_open(household)
        terms = DuesTerms(household_id, ONLINE[way], household.category)
        amount_cents = await _amount(household, terms.months)
        order = await _open(household, way, amount_cents) or await billing.open_order(
            household.payer_id, DUES, way, _label(way, terms.months), amount_cents, terms
        )
        done_path = done_path.format(order=order.public_id)
        row = await billing.ask_checkout(order, done_path=done_path, back_path=back_path)
        await audit.note(
            "dues_ordered", by, object_kind="pay_order", object_id=order.public_id, way=way
        )
    return Ordered(order.public_id, row)


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
    confirmed: bool = False,
) -> Taken:
    """Cash, a cheque or a transfer at the desk, 1 to 24 months; the receipt is issued with it (M4).

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
        if not confirmed:
            await _check_nothing_runs(household)
        terms = DuesTerms(household_id, months, household.category)
        amount_cents = await _amount(household, months)
        order = await billing.open_order(
            household.payer_id, DUES, way, _label(way, months), amount_cents, terms
        )
        moved = Movement(kind=PaymentKind.PAYMENT, amount_cents=amount_cents, at=clock.now())
        payment = await billing.record_payment(
            order, moved, received_by=by.id, site_id=site_id, note=note
        )
        assert payment is not None
        span = await _begin(household, order, terms, moved)
        issued = await receipt(household, order, payment, span)
        await _note_taken(by, household, order, payment)
        taken = Taken(issued.public_id, issued.said, amount_cents, span)
        await keys.keep("dues", key, body, taken)
    return taken


@once_more
async def fulfil(facts: Facts) -> None:
    """What Stripe knows of a payment becomes rows; the same facts again change nothing (B2)."""
    async with transaction():
        terms = (await orders.get_order(facts.order)).terms(DuesTerms)
        household = await lock_household(terms.household_id)
        order = await billing.lock_order(facts.order)
        if facts.customer is not None:
            await billing.note_customer(order, facts.customer)
        await _follow_plan(household, order, facts)
        if facts.thread is not None:
            await _follow_payment(household, order, terms, facts, facts.thread)


async def stop_monthly(by: By, household_id: int) -> None:
    """No payment after the month that is paid (B11); Stripe is told by the outbox."""
    async with transaction():
        household = await lock_household(household_id)
        plan = await queries.find_plan(household_id)
        if plan is None:
            raise NotMonthly
        order = await orders.get_order(plan.order_public_id)
        await billing.stop_subscription(order)
        await _tell_stopped(household, order)
        first = next(iter(household.adults), None)
        await audit.note(
            "plan_stopped",
            by,
            subject_id=None if first is None else first.person_id,
            object_kind="pay_order",
            object_id=order.public_id,
        )


async def _tell_stopped(household: Household, order: Order) -> None:
    first = next(iter(household.adults), None)
    until = household.standing().paid_until
    if first is not None:
        await notifications.tell(
            "dues.stopped",
            f"dues.stopped:{order.public_id}",
            person_id=first.person_id,
            values={"name": first.given_name, "until": formats.day(until) if until else ""},
        )


def _check_renewal_open(household: Household) -> None:
    today = clock.today()
    opens = rules.renewal_opens(household.spans, today)
    if opens is not None:
        raise RenewalNotOpen(until=rules.paid_until(household.spans, today), opens=opens)


async def _check_nothing_runs(household: Household) -> None:
    """A monthly plan that goes on, or a debit that may still arrive, would pay the days twice."""
    plan = await queries.find_plan(household.id)
    goes_on = plan is not None and plan.ends_on is None
    if goes_on or rules.is_provisional(household.spans, clock.today()):
        raise PaymentRunning().at("confirmed")


async def _amount(household: Household, months: int) -> int:
    today = clock.today()
    if rules.is_far_ahead(household.spans, today):
        raise PaidFarAhead(until=rules.paid_until(household.spans, today))
    month_cents = await queries.month_price(household.category, today)
    if month_cents == 0:
        raise NothingToPay
    return month_cents * months


def _label(way: PayWay, months: int) -> str:
    if way is PayWay.MONTHLY:
        return "Cotisation d'un mois"
    return f"Cotisation de {months} mois" if months > 1 else "Cotisation d'un mois"


async def _open(household: Household, way: PayWay, amount_cents: int) -> Order | None:
    """The order that is open already for the same; any other open one is given up."""
    kept = None
    for order in await orders.orders_of(household.payer_id, DUES):
        if order.way not in ONLINE or order.state() is not OrderState.OPEN:
            continue
        if order.way is way and order.amount_cents == amount_cents and kept is None:
            kept = order
        else:
            await billing.cancel_order(order)
    return kept


async def _begin(household: Household, order: Order, terms: DuesTerms, moved: Movement) -> Span:
    return await start_period(
        household,
        order,
        months=terms.months,
        category=terms.category,
        paid_cents=moved.amount_cents,
        paid_on=clock.paris(moved.at).date(),
        external_id=moved.external_id,
    )


async def _note_taken(by: By, household: Household, order: Order, payment: Payment) -> None:
    first = next(iter(household.adults), None)
    await audit.note(
        "dues_taken",
        by,
        subject_id=None if first is None else first.person_id,
        object_kind="household",
        object_id=household.public_id,
        order=order.public_id,
        amount_cents=payment.amount_cents,
        way=order.way,
    )


async def _follow_plan(household: Household, order: Order, facts: Facts) -> None:
    """A subscription is a plan from its first sight to its end; a second one at once is stopped."""
    if facts.subscription is None:
        return
    await billing.note_subscription(order, facts.subscription)
    plan = await queries.find_plan(household.id)
    if plan is not None and plan.order_public_id != order.public_id:
        await billing.stop_subscription(order)
    elif facts.subscription_ended_at is None:
        await fetch(
            "INSERT INTO monthly_plan (household, pay_order, stripe_subscription, started_at)"
            " VALUES ($1, $2, $3, $4)"
            " ON CONFLICT ON CONSTRAINT monthly_plan_stripe_subscription_key DO NOTHING",
            household.id,
            order.id,
            facts.subscription,
            clock.now(),
        )
    await fetch(
        "UPDATE monthly_plan SET ends_at = $2, ended_at = $3 WHERE stripe_subscription = $1",
        facts.subscription,
        facts.subscription_ends_at,
        facts.subscription_ended_at,
    )


async def _follow_payment(
    household: Household, order: Order, terms: DuesTerms, facts: Facts, thread: str
) -> None:
    for moved in facts.movements:
        payment = await _record(order, moved, thread)
        if payment is None:
            continue
        if moved.kind is PaymentKind.PAYMENT and moved.amount_cents < order.amount_cents:
            await _note_short(household, order, moved)
        elif moved.kind is PaymentKind.PAYMENT:
            span = await settle_period(order, thread) or await _begin(
                household, order, terms, moved
            )
            await receipt(household, order, payment, span)
        elif moved.kind is PaymentKind.REINSTATED:
            await restore_period(order, thread)
    if facts.pending:
        await billing.note_debit(order)
        await _count_provisionally(household, order, terms, facts, thread)
    elif facts.failed:
        await cancel_period(order, thread, rules.CancelReason.UNPAID, only_provisional=True)
        await billing.note_failure(order)
    reason = rules.cancel_reason(*_sums(facts))
    if reason is not None:
        await cancel_period(order, thread, reason)


async def _note_short(household: Household, order: Order, moved: Movement) -> None:
    """Less came than was asked: the money is in the books, and staff must say what it buys."""
    log.error("less was paid than asked", order=order.public_id, cents=moved.amount_cents)
    await audit.note(
        "payment_short",
        SYSTEM,
        object_kind="household",
        object_id=household.public_id,
        order=order.public_id,
        amount_cents=moved.amount_cents,
        asked_cents=order.amount_cents,
    )


async def _record(order: Order, moved: Movement, thread: str) -> Payment | None:
    of_payment = None
    if moved.kind is not PaymentKind.PAYMENT:
        of_payment = await billing.find_payment(PaymentKind.PAYMENT, thread)
    return await billing.record_payment(order, moved, of_payment=of_payment)


async def _count_provisionally(
    household: Household, order: Order, terms: DuesTerms, facts: Facts, thread: str
) -> None:
    """A debit is under way: its days count, until it should have arrived."""
    if facts.pending_since is None or await has_period(order, thread):
        return
    since = clock.paris(facts.pending_since).date()
    await start_period(
        household,
        order,
        months=terms.months,
        category=terms.category,
        paid_cents=facts.pending_amount_cents,
        paid_on=since,
        external_id=thread,
        provisional_until=since + rules.PROVISIONAL_FOR,
    )


def _sums(facts: Facts) -> tuple[int, int, int]:
    """Cents paid, given back by us, held back by the bank."""
    sums = dict.fromkeys(PaymentKind, 0)
    for moved in facts.movements:
        sums[moved.kind] += moved.amount_cents
    taken = sums[PaymentKind.DISPUTE] - sums[PaymentKind.REINSTATED]
    return sums[PaymentKind.PAYMENT], sums[PaymentKind.REFUND], taken
