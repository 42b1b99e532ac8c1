"""Many members, few vouchers; many devices, one link."""

import asyncio

import pytest

from backend.audit.service import SYSTEM
from backend.kit.database import fetch, fetch_value
from backend.kit.errors import DomainError
from backend.merchants import service as merchants
from backend.merchants.errors import EnrolmentUsed
from backend.offers import service as offers
from backend.offers.errors import QuotaReached
from backend.offers.rules import LimitPer
from backend.vouchers import queries, service
from tests import factories
from tests.conftest import Database

pytestmark = pytest.mark.races


async def test_stock_is_never_overdrawn_when_more_members_claim(db: Database) -> None:
    """V11: N + 20 members claim an offer limited to N: exactly N vouchers."""
    market = await factories.add_market(stock=10)
    members = [await factories.add_member(f"Voisin {n}") for n in range(30)]
    answers = await asyncio.gather(
        *(service.claim(member, market.offer.public_id, SYSTEM) for member in members),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, str) for answer in answers) == 10
    assert sum(isinstance(answer, QuotaReached) for answer in answers) == 20
    assert await fetch_value("SELECT count(*) FROM voucher") == 10
    assert await queries.counter_faults() == []


async def test_household_gets_one_when_it_claims_many_times_at_once(db: Database) -> None:
    """V11: one per household and period by the unique index; a second tap is told the first one."""
    market = await factories.add_market()
    alice = await factories.add_member()
    taken = await asyncio.gather(
        *(service.claim(alice, market.offer.public_id, SYSTEM) for _ in range(12))
    )
    assert len(set(taken)) == 1
    assert await fetch_value("SELECT claimed FROM offer") == 1


async def test_household_gets_as_many_as_allowed_when_it_claims_at_once(db: Database) -> None:
    """V11: the places of a period are filled one by one, none twice, none left out."""
    market = await factories.add_market(limit_count=3, limit_per=LimitPer.ADULT)
    alice = await factories.add_member()
    taken = await asyncio.gather(
        *(service.claim(alice, market.offer.public_id, SYSTEM) for _ in range(12))
    )
    assert len(set(taken)) == 3
    assert await fetch_value("SELECT array_agg(slot ORDER BY slot) FROM voucher") == [0, 1, 2]


async def test_one_phone_is_enrolled_when_many_open_the_link(db: Database) -> None:
    """V24: a one-time link enrols one device."""
    partner = await factories.add_partner()
    shop = await factories.add_shop(partner.id)
    made = await merchants.make_till(SYSTEM, shop.id, "Caisse 1")
    answers = await asyncio.gather(
        *(merchants.enrol(made.enrol_code) for _ in range(10)), return_exceptions=True
    )
    assert sum(isinstance(answer, merchants.Enrolled) for answer in answers) == 1
    assert sum(isinstance(answer, EnrolmentUsed) for answer in answers) == 9
    assert not any(isinstance(a, Exception) and not isinstance(a, DomainError) for a in answers)


async def test_stock_is_overdrawn_when_its_guard_is_off(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """V11: the same wishes where the stock is read first and written after, so that the race shows."""
    met = asyncio.Barrier(2)

    async def read_then_write(offer_id: int) -> None:
        seen = await fetch_value("SELECT claimed FROM offer WHERE id = $1 AND stock = 1", offer_id)
        await met.wait()
        if seen >= 1:
            raise QuotaReached
        await fetch("UPDATE offer SET claimed = $2 WHERE id = $1", offer_id, seen + 1)

    monkeypatch.setattr(offers, "take_one", read_then_write)
    market = await factories.add_market(stock=1)
    members = [await factories.add_member(name) for name in ("Bob", "Charlie")]
    taken = await asyncio.gather(
        *(service.claim(member, market.offer.public_id, SYSTEM) for member in members)
    )
    assert len(set(taken)) == 2
    assert await fetch_value("SELECT count(*) FROM voucher") == 2
    assert await queries.counter_faults() != []
