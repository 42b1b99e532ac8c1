"""B11: paying each month without commitment: a new card, three clicks to leave, a word once a year."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from backend.audit.service import SYSTEM
from backend.billing import jobs, portal, ways
from backend.billing.rules import PayWay
from backend.kit import clock, formats
from backend.kit.database import fetch, fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.rules import Category, Status
from backend.membership.service.prices import tell_new_prices
from backend.membership.service.yearly import tell_yearly_sums
from backend.privacy import retention
from backend.privacy.rules import Retention
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from tests.integration.billing.test_misfortunes import paying, send_all, subscription_of, told
from tests.integration.billing.test_renewals import on
from tests.paying import events, pay
from tests.sign_in import as_tenant, csrf_token


async def press(client: httpx.AsyncClient, settings: Settings, path: str) -> httpx.Response:
    token = await csrf_token(client, settings)
    return await client.post(path, data={"csrf_token": token})


async def test_a_card_is_changed_at_stripe(
    client: httpx.AsyncClient, settings: Settings, stripe: Remote
):
    """B11: our page leads straight to Stripe's; the new card pays from then on."""
    joined, order, _ = await paying(stripe, PayWay.MONTHLY)
    await as_tenant(client, settings, joined.person_id)
    assert "Changer de carte" in (await client.get("/compte/cotisation")).text
    opened = await press(client, settings, "/compte/cotisation/carte")
    assert opened.status_code == 303
    assert opened.headers["location"].startswith(f"{stripe.url}/p/session/")
    async with httpx.AsyncClient(trust_env=False, timeout=60) as browser:
        page = await browser.get(opened.headers["location"])
        assert "Changer de carte" in page.text
        address = opened.headers["location"] + "/carte"
        refused = await browser.post(address, data={"number": "4000000000000002"})
        assert "carte=refusee" in refused.headers["location"]
        saved = await browser.post(address, data={"number": "5555 5555 5555 4444"})
    assert saved.headers["location"].endswith("/compte/cotisation")
    await events(stripe)
    subscription = await stripe.get(await subscription_of(order))
    method = await stripe.get(subscription["default_payment_method"])
    assert method["card"]["last4"] == "4444"
    assert (await queries.standing(joined.household_id)).status is Status.CURRENT


async def test_a_month_is_paid_when_the_way_was_closed_meanwhile(stripe: Remote):
    """B1, B11: closing a way is for new payments: who pays each month goes on until they stop."""
    joined, order, _ = await paying(stripe, PayWay.MONTHLY)
    first = (await queries.standing(joined.household_id)).paid_until
    await ways.set_ways(SYSTEM, frozenset({ways.Way.CASH}))
    await stripe.advance(await subscription_of(order))
    await events(stripe)
    second = (await queries.standing(joined.household_id)).paid_until
    assert first is not None
    assert second is not None
    assert second > first
    assert await queries.find_plan(joined.household_id) is not None


async def test_the_card_is_that_of_the_payment_that_goes_on(stripe: Remote):
    """B11: who stopped and began again changes the new card, not that of the month that is over."""
    joined, first, _ = await paying(stripe, PayWay.MONTHLY)
    old = await subscription_of(first)
    await membership.stop_monthly(SYSTEM, joined.household_id)
    await send_all()
    await events(stripe)
    await stripe.advance(old)
    await events(stripe)
    with clock.travel(timedelta(days=32)):
        ordered = await membership.order_dues(
            joined.household_id, PayWay.MONTHLY, SYSTEM, done_path="/", back_path="/"
        )
        await jobs.hurry(ordered.row)
        await pay(stripe, ordered.public_id)
        await events(stripe)
        asked = await membership.open_portal(SYSTEM, joined.household_id, "/")
        await jobs.hurry(asked.row)
        visit = await portal.get(asked.public_id, await fetch_value("SELECT id FROM payer"))
        async with httpx.AsyncClient(trust_env=False, timeout=60) as browser:
            await browser.post(f"{visit.url}/carte", data={"number": "5555 5555 5555 4444"})
        going_on = await stripe.get(await subscription_of(ordered.public_id))
    assert (await stripe.get(old))["customer"] != going_on["customer"]
    method = await stripe.get(going_on["default_payment_method"])
    assert method["card"]["last4"] == "4444"


async def test_the_page_waits_when_stripe_is_slow(
    client: httpx.AsyncClient, settings: Settings, stripe: Remote
):
    """B11: and leads there a moment later; nobody else can open it, and it is thrown away after a day."""
    joined, _, _ = await paying(stripe, PayWay.MONTHLY)
    await as_tenant(client, settings, joined.person_id)
    await stripe.fail_next("refused", "/v1/billing_portal", times=2)
    waiting = await press(client, settings, "/compte/cotisation/carte")
    here = waiting.headers["location"]
    assert here.startswith("/compte/cotisation/carte/")
    assert "Nous préparons" in (await client.get(here)).text
    with clock.travel(timedelta(minutes=1)):
        await send_all()
    assert "Changer ma carte chez Stripe" in (await client.get(here)).text
    other, _, _ = await paying(stripe, PayWay.ONLINE)
    await as_tenant(client, settings, other.person_id)
    assert (await client.get(here)).status_code == 404
    assert (await press(client, settings, "/compte/cotisation/carte")).status_code == 409
    with clock.travel(timedelta(days=2)):
        await portal.purge()
    assert await fetch_value("SELECT count(*) FROM portal_visit") == 0


