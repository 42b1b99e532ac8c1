"""Days that came along from another household: they stand on their payment, wherever they went."""

from datetime import date, timedelta
from typing import Any

import httpx

from backend.audit.service import SYSTEM
from backend.billing import queries as billing
from backend.billing.rules import PayWay
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.rules import Status
from backend.membership.service import Joined
from backend.sandbox.stripe.remote import Remote
from tests.conftest import Database
from tests.factories import add_household, pay_dues
from tests.integration.billing.test_misfortunes import paying, send_all, subscription_of
from tests.integration.membership.test_households import clerk
from tests.paying import events
from tests.sign_in import as_tenant


async def until(joined: Joined) -> date | None:
    return (await queries.standing(joined.household_id)).paid_until


async def withdrawable(joined: Joined) -> queries.Withdrawable | None:
    household = await queries.household_by_id(joined.household_id)
    return await queries.withdrawable(household.payer_id, household.id)


async def merged_year(stripe: Remote) -> tuple[Joined, Joined, str]:
    """Alice's year, paid online, goes on with Zoé; its page's session."""
    first, _, session = await paying(stripe, PayWay.ONLINE)
    other = await add_household("Zoé", "Petit")
    await membership.merge(await clerk(), first.household_id, other.household_id)
    return first, other, session


async def test_carried_days_come_back_when_a_dispute_is_won(stripe: Remote) -> None:
    """B7, B8: the same days, in the household that has them now; nobody's year is lost."""
    _, other, session = await merged_year(stripe)
    before = await until(other)
    dispute = await stripe.open_dispute(session)
    await events(stripe)
    assert (await queries.standing(other.household_id)).status is Status.PROSPECT
    await stripe.close_dispute(dispute["id"], "won")
    await events(stripe)
    assert before is not None
    assert await until(other) == before


async def test_carried_days_go_on_after_those_that_were_paid_meanwhile(stripe: Remote) -> None:
    """B7, M5: as many days, after the others, when Zoé has paid again before the dispute is won."""
    first, other, session = await merged_year(stripe)
    year = await until(other)
    dispute = await stripe.open_dispute(session)
    await events(stripe)
    await pay_dues(other.household_id, 1)
    month = await until(other)
    await stripe.close_dispute(dispute["id"], "won")
    await events(stripe)
    assert year is not None
    assert month is not None
    assert await until(other) == month + (year - clock.today()) + timedelta(days=1)
    assert (await queries.standing(first.household_id)).status is Status.ENDED


async def test_carried_days_follow_their_payment_to_a_third_household(stripe: Remote) -> None:
    """B8, M5: carried twice, they end and come back with the money all the same."""
    _, other, session = await merged_year(stripe)
    third = await add_household("Yann", "Roux")
    await membership.merge(await clerk(), other.household_id, third.household_id)
    before = await until(third)
    dispute = await stripe.open_dispute(session)
    await events(stripe)
    assert (await queries.standing(third.household_id)).status is Status.PROSPECT
    await stripe.close_dispute(dispute["id"], "won")
    await events(stripe)
    assert before is not None
    assert await until(third) == before


async def test_another_month_of_the_plan_stays_when_one_is_given_back(stripe: Remote) -> None:
    """B8, M5: of two carried months only the one whose money went back ends."""
    joined, order, first_page = await paying(stripe, PayWay.MONTHLY)
    subscription = await subscription_of(order)
    with clock.travel(timedelta(days=29)):
        await stripe.advance(subscription)
        await events(stripe)
        await membership.stop_monthly(await clerk(), joined.household_id)
        await send_all()
        await events(stripe)
        other = await add_household("Zoé", "Petit")
        await membership.merge(await clerk(), joined.household_id, other.household_id)
        carried = await fetch(
            "SELECT id, upper(during) - lower(during) AS days FROM period WHERE household = $1"
            " ORDER BY id",
            other.household_id,
        )
        await stripe.refund(first_page)
        await events(stripe)
        assert (await queries.standing(other.household_id)).status is Status.CURRENT
        left = await fetch(
            "SELECT id, upper(during) - lower(during) AS days FROM period WHERE household = $1"
            " AND cancelled_at IS NULL ORDER BY id",
            other.household_id,
        )
    assert len(carried) == 2
    assert left == carried[1:]


async def test_a_year_that_came_along_is_taken_back_within_fourteen_days(stripe: Remote) -> None:
    """B11, M5: whoever was merged still finds the button and the receipt, and the days end at once."""
    first, other, _ = await merged_year(stripe)
    found = await withdrawable(other)
    assert found is not None
    assert await withdrawable(await add_household("Yann", "Roux")) is None
    rows = await membership.withdraw(SYSTEM, other.household_id, found.order_public_id)
    assert len(rows) == 1
    for joined in (first, other):
        assert await membership.withdraw(SYSTEM, joined.household_id, found.order_public_id) == []
    assert (await queries.standing(other.household_id)).status is Status.PROSPECT
    assert await withdrawable(other) is None


async def test_receipts_of_days_that_came_along_are_read_in_the_new_household(
    client: httpx.AsyncClient, settings: Any, stripe: Remote
) -> None:
    """M9, SEC11: who has the days reads their receipt; nobody else does."""
    first, _, _ = await merged_year(stripe)
    public_id = await fetch_value("SELECT public_id FROM receipt")
    path = f"/compte/cotisation/recus/{public_id}"
    await as_tenant(client, settings, first.person_id)
    assert path in (await client.get("/compte/cotisation")).text
    assert (await client.get(path)).status_code == 200
    stranger = await add_household("Yann", "Roux")
    await as_tenant(client, settings, stranger.person_id)
    assert (await client.get(path)).status_code == 404


async def test_dues_of_the_desk_that_came_along_are_undone_in_the_new_household(
    db: Database,
) -> None:
    """B8, M9: the days end there; the credit note is made out to who paid."""
    first, other = await add_household(), await add_household("Zoé", "Petit")
    await pay_dues(first.household_id)
    order = await fetch_value("SELECT public_id FROM pay_order")
    by = await clerk()
    await membership.merge(by, first.household_id, other.household_id)
    home = await queries.household_by_id(other.household_id)
    besides = await queries.besides(home.payer_id, home.id)
    assert [each.said for each in await billing.receipts_of(home.payer_id, besides.carried)] == [
        f"C-{clock.today().year}-00001"
    ]
    await membership.undo_dues(by, other.household_id, order, None, "erreur")
    assert (await queries.standing(other.household_id)).status is Status.PROSPECT
    named = "SELECT printed -> 'payer' ->> 'name' FROM receipt WHERE series = 'AC'"
    assert await fetch_value(named) == await fetch_value(named.replace("AC", "C"))


async def test_a_carried_period_names_where_it_comes_from(stripe: Remote) -> None:
    """M5: each period is carried once at most, and the database holds to it."""
    await merged_year(stripe)
    assert await fetch_value("SELECT count(*) FROM period WHERE carried_from IS NOT NULL") == 1
    assert await fetch_value(
        "SELECT bool_and(q.household <> s.household AND q.pay_order = s.pay_order)"
        " FROM period q JOIN period s ON s.id = q.carried_from"
    )
