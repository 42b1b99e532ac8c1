"""Sums by day beside the uses they are made of: the same figure, whoever writes at once."""

import asyncio
from datetime import date, timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock, codes
from backend.kit.database import DB, fetch, fetch_value, transaction
from backend.offers.rules import LimitPeriod
from backend.vouchers import office, redemptions, savings, service
from backend.vouchers.errors import AlreadyReversed
from backend.vouchers.savings import Brought
from backend.vouchers.scans import Scan
from backend.vouchers.values import Undo
from tests import factories
from tests.conftest import Database
from tests.factories import Market

DAY = timedelta(days=1)
EVER = date(2000, 1, 1)
TILLS = 8


@pytest.fixture
async def market(db: Database) -> Market:
    return await factories.add_market(limit_count=TILLS, limit_period=LimitPeriod.MONTH)


async def scans(market: Market, count: int) -> list[Scan]:
    """As many people, each with a voucher."""
    made = []
    for number in range(count):
        member = await factories.add_member(f"Alice {number}")
        code = await service.claim(member, market.offer.public_id, SYSTEM)
        scan = Scan(code=code, key=codes.random_id(), till=market.till.caller, price_cents=1250)
        made.append(scan)
    return made


async def days() -> dict[date, int]:
    rows = await fetch(
        "SELECT used_on, sum(CASE WHEN undone THEN -uses ELSE uses END)::int AS uses"
        " FROM daily_savings GROUP BY used_on"
    )
    return {row["used_on"]: row["uses"] for row in rows}


async def gaps() -> list[savings.Gap]:
    async with transaction():
        return await savings.settle()


async def test_sums_are_the_lists_when_tills_use_and_undo_at_once(market: Market) -> None:
    """V5: uses and undone uses written at the same time are each summed once."""
    uses = await asyncio.gather(*(service.redeem(s) for s in await scans(market, TILLS)))
    undone = uses[: TILLS // 2]
    await asyncio.gather(
        *(service.reverse_late(SYSTEM, use.redemption, "erreur") for use in undone),
        *(service.redeem(s) for s in await scans(market, 3)),
    )
    now = clock.now()
    lines = await redemptions.shop_uses(market.shop.id, now - DAY, now + DAY, None, 100)
    standing = [line for line in lines if line.undone_at is None]
    told = Brought(
        len(standing),
        sum(line.paid_cents or 0 for line in standing),
        sum(line.saving_cents for line in standing),
    )
    assert told.uses == TILLS // 2 + 3
    assert await savings.together(EVER) == told
    assert await gaps() == []


async def test_nobody_waits_when_the_row_of_the_day_is_held(market: Market) -> None:
    """V16: a till never waits for another one's commit; it begins a row beside the held one."""
    first, second = await scans(market, 2)
    await service.redeem(first)
    async with transaction():
        await fetch("SELECT id FROM daily_savings FOR UPDATE")
        # Another connection: what this task holds is not its own.
        await asyncio.create_task(_alone(second))
    assert await fetch_value("SELECT count(*) FROM daily_savings") == 2
    assert (await savings.together(EVER)).uses == 2


async def _alone(scan: Scan) -> None:
    """Outside of the transaction its maker has open, and refused by the time-out of locks if it had to wait."""
    DB.current_transaction.set(None)
    await service.redeem(scan)


async def test_use_leaves_its_own_day_when_it_is_undone_on_another(market: Market) -> None:
    """V5: the day of the use shrinks, not the day on which somebody undid it."""
    first = clock.today() + timedelta(days=1)
    second = first + timedelta(days=1)
    midnight = clock.start_of_day(second)  # of Paris: another day in UTC
    with clock.frozen(midnight - timedelta(minutes=5)):
        use = await service.redeem((await scans(market, 1))[0])
    with clock.frozen(midnight + timedelta(minutes=5)):
        await service.redeem((await scans(market, 1))[0])
        assert await days() == {first: 1, second: 1}
        await service.reverse_late(SYSTEM, use.redemption, "erreur")
    assert await days() == {first: 0, second: 1}
    year = await office.savings_by_month(second)
    assert (year.uses, year.partners) == (1, 1)
    assert await gaps() == []


async def test_sums_stay_when_the_same_scan_or_undo_comes_twice(market: Market) -> None:
    """V7: a retry is the same row, and adds nothing to its day."""
    (scan,) = await scans(market, 1)
    use = await service.redeem(scan)
    assert await service.redeem(scan) == use
    assert (await savings.together(EVER)).uses == 1
    undo = Undo(redemption=use.redemption, reason="erreur", key="u", till=market.till.caller)
    await service.reverse(undo)
    await service.reverse(undo)
    with pytest.raises(AlreadyReversed):
        await service.reverse_late(SYSTEM, use.redemption, "erreur")
    assert await savings.together(EVER) == Brought(0, 0, 0)
    assert await gaps() == []


async def test_partner_counts_no_more_when_all_its_uses_were_undone(market: Market) -> None:
    (scan,) = await scans(market, 1)
    use = await service.redeem(scan)
    assert (await office.savings_by_month(clock.today())).partners == 1
    await service.reverse_late(SYSTEM, use.redemption, "erreur")
    assert (await office.savings_by_month(clock.today())).partners == 0
    assert await savings.together(clock.today() - timedelta(days=1)) == Brought(0, 0, 0)
