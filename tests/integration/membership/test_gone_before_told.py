"""Money that somebody pressed for before they left, and that the club hears of after: nobody pays on."""

import pytest

from backend.audit import service as audit
from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing import cheques, jobs
from backend.billing import queries as billing
from backend.billing.rules import OrderState, PayWay
from backend.jobs.reconciliation import reconcile
from backend.kit.database import fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.errors import HouseholdEnded
from backend.membership.rules import Category
from backend.membership.service import Joined
from backend.sandbox.stripe.remote import Remote
from tests.conftest import Database
from tests.factories import add_household, add_person, open_drawer
from tests.integration.billing.test_misfortunes import send_all, subscription_of
from tests.integration.membership.test_parting import WORDS, a_couple
from tests.paying import events, pay


async def pressed(stripe: Remote, joined: Joined, way: PayWay) -> str:
    """Alice has paid at Stripe; nobody was told yet."""
    ordered = await membership.order_dues(
        joined.household_id,
        way,
        audit.person(joined.person_id),
        done_path="/",
        back_path="/",
        renew=WORDS,
    )
    await jobs.hurry(ordered.row)
    await pay(stripe, ordered.public_id)
    return ordered.public_id


async def hear(stripe: Remote) -> None:
    for _ in range(2):
        await events(stripe)
        await send_all()


async def test_plan_of_who_left_is_stopped_when_the_club_hears_of_it_after(stripe: Remote) -> None:
    """B11, M5: Alice pressed, then left; the month she paid stays, and none follows."""
    joined, _ = await a_couple(SYSTEM)
    order = await pressed(stripe, joined, PayWay.MONTHLY)
    await membership.leave(SYSTEM, joined.household_id, joined.person_id)
    await hear(stripe)
    assert (await stripe.get(await subscription_of(order)))["cancel_at_period_end"] is True
    assert (await queries.standing(joined.household_id)).paid_until is not None


async def test_plan_is_stopped_when_its_household_ended_before_the_club_heard(
    stripe: Remote,
) -> None:
    """B11, M5: also where two lived."""
    joined, _ = await a_couple(SYSTEM)
    order = await pressed(stripe, joined, PayWay.MONTHLY)
    await membership.end_household(SYSTEM, joined.household_id)
    await hear(stripe)
    assert (await stripe.get(await subscription_of(order)))["cancel_at_period_end"] is True


async def test_nothing_renews_for_who_left_before_the_club_heard_of_the_payment(
    stripe: Remote,
) -> None:
    """B11, M5: the year is paid; no later one is charged to a card of who lives elsewhere."""
    joined, _ = await a_couple(SYSTEM)
    await pressed(stripe, joined, PayWay.ONLINE)
    await membership.leave(SYSTEM, joined.household_id, joined.person_id)
    await hear(stripe)
    assert (await queries.standing(joined.household_id)).paid_until is not None
    assert await fetch_value("SELECT count(*) FROM renewal_wish") == 0


@pytest.mark.parametrize("act", ["merge", "end"])
async def test_orders_end_with_a_household_of_several(db: Database, act: str) -> None:
    """M5, B10: a transfer is waited for only where its days have somebody; the page closes."""
    joined, _ = await a_couple(SYSTEM)
    other = await add_household("Zoé", "Petit")
    order = await membership.order_transfer(SYSTEM, joined.household_id, 12)
    page = await membership.order_dues(
        joined.household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/"
    )
    if act == "merge":
        await membership.merge(SYSTEM, joined.household_id, other.household_id)
    else:
        await membership.end_household(SYSTEM, joined.household_id)
    kept = OrderState.OPEN if act == "merge" else OrderState.CANCELLED
    assert (await billing.get_order(order.public_id)).state() is kept
    assert (await billing.get_order(page.public_id)).state() is OrderState.CANCELLED


async def test_nobody_pays_for_a_household_that_has_ended(db: Database) -> None:
    """M5, B9: a page left open at the counter: no money is taken, no month is given."""
    await open_drawer()
    joined = await add_household()
    await membership.set_category(SYSTEM, joined.household_id, Category.FREE)
    await membership.end_household(SYSTEM, joined.household_id)
    clerk = By(Actor.PERSON, await add_person("Nadia", "Comptoir"))
    home = joined.household_id
    for act in (
        membership.take_dues(clerk, home, 1, PayWay.CASH, None, key="one"),
        membership.order_transfer(clerk, home, 1),
        membership.order_dues(home, PayWay.ONLINE, clerk, done_path="/", back_path="/"),
        membership.grant_months(clerk, home, 1, key="two"),
    ):
        with pytest.raises(HouseholdEnded):
            await act
    assert await fetch_value("SELECT count(*) FROM pay_order") == 0


async def test_the_night_reads_stripe_when_a_cheque_has_bounced(stripe: Remote) -> None:
    """B5, B8: money that the bank took back of a cheque is nothing to ask Stripe for."""
    joined = await add_household()
    clerk = By(Actor.PERSON, await add_person("Nadia", "Comptoir"))
    home = joined.household_id
    await membership.take_dues(clerk, home, 1, PayWay.CHEQUE, None, key="one")
    await cheques.deposit(clerk, [each.payment for each in await cheques.waiting()])
    order = await fetch_value("SELECT public_id FROM pay_order")
    await membership.bounce_cheque(clerk, order, "Sans provision")
    await reconcile()
    assert await fetch_value("SELECT count(*) FROM reconciliation WHERE ended_at IS NULL") == 0


@pytest.mark.parametrize("act", ["bounce", "undo"])
async def test_money_of_a_household_that_has_ended_leaves_a_trace_and_is_told(
    db: Database, act: str
) -> None:
    """D6, B8: its days went on with Zoé; who paid hears of it, and the record names who did it."""
    joined, _ = await a_couple(SYSTEM)
    other = await add_household("Zoé", "Petit")
    clerk = By(Actor.PERSON, await add_person("Nadia", "Comptoir"))
    await membership.take_dues(clerk, joined.household_id, 1, PayWay.CHEQUE, None, key="one")
    order = await fetch_value("SELECT public_id FROM pay_order")
    if act == "bounce":
        await cheques.deposit(clerk, [each.payment for each in await cheques.waiting()])
    await membership.merge(clerk, joined.household_id, other.household_id)
    before = await fetch_value("SELECT count(*) FROM message WHERE person = $1", joined.person_id)
    if act == "bounce":
        await membership.bounce_cheque(clerk, order, "Sans provision")
    else:
        await membership.undo_dues(clerk, joined.household_id, order, None, "Erreur")
    after = await fetch_value("SELECT count(*) FROM message WHERE person = $1", joined.person_id)
    assert after == before + 1
    noted = "SELECT actor_id FROM audit_entry WHERE object_id = $1 AND verb = $2"
    verb = "cheque_bounced" if act == "bounce" else "dues_undone"
    assert await fetch_value(noted, order, verb) == clerk.id
