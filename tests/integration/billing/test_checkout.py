"""Paying online, through the real library against the double."""

import asyncio
import itertools
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from backend.audit.service import SYSTEM
from backend.billing import gateway, jobs
from backend.billing import queries as billing
from backend.billing.rules import OrderState, PayWay
from backend.billing.service import Ordered
from backend.jobs import inbox
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.errors import AlreadyMonthly, DebitUnderWay, RenewalNotOpen
from backend.membership.rules import Category, Status
from backend.membership.service import Joined
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from tests import sign_in
from tests.factories import add_household, pay_dues
from tests.paying import IBAN, by_type, deliver, events, pay

LEDGER = (
    "SELECT e.label, l.account, l.debit_cents, l.credit_cents FROM journal_line l"
    " JOIN journal_entry e ON e.id = l.entry"
    " ORDER BY e.label, l.account, l.debit_cents, l.credit_cents"
)
PERIODS = (
    "SELECT household, during::text, paid_cents, provisional_until, cancel_reason,"
    " cancelled_at IS NULL AS counts FROM period ORDER BY id"
)
PAYMENTS = "SELECT kind, way, amount_cents, fee_cents FROM payment ORDER BY kind, amount_cents"


async def order(joined: Joined, way: PayWay = PayWay.ONLINE) -> Ordered:
    """Ordered, and Stripe's page opened, as the request does."""
    ordered = await membership.order_dues(
        joined.household_id, way, SYSTEM, done_path="/merci/{order}", back_path="/retour"
    )
    await jobs.hurry(ordered.row)
    return ordered


async def rows() -> list[Any]:
    """All that a payment leaves, without keys and instants."""
    return [
        [tuple(row) for row in await fetch(statement)] for statement in (LEDGER, PERIODS, PAYMENTS)
    ]


async def a_tenant() -> Joined:
    return await add_household(category=Category.TENANT, address="alice@example.org")


async def test_twelve_months_are_paid_at_once_by_card(stripe: Remote):
    """B1: 12 euros for 12 months, mode payment, without any renewal."""
    ordered = await order(await a_tenant())
    session = await pay(stripe, ordered.public_id)
    asked = await stripe.get(session)
    assert (asked["mode"], asked["amount_total"]) == ("payment", 1200)
    assert asked["success_url"].endswith(f"/merci/{ordered.public_id}")
    await events(stripe)
    found = await billing.get_order(ordered.public_id)
    assert found.state() is OrderState.PAID
    assert found.stripe_subscription is None
    assert await fetch_value("SELECT count(*) FROM receipt") == 1
    assert (await rows())[0] == [
        ("Cotisation de 12 mois", "5125", 0, 43),
        ("Cotisation de 12 mois", "5125", 1200, 0),
        ("Cotisation de 12 mois", "627", 43, 0),
        ("Cotisation de 12 mois", "756", 0, 1200),
    ]


async def test_one_euro_is_paid_each_month(stripe: Remote):
    """B1: mode subscription; each paid invoice gives one more month and its receipt."""
    joined = await a_tenant()
    ordered = await order(joined, PayWay.MONTHLY)
    session = await pay(stripe, ordered.public_id)
    await events(stripe)
    assert (await stripe.get(session))["mode"] == "subscription"
    first = await queries.standing(joined.household_id)
    plan = await queries.find_plan(joined.household_id)
    assert plan is not None
    assert plan.amount_cents == 100
    subscription = (await billing.get_order(ordered.public_id)).stripe_subscription
    assert subscription is not None
    await stripe.advance(subscription)
    await events(stripe)
    second = await queries.standing(joined.household_id)
    assert first.paid_until is not None
    assert second.paid_until is not None
    assert 28 <= (second.paid_until - first.paid_until).days <= 31
    assert await fetch_value("SELECT count(*) FROM receipt") == 2
    with pytest.raises(AlreadyMonthly):
        await order(joined)


