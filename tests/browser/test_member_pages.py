"""A member's pages on a phone: each state is good, light enough, and works without script."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, Response, expect

from backend.kit.database import fetch, fetch_value
from backend.membership.queries import Member
from tests.browser import club_life
from tests.browser.conftest import PHONE, Club, new_page
from tests.browser.look import Watch, assert_accessible, assert_good_page
from tests.conftest import Database

MOST_BYTES, MOST_REQUESTS = 100_000, 12


@pytest.fixture
async def samira(club: Club, phone: Page, db: Database) -> Member:
    """A member with a voucher, some savings, a favourite street; her phone is signed in."""
    found = await club_life.add_samira()
    await club_life.sign_in(phone.context, club, found.person_id)
    return found


async def paths_of(samira: Member) -> list[str]:
    market = await club_life.high_street()
    used = await club_life.bakery()
    spent = await club_life.claim(samira, used)
    await club_life.redeem(used.till, spent, price_cents=14860)
    code = await club_life.claim(samira, market)
    return [
        "/",
        "/accueil",
        "/avantages",
        "/avantages?q=introuvable",
        "/avantages?famille=favoris",
        f"/avantages/{market.offer.public_id}",
        f"/avantages/{used.offer.public_id}",
        "/bons",
        f"/bons/{code}",
        f"/bons/{spent}",
        f"/bons/{code}/annulation",
        "/carte",
    ]


async def test_every_page_is_good_when_a_member_opens_it(phone: Page, samira: Member) -> None:
    """UX2, UX7, V40: axe, 320 px and targets on each page and state."""
    for path in await paths_of(samira):
        await phone.goto(path)
        await assert_good_page(phone)


@pytest.mark.parametrize(
    "media", [{"color_scheme": "dark"}, {"forced_colors": "active", "reduced_motion": "reduce"}]
)
async def test_every_page_stays_readable_when_the_phone_changes_colours(
    phone: Page, samira: Member, media: dict[str, Any]
) -> None:
    """UX2: contrast holds in the dark and in forced colours."""
    await phone.emulate_media(**media)
    for path in await paths_of(samira):
        await phone.goto(path)
        await assert_accessible(phone, forced_colours="forced_colors" in media)


@pytest.mark.parametrize("days_ago", [10, 200])
async def test_pages_are_good_when_dues_are_over(
    club: Club, phone: Page, samira: Member, days_ago: int
) -> None:
    """UX2: the states that say what to pay are as good as the others."""
    market = await club_life.bakery()
    await club_life.set_paid_until(samira, days_ago)
    for path in ("/accueil", f"/avantages/{market.offer.public_id}", "/carte"):
        await phone.goto(path)
        await expect(phone.get_by_role("link", name="Payer ma cotisation")).to_be_visible()
        await assert_good_page(phone)


async def test_empty_pages_say_what_to_do_when_nothing_was_taken_yet(
    phone: Page, samira: Member
) -> None:
    for path, link in (("/accueil", "Prenez un premier bon"), ("/bons", "Choisir un avantage")):
        await phone.goto(path)
        await expect(phone.get_by_role("link", name=link)).to_be_visible()
        await assert_good_page(phone)


async def test_first_view_is_light_when_nothing_is_kept_yet(
    club: Club, chromium: Browser, db: Database, watch: Watch
) -> None:
    """PERF1: at most 100 kB compressed in at most 12 requests, on each page."""
    samira = await club_life.add_samira()
    plain: dict[str, Any] = dict(PHONE)
    for path in await paths_of(samira):
        context = await chromium.new_context(base_url=club.url, **plain)
        await club_life.sign_in(context, club, samira.person_id)
        weights = await weights_of(await new_page(context, watch), path)
        await context.close()
        print(f"{path}: {len(weights)} requests, {sum(weights.values())} bytes")
        assert len(weights) <= MOST_REQUESTS, weights
        assert sum(weights.values()) <= MOST_BYTES, weights


async def weights_of(page: Page, path: str) -> dict[str, int]:
    """The bodies a first view asks for, as they were sent; what an open voucher asks later left out."""
    heard: list[Response] = []
    page.on("response", lambda response: heard.append(response))  # noqa: PLW0108 - Playwright marks what it calls, and a built-in takes no mark
    await page.goto(path, wait_until="load")
    await page.wait_for_timeout(300)
    first = [one for one in heard if not urlsplit(one.url).path.endswith("/etat")]
    return {one.url: (await one.request.sizes())["responseBodySize"] for one in first}


async def test_list_follows_the_words_when_one_types(phone: Page, samira: Member) -> None:
    """The same form without script is shown in tests/integration/test_member_offers.py."""
    await club_life.high_street()
    await phone.goto("/avantages")
    await phone.get_by_label("Chercher un avantage").press_sequentially("velo", delay=20)
    await expect(phone.get_by_role("status")).to_have_text("Aucun avantage pour ces mots")
    await phone.get_by_label("Chercher un avantage").fill("LUNETTES")
    await expect(phone.locator("#liste .t")).to_have_text(["Optique Voltige"])
    await expect(phone.get_by_role("status")).to_contain_text("1 avantage")
    await expect(phone).to_have_url(re.compile("q=LUNETTES"))


async def test_voucher_is_taken_and_shown_when_script_is_off(
    club: Club, plain_phone: Page, db: Database
) -> None:
    """UX1: choosing, taking, favouring and showing work without JavaScript."""
    samira = await club_life.add_samira()
    await club_life.high_street()
    await club_life.sign_in(plain_phone.context, club, samira.person_id)
    await plain_phone.goto("/avantages")
    await plain_phone.get_by_label("Chercher un avantage").fill("pain")
    await plain_phone.get_by_label("Chercher un avantage").press("Enter")
    await plain_phone.get_by_role("link", name="Boulangerie des Tilleuls").click()
    await plain_phone.get_by_role("button", name="Mettre en favori").click()
    await expect(plain_phone.get_by_role("button", name="Retirer des favoris")).to_be_visible()
    await plain_phone.get_by_role("button", name="Prendre mon bon").click()
    await expect(plain_phone.get_by_role("heading", level=1)).to_contain_text("−10")
    await expect(plain_phone.locator(".qr svg")).to_be_visible()
    await plain_phone.goto("/carte")
    await expect(plain_phone.locator(".qr svg")).to_be_visible()


async def test_double_tap_takes_one_voucher_when_the_network_is_slow(
    phone: Page, samira: Member
) -> None:
    """UX7: the button says that it works; V11: one wish is one voucher."""
    market = await club_life.bakery(limit_count=3)
    await phone.goto(f"/avantages/{market.offer.public_id}")
    await phone.get_by_role("button", name="Prendre mon bon").dblclick(no_wait_after=True)
    await phone.wait_for_url("**/bons/*")
    rows = await fetch("SELECT code FROM voucher WHERE household = $1", samira.household_id)
    assert len(rows) == 1


async def test_front_door_is_good_when_a_stranger_comes(phone: Page, db: Database) -> None:
    """UX2: what the club is, what it saved, and how to join, before anybody signs in."""
    samira = await club_life.add_samira()
    market = await club_life.high_street()
    code = await club_life.claim(samira, market)
    await club_life.redeem(market.till, code, price_cents=14860)
    await phone.goto("/")
    await expect(phone.get_by_role("link", name="Rejoindre le club")).to_be_visible()
    await assert_good_page(phone)
    assert await fetch_value("SELECT count(*) FROM session") == 0