async def test_leaving_takes_three_clicks_and_is_confirmed(
    client: httpx.AsyncClient, settings: Settings, stripe: Remote
):
    """B11: my dues, stop, yes; what is paid stays, and a message says so."""
    joined, order, _ = await paying(stripe, PayWay.MONTHLY)
    await as_tenant(client, settings, joined.person_id)
    assert 'href="/compte/cotisation/arret"' in (await client.get("/compte/cotisation")).text
    assert (
        'action="/compte/cotisation/arret"' in (await client.get("/compte/cotisation/arret")).text
    )
    left = await press(client, settings, "/compte/cotisation/arret")
    assert left.headers["location"].startswith("/compte/cotisation")
    await send_all()
    await events(stripe)
    assert (await stripe.get(await subscription_of(order)))["cancel_at_period_end"] is True
    assert (await queries.standing(joined.household_id)).status is Status.CURRENT
    assert await told("dues.stopped") == 1
    assert "C’est arrêté" in (await client.get("/compte/cotisation")).text


async def test_the_payer_is_told_once_a_year_what_was_paid(stripe: Remote):
    """B11: in January, also where no worker ran that day; never twice, and not of a yearly payment."""
    with clock.frozen(datetime(2026, 11, 3, 9, tzinfo=UTC)):
        _, order, _ = await paying(stripe, PayWay.MONTHLY)
        await paying(stripe, PayWay.ONLINE)
    with clock.frozen(datetime(2026, 12, 3, 9, tzinfo=UTC)):
        await stripe.advance(await subscription_of(order))
        await events(stripe)
        await tell_yearly_sums()
        assert await told("dues.year") == 0
    for day in (9, 10):
        with clock.frozen(datetime(2027, 1, day, 9, tzinfo=UTC)):
            await tell_yearly_sums()
    assert await told("dues.year") == 1
    words: Any = await fetch_value(
        "SELECT payload->>'text' FROM outbox WHERE key LIKE 'dues.year:%'"
    )
    assert "2,00" in words
    assert "2 paiements" in words


async def test_the_sum_of_a_year_leaves_out_what_was_given_back_since(stripe: Remote):
    """B11: a month of December that went back in January; whoever has paid nothing is told nothing."""
    with clock.frozen(datetime(2025, 12, 3, 9, tzinfo=UTC)):
        _, order, page = await paying(stripe, PayWay.MONTHLY)
    with clock.frozen(datetime(2026, 1, 3, 9, tzinfo=UTC)):
        await stripe.advance(await subscription_of(order))
        await stripe.refund(page)
        await events(stripe)
        await tell_yearly_sums()
        assert await told("dues.year") == 0
    with clock.frozen(datetime(2027, 1, 4, 9, tzinfo=UTC)):
        await tell_yearly_sums()
    words = "SELECT payload->>'text' FROM outbox WHERE key LIKE 'dues.year:%'"
    assert "1,00\xa0€ au club, en 1 paiement" in await fetch_value(words)


async def test_who_pays_each_month_is_told_once_of_a_new_price(stripe: Remote):
    """B1, M10: what is taken stays as agreed; what to do for the new price is said to who ordered."""
    joined, _, _ = await paying(stripe, PayWay.MONTHLY)
    await paying(stripe, PayWay.ONLINE)
    await tell_new_prices()
    assert await told("dues.price") == 0
    day = clock.today() + timedelta(days=9)
    await membership.set_price(SYSTEM, Category.TENANT, 50, day)
    for _ in range(2):
        await tell_new_prices()
    with clock.travel(timedelta(days=30)):
        await tell_new_prices()
        assert await told("dues.price") == 1
        await membership.set_price(SYSTEM, Category.TENANT, 150, clock.today())
        await tell_new_prices()
    to = await fetch("SELECT person FROM message WHERE kind = 'dues.price' ORDER BY id")
    assert [row["person"] for row in to] == [joined.person_id] * 2
    rows = await fetch(
        "SELECT payload->>'text' AS said FROM outbox WHERE key LIKE 'dues.price:%' ORDER BY id"
    )
    cheaper, dearer = (row["said"] for row in rows)
    assert f"À partir du {formats.day(day)}, le club coûte 0,50\xa0€ par mois." in cheaper
    assert "Votre paiement ne change pas\xa0: 1,00\xa0€ par mois." in cheaper
    assert "Arrêtez votre paiement mensuel" in cheaper
    assert "Vous n'avez rien à faire." in dearer