async def test_a_month_that_is_not_paid_gives_no_day(stripe: Remote):
    """B1: a failed instalment renews nothing."""
    joined = await a_tenant()
    ordered = await order(joined, PayWay.MONTHLY)
    await pay(stripe, ordered.public_id)
    await events(stripe)
    before = await rows()
    subscription = (await billing.get_order(ordered.public_id)).stripe_subscription
    assert subscription is not None
    await stripe.advance(subscription, "failed")
    await events(stripe)
    assert await rows() == before


async def test_paying_each_month_is_stopped_at_the_end_of_the_paid_one(stripe: Remote):
    joined = await a_tenant()
    ordered = await order(joined, PayWay.MONTHLY)
    await pay(stripe, ordered.public_id)
    await events(stripe)
    await membership.stop_monthly(SYSTEM, joined.household_id)
    await drain_outbox()
    await events(stripe)
    plan = await queries.find_plan(joined.household_id)
    assert plan is not None
    assert plan.ends_on is not None
    assert (await queries.standing(joined.household_id)).status is Status.CURRENT
    subscription = (await billing.get_order(ordered.public_id)).stripe_subscription
    assert subscription is not None
    await stripe.advance(subscription)
    await events(stripe)
    assert await queries.find_plan(joined.household_id) is None
    assert await fetch_value("SELECT count(*) FROM payment") == 1


async def drain_outbox() -> None:
    for row in await fetch("SELECT id FROM outbox WHERE done_at IS NULL"):
        await jobs.hurry(row["id"])


async def test_a_household_that_changes_its_mind_pays_one_way(stripe: Remote):
    """The first page is closed at Stripe: it can no longer be paid."""
    joined = await a_tenant()
    first = await order(joined)
    second = await order(joined, PayWay.MONTHLY)
    await drain_outbox()
    session = (await billing.get_order(first.public_id)).stripe_session
    assert session is not None
    assert (await stripe.get(session))["status"] == "expired"
    assert (await billing.get_order(first.public_id)).state() is OrderState.CANCELLED
    assert (await billing.get_order(second.public_id)).state() is OrderState.OPEN
    assert (await order(joined, PayWay.MONTHLY)).public_id == second.public_id


FOUR = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "charge.refunded",
    "charge.dispute.created",
)


async def happen(stripe: Remote, *, told_at_once: bool) -> tuple[Joined, list[str]]:
    """A debit is ordered, completed, settled, refunded in part and disputed for the rest.

    Gives the household and its four events; the debit's own page closes with each of them told, or
    with all of them waiting.
    """
    joined = await a_tenant()
    ordered = await order(joined)
    session = await pay(stripe, ordered.public_id, iban=IBAN)
    heard: list[str] = []
    for step in (
        None,
        lambda: stripe.end_debit(session, "settled"),
        lambda: stripe.refund(session, 400),
        lambda: stripe.open_dispute(session, amount=800),
    ):
        if step is not None:
            await step()
        waiting = (await stripe.deliveries())["waiting"]
        await stripe.throw_away()
        kinds = await by_type(stripe, waiting)
        heard += [kinds[kind] for kind in FOUR if kind in kinds]
        if told_at_once:
            await deliver(stripe, heard[-1:] * 5)
    return joined, heard


async def left_by(joined: Joined) -> list[list[Any]]:
    """All that these events left, without keys and instants."""
    of = " JOIN household h ON h.payer = o.payer WHERE h.id = $1 ORDER BY 1, 2, 3, 4"
    paid = " JOIN payment p ON p.pay_order = o.id"
    statements = (
        (
            "SELECT p.kind, l.account, l.debit_cents, l.credit_cents FROM pay_order o"
            f"{paid} JOIN journal_entry e ON e.payment = p.id JOIN journal_line l ON l.entry = e.id{of}"
        ),
        (
            "SELECT q.during::text, q.paid_cents, q.provisional_until, q.cancel_reason, q.category,"
            f" q.cancelled_at IS NULL FROM period q JOIN pay_order o ON o.id = q.pay_order{of}"
        ),
        (
            "SELECT p.kind, p.way, p.amount_cents, p.fee_cents, p.of_payment IS NULL"
            f" FROM pay_order o{paid}{of}"
        ),
        (
            "SELECT r.series, r.printed->>'amount', 1, 1 FROM pay_order o"
            f"{paid} JOIN receipt r ON r.payment = p.id{of}"
        ),
    )
    return [[tuple(row) for row in await fetch(said, joined.household_id)] for said in statements]


