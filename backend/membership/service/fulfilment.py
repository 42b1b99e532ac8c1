"""What Stripe knows of a payment becomes rows: periods, plans, receipts, and words to the payer."""

import structlog

from backend.audit import service as audit
from backend.audit.service import SYSTEM
from backend.billing import differences, movements, refunds
from backend.billing import queries as orders
from backend.billing import service as billing
from backend.billing.gateway import Facts, Movement
from backend.billing.queries import Order
from backend.billing.rules import GAINS, DifferenceKind, PaymentKind, PayWay
from backend.kit import clock, formats, workdays
from backend.kit.database import fetch, once_more, transaction
from backend.membership import queries, rules
from backend.membership.queries import Household
from backend.membership.service import telling
from backend.membership.service.dues import DuesTerms, begin
from backend.membership.service.periods import (
    cancel_period,
    cancel_periods,
    has_period,
    lock_homes,
    lost_period,
    pass_on,
    restore_period,
    settle_period,
    start_period,
)
from backend.membership.service.receipts import credit_note, receipt, took_back
from backend.membership.service.renewals import end_wish_of, keep_wish
from backend.membership.service.withdrawing import give_all_back

log = structlog.get_logger("membership")
MOST_TRIES = 2  # B6: a debit that failed is tried again once, never more


@once_more
async def fulfil(facts: Facts) -> None:
    """The same facts again change nothing (B2)."""
    async with transaction():
        terms = (await orders.get_order(facts.order)).terms(DuesTerms)
        household = await lock_homes(terms.household_id, facts.order)
        order = await movements.lock(facts)
        await _follow_plan(household, order, facts)
        if facts.thread is not None:
            await _follow_payment(household, order, terms, facts, facts.thread)
        if facts.subscription is not None and facts.subscription_ended_at is None:
            await _end_unwanted(household, order, terms, facts)


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


async def _end_unwanted(household: Household, order: Order, terms: DuesTerms, facts: Facts) -> None:
    """Its payer took it back, chose otherwise or left, before Stripe said that it had begun (B11)."""
    unwanted = order.cancelled_at is not None or _has_left(household, terms)
    if order.withdrawn_at is not None:
        await billing.end_subscription(await orders.get_order(order.public_id))
    elif unwanted and facts.subscription_ends_at is None:
        await billing.stop_subscription(order)
        until = (await queries.standing(household.id)).paid_until
        said = formats.day(until) if until is not None else ""
        await telling.tell("dues.stopped", order.public_id, household, order, until=said)


def _has_left(household: Household, terms: DuesTerms) -> bool:
    """Whoever ordered it, or everybody: nothing more is charged for where they no longer live (M5)."""
    stays = terms.by is None or terms.by in {one.person_id for one in household.adults}
    return household.ended_on is not None or not stays


async def _follow_payment(
    household: Household, order: Order, terms: DuesTerms, facts: Facts, thread: str
) -> None:
    new = [
        moved
        for moved in facts.movements
        if await _follow(household, order, terms, moved, facts, thread)
    ]
    if facts.pending:
        await billing.note_debit(order)
        await _count_provisionally(household, order, terms, facts, thread)
    elif facts.failed:
        await _fail(household, order, facts, thread)
    await _judge(household, order, terms, facts, thread, {moved.kind for moved in new})
    if {moved.kind for moved in new} & GAINS:
        await pass_on(order)


