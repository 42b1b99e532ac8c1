"""The second year of a contract: who waits, who renews, who leaves while the next year is drawn."""

from datetime import timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.billing.gateway import Facts, Movement
from backend.billing.rules import PaymentKind, PayWay
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.merchants import contracts, jobs
from backend.merchants import service as merchants
from backend.merchants.contracts import ContractPage, Has
from backend.merchants.rules import EndReason, Standing, year_from
from backend.merchants.service import places
from backend.merchants.standings import standing
from tests.contracts import (
    HEATING,
    PLUMBER,
    add_contract,
    add_firm,
    add_waiting,
    draw,
    pay,
    sign,
)

pytestmark = pytest.mark.usefixtures("db")


async def has(public_id: str) -> list[Has]:
    return [one.has for one in (await contracts.get_contract(public_id)).trades]


async def renewal(contract: ContractPage) -> str:
    """The next year, which the night drew."""
    found: str = await fetch_value(
        "SELECT public_id FROM contract WHERE previous = $1", contract.id
    )
    return found


async def add_firm_that_waits_for_heating() -> ContractPage:
    """It pays for plumbing and stands in the line for heating."""
    two = await add_contract((await add_firm("Two")).id, trades=(PLUMBER, HEATING))
    assert [one.has for one in two.trades] == [Has.TAKEN, Has.WAITING]
    return two


async def test_line_passes_to_the_renewal_when_a_year_ends():
    """P1, P7: the waiting list is dated: a firm that renews keeps its place in it."""
    holder = await add_contract((await add_firm("Holder")).id, trades=(HEATING,))
    two = await add_firm_that_waits_for_heating()
    third = await draw((await add_firm("Third")).id, trades=(HEATING,))
    await sign(third)
    with clock.travel(timedelta(days=310)):
        await jobs.keep_up()
        following = await renewal(two)
        await sign(following)
        await pay(following)
        kept = await renewal(holder)
        await sign(kept)
        await pay(kept)
    with clock.travel(timedelta(days=400)):
        await merchants.end_contract(SYSTEM, kept, EndReason.LEFT)
        assert await has(following) == [Has.TAKEN, Has.OFFERED]
        assert await has(third) == [Has.WAITING]
        await merchants.take_place(SYSTEM, following, frozenset({two.partner_id}))
        assert await has(following) == [Has.TAKEN, Has.TAKEN]


async def test_next_in_line_is_offered_the_place_when_the_first_did_not_renew():
    """P1, V12: a line ends with its firm's contract, and keeps nobody behind it waiting."""
    await add_contract((await add_firm("Holder")).id, trades=(HEATING,))
    await add_firm_that_waits_for_heating()
    third = await draw((await add_firm("Third")).id, trades=(HEATING,))
    await sign(third)
    with clock.travel(timedelta(days=310)):
        await jobs.keep_up()
    with clock.travel(timedelta(days=400)):
        await jobs.keep_up()
        assert await has(third) == [Has.OFFERED]


async def test_other_trades_are_offered_when_one_fails(monkeypatch: pytest.MonkeyPatch):
    """P1: what goes wrong with one trade stops no other's waiting list."""
    for trade in (PLUMBER, HEATING):
        await add_contract((await add_firm("Holder")).id, trades=(trade,))
    await add_waiting("Blanc")
    third = await draw((await add_firm("Third")).id, trades=(HEATING,))
    await sign(third)
    offer = places.offer_next

    async def fails(slot: places.Slot) -> None:
        if slot.trade == PLUMBER:
            raise ValueError
        await offer(slot)

    monkeypatch.setattr("backend.merchants.service.places.offer_next", fails)
    with clock.travel(timedelta(days=430)):
        await jobs.keep_up()
        assert await has(third) == [Has.OFFERED]


@pytest.mark.parametrize(("way", "later"), [(PayWay.ONLINE, 1), (PayWay.TRANSFER, 16)])
async def test_renewal_keeps_its_place_when_it_is_ordered_and_not_paid(way: PayWay, later: int):
    """V12, P3: whoever renews opens the payment page without losing next year's place."""
    one = await add_contract((await add_firm("One")).id)
    waiter = await add_waiting("Waiter")
    with clock.travel(timedelta(days=310)):
        await jobs.keep_up()
        following = await renewal(one)
        await sign(following)
        await merchants.order_dues(SYSTEM, following, way)
    with clock.travel(timedelta(days=310 + later)):
        await jobs.keep_up()
        assert await has(following) == [Has.HELD]
    with clock.travel(timedelta(days=396)):
        await jobs.keep_up()
        assert await has(waiter) == [Has.OFFERED]
        ended = await contracts.get_contract(following)
        assert ended.end_reason is EndReason.UNPAID


