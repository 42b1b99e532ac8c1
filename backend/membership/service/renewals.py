"""Twelve months that renew by themselves, for whoever asked for it (B11; C. conso. L215-1).

The notice goes out well before the term. At the term the charge is made only with proof that the
notice was delivered in time, once, for no more than it said; one failure ends the wish.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from backend.audit import service as audit
from backend.audit.service import SYSTEM, By
from backend.billing import queries as orders
from backend.billing import service as billing
from backend.billing.gateway import Facts
from backend.billing.queries import Order
from backend.billing.rules import OrderState, PayWay
from backend.kit import clock, formats
from backend.kit.database import (
    fetch,
    fetch_as,
    fetch_one_as,
    fetch_value,
    once_more,
    transaction,
    within,
)
from backend.membership import queries, rules
from backend.membership.errors import NoRenewalAsked
from backend.membership.proofs import NOTICE, keep_proofs
from backend.membership.queries import Household
from backend.membership.rules import YEAR_MONTHS
from backend.membership.service import telling
from backend.membership.service.dues import DUES, DuesTerms, close_pages
from backend.membership.service.periods import lock_household
from backend.membership.waiting import open_transfers
from backend.notifications import texts

CHARGED_FOR = timedelta(days=7)  # after the term, where no worker ran on the day itself
ANSWERED = timedelta(minutes=10)  # no call of ours to Stripe takes so long
TRANSFER_TAKES = timedelta(days=30)  # from the order: until then the money may be on its way


class Due(msgspec.Struct, frozen=True):
    """A wish, and the renewal of it that is due."""

    wish: int
    household_id: int


class _Renewal(msgspec.Struct, frozen=True):
    id: int
    wish: int
    amount_cents: int
    customer: str
    method: str


async def keep_wish(household: Household, order: Order, terms: DuesTerms, facts: Facts) -> None:
    """The order was paid with a card or an account that may be charged again: the wish begins."""
    within()
    if terms.renew is None or facts.method is None or facts.customer is None:
        return
    await end_wish(household.id, "replaced")
    await fetch(
        "INSERT INTO renewal_wish (household, pay_order, wording, asked_at, stripe_customer,"
        " stripe_method) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT ON CONSTRAINT renewal_wish_of_order DO NOTHING",
        household.id,
        order.id,
        terms.renew,
        order.created_at,
        facts.customer,
        facts.method,
    )


async def end_wish(household_id: int, reason: str) -> bool:
    """Nothing is charged for it from now on."""
    within()
    ended = await fetch(
        "UPDATE renewal_wish SET ended_at = $2, end_reason = $3 WHERE household = $1"
        " AND ended_at IS NULL RETURNING id",
        household_id,
        clock.now(),
        reason,
    )
    await give_up_charges([row["id"] for row in ended])
    return bool(ended)


async def end_wish_of(order: Order, reason: str) -> None:
    """What came with this order, or was renewed by it: a wish asked for since then stays (B11)."""
    within()
    ended = await fetch(
        "UPDATE renewal_wish w SET ended_at = $2, end_reason = $3 WHERE w.ended_at IS NULL"
        " AND (w.pay_order = $1 OR w.id IN (SELECT r.wish FROM renewal r WHERE r.pay_order = $1))"
        " RETURNING w.id",
        order.id,
        clock.now(),
        reason,
    )
    await give_up_charges([row["id"] for row in ended])


async def give_up_charges(wishes: Sequence[int]) -> None:
    """What was ordered at the term of these wishes, and Stripe has not heard of, it never hears of."""
    within()
    rows = await fetch(
        "SELECT o.public_id FROM renewal r JOIN pay_order o ON o.id = r.pay_order"
        " WHERE r.wish = ANY($1) ORDER BY o.id",
        wishes,
    )
    for row in rows:
        order = await billing.lock_order(row["public_id"])
        if order.state() is OrderState.OPEN and order.stripe_intent is None:
            await billing.cancel_order(order)


async def stop_renewing(by: By, household_id: int) -> None:
    """In one press. Raises NoRenewalAsked."""
    async with transaction():
        household = await lock_household(household_id)
        if not await end_wish(household_id, "asked"):
            raise NoRenewalAsked
        await audit.note(
            "renewal_stopped", by, object_kind="household", object_id=household.public_id
        )


async def give_notices() -> None:
    """Told 60 to 31 days before the term: what, when, how much, and how to stop it."""
    for due in await _wishes():
        async with transaction():
            await _give_notice(await lock_household(due.household_id), due.wish)


async def _give_notice(household: Household, wish: int) -> None:
    today = clock.today()
    term = rules.paid_until(household.spans, today)
    if term is None or not rules.is_time_for_notice(term, today):
        return
    amount_cents = await queries.month_price(household.category, term) * YEAR_MONTHS
    if amount_cents == 0:
        return
    new = await fetch_value(
        "INSERT INTO renewal (wish, term, amount_cents, noticed_at, notice_text)"
        " SELECT $1, $2, $3, $4, $5"
        " WHERE EXISTS (SELECT 1 FROM renewal_wish WHERE id = $1 AND ended_at IS NULL)"
        " ON CONFLICT ON CONSTRAINT renewal_once DO NOTHING RETURNING id",
        wish,
        term,
        amount_cents,
        clock.now(),
        texts.version(NOTICE),
    )
    if new is not None:
        await telling.tell(
            NOTICE,
            str(new),
            household,
            await orders.get_order(await _asked_with(wish)),
            amount=formats.euros(amount_cents),
            term=formats.day(term),
        )


async def charge_renewals() -> None:
    """At the term, each that may be charged becomes an order, and a letter to Stripe."""
    async with transaction():
        await keep_proofs()
    for due in await _wishes():
        async with transaction():
            await _charge(await lock_household(due.household_id), due.wish)


async def _charge(household: Household, wish: int) -> None:
    today = clock.today()
    term = rules.paid_until(household.spans, today)
    if term is None or not term <= today <= term + CHARGED_FOR or household.ended_on is not None:
        return
    running = await queries.find_plan(household.id) is not None
    if running or rules.is_provisional(household.spans, today):
        return
    if await _is_transferring(household):
        return
    renewal = await _provably_noticed(wish, term)
    if renewal is None:
        return
    month_cents = await queries.month_price(household.category, today)
    amount_cents = min(renewal.amount_cents, month_cents * YEAR_MONTHS)
    if amount_cents == 0:
        return
    await _order(household, renewal, amount_cents)


async def _is_transferring(household: Household) -> bool:
    """Whoever ordered by transfer pays this way: charged too, the year would be paid twice."""
    since = clock.now() - TRANSFER_TAKES
    return any(order.created_at > since for order in await open_transfers(household.payer_id))


@once_more
async def give_up_renewal(order_public_id: str) -> None:
    """Stripe never answered: nothing is tried any more, and the household pays another way.

    Money that came all the same is found by the night, and counts.
    """
    async with transaction():
        terms = (await orders.get_order(order_public_id)).terms(DuesTerms)
        household = await lock_household(terms.household_id)
        order = await billing.lock_order(order_public_id)
        if order.state() is not OrderState.OPEN:
            return
        await billing.note_failure(order)
        await end_wish_of(order, "failed")
        amount = formats.euros(order.amount_cents)
        await telling.tell("dues.unsent", order.public_id, household, order, amount=amount)


async def _provably_noticed(wish: int, term: date) -> _Renewal | None:
    """Only what was delivered between 90 and 30 days before the term counts as notice (L215-1)."""
    first, last = rules.notice_window(term)
    return await fetch_one_as(
        _Renewal,
        "SELECT r.id, r.wish, r.amount_cents, w.stripe_customer AS customer, w.stripe_method AS method"  # noqa: S608 - our own words
        " FROM renewal r JOIN renewal_wish w ON w.id = r.wish LEFT JOIN pay_order o ON o.id = r.pay_order"
        f" WHERE r.wish = $1 AND r.term = $2 AND (o.id IS NULL OR {_COME_BACK}) AND w.ended_at IS NULL"
        " AND r.delivered_at >= $3 AND r.delivered_at < $4",
        wish,
        term,
        clock.start_of_day(first),
        clock.start_of_day(last + rules.DAY),
        ANSWERED,
    )


# Its payer opened a page instead before Stripe heard of it, and left it. Read since, Stripe says that
# the page can no longer be paid, and that no charge came of the first order (B4).
_COME_BACK = (
    "(o.cancelled_at IS NOT NULL AND num_nonnulls(o.stripe_intent, o.failed_at, o.withdrawn_at) = 0"
    " AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.pay_order = o.id)"
    # A debit that began may still arrive after its days have stopped counting (B6).
    " AND NOT EXISTS (SELECT 1 FROM period q WHERE q.pay_order = o.id)"
    " AND EXISTS (SELECT 1 FROM reconciliation n"
    "  WHERE n.ended_at IS NOT NULL AND n.started_at > o.cancelled_at + $5::interval)"
    " AND NOT EXISTS (SELECT 1 FROM pay_order p WHERE p.payer = o.payer AND p.kind = o.kind"
    "  AND p.id > o.id AND p.way IN ('online', 'monthly') AND p.closed_at IS NULL"
    "  AND (p.stripe_session IS NOT NULL OR p.cancelled_at IS NULL)))"
)


async def _order(household: Household, renewal: _Renewal, amount_cents: int) -> None:
    asked = await orders.get_order(await _asked_with(renewal.wish))
    by = asked.terms(DuesTerms).by
    await close_pages(household)
    terms = DuesTerms(household.id, YEAR_MONTHS, household.category, by=by)
    label = f"Renouvellement de la cotisation, {YEAR_MONTHS} mois"
    order = await billing.open_order(
        household.payer_id, DUES, PayWay.ONLINE, label, amount_cents, terms
    )
    await fetch("UPDATE renewal SET pay_order = $2 WHERE id = $1", renewal.id, order.id)
    await billing.ask_charge(order, customer=renewal.customer, method=renewal.method)
    await audit.note(
        "renewal_charged",
        SYSTEM,
        object_kind="pay_order",
        object_id=order.public_id,
        amount_cents=amount_cents,
    )


async def _asked_with(wish: int) -> str:
    """The order that it was ticked on: whose card it is."""
    found: str = await fetch_value(
        "SELECT o.public_id FROM renewal_wish w JOIN pay_order o ON o.id = w.pay_order"
        " WHERE w.id = $1",
        wish,
    )
    return found


async def _wishes() -> list[Due]:
    return await fetch_as(
        Due,
        "SELECT id AS wish, household AS household_id FROM renewal_wish WHERE ended_at IS NULL"
        " ORDER BY id",
    )
