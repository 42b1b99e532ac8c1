"""Every page of every role in the demo club, one of each kind, is looked at on a phone."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Page

from backend import settings as configuration
from backend.sandbox import demo
from backend.settings import Settings
from tests.browser import walkers
from tests.browser.conftest import PHONE, Club, new_page, skip_rounds
from tests.browser.crawl import Found, Kinds, crawl
from tests.browser.look import Watch, assert_good_page, assert_zooms
from tests.browser.walkers import NO_PAGES, NO_WALKER, WALKERS, owner
from tests.conftest import Database, empty_tables
from tests.integration.http.callers import allowed

HERE = Path(__file__).parent
# No link of the demo club leads there: a step of a form, a moment of a payment, a rare state. The
# named test stands on the page and looks at it.
ELSEWHERE: dict[str, str] = {
    "/desabonnement/{token}": (
        "test_campaigns.py::test_mail_looks_right_on_a_narrow_phone_and_ends_with_one_tap"
    ),
    "/partenaire/paiements/{public_id}": (
        "test_partner_life.py::test_second_plumber_has_the_place_when_the_first_leaves"
    ),
    "/connexion/equipe/codes-de-secours": (
        "test_keyboard.py::test_staff_come_in_with_two_codes_when_only_keys_are_used"
    ),
}


@pytest.fixture(scope="module")
async def demo_club(club: Club, open_database: Database) -> AsyncIterator[Settings]:
    """Filled once for all walks; what they look at, none of them changes."""
    settings = configuration.load(club.environment)
    await skip_rounds()  # at whatever moment of the filling, or of a walk, the worker looks
    await demo.fill_once(settings)
    await walkers.stage(settings)
    yield settings
    await empty_tables(open_database.owner_url, club_runs=True)


@pytest.mark.parametrize("who", WALKERS)
async def test_every_page_is_good_on_a_phone(
    who: str, club: Club, demo_club: Settings, chromium: Browser, watch: Watch
) -> None:
    """UX2, UX7, D4, D5, SEC9: axe, 320 px, 200 %, targets, no foreign request, no CSP report."""
    kinds = Kinds(demo_club)
    mine = {kind for kind in kinds if owner(kind) == who} - ELSEWHERE.keys() - NO_PAGES
    cookies = await WALKERS[who].cookies()
    found = await found_by(who, club, kinds, mine, cookies)
    assert found.dead == []
    assert sorted(mine - found.kinds) == [], "no link leads there: see walkers.BEHIND"
    context = await chromium.new_context(base_url=club.url, **PHONE)
    await context.add_cookies(
        [{"name": name, "value": value, "url": club.url} for name, value in cookies.items()]
    )
    page = await new_page(context, watch)
    faults = [await looked_at(page, found.pages[kind]) for kind in mine & found.pages.keys()]
    await context.close()
    assert [fault for fault in faults if fault] == []


async def found_by(
    who: str, club: Club, kinds: Kinds, mine: set[str], cookies: dict[str, str]
) -> Found:
    starts = await walkers.starts_of(who, mine)
    async with httpx.AsyncClient(
        base_url=club.url, cookies=cookies, trust_env=False, timeout=60
    ) as browser:
        return await crawl(browser, starts, kinds, mine, who)


async def looked_at(page: Page, address: str) -> str:
    """What is wrong with it, or nothing: a walk tells all faults at once."""
    answer = await page.goto(address)
    assert answer is not None
    assert answer.status == 200, address
    try:
        await assert_good_page(page)
        await assert_zooms(page)
    except AssertionError as fault:
        return f"{address}: {fault}"
    return ""


def test_every_page_has_somebody_who_looks_at_it(demo_club: Settings) -> None:
    """UX2: a new page of a role that walks nowhere is red, and so is a role without a walk."""
    assert [
        kind
        for kind in Kinds(demo_club)
        if owner(kind) is None and (allowed("GET", kind) or frozenset()) - NO_WALKER
    ] == []


def test_pages_that_no_link_leads_to_are_looked_at_where_it_is_said(demo_club: Settings) -> None:
    """UX2: each exception names a test that is there, and a page that is still there."""
    assert ELSEWHERE.keys() - set(Kinds(demo_club)) == set()
    for said in set(ELSEWHERE.values()):
        file, _, name = said.partition("::")
        assert f"async def {name}(" in (HERE / file).read_text(), said
