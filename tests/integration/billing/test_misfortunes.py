"""Debits that fail and banks that take money back: what the member has, hears, and never pays twice."""

from datetime import timedelta
from typing import Any

import pytest

from backend.audit.service import SYSTEM
from backend.billing import differences, gateway, jobs
from backend.billing import queries as billing
from backend.billing.rules import DifferenceKind, PayWay
from backend.identity.rules import Role
from backend.kit import clock, workdays
from backend.kit.database import fetch, fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.rules import Category, Status
from backend.membership.service import Joined
from backend.places import service as places
from backend.places.service import ClubWish
from backend.sandbox.stripe.remote import Remote
from tests.factories import add_household, add_person, add_role, pay_dues
from tests.paying import IBAN, events, pay


async def paying(stripe: Remote, way: PayWay, **payment: str) -> tuple[Joined, str, str]:
    """A household that has pressed the button; its order and the page's session."""
    joined = await add_household(category=Category.TENANT, address="alice@example.org")
    ordered = await membership.order_dues(
        joined.household_id, way, SYSTEM, done_path="/{order}", back_path="/"
    )
    await jobs.hurry(ordered.row)
    session = await pay(stripe, ordered.public_id, **payment)
    await events(stripe)
    return joined, ordered.public_id, session


async def subscription_of(order: str) -> str:
    found = (await billing.get_order(order)).stripe_subscription
    assert found is not None
    return found


async def send_all() -> None:
    for row in await fetch("SELECT id FROM outbox WHERE done_at IS NULL"):
        await jobs.hurry(row["id"])


async def told(kind: str) -> int:
    count: int = await fetch_value("SELECT count(*) FROM message WHERE kind = $1", kind)
    return count


async def tries(stripe: Remote) -> int:
    """Charges that anybody ever tried."""
    intents = gateway.connected().client.v1  # type: ignore[attr-defined]
    found: Any = await intents.charges.list_async({"limit": 100})
    return len(found.data)


@pytest.mark.parametrize("days", [None, 5])
async def test_a_debit_counts_for_a_set_number_of_business_days(stripe: Remote, days: int | None):
    """B6: 14 business days unless the club says otherwise, holidays and weekends left out."""
    if days is not None:
        await places.save_club(ClubWish(name="Le Club"), SYSTEM)
        await fetch("UPDATE club SET debit_days = $1", days)
    joined, _, _ = await paying(stripe, PayWay.ONLINE, iban=IBAN)
    standing = await queries.standing(joined.household_id)
    last = workdays.after(clock.today(), days or 14)
    assert (standing.status, standing.provisional_until) == (Status.PROVISIONAL, last)
    household = await queries.household_by_id(joined.household_id)
    assert household.standing(last).status is Status.PROVISIONAL
    assert household.standing(last + timedelta(days=1)).status is Status.PROSPECT


async def test_a_debit_that_fails_ends_access_that_day_and_is_never_tried_again(stripe: Remote):
    """B6: the member hears of it once, with cash at the desk as the way out; nothing is debited anew."""
    joined, _, session = await paying(stripe, PayWay.ONLINE, iban=IBAN)
    before = await tries(stripe)
    await stripe.end_debit(session, "failed")
    for _ in range(2):
        await events(stripe)
        await membership.fulfil(await facts(session))
    assert (await queries.standing(joined.household_id)).status is Status.PROSPECT
    assert await told("dues.failed") == 1
    words = await fetch_value("SELECT payload->>'text' FROM outbox WHERE kind = 'message.email'")
    assert "en espèces au comptoir" in words
    assert "Nous n'essaierons plus" in words
    assert "Vous gardez vos droits" not in words
    await send_all()
    assert await tries(stripe) == before
    taken = await pay_dues(joined.household_id)
    assert taken.span.start == clock.today()


async def facts(object_id: str) -> gateway.Facts:
    found = await gateway.connected().read(object_id)
    assert found is not None
    return found


async def test_a_month_is_tried_once_more_and_then_the_plan_is_over(stripe: Remote):
    """B6: no automatic second debit beyond one: the second failure stops the plan for good."""
    joined, order, session = await paying(stripe, PayWay.MONTHLY, iban=IBAN)
    await stripe.end_debit(session, "settled")
    await events(stripe)
    subscription = await subscription_of(order)
    await stripe.advance(subscription, "failed")
    await events(stripe)
    await send_all()
    assert await queries.find_plan(joined.household_id) is not None
    assert await told("dues.failed") == 1
    invoice = (await stripe.get(subscription))["latest_invoice"]
    await stripe.collect_again(invoice, "failed")
    await events(stripe)
    await send_all()
    await events(stripe)
    assert await told("dues.failed") == 2
    assert (await stripe.get(subscription))["status"] == "canceled"
    assert (await stripe.get(invoice))["status"] == "void"
    assert await queries.find_plan(joined.household_id) is None


