"""B5: with every event of Stripe lost, a night's reading ends where the events would have."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing import differences, gateway, jobs, reconciliations
from backend.billing import queries as billing
from backend.billing.errors import DifferenceClosed, DifferenceUnknown, StripeUnavailable
from backend.billing.gateway import Facts
from backend.billing.rules import DifferenceKind, OrderState, PayWay
from backend.jobs import inbox
from backend.jobs.reconciliation import reconcile
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.rules import Category, Status
from backend.membership.service import Joined
from backend.sandbox.stripe.remote import Remote
from tests.factories import add_household, add_person
from tests.integration.billing.test_checkout import left_by as all_left_by
from tests.paying import IBAN, deliver, events, pay

Step = Callable[[Remote, "Story"], Awaitable[object]]


class Story:
    """A household with its order, so that one script can be lived twice."""

    def __init__(self, joined: Joined, order: str, session: str) -> None:
        self.joined, self.order, self.session = joined, order, session

    async def subscription(self, stripe: Remote) -> str:
        found: str = (await stripe.get(self.session))["subscription"]
        return found


async def begin(stripe: Remote, way: PayWay, **payment: str) -> Story:
    joined = await add_household(category=Category.TENANT, address="alice@example.org")
    ordered = await membership.order_dues(
        joined.household_id, way, SYSTEM, done_path="/merci/{order}", back_path="/retour"
    )
    await jobs.hurry(ordered.row)
    return Story(joined, ordered.public_id, await pay(stripe, ordered.public_id, **payment))


async def dispute_and_win(stripe: Remote, story: Story) -> None:
    dispute = await stripe.open_dispute(story.session)
    await stripe.close_dispute(dispute["id"], "won")


async def refund_that_comes_back(stripe: Remote, story: Story) -> None:
    refund = await stripe.refund(story.session, 500)
    await stripe.fail_refund(refund["id"])


async def renew(stripe: Remote, story: Story, outcome: str = "paid") -> None:
    await stripe.advance(await story.subscription(stripe), outcome)


async def fail_to_renew(stripe: Remote, story: Story) -> None:
    await renew(stripe, story, "failed")


async def pay_out(stripe: Remote, story: Story) -> None:
    payout = await stripe.pay_out()
    await stripe.end_payout(payout["id"], "paid")


async def payout_that_comes_back(stripe: Remote, story: Story) -> None:
    payout = await stripe.pay_out()
    await stripe.end_payout(payout["id"], "failed")


STORIES: dict[str, tuple[PayWay, dict[str, str], list[Step]]] = {
    "card": (PayWay.ONLINE, {}, []),
    "card, refunded in part, then the rest": (
        PayWay.ONLINE,
        {},
        [lambda s, o: s.refund(o.session, 400), lambda s, o: s.refund(o.session)],
    ),
    "card, a refund that comes back": (PayWay.ONLINE, {}, [refund_that_comes_back]),
    "card, disputed and lost": (PayWay.ONLINE, {}, [lambda s, o: s.open_dispute(o.session)]),
    "card, disputed and won": (PayWay.ONLINE, {}, [dispute_and_win]),
    "card, paid out": (PayWay.ONLINE, {}, [pay_out]),
    "card, paid out in vain": (PayWay.ONLINE, {}, [payout_that_comes_back]),
    "debit under way": (PayWay.ONLINE, {"iban": IBAN}, []),
    "debit that arrives": (
        PayWay.ONLINE,
        {"iban": IBAN},
        [lambda s, o: s.end_debit(o.session, "settled")],
    ),
    "debit that fails": (
        PayWay.ONLINE,
        {"iban": IBAN},
        [lambda s, o: s.end_debit(o.session, "failed")],
    ),
    "debit that arrives and is disputed": (
        PayWay.ONLINE,
        {"iban": IBAN},
        [
            lambda s, o: s.end_debit(o.session, "settled"),
            lambda s, o: s.open_dispute(o.session),
        ],
    ),
    "each month, three times": (PayWay.MONTHLY, {}, [renew, renew]),
    "each month, once in vain": (PayWay.MONTHLY, {}, [renew, fail_to_renew]),
}


async def live(stripe: Remote, name: str, told: Callable[[], Awaitable[object]]) -> Story:
    way, payment, steps = STORIES[name]
    story = await begin(stripe, way, **payment)
    await told()
    for step in steps:
        await step(stripe, story)
        await told()
    return story


@pytest.mark.parametrize("name", STORIES)
async def test_a_night_repairs_everything_when_all_events_are_lost(stripe: Remote, name: str):
    """B5, B2: the same script told as it happens, and never told at all and read once by night."""
    expected = await left_by((await live(stripe, name, lambda: events(stripe))).joined)
    books = await whole()
    await stripe.mishaps(drop=["*"])
    silent = await live(stripe, name, nothing)
    await reconcile()
    assert await left_by(silent.joined) == expected
    assert await twice(books)
    assert await differences.waiting() == await told_on_purpose(name)
    before = await left_by(silent.joined)
    await reconcile()
    assert await left_by(silent.joined) == before
    last = await reconciliations.last()
    assert last is not None
    assert last.repaired == 0


async def left_by(joined: Joined) -> list[list[Any]]:
    """Days that counted while a debit was under way, and were never paid, leave nothing to compare."""
    entries, periods, payments, receipts = await all_left_by(joined)
    return [entries, [one for one in periods if one[3] != "unpaid"], payments, receipts]


async def nothing() -> None:
    """Nobody is told."""


async def told_on_purpose(name: str) -> list[differences.Difference]:
    """Disputes and refunds that came back are shown to the treasurer; nothing else is."""
    kinds = {DifferenceKind.DISPUTED, DifferenceKind.RETURNED}
    return [one for one in await differences.waiting() if one.kind in kinds]


async def whole() -> dict[str, int]:
    rows = await fetch(
        "SELECT account, sum(debit_cents - credit_cents)::bigint AS cents FROM journal_line"
        " GROUP BY account"
    )
    return {row["account"]: row["cents"] for row in rows}


async def twice(books: dict[str, int]) -> bool:
    """Two lives of one script: every account has twice what one left."""
    return await whole() == {account: 2 * cents for account, cents in books.items()}


@pytest.mark.parametrize("name", STORIES)
async def test_five_times_each_and_shuffled_ends_as_once_in_order(stripe: Remote, name: str):
    """REL8: each event five times, shuffled, and then a night that finds nothing to mend."""
    expected = await left_by((await live(stripe, name, lambda: events(stripe))).joined)
    silent = await live(stripe, name, nothing)
    waiting = (await stripe.deliveries())["waiting"]
    await stripe.throw_away()
    await deliver(stripe, shuffled(waiting * 5))
    assert await left_by(silent.joined) == expected
    await reconcile()
    assert await left_by(silent.joined) == expected
    last = await reconciliations.last()
    assert last is not None
    assert last.repaired == 0


def shuffled(ids: list[str]) -> list[str]:
    """The same disorder each time: by the letters of the id, backwards."""
    return sorted(ids, key=lambda one: one[::-1])


async def test_a_page_paid_at_the_last_moment_is_found_when_it_was_given_up_here(stripe: Remote):
    """B5: whatever its age: the order expired weeks ago, and its money is at Stripe."""
    await stripe.mishaps(drop=["*"])
    story = await begin(stripe, PayWay.ONLINE)
    assert (await billing.get_order(story.order)).state() is OrderState.OPEN
    with clock.travel(timedelta(days=200)):
        assert (await billing.get_order(story.order)).state() is OrderState.EXPIRED
        await reconcile()
        assert (await billing.get_order(story.order)).state() is OrderState.PAID


async def test_a_page_nobody_paid_is_read_until_stripe_has_closed_it(stripe: Remote):
    """B5: then it need not be read again."""
    await stripe.mishaps(drop=["*"])
    joined = await add_household(category=Category.TENANT)
    ordered = await membership.order_dues(
        joined.household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/"
    )
    await jobs.hurry(ordered.row)
    await reconcile()
    assert len(await reconciliations.open_sessions()) == 1
    session = (await billing.get_order(ordered.public_id)).stripe_session
    assert session is not None
    await stripe.expire(session)
    await reconcile()
    assert await reconciliations.open_sessions() == []


async def test_more_than_a_page_of_objects_is_read(stripe: Remote):
    """B5: Stripe gives a hundred at a time."""
    await stripe.mishaps(drop=["*"])
    story = await begin(stripe, PayWay.ONLINE)
    for _ in range(105):
        await stripe.refund(story.session, 1)
    for _ in range(3):
        await stripe.charge_fee(7)
    await reconcile()
    assert await fetch_value("SELECT count(*) FROM payment WHERE kind = 'refund'") == 105
    assert await gateway.connected().balance() == await reconciliations.held()


async def test_an_interrupted_night_begins_again_from_the_same_point(stripe: Remote):
    """B5: since the last complete run, not since the last try."""
    await stripe.mishaps(drop=["*"])
    await begin(stripe, PayWay.ONLINE)
    await stripe.fail_next("refused", "/v1/balance", method="GET", times=2)
    first = await reconciliations.begin()
    with pytest.raises(StripeUnavailable):
        await reconcile()
    assert await reconciliations.last() is None
    with clock.travel(timedelta(days=3)):
        again = await reconciliations.begin()
        assert (again.id, again.since) == (first.id, first.since)
        await reconcile()
        last = await reconciliations.last()
        assert last is not None
        assert last.id == first.id
        assert (await reconciliations.begin()).since == last.started_at - reconciliations.OVERLAP


async def test_money_of_nothing_we_asked_for_is_shown_to_the_treasurer(stripe: Remote):
    """B5, REL8: an unknown payment, an unknown order: booked apart, and a row until somebody closes it."""
    await begin(stripe, PayWay.ONLINE)
    await events(stripe)
    client = gateway.connected().client.v1  # type: ignore[attr-defined]
    for order in (None, "nobody-s-order"):
        made = await client.checkout.sessions.create_async(foreign(order))
        await stripe.pay(made.id)
    await reconcile()
    found = {one.kind: one for one in await differences.waiting()}
    assert set(found) == {DifferenceKind.OBJECT, DifferenceKind.ORDER}
    waiting = "SELECT sum(credit_cents - debit_cents) FROM journal_line WHERE account = '471'"
    assert await fetch_value(waiting) == 2 * (500 - 33)
    assert await gateway.connected().balance() == await reconciliations.held()
    clerk = By(Actor.PERSON, await add_person("Nadia", "Trésor"))
    for one in await differences.waiting():
        await differences.close(clerk, one.public_id, " Don d'un passant. ")
    assert await differences.waiting() == []
    assert {one.closed_by for one in await differences.closed()} == {"Nadia Trésor"}
    assert {one.note for one in await differences.closed()} == {"Don d'un passant."}
    await reconcile()
    assert await differences.waiting() == []
    with pytest.raises(DifferenceClosed):
        await differences.close(clerk, found[DifferenceKind.OBJECT].public_id, "encore")
    with pytest.raises(DifferenceUnknown):
        await differences.close(clerk, "nothing", "encore")


def foreign(order: str | None) -> Any:
    price = {"currency": "eur", "unit_amount": 500, "product_data": {"name": "Don"}}
    asked: dict[str, Any] = {
        "mode": "payment",
        "success_url": "https://example.org/",
        "line_items": [{"price_data": price, "quantity": 1}],
    }
    if order is not None:
        asked["client_reference_id"] = order
        asked["payment_intent_data"] = {"metadata": {"order": order}}
    return asked


async def test_a_balance_that_is_not_ours_is_shown_once(stripe: Remote):
    """REL8: an entry that Stripe does not know makes the two differ, by these cents, once."""
    await begin(stripe, PayWay.ONLINE)
    await events(stripe)
    from backend.billing.journal import post
    from backend.billing.rules import Account, transfer_lines
    from backend.kit.database import transaction

    async with transaction():
        await post("k", "faux", transfer_lines(Account.STRIPE, Account.DUES, 77), at=clock.now())
    for _ in range(2):
        await reconcile()
    assert [(one.kind, one.difference_cents) for one in await differences.waiting()] == [
        (DifferenceKind.BALANCE, -77)
    ]


async def test_a_fee_known_later_is_booked_once(stripe: Remote):
    """B8: Stripe says a payment succeeded before it says what it kept."""
    await stripe.mishaps(late_balance=True)
    story = await begin(stripe, PayWay.ONLINE)
    await events(stripe)
    assert (await queries.standing(story.joined.household_id)).status is Status.CURRENT
    assert (await whole()).get("627") is None
    await stripe.settle_late()
    for _ in range(2):
        await events(stripe)
        await reconcile()
    assert (await whole())["627"] == 43
    assert await gateway.connected().balance() == await reconciliations.held()


async def test_a_night_goes_on_when_stripe_knows_nothing_of_ours(stripe: Remote):
    """B5, REL8: another account, or a deleted one: one row for all of it, and the rest is read."""
    joined = await add_household(category=Category.TENANT)
    ordered = await membership.order_dues(
        joined.household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/"
    )
    await jobs.hurry(ordered.row)
    await fetch("UPDATE pay_order SET stripe_session = 'cs_elsewhere'")
    await begin(stripe, PayWay.ONLINE)
    await stripe.charge_fee(7)
    await reconcile()
    assert [(one.kind, one.about) for one in await differences.waiting()] == [
        (DifferenceKind.OBJECT, "cs_elsewhere (1)")
    ]
    assert await gateway.connected().balance() == await reconciliations.held()


async def test_a_night_goes_on_when_one_order_cannot_be_acted_on(
    stripe: Remote, monkeypatch: pytest.MonkeyPatch
):
    """B5, REL8: one row for the treasurer; everybody else's money and the balance are read."""
    await stripe.mishaps(drop=["*"])
    stuck, other = await begin(stripe, PayWay.ONLINE), await begin(stripe, PayWay.ONLINE)

    async def fulfil(facts: Facts) -> None:
        if facts.order == stuck.order:
            raise LookupError
        await membership.fulfil(facts)

    monkeypatch.setitem(inbox.FULFIL, "dues", fulfil)
    await reconcile()
    assert (await billing.get_order(other.order)).state() is OrderState.PAID
    assert await reconciliations.last() is not None
    about = {one.about for one in await differences.waiting()}
    assert {stuck.session, "5125"} <= about
