"""What never reached Stripe: staff see it, ask again, and nobody waits for a renewal that is off."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.billing import differences, jobs
from backend.billing import queries as billing
from backend.billing import unsent as letters
from backend.billing.differences import Difference
from backend.billing.errors import PaymentUnknown
from backend.billing.refunds import Repayment
from backend.billing.rules import DifferenceKind, OrderState, PayWay
from backend.jobs import unsent
from backend.jobs.reconciliation import reconcile
from backend.kit import clock, outbox
from backend.kit.database import fetch, fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.rules import Category, Status
from backend.membership.service import Joined
from backend.membership.service.renewals import charge_renewals, give_notices
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from tests import sign_in
from tests.factories import add_household
from tests.integration.billing.test_misfortunes import paying, send_all, subscription_of
from tests.integration.billing.test_misfortunes import told as times_told
from tests.integration.billing.test_renewals import deliver_mail, on, term, with_wish
from tests.integration.desk.conftest import words
from tests.integration.membership.test_households import clerk
from tests.integration.office.conftest import office, send  # noqa: F401 - fixtures
from tests.paying import events, pay

HERE = "/gestion/ecarts"


async def give_up(stripe: Remote, row: int) -> None:
    """Stripe is away until nobody tries any more."""
    await stripe.fail_next("busy", times=1000)
    await fetch("UPDATE outbox SET attempts = $2 WHERE id = $1", row, outbox.MOST_ATTEMPTS - 1)
    await jobs.hurry(row)
    await stripe.forget_failures()
    assert await fetch_value("SELECT gave_up_at FROM outbox WHERE id = $1", row) is not None


async def shown() -> list[Difference]:
    """What the treasurer is shown; looked for twice, it is there once."""
    for _ in range(2):
        await unsent.look()
    return [one for one in await differences.waiting() if one.kind is DifferenceKind.UNSENT]


async def test_a_refund_that_never_left_waits_for_staff_and_leaves_when_they_ask_again(
    stripe: Remote,
    office: httpx.AsyncClient,  # noqa: F811 - a fixture
    send: Any,  # noqa: F811 - a fixture
):
    """B4, B11: the page says what it was and how it stands; one press tries again, once."""
    joined, order, _ = await paying(stripe, PayWay.ONLINE)
    [row] = await membership.withdraw(SYSTEM, joined.household_id, order)
    assert await shown() == []
    await give_up(stripe, row)
    [found] = await shown()
    assert found.order == order
    page = words((await office.get(f"{HERE}/{found.public_id}")).text)
    assert "Un remboursement" in page
    assert "Plus personne n'essaie" in page
    for _ in range(2):
        assert (await send(f"{HERE}/{found.public_id}/essai")).status_code == 303
    assert "Un nouvel essai est en cours" in words(
        (await office.get(f"{HERE}/{found.public_id}")).text
    )
    with clock.travel(timedelta(minutes=2)):
        await send_all()
        await events(stripe)
    assert "C'est parti depuis" in words((await office.get(f"{HERE}/{found.public_id}")).text)
    assert (await billing.get_order(order)).state() is OrderState.REFUNDED
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE verb = 'letter_again'") == 1


async def test_a_refund_that_never_left_is_dropped_and_goes_back_by_transfer(
    stripe: Remote,
    office: httpx.AsyncClient,  # noqa: F811 - a fixture
    send: Any,  # noqa: F811 - a fixture
):
    """B8, M9: what waits for Stripe is in nobody's way; dropped once, it is tried no more."""
    joined, order, _ = await paying(stripe, PayWay.ONLINE)
    [row] = await membership.withdraw(SYSTEM, joined.household_id, order)
    await give_up(stripe, row)
    [found] = await shown()
    page, by = f"{HERE}/{found.public_id}", await clerk()

    async def repay() -> str:
        return await membership.repay_dues(
            by, Repayment(order, 1200, "r", PayWay.TRANSFER), key="k"
        )

    with pytest.raises(PaymentUnknown):
        await repay()
    assert "Ne plus demander à Stripe" in (await office.get(page)).text
    led = await send(f"{page}/abandon")
    assert led.headers["location"].startswith(f"/gestion/remboursements/{order}?comment=transfer")
    assert (await send(f"{page}/abandon")).status_code == 409
    await send(f"{page}/essai")
    assert "Ne plus demander à Stripe" not in (await office.get(page)).text
    assert await shown() == []
    assert (await repay()).startswith("AC-")
    with clock.travel(timedelta(minutes=2)):
        await send_all()
        await events(stripe)
    assert await fetch_value("SELECT count(*) FROM payment WHERE kind = 'refund'") == 1
    assert (await billing.get_order(order)).left_cents == 0


async def test_a_refund_that_stripe_made_is_not_given_back_again_when_its_answer_was_lost(
    stripe: Remote,
    office: httpx.AsyncClient,  # noqa: F811 - a fixture
    send: Any,  # noqa: F811 - a fixture
):
    """B4, B8: Stripe is asked first; what it has done is booked, and the money goes back once."""
    joined, order, _ = await paying(stripe, PayWay.ONLINE)
    await events(stripe)
    [row] = await membership.withdraw(SYSTEM, joined.household_id, order)
    await stripe.mishaps(drop=["*"])
    await stripe.fail_next("lost", "/v1/refunds", method="POST", times=2)
    await give_up_after_the_effect(stripe, row)
    [found] = await shown()
    page, by = f"{HERE}/{found.public_id}", await clerk()
    await stripe.fail_next("busy", "/v1/refunds", method="GET", times=1000)
    assert (await send(f"{page}/abandon")).status_code == 503
    await stripe.forget_failures()
    led = await send(f"{page}/abandon")
    assert led.headers["location"].startswith(page)
    assert "seule sa réponse s'est perdue" in words((await office.get(page)).text)
    with pytest.raises(PaymentUnknown):
        await membership.repay_dues(by, Repayment(order, 1200, "r", PayWay.TRANSFER), key="k")
    await reconcile()
    assert (await billing.get_order(order)).left_cents == 0
    assert await differences.waiting() == []


