"""One firm a building trade: places, the waiting list, and who is charged."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from asyncpg import Range

from backend.audit.service import SYSTEM
from backend.billing import queries as billing
from backend.billing.gateway import Facts
from backend.billing.rules import OrderState, PayWay
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.merchants import contracts, jobs
from backend.merchants import service as merchants
from backend.merchants.contracts import Has
from backend.merchants.errors import ContractUnknown
from backend.merchants.rules import EndReason, Standing
from backend.merchants.standings import standing
from tests.conftest import Database
from tests.contracts import (
    HEATING,
    PLUMBER,
    add_contract,
    add_firm,
    add_merchant,
    add_waiting,
    charged,
    draw,
    pay,
    sign,
    tell,
)
from tests.integration.merchants.test_lapsing import told

pytestmark = pytest.mark.usefixtures("db")
FIRMS = 10


async def has(public_id: str) -> list[Has]:
    return [one.has for one in (await contracts.get_contract(public_id)).trades]


async def test_second_firm_waits_when_a_place_is_taken():
    """P1: the second applicant joins a dated waiting list."""
    first = await add_contract((await add_firm("Roux")).id)
    second = await add_waiting("Blanc")
    third = await add_waiting("Vert")
    assert await has(first.public_id) == [Has.TAKEN]
    lines = [(await contracts.get_contract(one)).trades[0] for one in (second, third)]
    assert [(one.has, one.rank) for one in lines] == [(Has.WAITING, 1), (Has.WAITING, 2)]
    assert lines[0].since is not None
    assert [one.partner_name for one in await contracts.waiting()] == ["Blanc", "Vert"]


async def test_nobody_passes_before_who_waits_when_they_ask_for_later_days():
    """P1: the trade is free from the end of the holder's year on, and somebody waits for it since before."""
    holder = await add_contract((await add_firm("Roux")).id)
    waiting = await add_waiting("Blanc")
    later = await draw((await add_firm("Vert")).id, holder.until)
    await sign(later)
    assert (await has(waiting), await has(later)) == ([Has.WAITING], [Has.WAITING])
    assert (await contracts.get_contract(later)).trades[0].rank == 2


async def test_two_places_of_one_trade_clash_at_the_database(db: Database):
    """P1: impossible at database level, whoever writes; other dates, trades and freed places may."""
    mine = await add_contract((await add_firm("Roux")).id)
    other = await contracts.get_contract(await draw((await add_firm("Blanc")).id))
    connection = await asyncpg.connect(db.owner_url)
    insert = (
        "INSERT INTO trade_place (contract, trade, territory, during, state, since, freed_at)"
        " VALUES ($1, $2, NULL, $3, $4, $5, $6)"
    )
    now, during = clock.now(), Range(mine.first_day, mine.until)
    try:
        with pytest.raises(asyncpg.ExclusionViolationError):
            await connection.execute(insert, other.id, PLUMBER, during, "taken", now, None)
        after = Range(mine.until, mine.until + timedelta(days=365))
        await connection.execute(insert, other.id, PLUMBER, after, "taken", now, None)
        await connection.execute(insert, other.id, HEATING, during, "taken", now, None)
        await connection.execute(insert, other.id, PLUMBER, during, "freed", now, now)
    finally:
        await connection.close()


async def sign_up(public_id: str) -> None:
    await sign(public_id)
    await merchants.order_dues(SYSTEM, public_id, PayWay.ONLINE)


async def test_one_of_ten_has_the_place_when_ten_sign_up_at_once():
    """V12: one slot, nine on the waiting list, and none of the nine charged."""
    drawn = [await draw((await add_firm(f"Firm {at}")).id) for at in range(FIRMS)]
    await asyncio.gather(*(sign_up(public_id) for public_id in drawn))
    found = [(await has(public_id))[0] for public_id in drawn]
    assert sorted(found) == [Has.HELD] + [Has.WAITING] * (FIRMS - 1)
    ranks = [(await contracts.get_contract(one)).trades[0].rank for one in drawn]
    assert sorted(rank for rank in ranks if rank is not None) == list(range(1, FIRMS))
    assert await charged() == 1


