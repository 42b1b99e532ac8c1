"""The same key once more: the first answer to the byte, or a conflict where it is another act."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.kit.errors import DomainError
from backend.vouchers import queries, service, shown
from backend.vouchers.errors import Heard
from backend.vouchers.queries import VoucherPage
from backend.vouchers.rules import UseChannel
from backend.vouchers.scans import Scan
from tests import factories
from tests.conftest import Database
from tests.factories import Market

Call = Callable[..., Awaitable[httpx.Response]]
NOON = datetime(2026, 11, 21, 11, 0, 0, 123456, tzinfo=UTC)
# As the use cases give them, in an order that jsonb would not keep.
FACTS: dict[str, Any] = {
    "until": NOON,
    "at": NOON,
    "since": date(2026, 12, 1),
    "held_until": NOON,
    "shop": "Épicerie « Là-bas », 3 rue du Four",
    "distance_m": 1200,
    "channel": UseChannel.SCAN,
    "by_you": True,
    "redemption": None,
    "choices": [{"offer": "b", "title": "Pain", "label": "−10\u00a0%"}],
    "member": "Alice M.",
    "household": "h" * 22,
    "title": "10 % sur le pain",
    "label": "−10\u00a0%",
}


def heard(kind: type[Heard] = Heard) -> Iterator[type[Heard]]:
    for child in kind.__subclasses__():
        yield child
        yield from heard(child)


@pytest.fixture
async def market(db: Database) -> Market:
    return await factories.add_market()


@pytest.fixture
async def voucher(market: Market) -> VoucherPage:
    alice = await factories.add_member()
    code = await service.claim(alice, market.offer.public_id, SYSTEM)
    return await queries.voucher_page(alice.household_id, code)


@pytest.fixture
def call(client: httpx.AsyncClient, market: Market) -> Call:
    """POST with this market's token, under one key."""

    async def run(path: str, **body: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {market.till.token}", "idempotency-key": "k1"}
        return await client.post(f"/api/v1{path}", json=body, headers=headers)

    return run


async def twice(call: Call, path: str, **body: Any) -> httpx.Response:
    first, again = await call(path, **body), await call(path, **body)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    return first


async def test_bytes_are_the_same_when_a_yes_is_asked_for_again(
    call: Call, market: Market, voucher: VoucherPage
) -> None:
    """V7: identical answers, for a look, a use and an undone use."""
    assert (await twice(call, "/looks", code=voucher.payload)).status_code == 201
    await fetch("UPDATE idempotency_key SET key = 'look'")
    used = await twice(call, "/redemptions", code=voucher.payload, price_cents=1250)
    assert used.status_code == 201
    await fetch("UPDATE idempotency_key SET key = 'use' WHERE key = 'k1'")
    path = f"/redemptions/{used.json()['id']}/reversal"
    assert (await twice(call, path, reason="erreur")).status_code == 201


@pytest.mark.parametrize("kind", dict.fromkeys(heard()), ids=lambda kind: kind.__name__)
async def test_bytes_are_the_same_when_a_no_is_asked_for_again(
    call: Call, voucher: VoucherPage, kind: type[Heard], monkeypatch: pytest.MonkeyPatch
) -> None:
    """V7: identical answers, for each refusal with all facts that any has."""

    async def refuse(*_: object) -> None:
        raise kind(**FACTS)

    monkeypatch.setattr(shown, "lock_voucher", refuse)
    for path in ("/redemptions", "/looks"):
        await fetch("DELETE FROM idempotency_key")
        said = await twice(call, path, code=voucher.payload)
        assert said.json()["slug"] == kind.slug
    kept = 0 if kind.retryable else 2  # what may be asked again is asked again, not remembered
    assert await fetch_value("SELECT count(*) FROM refused_attempt") == kept


def scan(market: Market, code: str, **more: Any) -> Scan:
    return Scan(code=code, key="k1", till=market.till.caller, **more)


@pytest.mark.parametrize(
    "later",
    [
        {"device_at": datetime(2026, 11, 21, 11, 5, tzinfo=UTC)},
        {"cashier": "Bob"},
        {"channel": UseChannel.PHONE},
        {"ip": "192.0.2.7"},
    ],
    ids=str,
)
async def test_retry_is_a_success_when_only_the_circumstances_changed(
    market: Market, voucher: VoucherPage, later: dict[str, Any]
) -> None:
    """V8, V9: another minute, another cashier: the same act; what is kept is the first request's."""
    first = {"device_at": NOON, "cashier": "Alice", "ip": "192.0.2.1"}
    given = await service.redeem(scan(market, voucher.code, **first))
    assert await service.redeem(scan(market, voucher.code, **{**first, **later})) == given
    row = await fetch_one("SELECT device_at, cashier, channel FROM redemption")
    assert row is not None
    assert dict(row) == {"device_at": NOON, "cashier": "Alice", "channel": "typed"}


@pytest.mark.parametrize(
    "other",
    [
        {"price_cents": 1251},
        {"price_cents": None},
        {"offer": "b" * 22},
        {"receipt_ref": "T-2"},
        {"identity_checked": True},
        {"code": "7KQ2M0XDWB5S"},
    ],
    ids=str,
)
async def test_key_is_refused_when_the_act_is_another(
    market: Market, voucher: VoucherPage, other: dict[str, Any]
) -> None:
    """V8: another code, price, offer or receipt under a used key is a conflict, with no effect."""
    first = {"code": voucher.code, "price_cents": 1250, "receipt_ref": "T-1"}
    await service.redeem(scan(market, **first))
    with pytest.raises(DomainError) as told:
        await service.redeem(scan(market, **{**first, **other}))
    assert told.value.slug == "idempotency_mismatch"
    assert await fetch_value("SELECT full_cents FROM redemption") == 1250


async def test_key_is_refused_when_another_verb_uses_it(
    market: Market, voucher: VoucherPage
) -> None:
    """V8: a look's key is no key of a use."""
    await service.look(scan(market, voucher.code))
    with pytest.raises(DomainError) as told:
        await service.redeem(scan(market, voucher.code))
    assert told.value.slug == "idempotency_mismatch"
