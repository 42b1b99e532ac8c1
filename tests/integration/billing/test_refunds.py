"""Money the club gives back by Stripe: within the legal days, and when the treasurer says so."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.billing import differences, jobs, refunds
from backend.billing import queries as billing
from backend.billing.errors import PaymentUnknown, RefundTooLarge
from backend.billing.rules import DifferenceKind, OrderState, PayWay
from backend.identity.rules import Role
from backend.jobs.reconciliation import reconcile
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.kit.keys import IdempotencyMismatch
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.errors import NotPaidOnline, WithdrawalOver
from backend.membership.rules import Category, Status
from backend.sandbox.stripe.remote import Remote
from tests import sign_in
from tests.factories import add_household, add_person, add_role, pay_dues
from tests.integration.billing.test_misfortunes import paying, send_all, subscription_of, told
from tests.integration.billing.test_renewals import on
from tests.paying import IBAN, events


async def refunds_at(stripe: Remote) -> list[dict[str, Any]]:
    """Every refund that Stripe has."""
    calls = (await stripe.calls())["calls"]
    made = [one for one in calls if one["path"] == "/v1/refunds" and one["method"] == "POST"]
    return [one for one in made if one["status"] == 200 and not one["replayed"]]


async def numbers() -> list[str]:
    rows = await fetch("SELECT printed->>'number' AS said FROM receipt ORDER BY id")
    return [row["said"] for row in rows]


async def test_a_payment_is_taken_back_within_fourteen_days(stripe: Remote):
    """M9, B4: all the money goes back once, the days end at once, a credit note is issued."""
    joined, order, _ = await paying(stripe, PayWay.ONLINE)
    rows = await membership.withdraw(SYSTEM, joined.household_id, order)
    assert (await queries.standing(joined.household_id)).status is Status.PROSPECT
    assert await membership.withdraw(SYSTEM, joined.household_id, order) == []
    for row in rows * 2:
        await jobs.hurry(row)
    for _ in range(2):
        await events(stripe)
    assert len(await refunds_at(stripe)) == 1
    assert (await billing.get_order(order)).state() is OrderState.REFUNDED
    year = clock.today().year
    assert await numbers() == [f"C-{year}-00001", f"AC-{year}-00001"]
    printed = await fetch_value("SELECT printed::text FROM receipt WHERE series = 'AC'")
    assert "Rendu par Stripe" in printed
    assert await told("dues.withdrawn") == 1


async def test_the_fifteenth_day_is_too_late(stripe: Remote):
    """The day after the last one, which is never a Sunday or a holiday (C. conso. L221-18, L221-19)."""
    joined, order, _ = await paying(stripe, PayWay.ONLINE)
    found = await billing.get_order(order)
    found_until = await queries.withdrawable(found.payer_id, joined.household_id)
    assert found_until is not None
    days = (found_until.until - clock.today()).days
    assert 14 <= days <= 18
    with on(found_until.until + timedelta(days=1)), pytest.raises(WithdrawalOver):
        await membership.withdraw(SYSTEM, joined.household_id, order)
    with on(found_until.until):
        assert await membership.withdraw(SYSTEM, joined.household_id, order)


@pytest.mark.parametrize("payment", [{}, {"iban": IBAN}])
async def test_fourteen_days_are_counted_from_the_payment(stripe: Remote, payment: dict[str, str]):
    """B4: a page that stood open before it was paid takes no day away (C. conso. L221-18).

    B6: nor before its debit was asked for.
    """
    joined, order, _ = await paying(stripe, PayWay.ONLINE, **payment)
    await fetch("UPDATE pay_order SET created_at = created_at - interval '20 days'")
    found = await queries.withdrawable(
        (await billing.get_order(order)).payer_id, joined.household_id
    )
    assert found is not None
    assert found.until >= clock.today() + timedelta(days=14)
    assert bool(await membership.withdraw(SYSTEM, joined.household_id, order)) != bool(payment)


async def test_a_debit_under_way_is_given_back_when_it_arrives(stripe: Remote):
    """B6: its days end now; the money that comes all the same goes back by itself, once."""
    joined, order, session = await paying(stripe, PayWay.ONLINE, iban=IBAN)
    assert await membership.withdraw(SYSTEM, joined.household_id, order) == []
    await events(stripe)
    assert (await queries.standing(joined.household_id)).status is Status.PROSPECT
    await stripe.end_debit(session, "settled")
    for _ in range(2):
        await events(stripe)
        await send_all()
    await events(stripe)
    assert (await queries.standing(joined.household_id)).status is Status.PROSPECT
    assert (await billing.get_order(order)).state() is OrderState.REFUNDED
    assert len(await refunds_at(stripe)) == 1
    assert (await told("dues.paid"), await told("dues.withdrawn")) == (0, 2)


async def test_a_debit_that_was_taken_back_fails_in_silence(stripe: Remote):
    """B6: nothing came and nothing is owed: nobody is asked to pay it at the desk."""
    joined, order, session = await paying(stripe, PayWay.ONLINE, iban=IBAN)
    await membership.withdraw(SYSTEM, joined.household_id, order)
    await stripe.end_debit(session, "failed")
    await events(stripe)
    assert (await told("dues.failed"), await told("dues.withdrawn")) == (0, 1)
    assert (await queries.standing(joined.household_id)).status is Status.PROSPECT


async def test_what_is_left_is_told_when_a_part_was_given_back_before(stripe: Remote):
    """B8, D6: five euros of twelve went back; seven is what the mail and the record say."""
    joined, order, _ = await paying(stripe, PayWay.ONLINE)
    await membership.refund_dues(SYSTEM, order, 500, "geste", key="k")
    await send_all()
    await events(stripe)
    await membership.withdraw(SYSTEM, joined.household_id, order)
    noted = "SELECT (facts ->> 'amount_cents')::int FROM audit_entry WHERE verb = 'dues_withdrawn'"
    assert await fetch_value(noted) == 700
    said = "SELECT payload ->> 'text' FROM outbox WHERE key LIKE 'dues.withdrawn%'"
    assert "7,00" in await fetch_value(said)


async def test_a_page_still_open_is_closed_when_it_is_taken_back(stripe: Remote):
    """B4: nobody pays there any more."""
    joined = await add_household(category=Category.TENANT)
    ordered = await membership.order_dues(
        joined.household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/"
    )
    await jobs.hurry(ordered.row)
    await membership.withdraw(SYSTEM, joined.household_id, ordered.public_id)
    await send_all()
    order = await billing.get_order(ordered.public_id)
    assert order.state() is OrderState.CANCELLED
    assert order.stripe_session is not None
    assert (await stripe.get(order.stripe_session))["status"] == "expired"


async def test_a_monthly_payment_taken_back_is_over(stripe: Remote):
    """B11: nothing is ever debited again."""
    joined, order, _ = await paying(stripe, PayWay.MONTHLY)
    await membership.withdraw(SYSTEM, joined.household_id, order)
    await send_all()
    await events(stripe)
    assert (await stripe.get(await subscription_of(order)))["status"] == "canceled"
    assert await queries.find_plan(joined.household_id) is None
    assert (await billing.get_order(order)).left_cents == 0


async def test_cash_is_not_taken_back_online(stripe: Remote):
    joined, _, _ = await paying(stripe, PayWay.ONLINE)
    await pay_dues(joined.household_id, 1)
    cash = await fetch_value("SELECT public_id FROM pay_order WHERE way = 'cash'")
    with pytest.raises(NotPaidOnline):
        await membership.withdraw(SYSTEM, joined.household_id, cash)


async def test_the_treasurer_gives_a_part_back_and_the_days_stay(stripe: Remote):
    """B4: the same page sent twice is one refund; never more than is left, what is asked included."""
    joined, order, _ = await paying(stripe, PayWay.ONLINE)
    for _ in range(2):
        await membership.refund_dues(SYSTEM, order, 500, "geste", key="k")
    with pytest.raises(IdempotencyMismatch):
        await membership.refund_dues(SYSTEM, order, 600, "geste", key="k")
    with pytest.raises(RefundTooLarge):
        await membership.refund_dues(SYSTEM, order, 701, "geste", key="l")
    await send_all()
    await events(stripe)
    assert (await queries.standing(joined.household_id)).status is Status.CURRENT
    assert (await billing.get_order(order)).left_cents == 700
    await membership.refund_dues(SYSTEM, order, 700, "le reste", key="m")
    await send_all()
    await events(stripe)
    assert (await queries.standing(joined.household_id)).status is Status.PROSPECT
    assert len(await refunds_at(stripe)) == 2
    with pytest.raises(PaymentUnknown):
        await membership.refund_dues(SYSTEM, order, 1, "encore", key="n")


@pytest.mark.parametrize("kind", ["lost", "refused", "busy"])
async def test_money_goes_back_once_when_stripes_answer_is_lost(stripe: Remote, kind: str):
    """B4: also past four tries, when a new key begins: what Stripe has already is found first."""
    joined, order, _ = await paying(stripe, PayWay.ONLINE)
    await stripe.fail_next(kind, "/v1/refunds", times=11)
    rows = await membership.withdraw(SYSTEM, joined.household_id, order)
    for days in range(8):
        with clock.travel(timedelta(days=days)):
            await jobs.hurry(rows[0])
    await stripe.forget_failures()
    with clock.travel(timedelta(days=9)):
        await jobs.hurry(rows[0])
    await events(stripe)
    assert await fetch_value("SELECT count(*) FROM payment WHERE kind = 'refund'") == 1
    assert (await billing.get_order(order)).left_cents == 0


async def test_a_refund_that_stripe_refuses_is_the_treasurers(stripe: Remote):
    """REL8: a disputed payment cannot be given back; nobody tries for ever."""
    joined, order, session = await paying(stripe, PayWay.ONLINE)
    await stripe.open_dispute(session)
    rows = await membership.withdraw(SYSTEM, joined.household_id, order)
    await jobs.hurry(rows[0])
    assert [one.kind for one in await differences.waiting()] == [DifferenceKind.REFUSED]
    left = await refunds.refundable(await billing.get_order(order))
    assert [one.left_cents for one in left] == [1200]
    assert await fetch_value("SELECT done_at IS NOT NULL FROM outbox WHERE id = $1", rows[0])


async def test_pages_take_a_payment_back(client: httpx.AsyncClient, settings: Any, stripe: Remote):
    """Three presses from the account: the page of dues, the question, the answer."""
    from tests.sign_in import as_tenant, csrf_token

    joined, order, _ = await paying(stripe, PayWay.ONLINE)
    await as_tenant(client, settings, joined.person_id)
    assert "Annuler ma cotisation" in (await client.get("/compte/cotisation")).text
    assert "12,00" in (await client.get("/compte/cotisation/retractation")).text
    token = await csrf_token(client, settings)
    sent = await client.post(f"/compte/cotisation/retractation/{order}", data={"csrf_token": token})
    assert sent.status_code == 303
    await events(stripe)
    assert "Avoir n°" in (await client.get("/compte/cotisation")).text


async def test_a_monthly_payment_taken_back_before_we_heard_of_it_is_over(stripe: Remote):
    """B11: the subscription that Stripe tells of later is ended, and its month given back."""
    await stripe.mishaps(drop=["*"])
    joined, order, session = await paying(stripe, PayWay.MONTHLY)
    await membership.withdraw(SYSTEM, joined.household_id, order)
    await send_all()
    await reconcile()
    await send_all()
    subscription = (await stripe.get(session))["subscription"]
    assert (await stripe.get(subscription))["status"] == "canceled"
    assert len(await refunds_at(stripe)) == 1
    assert (await queries.standing(joined.household_id)).status is Status.PROSPECT


async def test_a_monthly_page_paid_after_another_way_was_chosen_takes_one_month(stripe: Remote):
    """B1, B11: the year goes on alone; the payer is told that no month follows."""
    await stripe.mishaps(drop=["*"])
    joined, _, session = await paying(stripe, PayWay.MONTHLY)
    await membership.order_dues(
        joined.household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/"
    )
    await reconcile()
    await send_all()
    subscription = (await stripe.get(session))["subscription"]
    assert (await stripe.get(subscription))["cancel_at_period_end"] is True
    assert await told("dues.stopped") == 1


async def test_nothing_is_no_refund(client: httpx.AsyncClient, settings: Any, stripe: Remote):
    """REL3: "0" is a sentence at its field, not a fault."""
    _, order, _ = await paying(stripe, PayWay.ONLINE)
    manager = await add_person("Hélène", "Vasseur")
    await add_role(manager, Role.MANAGER)
    await sign_in.as_staff(client, settings, manager, sudo=True)
    answer = await sign_in.post(
        client,
        settings,
        f"/gestion/remboursements/{order}",
        {"amount": "0", "reason": "geste", "key": "k"},
    )
    assert answer.status_code == 422
    assert await fetch_value("SELECT count(*) FROM refund") == 0