async def _follow(
    household: Household, order: Order, terms: DuesTerms, moved: Movement, facts: Facts, thread: str
) -> bool:
    """Whether this movement was new."""
    payment = await movements.record(order, moved, thread)
    if payment is None:
        return False
    gone = household.ended_on is not None and await queries.find_heir(household.id) is None
    if moved.kind is PaymentKind.PAYMENT and gone:
        about = moved.external_id or order.public_id
        await differences.notice(DifferenceKind.ENDED, about, moved.amount_cents, order_id=order.id)
    if moved.kind is PaymentKind.PAYMENT and moved.amount_cents < order.amount_cents:
        await _note_short(household, order, moved)
    elif moved.kind is PaymentKind.PAYMENT:
        span = await settle_period(order, thread) or await begin(
            household, order, terms, moved.amount_cents, moved.at, moved.external_id
        )
        span = await pass_on(order) or span
        await receipt(household, order, payment, span)
        if not _has_left(household, terms):
            await keep_wish(household, order, terms, facts)
        if order.withdrawn_at is not None:
            await cancel_periods(order, rules.CancelReason.WITHDRAWN)
            await give_all_back(order, None)
            back = formats.euros(moved.amount_cents)
            key = f"{order.public_id}:{thread}"
            await telling.tell("dues.withdrawn", key, household, order, amount=back, pending=False)
    elif moved.kind is PaymentKind.REFUND:
        await credit_note(household, order, payment)
    elif moved.kind is PaymentKind.RETURNED:
        await took_back(household, order, payment)
    return True


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


async def _count_provisionally(
    household: Household, order: Order, terms: DuesTerms, facts: Facts, thread: str
) -> None:
    """A debit is under way: its days count, until it should have arrived (B6)."""
    known = order.withdrawn_at is not None or await has_period(order, thread)
    if facts.pending_since is None or known:
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
        provisional_until=workdays.after(since, await queries.debit_days()),
    )


async def _fail(household: Household, order: Order, facts: Facts, thread: str) -> None:
    """Its days end today; a second failure of one month ends the plan: no third debit (B6)."""
    await cancel_period(order, thread, rules.CancelReason.UNPAID, only_provisional=True)
    await billing.note_failure(order)
    if order.stripe_intent is not None:
        await end_wish_of(order, "failed")
    last = order.way is not PayWay.MONTHLY or facts.attempts >= MOST_TRIES
    if order.way is PayWay.MONTHLY and last:
        await billing.end_subscription(order)
    if order.withdrawn_at is None:  # who took it back waits for nothing, and owes nothing
        await telling.failed(household, order, f"{thread}:{facts.attempts}", last=last)


async def _judge(
    household: Household,
    order: Order,
    terms: DuesTerms,
    facts: Facts,
    thread: str,
    new: set[PaymentKind],
) -> None:
    """Whether this money still buys its days, once all that moved is known."""
    paid, refunded, taken = _sums(facts)
    refunded += await refunds.given_otherwise(thread)
    reason = rules.cancel_reason(paid, refunded, taken)
    if reason is not None:
        await cancel_period(order, thread, reason)
        await end_wish_of(order, reason)
    elif new & {PaymentKind.REINSTATED, PaymentKind.RETURNED}:
        await _give_back_days(household, order, terms, facts, thread)
    if PaymentKind.DISPUTE in new:
        await _end_and_tell(household, order, facts, back=reason is None)


async def _give_back_days(
    household: Household, order: Order, terms: DuesTerms, facts: Facts, thread: str
) -> None:
    """The same days; where they were paid anew meanwhile, as many after them."""
    if not await lost_period(order, thread) or await restore_period(order, thread):
        return
    paid = next(one for one in facts.movements if one.kind is PaymentKind.PAYMENT)
    await begin(household, order, terms, paid.amount_cents, paid.at, paid.external_id)


async def _end_and_tell(household: Household, order: Order, facts: Facts, *, back: bool) -> None:
    """B7: no new debit, and the member is told. Loans are given back all the same."""
    if order.way is PayWay.MONTHLY:
        await billing.end_subscription(order)
    for moved in facts.movements:
        if moved.kind is PaymentKind.DISPUTE and moved.external_id is not None:
            await telling.disputed(household, order, moved, back=back)


def _sums(facts: Facts) -> tuple[int, int, int]:
    """Cents paid, given back by us, held back by the bank."""
    sums = dict.fromkeys(PaymentKind, 0)
    for moved in facts.movements:
        sums[moved.kind] += moved.amount_cents
    refunded = sums[PaymentKind.REFUND] - sums[PaymentKind.RETURNED]
    taken = sums[PaymentKind.DISPUTE] - sums[PaymentKind.REINSTATED]
    return sums[PaymentKind.PAYMENT], refunded, taken