async def test_two_have_the_place_when_the_guards_are_off(db: Database, monkeypatch):
    """V12: the negative control: without constraint and lock, the same race books twice."""
    drawn = [await draw((await add_firm(f"Firm {at}")).id) for at in range(FIRMS)]
    await _unguarded(db)

    async def alone(act: str, of: int = 0) -> None:
        """As if no lock were there."""

    monkeypatch.setattr("backend.merchants.service.places.locks.alone", alone)
    monkeypatch.setattr("backend.merchants.service.places._waits", _nobody_waits)
    try:
        await asyncio.gather(*(sign_up(public_id) for public_id in drawn))
        found = [(await has(public_id))[0] for public_id in drawn]
        assert found.count(Has.HELD) > 1
        assert await charged() > 1
    finally:
        await _guarded(db)


async def _nobody_waits(slot: object, *, before: int) -> bool:
    return False


async def _unguarded(db: Database) -> None:
    """A unique of the same name that never bites stands where the promise stood."""
    connection = await asyncpg.connect(db.owner_url)
    await connection.execute(
        "ALTER TABLE trade_place DROP CONSTRAINT trade_place_alone,"
        " ADD CONSTRAINT trade_place_alone EXCLUDE USING gist (int8range(id, id, '[]') WITH =)"
    )
    await connection.close()


async def _guarded(db: Database) -> None:
    connection = await asyncpg.connect(db.owner_url)
    await connection.execute("TRUNCATE trade_wait, trade_place")
    await connection.execute(
        "ALTER TABLE trade_place DROP CONSTRAINT trade_place_alone,"
        " ADD CONSTRAINT trade_place_alone EXCLUDE USING gist"
        " (int8range(trade, trade, '[]') WITH =,"
        " int8range(coalesce(territory, 0), coalesce(territory, 0), '[]') WITH =, during WITH &&)"
        " WHERE (state <> 'freed')"
    )
    await connection.close()


async def test_next_is_offered_the_place_when_checkout_is_abandoned():
    """V12: an abandoned Stripe checkout frees the slot."""
    first, second = await add_waiting("Roux"), await add_waiting("Blanc")
    await add_merchant((await contracts.get_contract(second)).partner_id, "Farid")
    ordered = await merchants.order_dues(SYSTEM, first, PayWay.ONLINE)
    assert ordered is not None
    await merchants.fulfil(Facts(order=ordered.public_id, closed=True))
    assert await has(first) == [Has.NONE]
    assert await has(second) == [Has.OFFERED]
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'partner.place'") == 1
    assert (await billing.get_order(ordered.public_id)).state() is OrderState.CANCELLED


async def test_place_is_free_when_nobody_paid_for_an_hour():
    """V12: also when Stripe says nothing: the next who comes finds it free, its page is closed."""
    first, second = await add_waiting("Roux"), await add_waiting("Blanc")
    ordered = await merchants.order_dues(SYSTEM, first, PayWay.ONLINE)
    assert ordered is not None
    with clock.travel(timedelta(minutes=61)):
        assert await has(first) == [Has.NONE]
        assert await merchants.order_dues(SYSTEM, second, PayWay.ONLINE) is not None
        assert (await billing.get_order(ordered.public_id)).state() is OrderState.CANCELLED
        assert await has(second) == [Has.HELD]
    assert await fetch_value("SELECT count(*) FROM outbox WHERE kind = 'checkout_close'") == 1


async def test_money_goes_back_when_the_place_went_meanwhile():
    """V12: who pays a page that should have been closed is not charged for nothing."""
    first, second = await add_waiting("Roux"), await add_waiting("Blanc")
    late = await merchants.order_dues(SYSTEM, first, PayWay.ONLINE)
    assert late is not None
    with clock.travel(timedelta(minutes=61)):
        await pay(second)
        await tell(late.public_id, "pi_late")
        assert await has(second) == [Has.TAKEN]
        assert (await contracts.get_contract(first)).paid_at is None
        assert await fetch_value("SELECT count(*) FROM outbox WHERE kind = 'refund'") == 1


async def test_nobody_who_waits_can_pay():
    """V12: a firm on the waiting list is asked for nothing, however often it tries."""
    await add_contract((await add_firm("Roux")).id)
    second = await add_waiting("Blanc")
    assert await merchants.order_dues(SYSTEM, second, PayWay.ONLINE) is None
    assert await merchants.order_dues(SYSTEM, second, PayWay.TRANSFER) is None
    assert await charged() == 1
    assert (await contracts.get_contract(second)).trades[0].rank == 1


async def test_second_has_the_place_when_the_first_leaves():
    """P1: the place goes to the first who waits, for some days; paying takes it."""
    firm = await add_firm("Roux")
    first = await add_contract(firm.id)
    second, third = await add_waiting("Blanc"), await add_waiting("Vert")
    await merchants.end_contract(SYSTEM, first.public_id, EndReason.LEFT)
    assert await standing(firm.id, clock.today()) is Standing.CLOSED
    assert await has(second) == [Has.OFFERED]
    assert await has(third) == [Has.WAITING]
    await pay(second)
    assert await has(second) == [Has.TAKEN]
    assert (await contracts.get_contract(third)).trades[0].rank == 1


