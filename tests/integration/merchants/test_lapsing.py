"""A place that was kept for a firm and not taken: who is told, who has it next, and the way back in line."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.billing import queries as billing
from backend.billing.gateway import Facts
from backend.billing.rules import OrderState, PayWay
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.merchants import contracts, jobs
from backend.merchants import service as merchants
from backend.merchants.contracts import Has
from backend.merchants.errors import DuesFirst, LastTrade, PlaceLost, PlaceNotLost
from backend.merchants.rules import EndReason, Standing
from backend.merchants.standings import is_giving, standing
from backend.settings import Settings
from tests import sign_in
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
    tell,
)
from tests.factories import add_person, add_role
from tests.integration.merchants.test_pages import Browser, as_merchant

pytestmark = pytest.mark.usefixtures("db")
LATE = timedelta(days=8)  # a place is offered for seven


async def has(public_id: str) -> list[Has]:
    return [one.has for one in (await contracts.get_contract(public_id)).trades]


async def told(kind: str = "partner.lapsed") -> list[str]:
    """The words of each message of a kind, oldest first."""
    return [
        row["words"]
        for row in await fetch(
            "SELECT payload->>'text' AS words FROM outbox WHERE key LIKE $1 || ':%' ORDER BY id",
            kind,
        )
    ]


async def add_offered() -> tuple[str, str]:
    """Two firms that waited: the place of the one that left is offered to the first."""
    holder = await add_contract((await add_firm("Roux")).id)
    second, third = await add_waiting("Blanc"), await add_waiting("Vert")
    await add_merchant((await contracts.get_contract(second)).partner_id, "Farid")
    await merchants.end_contract(SYSTEM, holder.public_id, EndReason.LEFT)
    assert await has(second) == [Has.OFFERED]
    return second, third


async def test_firm_is_told_once_and_asks_itself_when_its_offer_lapsed():
    """P1, V12: nothing is offered again by itself; who asks stands at the end of the line, from today."""
    second, third = await add_offered()
    with clock.travel(LATE):
        for _ in range(2):
            await jobs.keep_up()
        assert (await has(second), await has(third)) == ([Has.NONE], [Has.OFFERED])
        (said,) = await told()
        assert "Reprendre rang" in said
        assert "virement" not in said
        fourth = await add_waiting("Gris")
        for _ in range(2):
            found = (await merchants.line_up_again(SYSTEM, second)).trades[0]
        (other,) = (await contracts.get_contract(fourth)).trades
        assert (found.has, found.rank, other.rank) == (Has.WAITING, 2, 1)
        assert found.since is not None
        assert other.since is not None
        assert found.since > other.since


async def test_lapsed_firm_has_the_place_when_nobody_else_wants_it():
    """P1: a place that is free is kept for it while it pays; a contract not signed has none to lose."""
    second, third = await add_offered()
    with clock.travel(LATE):
        await jobs.write_off_dead()
        await merchants.end_contract(SYSTEM, third, EndReason.LEFT)
        assert (await merchants.line_up_again(SYSTEM, second)).trades[0].has is Has.HELD
        await pay(second)
        assert await has(second) == [Has.TAKEN]
    with pytest.raises(PlaceNotLost):
        await merchants.line_up_again(SYSTEM, await draw((await add_firm("Bleu")).id))


async def test_paid_firm_has_what_it_lines_up_for_at_once():
    """P7: the second trade of a firm that has paid costs nothing more, also when it comes late."""
    holder = await add_contract((await add_firm("Roux")).id, trades=(HEATING,))
    firm = await add_firm("Blanc")
    await add_merchant(firm.id, "Farid")
    two = await add_contract(firm.id, trades=(PLUMBER, HEATING))
    await merchants.end_contract(SYSTEM, holder.public_id, EndReason.LEFT)
    with clock.travel(LATE):
        await jobs.write_off_dead()
        assert await has(two.public_id) == [Has.TAKEN, Has.NONE]
        (said,) = await told()
        assert "plus rien à payer" not in said
        assert "mettre fin" not in said
        found = await merchants.line_up_again(SYSTEM, two.public_id)
        assert [one.has for one in found.trades] == [Has.TAKEN, Has.TAKEN]


async def test_offer_holds_its_days_when_a_payment_page_is_closed():
    """P1, V12: an abandoned page frees what it held; a place that was offered is its firm's until its day."""
    second, third = await add_offered()
    ordered = await merchants.order_dues(SYSTEM, second, PayWay.ONLINE)
    assert ordered is not None
    assert await has(second) == [Has.HELD]
    await merchants.fulfil(Facts(order=ordered.public_id, closed=True))
    assert (await has(second), await has(third)) == ([Has.OFFERED], [Has.WAITING])
    with clock.travel(timedelta(days=6)):
        await pay(second)
        assert await has(second) == [Has.TAKEN]
        assert await told() == []


