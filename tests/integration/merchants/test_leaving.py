"""The partner's page while two years stand on it: the one in force and the one after it."""

import re
from datetime import timedelta

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.kit import clock
from backend.merchants import contracts, jobs
from backend.merchants import service as merchants
from backend.merchants.contracts import Has
from backend.merchants.errors import PartnerClosed
from backend.merchants.rules import EndReason, Standing
from backend.merchants.standings import standing
from backend.settings import Settings
from tests import sign_in
from tests.contracts import PLUMBER, add_contract, add_firm, add_waiting, draw, pay, sign
from tests.factories import add_person, add_role
from tests.integration.merchants.test_pages import Browser, as_merchant

HERE = "/partenaire/convention"
NEXT_YEAR_IS_DRAWN = timedelta(days=310)


@pytest.fixture
async def browser(client: httpx.AsyncClient) -> Browser:
    return Browser(client)


async def actions(browser: Browser) -> list[str]:
    """Where the forms of the page go."""
    return re.findall(r'action="([^"]+)"', (await browser.client.get(HERE)).text)


@pytest.mark.parametrize("day", [310, 380])
async def test_partner_leaves_at_once_when_the_next_year_is_drawn(
    browser: Browser, settings: Settings, day: int
):
    """P1, P7: leaving ends the contract in force, or in grace, and the next; who waits has the place."""
    firm = await add_firm("Roux")
    await add_contract(firm.id)
    waiter = await add_waiting("Blanc")
    with clock.travel(NEXT_YEAR_IS_DRAWN):
        await jobs.keep_up()
    with clock.travel(timedelta(days=day)):
        await as_merchant(browser, settings, firm.id)
        await browser.open(HERE)
        (leave,) = [one for one in await actions(browser) if one.endswith("/depart")]
        await browser.send(leave)
        assert await standing(firm.id, clock.today()) is Standing.CLOSED
        assert (await contracts.get_contract(waiter)).trades[0].has is Has.OFFERED
        assert "Pas encore de convention" in await browser.open(HERE)


async def test_leaving_ends_the_year_that_runs_when_it_is_paid(
    browser: Browser, settings: Settings
):
    """P1, P7: last year is over: neither the portal nor the office ends this one by it."""
    firm = await add_firm("Roux")
    one = await add_contract(firm.id)
    with clock.travel(NEXT_YEAR_IS_DRAWN):
        await jobs.keep_up()
        (following, _) = await contracts.running(firm.id)
        await sign(following.public_id)
        await pay(following.public_id)
    with clock.travel(timedelta(days=380)):
        manager = await add_person("Nadia", "Club")
        await add_role(manager, Role.MANAGER)
        await sign_in.as_staff(browser.client, settings, manager)
        for public_id, ends in ((one.public_id, False), (following.public_id, True)):
            page = await browser.open(f"/gestion/conventions/{public_id}")
            assert ("Terminer cette convention" in page) is ends
        await as_merchant(browser, settings, firm.id)
        leave = f"/partenaire/conventions/{following.public_id}/depart"
        assert leave in await actions(browser)


@pytest.mark.usefixtures("db")
async def test_trade_goes_to_the_next_when_the_office_closes_a_firm():
    """P1, P7, V12: both its years end; nothing more is drawn, asked or signed until it is taken back."""
    firm = await add_firm("Roux")
    one = await add_contract(firm.id)
    waiter = await add_waiting("Blanc")
    with clock.travel(NEXT_YEAR_IS_DRAWN):
        await jobs.keep_up()
        await merchants.close_partner(SYSTEM, firm.id)
        assert (await contracts.get_contract(waiter)).trades[0].has is Has.OFFERED
        assert (await contracts.get_contract(one.public_id)).end_reason is EndReason.CLUB
        assert await contracts.running(firm.id) == []
        with pytest.raises(PartnerClosed):
            await draw(firm.id)
        await merchants.reopen_partner(SYSTEM, firm.id)
        again = await draw(firm.id)
        assert (await sign(again)).waiting


async def test_both_years_are_shown_when_the_next_is_drawn(browser: Browser, settings: Settings):
    """P7: what runs and what comes stand apart; a place offered for this year has its button."""
    holder = await add_contract((await add_firm("Roux")).id)
    firm = await add_firm("Blanc")
    both = await draw(firm.id, trades=(PLUMBER, 432202))
    await sign(both)
    await pay(both)
    with clock.travel(NEXT_YEAR_IS_DRAWN):
        await jobs.keep_up()
        await merchants.end_contract(SYSTEM, holder.public_id, EndReason.LEFT)
        await as_merchant(browser, settings, firm.id)
        page = await browser.open(HERE)
        assert page.index("Convention en cours") < page.index("Convention suivante")
        assert f"/partenaire/conventions/{both}/place" in await actions(browser)
        await browser.send(f"/partenaire/conventions/{both}/place")
        found = await contracts.get_contract(both)
        assert [one.has for one in found.trades] == [Has.TAKEN, Has.TAKEN]
        (following, _) = await contracts.running(firm.id)
        assert [one.has for one in following.trades] == [Has.HELD, Has.HELD]


async def test_free_firm_takes_its_place_with_one_press(browser: Browser, settings: Settings):
    """P1: where nothing is asked, an offered place has its button too."""
    holder = await add_contract((await add_firm("Roux")).id)
    firm = await add_firm("Blanc")
    public_id = await draw(firm.id, dues_cents=0)
    await sign(public_id)
    await merchants.end_contract(SYSTEM, holder.public_id, EndReason.LEFT)
    await as_merchant(browser, settings, firm.id)
    assert "Prendre la place" in await browser.open(HERE)
    assert f"/partenaire/conventions/{public_id}/place" in await actions(browser)
