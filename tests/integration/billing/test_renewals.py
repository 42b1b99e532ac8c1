"""B11: twelve months that renew by themselves only for whoever asked, was told in time, and still wants it."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing import jobs, ways
from backend.billing import queries as billing
from backend.billing.refunds import Repayment
from backend.billing.rules import OrderState, PayWay
from backend.jobs.reconciliation import reconcile
from backend.kit import clock, outbox
from backend.kit.database import fetch, fetch_value
from backend.membership import queries, reminders
from backend.membership import service as membership
from backend.membership.errors import NoRenewalAsked
from backend.membership.rules import Category, Status
from backend.membership.service import Joined, reminding
from backend.membership.service.renewals import charge_renewals, give_notices
from backend.notifications import texts
from backend.notifications.gateway import Outgoing
from backend.notifications.post import senders
from backend.people.rules import Channel
from backend.privacy import erasing, retention
from backend.privacy.rules import ErasureWay
from backend.sandbox.stripe.remote import Remote
from tests.factories import add_household, add_person, pay_dues
from tests.integration.billing.test_misfortunes import send_all, told
from tests.paying import IBAN, events, pay

WORDS = "Renouveler chaque année."


class Kept:
    """A post that delivers everything."""

    async def send(self, message: Outgoing) -> None:
        """It arrived."""


async def deliver_mail() -> None:
    await outbox.drain(senders({Channel.EMAIL: Kept()}))


async def with_wish(stripe: Remote, *, renew: str | None = WORDS, **payment: str) -> Joined:
    joined = await add_household(category=Category.TENANT, address="alice@example.org")
    ordered = await membership.order_dues(
        joined.household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/", renew=renew
    )
    await jobs.hurry(ordered.row)
    session = await pay(stripe, ordered.public_id, **payment)
    if payment:
        await stripe.end_debit(session, "settled")
    await events(stripe)
    return joined


async def term(joined: Joined) -> date:
    until = (await queries.standing(joined.household_id)).paid_until
    assert until is not None
    return until


def on(day: date) -> AbstractContextManager[None]:
    """At noon, also when the tests run around midnight."""
    return clock.travel(clock.start_of_day(day) + timedelta(hours=12) - clock.now())


async def renewals() -> int:
    count: int = await fetch_value("SELECT count(*) FROM renewal WHERE pay_order IS NOT NULL")
    return count


async def charge(stripe: Remote) -> None:
    for _ in range(2):
        await charge_renewals()
        await send_all()
        await events(stripe)


@pytest.mark.parametrize("payment", [{}, {"iban": IBAN}])
async def test_a_year_renews_when_it_was_asked_for_and_announced(stripe: Remote, payment):
    """B11: told 60 to 30 days before, charged once at the term, its days follow the old ones."""
    joined = await with_wish(stripe, **payment)
    last = await term(joined)
    wish = await queries.find_wish(joined.household_id)
    assert wish is not None
    assert wish.wording == WORDS
    with on(last - timedelta(days=45)):
        for _ in range(3):
            await give_notices()
        await deliver_mail()
        await charge(stripe)
        assert (await told("dues.renewal_notice"), await renewals()) == (1, 0)
    with on(last):
        await charge(stripe)
        if payment:
            assert (await queries.standing(joined.household_id)).status is Status.CURRENT
            intent = await fetch_value("SELECT max(stripe_intent) FROM pay_order")
            await stripe.end_debit(intent, "settled")
            await events(stripe)
    assert await renewals() == 1
    assert await term(joined) > last + timedelta(days=360)
    paid = "SELECT count(*) FROM payment WHERE kind = 'payment'"
    assert await fetch_value(paid) == 2
    with on(last + timedelta(days=3)):
        await charge(stripe)
    assert await fetch_value(paid) == 2


async def test_the_proof_of_a_notice_is_kept_five_years_when_its_message_is_gone(stripe: Remote):
    """B11, D2: when it arrived, by which kind of address, in which words; then the proof goes too."""
    joined = await with_wish(stripe)
    last = await term(joined)
    proof = "SELECT delivered_at, delivered_by, notice_text FROM renewal"
    with on(last - timedelta(days=45)):
        await give_notices()
        await deliver_mail()
        sent_at = clock.now()
    with on(last):
        await charge(stripe)
    assert await renewals() == 1
    with on(last + timedelta(days=400)):
        assert (await retention.run())["messages"] > 0
        assert await told("dues.renewal_notice") == 0
    kept = await fetch(proof)
    assert [(row["delivered_by"], row["notice_text"]) for row in kept] == [
        ("email", texts.version("dues.renewal_notice"))
    ]
    assert abs(kept[0]["delivered_at"] - sent_at) < timedelta(hours=1)
    with on(last + timedelta(days=4 * 365)):
        assert (await retention.run(dry=True))["proofs"] == 0
    with on(last + timedelta(days=5 * 365)):
        assert (await retention.run(dry=True))["proofs"] == 1
        assert (await retention.run())["proofs"] == 1
    assert [tuple(row) for row in await fetch(proof)] == [(None, None, None)]


async def test_a_notice_that_came_back_is_no_proof(stripe: Remote):
    """B11: what the post said later counts, until the term."""
    joined = await with_wish(stripe)
    last = await term(joined)
    with on(last - timedelta(days=45)):
        await give_notices()
        await deliver_mail()
        await charge_renewals()
        assert await fetch_value("SELECT count(delivered_at) FROM renewal") == 1
        await fetch("UPDATE message SET failed_at = $1 WHERE key LIKE '%notice:%'", clock.now())
    with on(last):
        await charge(stripe)
    assert await renewals() == 0
    assert await fetch_value("SELECT count(delivered_at) FROM renewal") == 0


async def test_a_year_renews_at_the_price_of_the_category_they_have_by_then(stripe: Remote):
    """M10, B11: tenants who became neighbours are told the neighbours' price, and asked for it."""
    joined = await with_wish(stripe)
    last = await term(joined)
    await membership.become_neighbours(SYSTEM, joined.household_id)
    asked = await queries.month_price(Category.NEIGHBOUR, last) * 12
    assert asked != await queries.month_price(Category.TENANT, last) * 12
    with on(last - timedelta(days=45)):
        await give_notices()
        await deliver_mail()
    with on(last):
        await charge(stripe)
    paid = "SELECT amount_cents FROM payment WHERE kind = 'payment' ORDER BY id DESC LIMIT 1"
    assert await fetch_value(paid) == asked