async def test_who_was_told_of_a_wrong_price_is_told_that_it_was_wrong(stripe: Remote):
    """B1: put right to what they pay, nobody stops their payment for a price that never comes."""
    await paying(stripe, PayWay.MONTHLY)
    day = clock.today() + timedelta(days=9)
    await membership.set_price(SYSTEM, Category.TENANT, 50, day)
    await tell_new_prices()
    await membership.set_price(SYSTEM, Category.TENANT, 100, day)
    for _ in range(2):
        await tell_new_prices()
    assert await told("dues.price") == 2
    said = await fetch_value(
        "SELECT payload->>'text' FROM outbox WHERE key LIKE 'dues.price:%' ORDER BY id DESC LIMIT 1"
    )
    assert "Il ne compte plus." in said
    assert "le club coûte 1,00\xa0€ par mois" in said
    assert "Arrêtez" not in said


async def test_what_is_told_once_stays_told_when_messages_are_kept_for_a_month(stripe: Remote):
    """B1, B11, D2: the trace of it loses the person, and is asked for all the same."""
    await retention.set_retention(SYSTEM, Retention(messages_months=1))
    with clock.frozen(datetime(2026, 12, 3, 9, tzinfo=UTC)):
        await paying(stripe, PayWay.MONTHLY)
    with clock.frozen(datetime(2027, 1, 2, 9, tzinfo=UTC)):
        await membership.set_price(SYSTEM, Category.TENANT, 50, clock.today())
        await tell_yearly_sums()
        await tell_new_prices()
    with clock.frozen(datetime(2027, 2, 10, 9, tzinfo=UTC)):
        await retention.run()
        of = "SELECT count(*) FROM message WHERE kind LIKE 'dues.%' AND person IS NOT NULL"
        assert await fetch_value(of) == 0
        await tell_yearly_sums()
        await tell_new_prices()
        assert await fetch_value(of) == 0
        assert (await told("dues.year"), await told("dues.price")) == (1, 1)
    with clock.frozen(datetime(2028, 4, 10, 9, tzinfo=UTC)):
        await retention.run()
        assert (await told("dues.year"), await told("dues.price")) == (0, 0)


async def test_a_price_that_holds_for_long_is_no_news(stripe: Remote):
    """B1: whoever reads of it two months later pays as agreed, and was told nothing in time."""
    await paying(stripe, PayWay.MONTHLY)
    await membership.set_price(SYSTEM, Category.TENANT, 50, clock.today())
    with on(clock.today() + timedelta(days=61)):
        await tell_new_prices()
    assert await told("dues.price") == 0


async def test_nobody_is_told_of_a_price_they_pay_or_have_stopped_to_pay(stripe: Remote):
    """B1: the same price set anew is no news, nor is any to whoever has stopped."""
    joined, order, _ = await paying(stripe, PayWay.MONTHLY)
    await membership.set_price(SYSTEM, Category.TENANT, 100, clock.today())
    await membership.set_price(SYSTEM, Category.NEIGHBOUR, 300, clock.today())
    await tell_new_prices()
    await membership.stop_monthly(SYSTEM, joined.household_id)
    await send_all()
    await events(stripe)
    await membership.set_price(SYSTEM, Category.TENANT, 50, clock.today())
    await tell_new_prices()
    assert await told("dues.price") == 0
    assert (await stripe.get(await subscription_of(order)))["cancel_at_period_end"] is True


async def test_a_renewal_is_asked_for_by_a_tick_that_was_not_there(
    client: httpx.AsyncClient, settings: Settings, stripe: Remote
):
    """B11: never ticked before; the words are kept with their moment; one press ends it."""
    from tests.factories import add_household
    from tests.paying import pay
    from web.member.dues import RENEWAL

    joined = await add_household(address="bob@example.org")
    await as_tenant(client, settings, joined.person_id)
    asked = (await client.get("/compte/cotisation/payer")).text
    box = asked[asked.index('name="renouveler"') - 200 : asked.index('name="renouveler"') + 200]
    assert "checked" not in box
    token = await csrf_token(client, settings)
    form = {"csrf_token": token, "facon": "online", "renouveler": "1"}
    assert (await client.post("/compte/cotisation/payer", data=form)).status_code == 303
    order = await fetch_value("SELECT public_id FROM pay_order")
    await pay(stripe, order)
    await events(stripe)
    wish = await queries.find_wish(joined.household_id)
    assert wish is not None
    assert (wish.wording, wish.asked_on) == (RENEWAL, clock.today())
    assert "Ne plus renouveler" in (await client.get("/compte/cotisation")).text
    await press(client, settings, "/compte/cotisation/renouvellement/fin")
    assert await queries.find_wish(joined.household_id) is None
    assert "Ne plus renouveler" not in (await client.get("/compte/cotisation")).text
