"""SIGKILL before every statement of every act with Stripe: what is left is right, and happens once."""

from datetime import timedelta
from typing import Any

import pytest

from backend.audit.service import SYSTEM
from backend.billing.rules import PayWay
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.rules import Status
from backend.membership.service.renewals import give_notices
from backend.privacy import erasing
from backend.privacy.rules import ErasureWay
from backend.sandbox.stripe.remote import Remote
from tests.factories import add_household, add_person
from tests.integration.billing.test_misfortunes import paying, send_all, subscription_of
from tests.integration.billing.test_renewals import deliver_mail, term, with_wish
from tests.integration.races.mortal import Mortal
from tests.paying import events

pytestmark = pytest.mark.races


async def counts(table: str, where: str = "true") -> int:
    found: int = await fetch_value(f"SELECT count(*) FROM {table} WHERE {where}")
    return found


async def unheard(stripe: Remote, way: PayWay = PayWay.ONLINE) -> tuple[Any, str, str]:
    """Paid at Stripe, and nobody was told."""
    await stripe.mishaps(drop=["*"])
    return await paying(stripe, way)


async def test_a_payment_is_written_once_when_its_fulfilment_is_killed(
    stripe: Remote, mortal: Mortal
):
    """REL3, B4: payment, days, receipt and message together or not at all."""
    joined, _, session = await unheard(stripe)
    assert await mortal.outlive("settle", session, step=2) > 10
    for table in ("payment", "period", "receipt", "message"):
        assert await counts(table) == 1
    assert (await queries.standing(joined.household_id)).status is Status.CURRENT


async def test_a_night_that_is_killed_goes_on_until_everything_is_repaired(
    stripe: Remote, mortal: Mortal
):
    """REL3, B5: each life dies one statement later than the one before."""
    joined, _, session = await unheard(stripe)
    await stripe.refund(session, 200)
    assert await mortal.outlive("reconcile", step=5) > 20
    assert await counts("payment") == 2
    assert await counts("reconciliation") == 1
    assert (await queries.standing(joined.household_id)).status is Status.CURRENT


async def test_money_goes_back_once_when_a_withdrawal_is_killed(stripe: Remote, mortal: Mortal):
    """REL3, REL7, B4: asked once, sent once, booked once, with one credit note."""
    joined, order, _ = await paying(stripe, PayWay.ONLINE)
    assert await mortal.outlive("withdraw", joined.household_id, order, step=3) > 8
    row = await fetch_value("SELECT id FROM outbox WHERE kind = 'refund'")
    assert await mortal.outlive("send", row) > 2
    refund = await fetch_value("SELECT external_id FROM refund")
    assert await mortal.outlive("settle", refund, step=3) > 5
    assert [await counts("refund"), await counts("payment", "kind = 'refund'")] == [1, 1]
    assert await counts("receipt", "series = 'AC'") == 1


async def test_the_treasurer_gives_back_once_when_killed(stripe: Remote, mortal: Mortal):
    """REL3, B4."""
    _, order, _ = await paying(stripe, PayWay.ONLINE)
    assert await mortal.outlive("give_back", order, step=2) > 5
    with clock.travel(timedelta(hours=1)):  # the last life was minutes ahead
        await send_all()
        await events(stripe)
    assert await counts("payment", "kind = 'refund'") == 1


async def test_money_given_back_beside_stripe_is_booked_once_when_killed(
    stripe: Remote, mortal: Mortal
):
    """REL3, B8: the movement, its credit note and the end of its days together or not at all."""
    joined, order, _ = await paying(stripe, PayWay.ONLINE)
    clerk = await add_person("Nadia", "Comptoir")
    assert await mortal.outlive("repay", clerk, order, "k", step=3) > 10
    assert await counts("payment", "kind = 'refund'") == 1
    assert await counts("receipt", "series = 'AC'") == 1
    assert (await queries.standing(joined.household_id)).status is Status.PROSPECT