async def test_a_year_that_was_asked_for_renews_when_the_way_is_closed(stripe: Remote):
    """B1, B11: closing a way is for new payments; what the club agreed to goes on."""
    joined = await with_wish(stripe)
    last = await term(joined)
    await ways.set_ways(SYSTEM, frozenset({ways.Way.CASH}))
    with on(last - timedelta(days=45)):
        await give_notices()
        await deliver_mail()
    with on(last):
        await charge(stripe)
    assert await term(joined) > last + timedelta(days=360)


async def test_nothing_renews_when_nobody_asked(stripe: Remote):
    """B11: 12 months never renew by themselves; nothing is even kept with Stripe."""
    joined = await with_wish(stripe, renew=None)
    last = await term(joined)
    with on(last - timedelta(days=45)):
        await give_notices()
        await deliver_mail()
    with on(last):
        await charge(stripe)
    assert (await told("dues.renewal_notice"), await renewals()) == (0, 0)
    session = await fetch_value("SELECT stripe_session FROM pay_order")
    intent = (await stripe.get(session))["payment_intent"]
    assert (await stripe.get(intent))["setup_future_usage"] is None


@pytest.mark.parametrize("days", [None, 29, 91])
async def test_nothing_is_charged_without_proof_of_notice(stripe: Remote, days: int | None):
    """B11: never sent, delivered too late, or too early: the charge is not attempted."""
    joined = await with_wish(stripe)
    last = await term(joined)
    with on(last - timedelta(days=40)):
        await give_notices()
    if days is not None:
        with on(last - timedelta(days=days)):
            await fetch(
                "UPDATE message SET sent_at = $1 WHERE kind = 'dues.renewal_notice'", clock.now()
            )
    with on(last):
        await charge(stripe)
    assert (await told("dues.renewal_notice"), await renewals()) == (1, 0)