async def test_a_month_that_failed_once_and_then_arrives_gives_its_days(stripe: Remote):
    """B6: the one retry may succeed; the plan goes on, and no failure is left behind."""
    joined, order, _ = await paying(stripe, PayWay.MONTHLY)
    subscription = await subscription_of(order)
    await stripe.advance(subscription, "failed")
    await events(stripe)
    first = (await queries.standing(joined.household_id)).paid_until
    await stripe.collect_again((await stripe.get(subscription))["latest_invoice"], "paid")
    await events(stripe)
    await send_all()
    second = (await queries.standing(joined.household_id)).paid_until
    assert first is not None
    assert second is not None
    assert second > first
    assert await queries.find_plan(joined.household_id) is not None
    assert (await stripe.get(subscription))["status"] == "active"


async def test_a_dispute_unpays_the_period_and_stops_every_later_debit(stripe: Remote):
    """B7: unpaid at once, the plan is over at Stripe, the member and the treasurer are told once."""
    treasurer = await add_person("Tom", "Trésor", "tom@example.org")
    await add_role(treasurer, Role.TREASURER)
    joined, order, session = await paying(stripe, PayWay.MONTHLY)
    await stripe.open_dispute(session)
    for _ in range(2):
        await events(stripe)
        await membership.fulfil(await facts(session))
    assert (await queries.standing(joined.household_id)).status is Status.PROSPECT
    await send_all()
    await events(stripe)
    subscription = await subscription_of(order)
    assert (await stripe.get(subscription))["status"] == "canceled"
    assert await queries.find_plan(joined.household_id) is None
    assert (await told("dues.disputed"), await told("treasurer.disputed")) == (1, 1)
    assert [one.kind for one in await differences.waiting()] == [DifferenceKind.DISPUTED]


async def test_a_dispute_that_is_won_gives_the_same_days_back(stripe: Remote):
    """B7, B8: and what Stripe kept for it stays a cost."""
    joined, _, session = await paying(stripe, PayWay.ONLINE)
    before = (await queries.standing(joined.household_id)).paid_until
    dispute = await stripe.open_dispute(session)
    await events(stripe)
    await stripe.close_dispute(dispute["id"], "won")
    await events(stripe)
    standing = await queries.standing(joined.household_id)
    assert (standing.status, standing.paid_until) == (Status.CURRENT, before)
    fees = "SELECT sum(debit_cents - credit_cents)::bigint FROM journal_line WHERE account = '627'"
    assert await fetch_value(fees) == 43 + 2000


async def test_days_paid_anew_meanwhile_stay_when_a_dispute_is_won(stripe: Remote):
    """B7: the days that come back follow them: nobody pays twice for one day."""
    joined, _, session = await paying(stripe, PayWay.ONLINE)
    dispute = await stripe.open_dispute(session)
    await events(stripe)
    taken = await pay_dues(joined.household_id, 3)
    await stripe.close_dispute(dispute["id"], "won")
    await events(stripe)
    standing = await queries.standing(joined.household_id)
    assert standing.paid_until is not None
    assert 360 <= (standing.paid_until - taken.span.end).days <= 366


async def test_a_refund_that_comes_back_gives_the_days_back(stripe: Remote):
    """B8: the payer's bank could not take it: the treasurer pays it another way, or not at all."""
    joined, _, session = await paying(stripe, PayWay.ONLINE)
    refund = await stripe.refund(session)
    await events(stripe)
    assert (await queries.standing(joined.household_id)).status is Status.PROSPECT
    await stripe.fail_refund(refund["id"])
    await events(stripe)
    assert (await queries.standing(joined.household_id)).status is Status.CURRENT
    assert [one.kind for one in await differences.waiting()] == [DifferenceKind.RETURNED]


async def test_what_is_given_again_before_its_return_was_told_is_not_given_twice(stripe: Remote):
    """B2, B5: Stripe tells the newest refund first; the treasurer hears of the return, and no more."""
    _, _, session = await paying(stripe, PayWay.ONLINE)
    refund = await stripe.refund(session)
    await events(stripe)
    await stripe.fail_refund(refund["id"])
    await stripe.refund(session)
    await events(stripe)
    assert [one.kind for one in await differences.waiting()] == [DifferenceKind.RETURNED]


@pytest.mark.parametrize(("payment", "answers"), [({}, True), ({"iban": IBAN}, False)])
async def test_the_treasurer_reads_by_when_a_dispute_wants_an_answer(
    stripe: Remote, payment: dict[str, str], answers: bool
):
    """B7: the day Stripe says, where an answer may change something; a debtor's bank has the last word."""
    _, _, session = await paying(stripe, PayWay.ONLINE, **payment)
    if payment:
        await stripe.end_debit(session, "settled")
        await events(stripe)
    dispute = await stripe.open_dispute(session)
    await events(stripe)
    [found] = await differences.waiting()
    assert found.kind is DifferenceKind.DISPUTED
    due = found.due_at and int(found.due_at.timestamp())
    assert due == (dispute["evidence_details"]["due_by"] if answers else None)
