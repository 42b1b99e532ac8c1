"""The JSON API of tills, as their programs meet it."""

import pytest

from backend.audit.service import SYSTEM
from backend.kit import codes
from backend.merchants import service as merchants
from backend.offers import service as offers
from backend.vouchers import queries, redemptions, service
from tests import factories


@pytest.fixture
async def market(db):
    return await factories.add_market()


@pytest.fixture
async def page(db, market):
    """An open voucher of Alice at that market."""
    alice = await factories.add_member()
    code = await service.claim(alice, market.offer.public_id, SYSTEM)
    return await queries.voucher_page(alice.household_id, code)


@pytest.fixture
def call(client, market):
    """POST with this market's token and a new key, or what the test says instead."""

    async def run(path, body, key=None, token=None):
        headers = {
            "authorization": f"Bearer {token or market.till.token}",
            "idempotency-key": key or codes.random_id(),
        }
        return await client.post(f"/api/v1{path}", json=body, headers=headers)

    return run


async def test_till_looks_then_confirms_when_the_code_is_right(call, page):
    """V13: a look shows terms, first name, initial and tile, and holds; a second act confirms."""
    look = (await call("/looks", {"code": page.payload})).json()
    assert look["member"] == "Alice M."
    assert look["held_until"].endswith("Z")
    assert page.household not in str(look), "the household's number is not for shops"
    answer = await call("/redemptions", {"code": page.payload, "price_cents": 1250})
    assert answer.status_code == 201
    used = answer.json()
    assert (used["full_cents"], used["paid_cents"], used["saving_cents"]) == (1250, 1125, 125)
    assert len(used["id"]) == 22


async def test_answer_is_the_same_when_the_key_comes_again(call, page):
    """V7: a retry is answered as the first time, yes or no."""
    body = {"code": page.payload}
    first = await call("/redemptions", body, key="k1")
    assert (await call("/redemptions", body, key="k1")).json() == first.json()
    refused = await call("/redemptions", body, key="k2")
    again = await call("/redemptions", body, key="k2")
    assert refused.status_code == 409
    assert refused.json() == again.json()


async def test_no_stays_no_under_its_key_when_things_have_changed(call, market, page):
    """V7: a stored refusal is told again as it was; a new key asks anew."""
    await offers.pause(SYSTEM, market.offer.id)
    paused = await call("/redemptions", {"code": page.payload}, key="k1")
    await offers.resume(SYSTEM, market.offer.id)
    again = await call("/redemptions", {"code": page.payload}, key="k1")
    assert again.status_code == 409
    assert again.json() == paused.json()
    assert (await call("/redemptions", {"code": page.payload})).status_code == 201


async def test_nothing_happens_when_a_key_comes_with_another_body(call, page):
    """V8: idempotency_mismatch, before any rule is looked at."""
    await call("/looks", {"code": page.payload}, key="k1")
    for body in ({"code": page.payload, "price_cents": 5}, {"code": "rien du tout"}):
        answer = await call("/redemptions", body, key="k1")
        assert (answer.status_code, answer.json()["slug"]) == (409, "idempotency_mismatch")
    assert await redemptions.history(page.household_id) == []


async def test_refusal_tells_the_first_use_when_the_voucher_is_spent(call, page):
    """V14: slug, French sentence, next step, retryable and facts."""
    await call("/redemptions", {"code": page.payload})
    problem = await call("/redemptions", {"code": page.code})
    assert problem.headers["content-type"] == "application/problem+json"
    said = problem.json()
    assert said["slug"] == "already_redeemed"
    assert said["facts"]["by_you"] is True
    assert said["facts"]["shop"] == "Boulangerie Petit"
    assert "household" not in said["facts"]
    assert said["retryable"] is False


