"""V15: a till that has no right to an offer learns nothing of its vouchers, however it asks."""

import asyncpg
import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.kit import codes
from backend.merchants import service as merchants
from backend.vouchers import service
from backend.vouchers.scans import Scan
from tests import factories
from tests.conftest import Database
from tests.factories import Market
from tests.integration.statements import statements

VERBS = ("looks", "redemptions")
STATES = ("issued", "redeemed", "cancelled", "of a closed partner")


@pytest.fixture
async def market(db: Database) -> Market:
    """The till that asks."""
    return await factories.add_market()


async def a_foreign_code(state: str) -> str:
    """A typed code of another partner's voucher, in this state."""
    alice = await factories.add_member()
    other = await factories.add_market("Garage Martin")
    code = await service.claim(alice, other.offer.public_id, SYSTEM)
    if state == "redeemed":
        await service.redeem(Scan(code=code, key=codes.random_id(), till=other.till.caller))
    elif state == "cancelled":
        await service.cancel(alice, code, SYSTEM)
    elif state == "of a closed partner":
        await merchants.close_partner(SYSTEM, other.partner.id)
    return code


async def asked(
    client: httpx.AsyncClient, market: Market, verb: str, code: str
) -> tuple[int, list[tuple[str, str]], bytes, list[str]]:
    """The whole answer, and what the club did for it."""
    headers = {
        "authorization": f"Bearer {market.till.token}",
        "idempotency-key": codes.random_id(),
    }
    async with statements() as said:
        answer = await client.post(f"/api/v1/{verb}", json={"code": code}, headers=headers)
    own = {"x-request-id", "date", "content-security-policy"}
    told = [(name, value) for name, value in answer.headers.items() if name not in own]
    return answer.status_code, told, answer.content, list(said)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", STATES)
async def test_foreign_and_unknown_codes_are_one_to_a_stranger(
    client: httpx.AsyncClient, market: Market, verb: str, state: str
) -> None:
    """V15: same status, headers and bytes; the timing class: the same statements, one by one."""
    foreign = await a_foreign_code(state)
    await asked(client, market, verb, codes.draw_code())  # the connection has met these statements
    unknown = await asked(client, market, verb, codes.draw_code())
    assert await asked(client, market, verb, foreign) == unknown
    assert unknown[0] == 404
    assert len(unknown[3]) > 3


@pytest.mark.parametrize("verb", VERBS)
async def test_difference_is_seen_when_the_code_is_ones_own(
    client: httpx.AsyncClient, market: Market, verb: str
) -> None:
    """V15: the comparison can fail: at its own shop the same voucher is another answer and other work."""
    alice = await factories.add_member()
    code = await service.claim(alice, market.offer.public_id, SYSTEM)
    unknown = await asked(client, market, verb, codes.draw_code())
    own = await asked(client, market, verb, code)
    assert own[0] != unknown[0]
    assert own[3] != unknown[3]


async def test_foreign_code_waits_for_nobody_when_its_shop_has_it_in_hand(
    client: httpx.AsyncClient, market: Market, db: Database
) -> None:
    """V15: a stranger who queued behind the right shop's lock would learn that the voucher is there."""
    code = await a_foreign_code("issued")
    right_shop = await asyncpg.connect(db.app_url)
    async with right_shop.transaction():
        await right_shop.execute("SELECT 1 FROM voucher WHERE code = $1 FOR UPDATE", code)
        for verb in VERBS:
            status, *_ = await asked(client, market, verb, code)
            assert status == 404  # and no 503, which is what waiting for a lock ends in
    await right_shop.close()
