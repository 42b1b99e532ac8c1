"""What is written down of a day: dues, a voucher, a card, a till, its program (SEC13)."""

import re

from backend.audit.service import SYSTEM
from backend.billing import jobs as billing_jobs
from backend.billing.rules import PayWay
from backend.http import logs
from backend.http.security import cookie_names
from backend.kit import codes
from backend.membership import service as membership
from backend.membership.rules import Category
from backend.merchants import service as merchants
from backend.vouchers import queries
from tests import factories, sign_in
from tests.integration.till.conftest import Counter
from tests.log_lines import FORBIDDEN, leaks
from tests.paying import events, pay

ADDRESS = "alice.martin@example.org"
SAID = (
    f"written to {ADDRESS}",
    "code 123456",
    "bon 7KQ2-M0XD-WB5N",
    "PL1V6BFOXN/ABCDEFGHIJKLMNOP",
    "session 0123456789abcdefghijABCDEFGHIJ0123456789_-",
    "to +33612345678",
)


def test_each_secret_is_found_when_a_line_holds_it():
    """SEC13: the look at a log can fail."""
    assert len(SAID) == len(FORBIDDEN)
    assert [len(leaks(said)) for said in SAID] == [1] * len(SAID)
    assert (
        leaks('{"id": "2nYREG9WHcSfKGHjoRUxrO", "timestamp": "2026-11-22T00:13:41.292394Z"}') == []
    )


async def test_logs_hold_no_secret_after_a_day_at_the_club(client, settings, stripe, capfd):
    """SEC13: dues are paid, a voucher taken, shown, used and asked for again, a till enrolled."""
    logs.configure()
    market = await factories.add_market()
    joined = await factories.add_household(category=Category.TENANT, address=ADDRESS)
    await _pay(stripe, joined.household_id)
    session, voucher, card = await _take(client, settings, market, joined)
    await _call(client, market.till.token, voucher.payload)
    made = await merchants.make_till(SYSTEM, market.shop.id, "Caisse 3")
    till = await _cash(client, settings, made.enrol_code, voucher)
    said = capfd.readouterr().err
    assert said.count('"event": "request"') > 10
    secrets = [session, voucher.code, voucher.grouped, voucher.payload, card, made.enrol_code]
    secrets += [made.token, market.till.token, till, settings.stripe_webhook_secrets[0]]
    assert all(secrets)
    assert [one for one in secrets if one in said] == []
    assert leaks(said) == []


async def _pay(stripe, household_id):
    ordered = await membership.order_dues(
        household_id, PayWay.ONLINE, SYSTEM, done_path="/merci/{order}", back_path="/retour"
    )
    await billing_jobs.hurry(ordered.row)
    await pay(stripe, ordered.public_id)
    await events(stripe)


async def _take(client, settings, market, joined):
    """The session, the voucher and the secret of the card, as the member's pages show them."""
    await sign_in.as_tenant(client, settings, joined.person_id)
    session = sign_in.cookie(client, cookie_names(settings).session)
    for path in ("/accueil", "/avantages", "/bons", "/compte", "/compte/cotisation"):
        assert (await client.get(path)).status_code == 200
    taken = await sign_in.post(
        client, settings, f"/avantages/{market.offer.public_id}/bon", {"key": "k1"}
    )
    code = re.search(r"/bons/(\w+)", taken.headers["location"])[1]
    assert (await client.get(f"/bons/{code}")).status_code == 200
    await sign_in.post(client, settings, "/carte")
    seed = re.search(r'data-card-seed="(\w+)"', (await client.get("/carte")).text)[1]
    return session, await queries.voucher_page(joined.household_id, code), seed


async def _call(client, token, payload):
    """A till's program: a look, a use, its retry, and a code that nobody made."""
    client.cookies.clear()
    headers = {"authorization": f"Bearer {token}"}
    for path, code in (("looks", payload), ("redemptions", payload), ("looks", payload[:-1])):
        sent = {**headers, "idempotency-key": codes.random_id()}
        for _ in range(2):
            await client.post(f"/api/v1/{path}", json={"code": code}, headers=sent)


async def _cash(client, settings, enrol_code, voucher):
    """A browser becomes a till, and reads what is typed; its cookie."""
    counter = Counter(client)
    await counter.open(f"/caisse/inscription/{enrol_code}")
    await counter.send(f"/caisse/inscription/{enrol_code}")
    for code in (voucher.grouped, voucher.payload, "0000-0000-0000"):
        await counter.type(code)
    return sign_in.cookie(client, cookie_names(settings).till)
