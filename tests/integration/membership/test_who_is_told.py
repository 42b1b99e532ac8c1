"""Who hears of what one adult of a household ordered: that one, while there."""

from datetime import date, timedelta

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing import jobs
from backend.billing.rules import PayWay
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership import service as membership
from backend.membership.rules import Category
from backend.membership.service.renewals import charge_renewals, give_notices
from backend.membership.service.yearly import tell_yearly_sums
from backend.people.rules import read_address
from backend.sandbox.stripe.remote import Remote
from tests.factories import add_household
from tests.integration.billing.test_misfortunes import paying, send_all
from tests.integration.billing.test_renewals import WORDS, deliver_mail, on, renewals, term
from tests.integration.membership.test_households import clerk
from tests.paying import events, pay


async def told(kind: str) -> list[int]:
    rows = await fetch("SELECT person FROM message WHERE kind = $1 ORDER BY id", kind)
    return [row["person"] for row in rows]


async def test_a_renewal_is_announced_to_who_asked_for_it(stripe: Remote) -> None:
    """B11: Bob's card, Bob's thanks, Bob's notice; Alice, who joined first, has no address at all."""
    joined = await add_household("Alice", "Martin", category=Category.TENANT)
    bob = await membership.add_adult(
        SYSTEM, joined.household_id, "Bob", "Martin", read_address("bob@example.org")
    )
    ordered = await membership.order_dues(
        joined.household_id,
        PayWay.ONLINE,
        By(Actor.PERSON, bob),
        done_path="/",
        back_path="/",
        renew=WORDS,
    )
    await jobs.hurry(ordered.row)
    await pay(stripe, ordered.public_id)
    await events(stripe)
    assert await told("dues.paid") == [bob]
    last = await term(joined)
    with on(last - timedelta(days=45)):
        await give_notices()
        await deliver_mail()
    assert await told("dues.renewal_notice") == [bob]
    with on(last):
        await charge_renewals()
        assert await renewals() == 1
        await stripe.mishaps(off_session="declined")
        await send_all()
        await events(stripe)
    assert await told("dues.failed") == [bob]


async def test_the_sum_of_a_year_is_told_when_its_household_was_merged(stripe: Remote) -> None:
    """B11, M5: who paid each month hears of it wherever they live now."""
    joined, _, _ = await paying(stripe, PayWay.MONTHLY)
    await membership.stop_monthly(SYSTEM, joined.household_id)
    await send_all()
    subscription = await fetch_value("SELECT stripe_subscription FROM monthly_plan")
    with clock.travel(timedelta(days=35)):
        await stripe.advance(subscription)
        await events(stripe)
    other = await add_household("Zoé", "Petit")
    await membership.merge(await clerk(), joined.household_id, other.household_id)
    with clock.frozen(clock.start_of_day(date(clock.today().year + 1, 1, 15))):
        await tell_yearly_sums()
        assert await told("dues.year") == [joined.person_id]