async def test_the_treasurer_is_told_when_more_went_back_than_came(stripe: Remote):
    """B8: given back beside Stripe, then by Stripe all the same."""
    joined, order, _ = await paying(stripe, PayWay.ONLINE)
    [row] = await membership.withdraw(SYSTEM, joined.household_id, order)
    await stripe.fail_next("lost", "/v1/refunds", method="POST", times=2)
    await give_up_after_the_effect(stripe, row)
    [found] = await shown()
    by = await clerk()
    await letters.drop(by, found.public_id)
    await membership.repay_dues(by, Repayment(order, 1200, "r", PayWay.TRANSFER), key="k")
    await reconcile()
    [told] = await differences.waiting()
    assert (told.kind, told.difference_cents) == (DifferenceKind.AMOUNT, -1200)
    assert told.order == order


async def test_a_month_that_could_not_be_stopped_waits_for_staff(stripe: Remote):
    """B11: who left is not charged on unseen."""
    joined, order, _ = await paying(stripe, PayWay.MONTHLY)
    await membership.stop_monthly(SYSTEM, joined.household_id)
    row = await fetch_value("SELECT id FROM outbox WHERE kind = 'subscription_stop'")
    await give_up(stripe, row)
    [found] = await shown()
    assert found.about.startswith("subscription_stop:")
    assert (await stripe.get(await subscription_of(order)))["cancel_at_period_end"] is False


async def test_a_renewal_that_never_reached_stripe_is_off_and_everybody_knows(
    client: httpx.AsyncClient, settings: Settings, stripe: Remote
):
    """B11: staff see it, the member is told on the page and by message; it is tried no more."""
    joined = await with_wish(stripe)
    last = await term(joined)
    with on(last - timedelta(days=45)):
        await give_notices()
        await deliver_mail()
    with on(last):
        await charge_renewals()
        row = await fetch_value("SELECT id FROM outbox WHERE kind = 'charge'")
        await give_up(stripe, row)
        [found] = await shown()
        assert found.order is not None
        assert (await billing.get_order(found.order)).state() is OrderState.FAILED
        assert await times_told("dues.unsent") == 1
        assert await queries.find_wish(joined.household_id) is None
        await charge_renewals()
        await send_all()
        assert await fetch_value("SELECT count(*) FROM outbox WHERE kind = 'charge'") == 1
        assert await failed_on(joined) == last
        await sign_in.as_tenant(client, settings, joined.person_id)
        page = words((await client.get("/compte/cotisation")).text)
        assert "Le renouvellement n’a pas marché." in page


async def failed_on(joined: Joined) -> date | None:
    member = await queries.find_member(joined.person_id)
    assert member is not None
    return (await queries.my_dues(member)).failed_on


async def test_money_of_a_renewal_that_was_given_up_counts_all_the_same(stripe: Remote):
    """B5: Stripe took it and only its answers were lost; the night finds it."""
    joined = await with_wish(stripe)
    last = await term(joined)
    with on(last - timedelta(days=45)):
        await give_notices()
        await deliver_mail()
    with on(last):
        await charge_renewals()
        row = await fetch_value("SELECT id FROM outbox WHERE kind = 'charge'")
        await stripe.mishaps(drop=["*"])
        await stripe.fail_next("lost", "/v1/payment_intents", method="POST", times=2)
        await give_up_after_the_effect(stripe, row)
        await shown()
        await reconcile()
        assert (await queries.standing(joined.household_id)).status is Status.CURRENT
        assert await term(joined) > last
        assert await failed_on(joined) is None


async def give_up_after_the_effect(stripe: Remote, row: int) -> None:
    await fetch("UPDATE outbox SET attempts = $2 WHERE id = $1", row, outbox.MOST_ATTEMPTS - 1)
    await jobs.hurry(row)
    await stripe.forget_failures()
    assert await fetch_value("SELECT gave_up_at FROM outbox WHERE id = $1", row) is not None


async def test_a_page_that_could_not_be_opened_is_asked_for_again(stripe: Remote):
    """B4: hours later the member presses again, and pays."""
    joined = await add_household(category=Category.TENANT, address="alice@example.org")

    async def press() -> Any:
        return await membership.order_dues(
            joined.household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/"
        )

    first = await press()
    await give_up(stripe, first.row)
    again = await press()
    assert again.public_id == first.public_id
    await jobs.hurry(again.row)
    await pay(stripe, again.public_id)
    await events(stripe)
    assert (await queries.standing(joined.household_id)).status is Status.CURRENT


@pytest.mark.parametrize("about", ["charge:x", "ch_unknown"])
async def test_nothing_is_tried_again_that_is_no_letter_or_was_called_off(send: Any, about: str):  # noqa: F811
    kind = DifferenceKind.UNSENT if about.startswith("charge") else DifferenceKind.OBJECT
    await differences.report(kind, about)
    public_id = (await differences.waiting())[0].public_id
    assert (await send(f"{HERE}/{public_id}/essai")).status_code == 404