@pytest.mark.parametrize("last", [{"closed": True}, {"failed": True, "thread": "pi_1"}])
async def test_place_that_was_lined_up_for_stays_when_the_old_page_is_closed(last: dict[str, Any]):
    """P1, V12, B2: Stripe's last word on an order that was given up frees nothing of what came since."""
    one = await add_waiting("Roux")
    ordered = await merchants.order_dues(SYSTEM, one, PayWay.ONLINE)
    assert ordered is not None
    with clock.travel(timedelta(hours=3)):
        await jobs.write_off_dead()
        assert await has(one) == [Has.NONE]
        await merchants.line_up_again(SYSTEM, one)
        for _ in range(2):
            await merchants.fulfil(Facts(order=ordered.public_id, **last))
        assert await has(one) == [Has.HELD]


async def test_money_that_comes_too_late_puts_its_firm_in_no_line():
    """P1, V12: it goes back, its firm is told, and stands in line again when it asks."""
    one, second = await add_waiting("Roux"), await add_waiting("Blanc")
    await add_merchant((await contracts.get_contract(one)).partner_id, "Farid")
    ordered = await merchants.order_dues(SYSTEM, one, PayWay.ONLINE)
    assert ordered is not None
    with clock.travel(timedelta(hours=3)):
        await jobs.write_off_dead()
        assert (await has(one), await has(second)) == ([Has.NONE], [Has.OFFERED])
        await tell(ordered.public_id, "pi_1")
        assert await has(one) == [Has.NONE]
        assert await fetch_value("SELECT sum(amount_cents)::int FROM refund") == 100_000
        (said,) = await told()
        assert "Votre paiement est arrivé trop tard. Nous vous le rendons." in said
        assert (await merchants.line_up_again(SYSTEM, one)).trades[0].rank == 1


async def test_offer_holds_its_days_when_a_payment_page_is_left_open():
    """P1, V12: also where nobody hears that the page is closed: the hour of the payment ends no offer."""
    second, third = await add_offered()
    await merchants.order_dues(SYSTEM, second, PayWay.ONLINE)
    with clock.travel(timedelta(hours=3)):
        await jobs.write_off_dead()
        assert (await has(second), await has(third)) == ([Has.HELD], [Has.WAITING])


async def test_firm_gives_nothing_when_it_never_took_what_it_was_offered():
    """P3, V35: on the offer's last day too: it said no yes, and owes nothing."""
    second, _ = await add_offered()
    found = await contracts.get_contract(second)
    assert found.trades[0].until is not None
    with clock.frozen(found.trades[0].until - timedelta(minutes=1)):
        assert found.owed_on <= clock.today()
        assert await standing(found.partner_id, clock.today()) is Standing.PENDING
        assert not await is_giving(found.partner_id, clock.today())


async def test_firm_gives_nothing_when_its_place_was_held_and_is_not_paid():
    """P3: with the workers stopped too: what it has is computed from rows and a day."""
    firm = await add_firm("Roux")
    await sign(await draw(firm.id))
    assert await standing(firm.id, clock.today()) is Standing.GRACE
    with clock.travel(timedelta(days=2)):  # held before midnight, it is kept for an hour after
        assert await standing(firm.id, clock.today()) is Standing.PENDING
        assert not await is_giving(firm.id, clock.today())


async def test_firm_is_told_when_its_transfer_comes_too_late():
    """P1, V12: a slow bank: its order is closed, its firm hears why, and what it can do."""
    second, third = await add_offered()
    with clock.travel(timedelta(days=6)):
        ordered = await merchants.order_dues(SYSTEM, second, PayWay.TRANSFER)
        assert ordered is not None
    with clock.travel(timedelta(days=20)):
        await jobs.keep_up()
        assert await has(second) == [Has.HELD]
    with clock.travel(timedelta(days=22)):
        await jobs.keep_up()
        assert (await has(second), await has(third)) == ([Has.NONE], [Has.OFFERED])
        (said,) = await told()
        assert "Votre virement est déjà parti\u202f?" in said
        assert (await billing.get_order(ordered.public_id)).state() is OrderState.CANCELLED