async def dispute(public_id: str, thread: str) -> None:
    """The bank takes back the dues that came with a payment."""
    paid = await contracts.get_contract(public_id)
    assert paid.order_public_id is not None
    moved = Movement(
        kind=PaymentKind.DISPUTE, amount_cents=paid.dues_cents, at=clock.now(), external_id="dp_1"
    )
    await merchants.fulfil(Facts(order=paid.order_public_id, thread=thread, movements=(moved,)))
    assert (await contracts.get_contract(public_id)).paid_at is None


async def test_firm_keeps_its_place_when_it_pays_again_after_a_dispute():
    """V12, P3: its place is taken until its contract ends, not for the hour of a payment page."""
    public_id = await add_waiting("One")
    await pay(public_id, "pi_1")
    await dispute(public_id, "pi_1")
    await merchants.order_dues(SYSTEM, public_id, PayWay.ONLINE)
    with clock.travel(timedelta(days=1)):
        await jobs.write_off_dead()
        assert await has(public_id) == [Has.TAKEN]
        await pay(public_id)
        assert await has(public_id) == [Has.TAKEN]


async def test_next_in_line_is_offered_a_trade_when_it_is_released_before_a_renewal():
    """P7: a released trade opens, also where the next year was drawn with it."""
    one = await add_contract((await add_firm("One")).id, trades=(PLUMBER, HEATING))
    waiter = await add_waiting("Waiter")
    with clock.travel(timedelta(days=310)):
        await jobs.keep_up()
        await merchants.release_trade(SYSTEM, one.public_id, PLUMBER)
        assert await has(waiter) == [Has.OFFERED]
        assert await has(await renewal(one)) == [Has.HELD]
        assert await has(one.public_id) == [Has.TAKEN]


async def test_grace_is_not_longer_when_a_renewal_is_accepted_late():
    """P3: thirty days after the last day that was paid offers stop, whenever the next year is signed."""
    one = await add_contract((await add_firm("One")).id)
    with clock.travel(timedelta(days=310)):
        await jobs.keep_up()
        following = await renewal(one)
    late = one.until - clock.today()
    with clock.travel(late + timedelta(days=28)):
        assert (await sign(following)).owed_on == one.until
        assert await standing(one.partner_id, clock.today()) is Standing.GRACE
    with clock.travel(late + timedelta(days=30)):
        assert await standing(one.partner_id, clock.today()) is Standing.SUSPENDED


async def test_firm_that_owes_nothing_has_a_whole_year_when_it_takes_its_place():
    """P1, P7: its year begins with its place, on none of the days another firm had it."""
    await add_contract((await add_firm("Holder")).id)
    firm = await add_firm("Free")
    with clock.travel(timedelta(days=180)):
        public_id = await draw(firm.id, dues_cents=0)
        assert (await sign(public_id)).waiting
    with clock.travel(timedelta(days=300)):
        await jobs.keep_up()
    with clock.travel(timedelta(days=400)):
        await jobs.keep_up()
        assert await has(public_id) == [Has.OFFERED]
        await merchants.take_place(SYSTEM, public_id, frozenset({firm.id}))
        assert await has(public_id) == [Has.TAKEN]
        found = await contracts.get_contract(public_id)
        assert (found.first_day, found.until) == year_from(clock.today())
        assert await standing(firm.id, clock.today()) is Standing.ACTIVE


async def test_year_stays_when_a_firm_pays_again_beside_its_renewal():
    """P2, P3: dues that are paid again after a dispute are the same year's; the next is not touched."""
    one = await contracts.get_contract(await add_waiting("One"))
    await pay(one.public_id, "pi_1")
    with clock.travel(timedelta(days=310)):
        await jobs.keep_up()
        await dispute(one.public_id, "pi_1")
        await pay(one.public_id)
        again = await contracts.get_contract(one.public_id)
        assert (again.first_day, again.until) == (one.first_day, one.until)
        assert again.paid_at is not None
        assert await has(await renewal(one)) == [Has.HELD]