async def test_every_order_of_events_ends_in_the_same_rows(stripe: Remote):
    """B2: five times each, in all 24 orders, and as they happen: one ledger, one period."""
    with clock.frozen(clock.now()):  # one day for all, also at midnight
        await in_every_order(stripe)


async def in_every_order(stripe: Remote) -> None:
    joined, _ = await happen(stripe, told_at_once=True)
    expected = await left_by(joined)
    assert [row[0] for row in expected[2]] == ["dispute", "payment", "refund"]
    assert [row[3] for row in expected[1]] == ["disputed"]
    assert [row[0] for row in expected[3]] == ["AC", "C"]
    for at_work in itertools.permutations(range(4)):
        joined, heard = await happen(stripe, told_at_once=False)
        await deliver(stripe, [heard[at] for at in at_work for _ in range(5)])
        assert await left_by(joined) == expected, at_work
    assert await fetch_value("SELECT sum(debit_cents - credit_cents) FROM journal_line") == 0


async def test_two_workers_told_of_one_payment_write_it_once(stripe: Remote):
    """B2, REL8: completed and settled acted on at the same time, over and over."""
    ordered = await order(await a_tenant())
    session = await pay(stripe, ordered.public_id)
    facts = await gateway.connected().read(session)
    assert facts is not None
    await asyncio.gather(*(inbox.settle(facts) for _ in range(8)))
    assert await fetch_value("SELECT count(*) FROM payment") == 1
    assert await fetch_value("SELECT count(*) FROM period") == 1
    assert await fetch_value("SELECT count(*) FROM receipt") == 1


async def test_a_debit_counts_provisionally_until_it_fails(stripe: Remote):
    """B2: completed is not paid; no euro is booked, no receipt issued, and the failure ends it."""
    joined = await a_tenant()
    ordered = await order(joined)
    session = await pay(stripe, ordered.public_id, iban=IBAN)
    await events(stripe)
    assert (await queries.standing(joined.household_id)).status is Status.PROVISIONAL
    assert await fetch_value("SELECT count(*) FROM journal_entry") == 0
    assert await fetch_value("SELECT count(*) FROM receipt") == 0
    await stripe.end_debit(session, "failed")
    await events(stripe)
    assert (await queries.standing(joined.household_id)).status is Status.PROSPECT
    assert (await billing.get_order(ordered.public_id)).state() is OrderState.FAILED


async def test_a_provisional_period_is_over_when_the_debit_never_ends(stripe: Remote):
    """M1: with nothing told and no job run, its own day ends it; then a payment starts anew."""
    joined = await a_tenant()
    ordered = await order(joined)
    await pay(stripe, ordered.public_id, iban=IBAN)
    await events(stripe)
    with clock.travel(timedelta(days=30)):
        assert (await queries.standing(joined.household_id)).status is Status.PROSPECT
        taken = await pay_dues(joined.household_id)
        assert taken.span.start == clock.today()


async def test_a_tab_left_open_does_not_sell_a_second_year(stripe: Remote):
    """B1: pressed again right after the payment, nothing is ordered; it opens before the term."""
    joined = await a_tenant()
    await pay(stripe, (await order(joined)).public_id)
    await events(stripe)
    for way in (PayWay.ONLINE, PayWay.MONTHLY):
        with pytest.raises(RenewalNotOpen):
            await order(joined, way)
    assert await fetch_value("SELECT count(*) FROM pay_order") == 1
    with clock.travel(timedelta(days=300)):
        assert (await order(joined)).public_id


async def test_nobody_pays_twice_who_closed_the_window_before_we_heard(
    client: httpx.AsyncClient, settings: Settings, stripe: Remote
):
    """B1, B4: paid at Stripe, its event lost, and then the other way is pressed."""
    joined = await a_tenant()
    paid = await order(joined)
    await pay(stripe, paid.public_id)
    await stripe.throw_away()
    await sign_in.as_tenant(client, settings, joined.person_id)
    answer = await sign_in.post(
        client, settings, "/compte/cotisation/payer", {"facon": PayWay.MONTHLY.value}
    )
    assert answer.status_code == 409
    assert await fetch_value("SELECT count(*) FROM pay_order") == 1
    assert (await queries.standing(joined.household_id)).status is Status.CURRENT