async def test_another_contract_is_drawn_when_the_lapsed_one_ended():
    """P1: a firm that does not want the place any more is in no line, and may sign for another trade."""
    second, _ = await add_offered()
    with clock.travel(LATE):
        await jobs.write_off_dead()
        contract = await contracts.get_contract(second)
        await merchants.end_contract(SYSTEM, second, EndReason.LEFT)
        other = await draw(contract.partner_id, trades=(HEATING,))
        await sign(other)
        assert await has(other) == [Has.HELD]


async def test_one_firm_has_the_place_when_lapsed_and_new_ones_ask_at_once():
    """P1, V12: each has one line, in the order they came, and one of them the place."""
    second, third = await add_offered()
    new = [await draw((await add_firm(f"Firm {at}")).id) for at in range(3)]
    with clock.travel(LATE):
        await asyncio.gather(
            *(merchants.line_up_again(SYSTEM, second) for _ in range(3)),
            *(sign(one) for one in new),
            merchants.end_contract(SYSTEM, third, EndReason.LEFT),
            jobs.write_off_dead(),
        )
        found = [(await contracts.get_contract(one)).trades[0] for one in [second, *new]]
        assert sorted(one.has in {Has.HELD, Has.OFFERED} for one in found) == [False] * 3 + [True]
        assert sorted(one.rank for one in found if one.rank is not None) == [1, 2, 3]
        alive = "SELECT count(*) FROM trade_place WHERE state <> 'freed'"
        assert await fetch_value(alive) == 1


async def test_place_is_not_said_taken_when_its_offer_ended_a_minute_ago(
    client: httpx.AsyncClient, settings: Settings
):
    """P1, P7: the page was open; the next firm has the place, and who was late can line up again."""
    holder = await add_contract((await add_firm("Roux")).id, trades=(HEATING,))
    two = await add_contract((await add_firm("Blanc")).id, trades=(PLUMBER, HEATING))
    third = await draw((await add_firm("Vert")).id, trades=(HEATING,))
    await sign(third)
    await merchants.end_contract(SYSTEM, holder.public_id, EndReason.LEFT)
    browser = Browser(client)
    with clock.travel(timedelta(days=7, minutes=1)):
        await as_merchant(browser, settings, two.partner_id)
        await browser.open("/partenaire/convention")
        sent = await browser.send(f"/partenaire/conventions/{two.public_id}/place", status=409)
        for said in ("Le délai pour prendre cette place est passé.", "Reprendre rang"):
            assert said in sent.text
        assert (await has(two.public_id), await has(third)) == (
            [Has.TAKEN, Has.NONE],
            [Has.OFFERED],
        )
    assert not await fetch("SELECT 1 FROM audit_entry WHERE verb = 'contract.take_place'")


async def test_place_is_lost_when_a_firm_that_owes_nothing_says_yes_too_late():
    """P1: it has no place, so its year does not begin; who says yes twice in time is refused nothing."""
    holder = await add_contract((await add_firm("Roux")).id)
    firm = await add_firm("Blanc")
    free = await draw(firm.id, dues_cents=0)
    await sign(free)
    await merchants.end_contract(SYSTEM, holder.public_id, EndReason.LEFT)
    mine = frozenset({firm.id})
    with clock.travel(LATE):
        with pytest.raises(PlaceLost):
            await merchants.take_place(SYSTEM, free, mine)
        assert (await contracts.get_contract(free)).paid_at is None
        assert (await merchants.line_up_again(SYSTEM, free)).paid_at is not None
        await merchants.take_place(SYSTEM, free, mine)
        assert await has(free) == [Has.TAKEN]


async def test_dues_come_first_when_a_firm_that_owes_them_takes_its_offer():
    """P7, V12: its place is not lost: it has it by paying, and is told so."""
    second, _ = await add_offered()
    firm = (await contracts.get_contract(second)).partner_id
    with pytest.raises(DuesFirst):
        await merchants.take_place(SYSTEM, second, frozenset({firm}))
    assert await has(second) == [Has.OFFERED]