@pytest.mark.parametrize(
    ("arrives", "free", "heard"),
    [
        (True, False, [7, 21]),
        (False, False, [-30, -7, 0, 7, 21]),
        (True, True, [-7]),
        (False, True, [-7]),
    ],
)
async def test_who_will_not_be_charged_is_reminded_as_everybody_else(
    stripe: Remote, *, arrives: bool, free: bool, heard: list[int]
):
    """N5, B11: no notice arrived in time, or nothing costs any more: nothing renews by itself.

    Who was told that it renews is first given the time to be charged.
    """
    joined = await with_wish(stripe)
    last = await term(joined)
    with on(last - timedelta(days=45)):
        await give_notices()
        if arrives:
            await deliver_mail()
            await charge(stripe)
    if free:
        await membership.set_category(SYSTEM, joined.household_id, Category.FREE)
    for day in range(-35, 30):
        with on(last + timedelta(days=day)):
            await reminding.remind()
    steps = [row["step"] for row in await fetch("SELECT step FROM reminder ORDER BY id")]
    assert steps == heard


async def test_who_pays_nothing_any_more_is_reminded_however_early_the_ladder_begins(
    stripe: Remote,
):
    """N5, B11: nothing costs, so nothing renews, whatever was once asked for; its one reminder comes."""
    joined = await with_wish(stripe)
    last = await term(joined)
    await membership.set_category(SYSTEM, joined.household_id, Category.FREE)
    ladder = [reminders.Step(day, (reminders.Channel.PRINT,)) for day in (-60, 0)]
    await membership.set_ladder(SYSTEM, ladder, clock.today())
    for day in range(-65, 7):
        with on(last + timedelta(days=day)):
            await reminding.remind()
    assert [row["step"] for row in await fetch("SELECT step FROM reminder")] == [-60]


async def test_the_wish_is_withdrawn_at_any_moment(stripe: Remote):
    """B11: also after the notice; then nothing is charged."""
    joined = await with_wish(stripe)
    last = await term(joined)
    with on(last - timedelta(days=45)):
        await give_notices()
        await deliver_mail()
        await membership.stop_renewing(SYSTEM, joined.household_id)
        with pytest.raises(NoRenewalAsked):
            await membership.stop_renewing(SYSTEM, joined.household_id)
    with on(last):
        await charge(stripe)
    assert await renewals() == 0


async def stop(joined: Joined) -> None:
    await membership.stop_renewing(SYSTEM, joined.household_id)


async def leave(joined: Joined) -> None:
    await membership.end_household(SYSTEM, joined.household_id)


async def erase(joined: Joined) -> None:
    await erasing.erase(SYSTEM, joined.person_id, ErasureWay.DESK)


@pytest.mark.parametrize("act", ["withdraw", "repay", "refund"])
async def test_the_wish_ends_with_the_year_that_was_given_back(stripe: Remote, act: str):
    """B11: whoever gave it back, and with the reason; nothing renews what is gone.

    What the club does ends it at once, a refund of Stripe when it is known.
    """
    joined = await with_wish(stripe)
    order = await fetch_value("SELECT public_id FROM pay_order")
    if act == "withdraw":
        await membership.withdraw(SYSTEM, joined.household_id, order)
    elif act == "refund":
        await membership.refund_dues(SYSTEM, order, 1200, "erreur", key="k")
        await send_all()
        await events(stripe)
    else:
        by = By(Actor.PERSON, await add_person("Nadia", "Comptoir"))
        await membership.repay_dues(by, Repayment(order, 1200, "carte", PayWay.TRANSFER), key="k")
    assert await queries.find_wish(joined.household_id) is None
    reason = "withdrawn" if act == "withdraw" else "refunded"
    assert await fetch_value("SELECT end_reason FROM renewal_wish") == reason


@pytest.mark.parametrize("go", [stop, leave, erase])
async def test_nothing_is_charged_when_they_stop_or_go_before_stripe_is_asked(
    stripe: Remote, go: Callable[[Joined], Awaitable[None]]
):
    """B11: at the term Stripe was away for an hour: what was ordered by then is given up too."""
    joined = await with_wish(stripe)
    last = await term(joined)
    with on(last - timedelta(days=45)):
        await give_notices()
        await deliver_mail()
    with on(last):
        await charge_renewals()
        assert await renewals() == 1
        await go(joined)
        await send_all()
        await events(stripe)
    assert await fetch_value("SELECT count(*) FROM payment WHERE kind = 'payment'") == 1


async def test_nothing_is_charged_when_the_dues_were_paid_another_way(stripe: Remote):
    """B11: the desk took the new year: its term is another one, and it has its own notice."""
    joined = await with_wish(stripe)
    last = await term(joined)
    with on(last - timedelta(days=45)):
        await give_notices()
        await deliver_mail()
        await pay_dues(joined.household_id)
    with on(last):
        await charge(stripe)
    assert await renewals() == 0


