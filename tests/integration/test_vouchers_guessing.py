"""V19: somebody who guesses codes is slowed, whatever the answers look like; nobody else is."""

from collections import Counter
from datetime import timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock, codes
from backend.kit.database import fetch_value
from backend.kit.errors import Busy, DomainError
from backend.kit.limits import Limit
from backend.merchants.queries import TillCaller
from backend.vouchers import queries, scans, service
from backend.vouchers.scans import Scan
from tests import factories
from tests.conftest import Database
from tests.factories import Market


@pytest.fixture
async def market(db: Database) -> Market:
    return await factories.add_market()


async def guess(till: TillCaller, code: str, ip: str = "") -> str:
    try:
        await service.look(Scan(code=code, key=codes.random_id(), till=till, ip=ip))
    except DomainError as refusal:
        return refusal.slug
    return "found"


async def test_device_is_slowed_when_it_guesses(market: Market) -> None:
    """V19: ten failed look-ups a minute, whatever their status code; then Retry-After."""
    till = market.till.caller
    with clock.frozen(clock.now()):
        forged = "PL1V" + "0" * 140
        guesses = [codes.draw_code(), "AAAA", forged, "7KQ2-M0XD-WB5T"] * 4
        heard = [await guess(till, code) for code in guesses]
        assert Counter(heard)["rate_limited"] == len(guesses) - scans.PER_DEVICE.most
        assert set(heard[:10]) <= {"unknown_code", "invalid_request", "bad_signature"}
        with pytest.raises(Busy) as told:
            await service.look(Scan(code=codes.draw_code(), key="k", till=till))
        assert 0 < told.value.retry_after <= 61
        with clock.travel(timedelta(seconds=61)):
            assert await guess(till, codes.draw_code()) == "unknown_code"


async def test_guessing_is_flagged_once_an_hour(market: Market) -> None:
    """V19: slowed and flagged, for a manager to see."""
    for _ in range(15):
        await guess(market.till.caller, codes.draw_code())
    flags = await fetch_value("SELECT count(*) FROM audit_entry WHERE verb = 'till.guessing'")
    assert flags == 1


async def test_honest_till_is_never_slowed_when_codes_are_right(market: Market) -> None:
    """V19: only failures count: thirty typed codes in one minute are a busy shop."""
    alice = await factories.add_member()
    offer = await factories.add_offer(market.partner.id, limit_count=30)
    with clock.frozen(clock.now()):
        for _ in range(15):
            code = await service.claim(alice, offer.public_id, SYSTEM)
            assert await guess(market.till.caller, code) == "found"
            await service.redeem(Scan(code=code, key=codes.random_id(), till=market.till.caller))


async def test_scan_passes_when_its_device_may_not_type_any_more(market: Market) -> None:
    """V19: our own signature proves that nobody guessed."""
    alice = await factories.add_member()
    code = await service.claim(alice, market.offer.public_id, SYSTEM)
    page = await queries.voucher_page(alice.household_id, code)
    with clock.frozen(clock.now()):
        for _ in range(12):
            await guess(market.till.caller, codes.draw_code())
        assert await guess(market.till.caller, code) == "rate_limited"
        assert await guess(market.till.caller, page.payload or "") == "found"


async def test_retry_is_answered_when_its_device_may_not_type_any_more(market: Market) -> None:
    """V9: a lost answer is found again; it is no guess."""
    alice = await factories.add_member()
    code = await service.claim(alice, market.offer.public_id, SYSTEM)
    scan = Scan(code=code, key="mine", till=market.till.caller)
    verdict = await service.redeem(scan)
    with clock.frozen(clock.now()):
        for _ in range(12):
            await guess(market.till.caller, codes.draw_code())
        assert await service.redeem(scan) == verdict


async def test_shop_is_slowed_when_its_devices_share_the_guessing(market: Market) -> None:
    """V19: per shop too; another shop goes on."""
    tills = [(await factories.add_till(market.shop.id, f"Caisse {n}")).caller for n in range(4)]
    with clock.frozen(clock.now()):
        heard = [await guess(till, codes.draw_code()) for till in tills for _ in range(10)]
        assert Counter(heard) == {"unknown_code": 30, "rate_limited": 10}
        other = await factories.add_market("Garage Martin")
        assert await guess(other.till.caller, codes.draw_code()) == "unknown_code"


async def test_address_is_slowed_when_it_guesses_by_many_shops(db: Database) -> None:
    """V19: per address: stolen tokens of several shops in one hand."""
    tills = [(await factories.add_market(f"Commerce {n}")).till.caller for n in range(7)]
    with clock.frozen(clock.now()):
        heard = [
            await guess(till, codes.draw_code(), ip="198.51.100.7")
            for till in tills
            for _ in range(10)
        ]
        assert Counter(heard) == {"unknown_code": 60, "rate_limited": 10}


async def test_everybody_is_slowed_when_the_whole_club_is_guessed_at(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """V19: globally; the limit is lowered so that the test is short."""
    monkeypatch.setattr(scans, "GLOBAL", Limit("look:all", 15, timedelta(minutes=1)))
    tills = [(await factories.add_market(f"Commerce {n}")).till.caller for n in range(2)]
    with clock.frozen(clock.now()):
        heard = [await guess(till, codes.draw_code()) for till in tills for _ in range(10)]
        assert Counter(heard) == {"unknown_code": 15, "rate_limited": 5}
