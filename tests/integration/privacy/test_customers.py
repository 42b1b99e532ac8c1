"""The customer at Stripe goes with the person, once no money is on its way (D1)."""

from datetime import timedelta
from typing import Any

from backend.audit.service import SYSTEM
from backend.billing import jobs
from backend.billing.rules import PayWay
from backend.kit import clock, outbox
from backend.kit.database import fetch_one, fetch_value, transaction
from backend.membership import queries
from backend.membership import service as membership
from backend.people import service as people
from backend.people.rules import read_address
from backend.privacy import erasing
from backend.privacy.rules import ErasureWay
from backend.sandbox.stripe.remote import Remote
from tests.factories import add_household, pay_dues
from tests.integration.billing.test_misfortunes import paying, send_all, subscription_of, told
from tests.integration.billing.test_renewals import WORDS, with_wish
from tests.paying import IBAN, events, pay

DAY = timedelta(days=1, minutes=1)


async def erase(person_id: int) -> None:
    await erasing.erase(SYSTEM, person_id, ErasureWay.DESK)


async def deletions(stripe: Remote) -> list[str]:
    calls = (await stripe.calls())["calls"]
    return [one["path"] for one in calls if _deleted(one)]


def _deleted(call: Any) -> bool:
    return call["method"] == "DELETE" and "customers" in call["path"] and call["status"] == 200


async def letter() -> Any:
    return await fetch_one("SELECT * FROM outbox WHERE kind = 'customer_forget'")


async def test_a_customer_is_deleted_at_stripe_when_the_person_is_erased(stripe: Remote):
    """D1, REL7: after the commit, by the outbox; twice is once, and what stands on a wish goes too."""
    joined = await with_wish(stripe)
    customer = await fetch_value("SELECT stripe_customer FROM payer")
    assert customer is not None
    await erase(joined.person_id)
    assert await deletions(stripe) == []  # nothing is called before the commit
    row = (await letter())["id"]
    await jobs.hurry(row)
    assert await deletions(stripe) == [f"/v1/customers/{customer}"]
    assert await fetch_value("SELECT stripe_customer FROM payer") is None
    await jobs.hurry(row)
    assert len(await deletions(stripe)) == 1


async def test_stripe_that_is_away_is_asked_again_until_the_customer_is_gone(stripe: Remote):
    """D1, REL7: retries under the same letter; one that is gone already is no failure."""
    joined = await with_wish(stripe)
    await erase(joined.person_id)
    row = (await letter())["id"]
    await stripe.fail_next("refused", "/v1/customers", method="DELETE", times=2)
    await jobs.hurry(row)
    assert (await letter())["done_at"] is None
    await stripe.fail_next("lost", "/v1/customers", method="DELETE")
    with clock.travel(timedelta(minutes=5)):
        await send_all()
    assert (await letter())["done_at"] is not None
    assert await fetch_value("SELECT stripe_customer FROM payer") is None


async def test_the_customer_stays_while_a_refund_is_on_its_way(stripe: Remote):
    """D1: money goes back first; that it waited is no try that failed."""
    joined = await with_wish(stripe)
    order = await fetch_value("SELECT public_id FROM pay_order")
    [refund] = await membership.withdraw(SYSTEM, joined.household_id, order)
    await erase(joined.person_id)
    row = (await letter())["id"]
    await jobs.hurry(row)
    assert await deletions(stripe) == []
    assert (await letter())["attempts"] == 0
    await jobs.hurry(refund)
    await events(stripe)
    with clock.travel(DAY):
        await outbox.drain(jobs.SENDS)
    assert len(await deletions(stripe)) == 1


async def test_the_customer_stays_while_a_debit_may_still_arrive(stripe: Remote):
    """D1, B6: taken back before the bank answered: it arrives, goes back, then the customer goes."""
    joined, order, session = await paying(stripe, PayWay.MONTHLY, iban=IBAN)
    await membership.withdraw(SYSTEM, joined.household_id, order)
    await send_all()
    await events(stripe)
    await erase(joined.person_id)
    await send_all()
    assert await deletions(stripe) == []
    await stripe.end_debit(session, "settled")
    for _ in range(2):
        await events(stripe)
        await send_all()
    await events(stripe)
    with clock.travel(DAY):
        await outbox.drain(jobs.SENDS)
    assert len(await deletions(stripe)) == 1


async def test_the_customer_stays_while_a_paid_month_runs(stripe: Remote):
    """D1, B11: who stopped keeps the month; the customer goes when the subscription is over."""
    joined, order, _ = await paying(stripe, PayWay.MONTHLY)
    subscription = await subscription_of(order)
    await membership.stop_monthly(SYSTEM, joined.household_id)
    await send_all()
    await events(stripe)
    await erase(joined.person_id)
    await send_all()
    assert await deletions(stripe) == []
    await stripe.advance(subscription)
    await events(stripe)
    with clock.travel(DAY):
        await outbox.drain(jobs.SENDS)
    assert len(await deletions(stripe)) == 1


async def test_nothing_ends_for_others_when_who_left_before_is_erased(stripe: Remote):
    """D1, B11: what the household asked for after they left stays, at Stripe too."""
    joined = await add_household(address="alice@example.org")
    bob = await membership.add_adult(SYSTEM, joined.household_id, "Bob", "Petit")
    await membership.leave(SYSTEM, joined.household_id, bob)
    with clock.travel(timedelta(days=400)):
        await ask_year(stripe, joined.household_id)
        await erase(bob)
        await send_all()
        assert await queries.find_wish(joined.household_id) is not None
    assert await deletions(stripe) == []
    assert await told("dues.renewal_ended") == 0


async def test_who_stays_is_told_when_an_erasure_ends_the_renewal(stripe: Remote):
    """B11, D1: nothing is charged any more, and it is said."""
    joined = await with_wish(stripe)
    mail = read_address("bob@example.org")
    bob = await membership.add_adult(SYSTEM, joined.household_id, "Bob", "Petit", mail)
    async with transaction():
        await people.verify_contact(bob, mail.channel, mail.value)
    await erase(joined.person_id)
    assert await queries.find_wish(joined.household_id) is None
    kept = "SELECT count(*) FROM message WHERE kind = 'dues.renewal_ended' AND person = $1"
    assert await fetch_value(kept, bob) == 1


async def ask_year(stripe: Remote, household_id: int) -> None:
    """The household pays a year, and asks that it renews."""
    ordered = await membership.order_dues(
        household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/", renew=WORDS
    )
    await jobs.hurry(ordered.row)
    await pay(stripe, ordered.public_id)
    await events(stripe)


async def test_nothing_is_asked_of_stripe_for_who_paid_at_the_desk(stripe: Remote):
    """D1."""
    joined, _, _ = await paying(stripe, PayWay.ONLINE)
    other = await membership_of_cash()
    await erase(other)
    assert await letter() is None
    await erase(joined.person_id)
    assert await letter() is not None


async def membership_of_cash() -> int:
    home = await add_household("Bob", "Petit")
    await pay_dues(home.household_id)
    return home.person_id
