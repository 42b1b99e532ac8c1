"""B11, B4: a renewal and a page of Stripe never both take a year; what was begun again stops again."""

from datetime import timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.billing import gateway, jobs
from backend.billing import queries as billing
from backend.billing.rules import PayWay
from backend.jobs import inbox
from backend.jobs.reconciliation import reconcile
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.errors import DebitUnderWay
from backend.membership.service import Joined
from backend.membership.service.renewals import charge_renewals, give_notices
from backend.places import service as places
from backend.places.service import ClubWish
from backend.sandbox.stripe.remote import Remote
from tests.integration.billing.test_misfortunes import (
    paying,
    send_all,
    subscription_of,
    told,
)
from tests.integration.billing.test_renewals import charge, deliver_mail, on, term, with_wish
from tests.paying import IBAN, events, pay

PAID = "SELECT count(*) FROM payment WHERE kind = 'payment'"


async def announced(stripe: Remote, **payment: str) -> Joined:
    """A household whose year renews by itself, and who was told in time."""
    joined = await with_wish(stripe, **payment)
    with on(await term(joined) - timedelta(days=45)):
        await give_notices()
        await deliver_mail()
    return joined


async def order_year(joined: Joined) -> str:
    ordered = await membership.order_dues(
        joined.household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/"
    )
    await jobs.hurry(ordered.row)
    return ordered.public_id


async def test_a_year_is_paid_once_when_its_payer_is_faster_than_the_renewal(stripe: Remote):
    """B11, B4: the letter of the charge waits for days; the page is another order, and the letter stays."""
    joined = await announced(stripe)
    last = await term(joined)
    with on(last):
        await charge_renewals()
        await pay(stripe, await order_year(joined))
        await events(stripe)
    for days in range(1, 7):
        with on(last + timedelta(days=days)):
            await charge(stripe)
    assert await fetch_value(PAID) == 2


@pytest.mark.parametrize("heard", [False, True])
async def test_a_renewal_comes_back_when_the_page_before_it_was_left_unpaid(
    stripe: Remote, *, heard: bool
):
    """B11, B4: once the night has read at Stripe that neither was paid; what was paid there counts."""
    joined = await announced(stripe)
    last = await term(joined)
    with on(last):
        await charge_renewals()
        if heard:
            await lose_the_answer(stripe)
        await order_year(joined)
        if not heard:
            with clock.travel(timedelta(hours=1)):
                await reconcile()
        await charge(stripe)
        assert await fetch_value(PAID) == 1
    with on(last + timedelta(days=2)):
        await events(stripe)
        assert await fetch_value("SELECT count(*) FROM pay_order WHERE closed_at IS NOT NULL") == 1
        if heard:
            await charge(stripe)
            assert await fetch_value(PAID) == 1
            await reconcile()
        await charge(stripe)
        assert await term(joined) > last + timedelta(days=360)
    assert await fetch_value(PAID) == 2


@pytest.mark.parametrize("debit_days", [1, 14])
async def test_a_renewal_does_not_come_back_while_its_debit_goes_on(
    stripe: Remote, debit_days: int
):
    """B11, B6, B5: the night finds it; nor after the days that the club lets a debit count, which may be few."""
    joined = await announced(stripe, iban=IBAN)
    await places.save_club(ClubWish(name="Le Club"), SYSTEM)
    await fetch_value("UPDATE club SET debit_days = $1", debit_days)
    last = await term(joined)
    with on(last):
        await charge_renewals()
        await lose_the_answer(stripe)
        (debit,) = await under_way()
        await order_year(joined)
        await send_all()
    with on(last + timedelta(days=1)):
        await events(stripe)
        await reconcile()
    for days in range(1, 8):
        with on(last + timedelta(days=days)):
            await charge(stripe)
            await reconcile()
    assert await under_way() == [debit]


async def under_way() -> list[str]:
    """Debits at Stripe that have not ended."""
    client = gateway.connected().client  # type: ignore[attr-defined]
    found = await client.v1.payment_intents.list_async({"limit": 100})
    return [one.id for one in found.data if one.status == "processing"]


async def lose_the_answer(stripe: Remote) -> None:
    """Stripe takes the money; neither its answers nor its events arrive."""
    await stripe.mishaps(drop=["*"])
    await stripe.fail_next("lost", "/v1/payment_intents", method="POST", times=2)
    await send_all()
    await stripe.forget_failures()
    await stripe.mishaps(drop=[])


async def test_no_page_opens_when_stripe_has_the_renewal_already(stripe: Remote):
    """B11, B4: until Stripe has said what became of the charge; then the year is there."""
    joined = await announced(stripe)
    with on(await term(joined)):
        await charge_renewals()
        await send_all()
        with pytest.raises(DebitUnderWay):
            await order_year(joined)
        renewal = await fetch_value("SELECT public_id FROM pay_order ORDER BY id DESC LIMIT 1")
        await inbox.catch_up(renewal)
        assert await term(joined) > clock.today() + timedelta(days=360)
    assert await fetch_value(PAID) == 2


async def test_an_open_page_closes_when_the_year_is_renewed(stripe: Remote):
    """B11, B4: what renewed by itself can be paid no more on a page that was left open."""
    joined = await announced(stripe)
    with on(await term(joined)):
        page = await order_year(joined)
        await charge(stripe)
        session = (await billing.get_order(page)).stripe_session
        assert session is not None
        assert (await stripe.get(session))["status"] == "expired"
    assert await fetch_value(PAID) == 2


async def test_a_month_stops_again_when_it_was_begun_again_at_stripe(stripe: Remote):
    """B11: each press that stops something is heard by Stripe and confirmed; two at once are one."""
    joined, order, _ = await paying(stripe, PayWay.MONTHLY)
    subscription = await subscription_of(order)
    for _ in range(2):
        await membership.stop_monthly(SYSTEM, joined.household_id)
        await send_all()
    await events(stripe)
    assert await told("dues.stopped") == 1
    client = gateway.connected().client  # type: ignore[attr-defined]
    with clock.travel(timedelta(days=2)):
        await client.v1.subscriptions.update_async(subscription, {"cancel_at_period_end": False})
        await events(stripe)
        plan = await queries.find_plan(joined.household_id)
        assert plan is not None
        assert plan.ends_on is None
        await membership.stop_monthly(SYSTEM, joined.household_id)
        await send_all()
    assert (await stripe.get(subscription))["cancel_at_period_end"] is True
    assert await told("dues.stopped") == 2


async def test_nothing_is_charged_while_a_transfer_for_the_year_is_on_its_way(stripe: Remote):
    """B11: one ordered this month; an order that nobody paid in a season keeps nothing waiting."""
    joined = await announced(stripe)
    last = await term(joined)
    with on(last - timedelta(days=3)):
        await membership.order_transfer(SYSTEM, joined.household_id, 12, by_oneself=True)
    with on(last):
        await charge(stripe)
        assert await fetch_value(PAID) == 1
    await fetch_value(
        "UPDATE pay_order SET created_at = created_at - interval '90 days' WHERE way = 'transfer'"
    )
    with on(last):
        await charge(stripe)
    assert await fetch_value(PAID) == 2