async def test_use_is_undone_when_the_shop_asks_soon(call, client, market, page):
    """V32: the reversal is a resource of its own; the history marks the use."""
    used = (await call("/redemptions", {"code": page.payload})).json()
    undone = await call(f"/redemptions/{used['id']}/reversal", {"reason": "erreur de caisse"})
    assert undone.status_code == 201
    twice = await call(f"/redemptions/{used['id']}/reversal", {"reason": "encore"})
    assert twice.json()["slug"] == "already_reversed"
    headers = {"authorization": f"Bearer {market.till.token}"}
    history = (await client.get("/api/v1/redemptions", headers=headers)).json()
    assert [line["id"] for line in history["redemptions"]] == [used["id"]]
    assert history["redemptions"][0]["undone_at"] is not None


async def test_history_goes_page_by_page_when_it_is_long(client, market, monkeypatch):
    from partners.api.v1 import redemptions

    monkeypatch.setattr(redemptions, "PAGE", 2)
    headers = {"authorization": f"Bearer {market.till.token}"}
    offer = await factories.add_offer(market.partner.id, limit_count=5)
    alice = await factories.add_member()
    for _ in range(5):
        code = await service.claim(alice, offer.public_id, SYSTEM)
        body = {"code": code}
        keyed = {**headers, "idempotency-key": codes.random_id()}
        assert (
            await client.post("/api/v1/redemptions", json=body, headers=keyed)
        ).status_code == 201
    seen, cursor = [], None
    while True:
        params = {"cursor": cursor} if cursor else {}
        got = (await client.get("/api/v1/redemptions", headers=headers, params=params)).json()
        seen += [line["id"] for line in got["redemptions"]]
        cursor = got["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/looks", {}),
        ("/looks", {"code": "A" * 201}),
        ("/looks", {"code": "7KQ2", "surname": "Martin"}),
        ("/redemptions", {"code": "7KQ2", "price_cents": -1}),
        ("/redemptions", {"code": "7KQ2", "price_cents": 12.5}),
        ("/redemptions", {"code": "7KQ2", "receipt_ref": "a\x00b"}),
        ("/redemptions", {"code": "7KQ2-M0XD-WB5S", "device_at": "9999-12-31T23:59:59-14:00"}),
        ("/redemptions", {"code": "7KQ2-M0XD-WB5S", "device_at": "2026-11-21T11:42:00"}),
        ("/redemptions/nothing/reversal", {"reason": "erreur"}),
    ],
)
async def test_request_is_invalid_when_a_field_is_wrong(call, path, body):
    """V14: invalid_request for what is missing, unknown or out of bounds."""
    answer = await call(path, body)
    assert (answer.status_code, answer.json()["slug"]) == (422, "invalid_request")


async def test_request_is_invalid_when_its_json_has_no_floor(client, market):
    """V14: nested deeper than any reader goes, it is the caller's fault and no 500."""
    headers = {
        "authorization": f"Bearer {market.till.token}",
        "idempotency-key": "k",
        "content-type": "application/json",
    }
    answer = await client.post("/api/v1/looks", content=b'{"x":' * 3000, headers=headers)
    assert (answer.status_code, answer.json()["slug"]) == (422, "invalid_request")


async def test_key_is_asked_for_when_it_is_missing(client, market):
    headers = {"authorization": f"Bearer {market.till.token}"}
    answer = await client.post("/api/v1/looks", json={"code": "x"}, headers=headers)
    assert (answer.status_code, answer.json()["slug"]) == (422, "invalid_request")


async def test_door_is_shut_when_the_token_is_no_tills(client, call, market):
    """V24: only the bearer token opens the API, never the cookie of the till page."""
    assert (await client.get("/api/v1/till")).json()["slug"] == "unauthenticated"
    client.cookies.set("till", market.till.cookie)
    assert (await client.get("/api/v1/till")).status_code == 401
    assert (await call("/looks", {"code": "x"}, token=market.till.cookie)).status_code == 401


async def test_token_ends_at_next_contact_when_the_till_is_revoked(client, market):
    """V24: a lost phone is out from the moment somebody says so."""
    headers = {"authorization": f"Bearer {market.till.token}"}
    assert (await client.get("/api/v1/till", headers=headers)).json()["name"] == "Caisse 1"
    await merchants.revoke_till(SYSTEM, market.till.caller.till_id)
    answer = await client.get("/api/v1/till", headers=headers)
    assert (answer.status_code, answer.json()["slug"]) == (401, "device_revoked")