async def test_partner_lines_up_again_in_the_portal(client: httpx.AsyncClient, settings: Settings):
    """P1: the page says what is, and has both ways out."""
    second, _ = await add_offered()
    firm = (await contracts.get_contract(second)).partner_id
    browser = Browser(client)
    with clock.travel(LATE):
        await jobs.write_off_dead()
        await as_merchant(browser, settings, firm)
        page = await browser.open("/partenaire/convention")
        assert "Votre place n’est plus gardée" in page
        assert "Mettre fin à la convention" in page
        sent = await browser.send(f"/partenaire/conventions/{second}/rang")
        assert sent.headers["location"].endswith("fait=rang-repris")
        page = await browser.open("/partenaire/convention")
        assert "Rang 1" in page
        assert "Reprendre rang" not in page


async def test_office_puts_a_firm_back_in_line(client: httpx.AsyncClient, settings: Settings):
    """P1: for who asks at the club; its page says that no place is kept, and which part of the club."""
    second, third = await add_offered()
    browser = Browser(client)
    with clock.travel(LATE):
        await jobs.write_off_dead()
        await merchants.end_contract(SYSTEM, third, EndReason.LEFT)
        manager = await add_person("Nadia", "Club")
        await add_role(manager, Role.MANAGER)
        await sign_in.as_staff(client, settings, manager)
        address = f"/gestion/conventions/{second}"
        page = await browser.open(address)
        assert "n’a plus de place gardée" in page
        assert "Tout le club" in page
        await merchants.make_territory(SYSTEM, "Le Nord", ())
        page = await browser.open(address)
        assert "Le reste du club" in page
        assert "Tout le club" not in page
        sent = await browser.send(f"{address}/rang")
        assert sent.headers["location"].endswith("fait=place-gardee")
        assert await has(second) == [Has.HELD, Has.HELD]


@pytest.mark.parametrize("north", [False, True])
async def test_last_trade_is_not_released_alone(north: bool):
    """P7, P2: a contract without a trade would be paid for nothing; its end is another act."""
    wish = {}
    if north:
        await merchants.make_territory(SYSTEM, "Le Nord", ())
        wish["territories"] = tuple(one.id for one in await contracts.territories())
    one = await add_contract((await add_firm("Roux")).id, **wish)
    with pytest.raises(LastTrade):
        await merchants.release_trade(SYSTEM, one.public_id, PLUMBER)
    assert set(await has(one.public_id)) == {Has.TAKEN}
    await fetch("DELETE FROM contract_trade WHERE contract = $1", one.id)
    with clock.travel(timedelta(days=310)):
        await jobs.keep_up()
    assert await fetch_value("SELECT count(*) FROM contract WHERE previous IS NOT NULL") == 0


async def test_line_goes_on_when_a_year_is_given_up_and_the_next_is_paid():
    """P1, P7: its date stays its own, and the last day of what it was just offered."""
    holder = await add_contract((await add_firm("Holder")).id, trades=(HEATING,))
    two = await add_contract((await add_firm("Two")).id, trades=(PLUMBER, HEATING))
    assert two.order_public_id is not None
    third = await draw((await add_firm("Third")).id, trades=(HEATING,))
    await sign(third)
    with clock.travel(timedelta(days=310)):
        await jobs.keep_up()
        following = await fetch_value("SELECT public_id FROM contract WHERE previous = $1", two.id)
        await sign(following)
        await pay(following)
    with clock.travel(timedelta(days=345)):
        await merchants.end_contract(SYSTEM, holder.public_id, EndReason.LEFT)
        assert await has(two.public_id) == [Has.TAKEN, Has.OFFERED]
        until = (await contracts.get_contract(two.public_id)).trades[1].until
    with clock.travel(timedelta(days=348)):
        await fetch(
            "UPDATE contract SET paid_at = NULL, owed_on = $2 WHERE id = $1",
            two.id,
            clock.today() - timedelta(days=30),
        )
        await jobs.keep_up()
        assert (await contracts.get_contract(two.public_id)).end_reason is EndReason.UNPAID
        assert await has(following) == [Has.TAKEN, Has.OFFERED]
        assert (await contracts.get_contract(following)).trades[1].until == until
        assert await has(third) == [Has.WAITING]