async def test_a_dispute_is_written_once_when_killed(stripe: Remote, mortal: Mortal):
    """REL3, B7: and the plan ends at Stripe once."""
    joined, order, session = await paying(stripe, PayWay.MONTHLY)
    await stripe.mishaps(drop=["*"])
    await stripe.open_dispute(session)
    assert await mortal.outlive("settle", session, step=3) > 8
    row = await fetch_value("SELECT id FROM outbox WHERE kind = 'subscription_end'")
    assert await mortal.outlive("send", row) > 2
    assert (await stripe.get(await subscription_of(order)))["status"] == "canceled"
    assert (await queries.standing(joined.household_id)).status is Status.PROSPECT


async def test_leaving_is_done_once_when_killed(stripe: Remote, mortal: Mortal):
    """REL3, B11."""
    joined, order, _ = await paying(stripe, PayWay.MONTHLY)
    assert await mortal.outlive("stop", joined.household_id, step=2) > 5
    row = await fetch_value("SELECT id FROM outbox WHERE kind = 'subscription_stop'")
    assert await mortal.outlive("send", row) > 2
    assert (await stripe.get(await subscription_of(order)))["cancel_at_period_end"] is True
    assert await counts("message", "kind = 'dues.stopped'") == 1


async def test_one_charge_when_a_renewal_is_killed(stripe: Remote, mortal: Mortal):
    """REL3, B4, B11: the order, the letter, and the call to Stripe: one charge in the end."""
    joined = await with_wish(stripe)
    last = await term(joined)
    ahead = last - clock.today()
    with clock.travel(ahead - timedelta(days=45)):
        await give_notices()
        await deliver_mail()
    assert await mortal.outlive("charge", ahead=ahead, step=2) > 8
    row = await fetch_value("SELECT id FROM outbox WHERE kind = 'charge'")
    assert await mortal.outlive("send", row, ahead=ahead + timedelta(hours=1)) > 2
    await events(stripe)
    calls = (await stripe.calls())["calls"]
    made = [one for one in calls if (one["method"], one["path"]) == ("POST", "/v1/payment_intents")]
    assert len([one for one in made if not one["replayed"]]) == 1
    assert await counts("payment", "kind = 'payment'") == 2
    await membership.stop_renewing(SYSTEM, joined.household_id)


async def test_an_order_and_its_page_are_made_once_when_killed(stripe: Remote, mortal: Mortal):
    """REL3, B4: asked again it is the same order, with one page that anybody hears of."""
    joined = await add_household(address="alice@example.org")
    assert await mortal.outlive("order", joined.person_id, joined.household_id, step=3) > 8
    row = await fetch_value("SELECT id FROM outbox WHERE kind = 'checkout'")
    assert await mortal.outlive("send", row) > 2
    assert await counts("pay_order") == 1
    assert await fetch_value("SELECT stripe_session FROM pay_order") is not None


async def test_a_payout_and_a_fee_are_booked_once_when_killed(stripe: Remote, mortal: Mortal):
    """REL3, B5, B10: what leaves Stripe for the bank, and what Stripe took by itself."""
    await paying(stripe, PayWay.ONLINE)
    await stripe.charge_fee(25)
    payout = await stripe.pay_out()
    assert await mortal.at_once("pay_out", payout["id"]) > 4
    assert await mortal.outlive("account_for") > 3
    assert await counts("journal_entry", "label = 'Frais de Stripe'") == 1
    assert await counts("journal_entry", "key LIKE 'payout:%'") == 1


async def test_a_customer_is_deleted_at_stripe_when_the_letter_is_killed(
    stripe: Remote, mortal: Mortal
):
    """REL3, D1: after the erasure; a deletion that Stripe has already is no failure."""
    joined = await with_wish(stripe)
    await erasing.erase(SYSTEM, joined.person_id, ErasureWay.DESK)
    row = await fetch_value("SELECT id FROM outbox WHERE kind = 'customer_forget'")
    assert await mortal.outlive("send", row) > 4
    assert await fetch_value("SELECT stripe_customer FROM payer") is None
    assert await counts("outbox", "kind = 'customer_forget' AND done_at IS NOT NULL") == 1