async def test_less_than_was_asked_buys_no_days(stripe: Remote):
    """B8: the money that came is booked as it came; staff read of it in the audit."""
    joined = await a_tenant()
    ordered = await order(joined)
    session = await pay(stripe, ordered.public_id)
    facts = await gateway.connected().read(session)
    assert facts is not None
    paid = msgspec.structs.replace(facts.movements[0], amount_cents=100, fee_cents=0)
    await inbox.settle(msgspec.structs.replace(facts, movements=(paid,)))
    assert (await queries.standing(joined.household_id)).status is Status.PROSPECT
    assert await fetch_value("SELECT sum(amount_cents) FROM payment") == 100
    assert await fetch_value("SELECT count(*) FROM receipt") == 0
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE verb = 'payment_short'") == 1


async def test_a_refund_in_full_ends_the_period(stripe: Remote):
    """B8, M9: the money goes back, the days with it; the receipt stays, beside its credit note."""
    joined = await a_tenant()
    ordered = await order(joined)
    session = await pay(stripe, ordered.public_id)
    await events(stripe)
    await stripe.refund(session)
    await events(stripe)
    assert (await queries.standing(joined.household_id)).status is Status.PROSPECT
    assert (await billing.get_order(ordered.public_id)).state() is OrderState.REFUNDED
    series = await fetch("SELECT series FROM receipt ORDER BY id")
    assert [row["series"] for row in series] == ["C", "AC"]


async def test_a_dispute_that_is_won_gives_the_days_back(stripe: Remote):
    """B8: the money is booked out and in again."""
    joined = await a_tenant()
    ordered = await order(joined)
    session = await pay(stripe, ordered.public_id)
    await events(stripe)
    dispute = await stripe.open_dispute(session)
    await events(stripe)
    assert (await queries.standing(joined.household_id)).status is Status.PROSPECT
    await stripe.close_dispute(dispute["id"], "won")
    await events(stripe)
    assert (await queries.standing(joined.household_id)).status is Status.CURRENT
    kinds = [row["kind"] for row in await fetch("SELECT kind FROM payment ORDER BY id")]
    assert kinds == ["payment", "dispute", "reinstated"]


async def test_a_debit_under_way_is_no_payment_that_did_not_happen(stripe: Remote):
    """Days after its page closed the order still waits, and nothing can be paid beside it."""
    joined = await a_tenant()
    ordered = await order(joined)
    await pay(stripe, ordered.public_id, iban=IBAN)
    await events(stripe)
    with clock.travel(timedelta(days=3)):
        assert (await billing.get_order(ordered.public_id)).state() is OrderState.OPEN
        for way in (PayWay.ONLINE, PayWay.MONTHLY):
            with pytest.raises(DebitUnderWay):
                await order(joined, way)
    assert await fetch_value("SELECT count(*) FROM pay_order") == 1


async def test_page_is_closed_when_the_payer_changes_their_mind_while_stripe_is_asked(
    stripe: Remote, monkeypatch: pytest.MonkeyPatch
):
    """Two tabs, two ways to pay: the page that opens after its order was given up cannot be paid."""
    joined = await a_tenant()
    first = await membership.order_dues(
        joined.household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/"
    )
    ask = gateway.connected().open_checkout

    async def slowly(asked: gateway.Checkout, key: str) -> gateway.OpenedCheckout:
        opened = await ask(asked, key)
        monkeypatch.undo()
        await order(joined, PayWay.MONTHLY)
        await drain_outbox()
        return opened

    monkeypatch.setattr(gateway.connected(), "open_checkout", slowly)
    await jobs.hurry(first.row)
    given_up = await billing.get_order(first.public_id)
    assert given_up.state() is OrderState.CANCELLED
    assert given_up.stripe_session is not None
    assert (await stripe.get(given_up.stripe_session))["status"] == "expired"