@pytest.mark.parametrize("bank", ["declined", "authentication"])
async def test_a_renewal_that_the_bank_refuses_is_not_tried_again(stripe: Remote, bank: str):
    """B6, B11: the member hears of it and pays another way; the wish is over."""
    joined = await with_wish(stripe)
    last = await term(joined)
    with on(last - timedelta(days=45)):
        await give_notices()
        await deliver_mail()
    await stripe.mishaps(off_session=bank)
    with on(last):
        await charge(stripe)
        await charge(stripe)
    orders = await fetch("SELECT public_id FROM pay_order WHERE stripe_intent IS NOT NULL")
    assert len(orders) == 1
    assert (await billing.get_order(orders[0]["public_id"])).state() is OrderState.FAILED
    assert await told("dues.failed") == 1
    assert await queries.find_wish(joined.household_id) is None
    charges = [one for one in (await stripe.calls())["calls"] if one["method"] == "POST"]
    assert len([one for one in charges if one["path"] == "/v1/payment_intents"]) == 1


@pytest.mark.parametrize("kind", ["lost", "refused"])
async def test_one_charge_when_the_answer_of_stripe_is_lost(stripe: Remote, kind: str):
    """B4, B11: past four tries too; and the night finds what no event told."""
    joined = await with_wish(stripe)
    last = await term(joined)
    with on(last - timedelta(days=45)):
        await give_notices()
        await deliver_mail()
    await stripe.mishaps(drop=["*"])
    await stripe.fail_next(kind, "/v1/payment_intents", times=11)
    with on(last):
        await charge_renewals()
        for days in range(8):
            with clock.travel(timedelta(days=days)):
                await send_all()
        await stripe.forget_failures()
        with clock.travel(timedelta(days=9)):
            await send_all()
            await reconcile()
    assert await fetch_value("SELECT count(*) FROM payment WHERE kind = 'payment'") == 2
    made = (await stripe.calls())["calls"]
    true = [one for one in made if one["path"] == "/v1/payment_intents" and one["method"] == "POST"]
    assert len([one for one in true if one["status"] == 200 and not one["replayed"]]) <= 1
    assert await term(joined) > last + timedelta(days=360)


async def test_nothing_is_charged_while_another_debit_is_under_way(stripe: Remote):
    """B11, B6: they renewed by themselves, and the bank has not answered yet: no second debit."""
    joined = await with_wish(stripe)
    last = await term(joined)
    with on(last - timedelta(days=45)):
        await give_notices()
        await deliver_mail()
    with on(last - timedelta(days=3)):
        ordered = await membership.order_dues(
            joined.household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/"
        )
        await jobs.hurry(ordered.row)
        await pay(stripe, ordered.public_id, iban=IBAN)
        await events(stripe)
    with on(last):
        await charge(stripe)
    assert await renewals() == 0


async def test_the_price_of_the_notice_is_the_most_that_is_charged(stripe: Remote):
    """B11, M10: the price rose after the notice: what was announced holds."""
    joined = await with_wish(stripe)
    last = await term(joined)
    with on(last - timedelta(days=45)):
        await give_notices()
        await deliver_mail()
        await membership.set_price(SYSTEM, Category.TENANT, 300, clock.today())
    with on(last):
        await charge(stripe)
    amounts = await fetch("SELECT amount_cents FROM payment ORDER BY id")
    assert [row["amount_cents"] for row in amounts] == [1200, 1200]


async def test_a_wish_asked_for_anew_outlives_the_payment_that_went_back(stripe: Remote):
    """B11, B2: read again at night, the old payment ends what came with it, never what came after."""
    joined = await with_wish(stripe)
    old = await fetch_value("SELECT public_id FROM pay_order")
    await membership.withdraw(SYSTEM, joined.household_id, old)
    await send_all()
    await events(stripe)
    assert await queries.find_wish(joined.household_id) is None
    ordered = await membership.order_dues(
        joined.household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/", renew=WORDS
    )
    await jobs.hurry(ordered.row)
    await pay(stripe, ordered.public_id)
    await events(stripe)
    asked = await queries.find_wish(joined.household_id)
    assert asked is not None
    with clock.travel(timedelta(hours=10)):
        await reconcile()
    assert await queries.find_wish(joined.household_id) == asked