async def test_offer_passes_on_when_it_runs_out():
    """P1: an offer lasts until an instant, then the next who waits has it."""
    first = await add_contract((await add_firm("Roux")).id)
    second, third = await add_waiting("Blanc"), await add_waiting("Vert")
    await merchants.end_contract(SYSTEM, first.public_id, EndReason.LEFT)
    with clock.travel(timedelta(days=8)):
        assert await has(second) == [Has.NONE]
        await jobs.write_off_dead()
        assert await has(third) == [Has.OFFERED]


async def test_other_trades_stay_when_one_is_released():
    """P7: exclusivity is held per trade; releasing one opens it without touching the others."""
    both = await draw((await add_firm("Roux")).id, trades=(PLUMBER, HEATING))
    await sign(both)
    await pay(both)
    plumber = await add_waiting("Blanc")
    heating = await draw((await add_firm("Vert")).id, trades=(HEATING,))
    await sign(heating)
    await merchants.release_trade(SYSTEM, both, PLUMBER)
    assert await has(both) == [Has.TAKEN]
    assert await has(plumber) == [Has.OFFERED]
    assert await has(heating) == [Has.WAITING]


async def test_firm_has_what_is_free_when_one_of_its_trades_is_taken():
    """P7: it pays for what it has, waits for the rest, and takes that later without paying again."""
    holder = await add_contract((await add_firm("Roux")).id)
    firm = await add_firm("Blanc")
    both = await draw(firm.id, trades=(PLUMBER, HEATING))
    assert not (await sign(both)).waiting
    await pay(both)
    assert await has(both) == [Has.WAITING, Has.TAKEN]
    await merchants.end_contract(SYSTEM, holder.public_id, EndReason.LEFT)
    assert await has(both) == [Has.OFFERED, Has.TAKEN]
    before = await charged()
    await merchants.take_place(SYSTEM, both, frozenset({firm.id}))
    assert await has(both) == [Has.TAKEN, Has.TAKEN]
    assert await charged() == before


async def test_two_territories_have_a_firm_each():
    """P1: exclusivity is for a trade and a territory; the rest of the club is one too."""
    await merchants.make_territory(SYSTEM, "Le Nord", ())
    (north,) = await contracts.territories()
    await add_contract((await add_firm("Roux")).id)
    there = await draw((await add_firm("Blanc")).id, territories=(north.id,))
    assert not (await sign(there)).waiting


async def test_firm_keeps_a_part_of_the_club_when_it_becomes_a_territory():
    """P1: what was promised for the whole club stays promised."""
    first = await add_contract((await add_firm("Roux")).id)
    await merchants.make_territory(SYSTEM, "Le Nord", ())
    assert await has(first.public_id) == [Has.TAKEN, Has.TAKEN]
    (north,) = await contracts.territories()
    there = await draw((await add_firm("Blanc")).id, territories=(north.id,))
    assert (await sign(there)).waiting


async def test_another_partners_contract_is_unknown():
    """SEC11: a contract is its own partner's."""
    public_id = await draw((await add_firm("Roux")).id)
    with pytest.raises(ContractUnknown):
        await merchants.accept_contract(SYSTEM, public_id, frozenset({0}))
    assert (await fetch("SELECT accepted_at FROM contract"))[0]["accepted_at"] is None


async def test_firm_is_told_which_trade_went_when_its_payment_comes_late():
    """P1, P7: what is still free it has, and stays; the other went to somebody else meanwhile."""
    firm = await add_firm("Roux")
    await add_merchant(firm.id, "Farid")
    both = await draw(firm.id, trades=(PLUMBER, HEATING))
    await sign(both)
    ordered = await merchants.order_dues(SYSTEM, both, PayWay.ONLINE)
    assert ordered is not None
    with clock.travel(timedelta(hours=3)):
        await jobs.write_off_dead()
        await add_contract((await add_firm("Vert")).id, trades=(HEATING,))
        await tell(ordered.public_id, "pi_1")
        assert await has(both) == [Has.TAKEN, Has.NONE]
        assert await fetch_value("SELECT count(*) FROM refund") == 0
        (said,) = await told()
    assert "n'est plus à vous" in said
    assert "plus rien à payer" not in said
