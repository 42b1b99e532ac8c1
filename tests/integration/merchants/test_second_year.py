"""The second year of a contract: who waits, who renews, who leaves while the next year is drawn."""

from datetime import timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.billing.gateway import Facts, Movement
from backend.billing.rules import PaymentKind, PayWay
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.merchants import contracts, jobs
from backend.merchants import service as merchants
from backend.merchants.contracts import ContractPage, Has
from backend.merchants.errors import ContractOver
from backend.merchants.rules import EndReason, Standing, Terms, year_from
from backend.merchants.service import places
from backend.merchants.standings import standing
from tests.contracts import (
    HEATING,
    PLUMBER,
    add_contract,
    add_firm,
    add_merchant,
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


async def test_next_year_asks_the_dues_of_the_day_it_is_drawn():
    """P2, P4: dues are dated per contract: the year that runs keeps its own; the rights stay the firm's."""
    contract = await add_contract((await add_firm("Roux")).id, campaigns_a_year=7)
    await merchants.set_terms(SYSTEM, Terms(firm_cents=120_000, campaigns_a_year=2))
    with clock.travel(timedelta(days=310)):
        await jobs.keep_up()
        years = await contracts.contracts_of(contract.partner_id)
    asked = [(year.dues_cents, year.campaigns_a_year) for year in years]
    assert asked == [(120_000, 7), (100_000, 7)]


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


async def add_paid_renewal(contract: ContractPage) -> str:
    """On the day on which the night draws it."""
    await jobs.keep_up()
    following = await renewal(contract)
    await sign(following)
    await pay(following, "pi_2")
    return following


async def test_offer_goes_on_in_the_renewal_when_the_year_ends_before_it():
    """P1, P7: the first who waits loses neither its turn nor what it takes, nor is it offered twice."""
    holder = await add_contract((await add_firm("Holder")).id, trades=(HEATING,))
    two = await add_firm_that_waits_for_heating()
    third = await draw((await add_firm("Third")).id, trades=(HEATING,))
    await sign(third)
    with clock.travel(timedelta(days=310)):
        following = await add_paid_renewal(two)
    with clock.travel(timedelta(days=362)):
        await merchants.end_contract(SYSTEM, holder.public_id, EndReason.LEFT)
        assert await has(two.public_id) == [Has.TAKEN, Has.OFFERED]
    with clock.travel(timedelta(days=366)):
        for _ in range(2):
            await jobs.keep_up()
        assert (await has(following), await has(third)) == ([Has.TAKEN, Has.OFFERED], [Has.WAITING])
        with pytest.raises(ContractOver):
            await merchants.take_place(SYSTEM, two.public_id, frozenset({two.partner_id}))
        await merchants.take_place(SYSTEM, following, frozenset({two.partner_id}))
        assert (await has(following), await has(third)) == ([Has.TAKEN] * 2, [Has.WAITING])


async def test_offer_goes_on_in_the_renewal_when_nobody_waits_behind():
    """P1, P7: the night looks at what is offered too, not only at who waits; its last day stays."""
    holder = await add_contract((await add_firm("Holder")).id, trades=(HEATING,))
    two = await add_firm_that_waits_for_heating()
    await add_merchant(two.partner_id, "Farid")
    with clock.travel(timedelta(days=310)):
        following = await add_paid_renewal(two)
    with clock.travel(timedelta(days=362)):
        await merchants.end_contract(SYSTEM, holder.public_id, EndReason.LEFT)
        offered = (await contracts.get_contract(two.public_id)).trades[1].until
    with clock.travel(timedelta(days=366)):
        for _ in range(2):
            await jobs.keep_up()
        assert await has(following) == [Has.TAKEN, Has.OFFERED]
        assert (await contracts.get_contract(following)).trades[1].until == offered
        assert len(await fetch("SELECT 1 FROM message WHERE kind = 'partner.place'")) == 1


async def test_place_that_was_lined_up_for_is_kept_for_the_renewal():
    """P7, P1: what a paid firm takes beside its renewal is the renewal's too, whoever waits behind."""
    holder = await add_contract((await add_firm("Holder")).id, trades=(HEATING,))
    two = await add_firm_that_waits_for_heating()
    with clock.travel(timedelta(days=300)):
        await merchants.end_contract(SYSTEM, holder.public_id, EndReason.LEFT)
    with clock.travel(timedelta(days=310)):
        await jobs.keep_up()
        following = await renewal(two)
    with clock.travel(timedelta(days=320)):
        await merchants.line_up_again(SYSTEM, two.public_id)
        assert await has(two.public_id) == [Has.TAKEN, Has.TAKEN]
        assert await has(following) == [Has.HELD, Has.HELD]
        third = await draw((await add_firm("Third")).id, trades=(HEATING,))
        await sign(third)
    with clock.travel(timedelta(days=340)):
        await sign(following)
        await pay(following)
    with clock.travel(timedelta(days=366)):
        await jobs.keep_up()
        assert (await has(following), await has(third)) == ([Has.TAKEN] * 2, [Has.WAITING])


async def test_year_that_runs_goes_on_when_last_years_contract_is_ended():
    """P1, P7: what is over has nothing to end; the paid year and its place are touched by its own end."""
    one = await add_contract((await add_firm("One")).id)
    waiter = await add_waiting("Waiter")
    with clock.travel(timedelta(days=310)):
        following = await add_paid_renewal(one)
    with clock.travel(timedelta(days=366)):
        with pytest.raises(ContractOver):
            await merchants.end_contract(SYSTEM, one.public_id, EndReason.CLUB)
        assert (await contracts.get_contract(following)).ended_on is None
        assert (await has(following), await has(waiter)) == ([Has.TAKEN], [Has.WAITING])
        await merchants.end_contract(SYSTEM, following, EndReason.CLUB)
        assert await has(waiter) == [Has.OFFERED]


async def test_next_year_is_owed_from_its_first_day_when_its_money_goes_before():
    """P3, P1, P7: a dispute in this paid year cuts nothing off; the next has its reminders and its grace."""
    one = await add_contract((await add_firm("One")).id)
    waiter = await add_waiting("Waiter")
    with clock.travel(timedelta(days=310)):
        following = await add_paid_renewal(one)
        await dispute(following, "pi_2")
    for day in (341, 366):
        with clock.travel(timedelta(days=day)):
            await jobs.keep_up()
            assert (await contracts.get_contract(following)).ended_on is None
            assert await has(waiter) == [Has.WAITING]
    with clock.travel(timedelta(days=366)):
        assert await standing(one.partner_id, clock.today()) is Standing.GRACE
    with clock.travel(timedelta(days=396)):
        await jobs.keep_up()
        assert (await contracts.get_contract(following)).end_reason is EndReason.UNPAID


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
