"""The voucher a member shows: its code on every screen, its turn to used, without a network."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from backend.kit.qr import qr_matrix, qr_svg
from backend.membership.queries import Member
from backend.vouchers import queries
from backend.vouchers import service as vouchers
from backend.vouchers.values import Undo
from tests.browser import club_life
from tests.browser.conftest import Club
from tests.browser.look import Watch
from tests.browser.modules import shown_modules, until
from tests.conftest import Database
from tests.factories import Market

OFFLINE = "ERR_INTERNET_DISCONNECTED"
WAKE_LOCKS = """
window.locks = [];
navigator.wakeLock.request = async (kind) => {
  window.locks.push(kind);
  return { released: false, release: async () => window.locks.push("released") };
};
"""

KEPT_USED = """async (path) => {
  const kept = await caches.match(path, { ignoreVary: true });
  return kept !== undefined && (await kept.text()).includes("used-mark");
}"""
KEPT = """async () => {
  const cache = await caches.open("palier-pages-1");
  return (await cache.keys()).map((request) => new URL(request.url).pathname);
}"""


@pytest.fixture
async def samira(club: Club, phone: Page, db: Database) -> Member:
    found = await club_life.add_samira()
    await club_life.sign_in(phone.context, club, found.person_id)
    return found


@pytest.fixture
async def market(db: Database) -> Market:
    return await club_life.bakery()


@pytest.fixture
async def code(samira: Member, market: Market) -> str:
    return await club_life.claim(samira, market)


async def payload_shown(page: Page) -> str:
    """The path the server drew: it signs with keys of its own, so it is read off the page."""
    drawn = await page.locator(".qr svg path[stroke]").get_attribute("d")
    assert drawn is not None
    return drawn


@pytest.mark.parametrize(
    "media",
    [
        {"color_scheme": "light"},
        {"color_scheme": "dark"},
        {"color_scheme": "dark", "forced_colors": "active"},
    ],
)
async def test_code_is_black_on_white_when_the_phone_has_any_colours(
    phone: Page, code: str, media: dict[str, Any]
) -> None:
    """V21, UX4: black on white, four white modules around, 70 % of the screen and 250 px at least."""
    await phone.emulate_media(**media)
    await phone.goto(f"/bons/{code}")
    shape = phone.locator(".qr svg")
    side = int(((await shape.get_attribute("viewBox")) or "").split()[-1])
    modules = await shown_modules(shape, side - 8)
    assert modules == runs_of(await payload_shown(phone), side - 8)
    box = await shape.bounding_box()
    assert box is not None
    symbol = box["width"] * (side - 8) / side
    assert symbol >= 0.7 * 360
    assert symbol >= 250
    card = phone.locator(".ticket")
    if "forced_colors" not in media:
        ground = await card.evaluate("e => getComputedStyle(e).backgroundColor")
        assert ground == "rgb(255, 255, 255)"


def runs_of(path: str, size: int) -> list[list[bool]]:
    """The matrix that the server's path of runs draws: "M4 4.5h7m1 0h2"."""
    matrix = [[False] * size for _ in range(size)]
    for y, row in enumerate(path.split("M")[1:]):
        x = 0
        for part in row.split(".5", 1)[1].replace("h", " h").replace("m", " m").split(" "):
            if part.startswith("h"):
                matrix[y][x : x + int(part[1:])] = [True] * int(part[1:])
            x += int(part[1:]) if part[:1] in ("h", "m") else 0
    return matrix


async def test_server_draws_the_payload_it_signed_when_the_page_is_asked(
    samira: Member, code: str
) -> None:
    """V20: the same runs as a code drawn module by module."""
    voucher = await queries.voucher_page(samira.household_id, code)
    assert voucher.payload is not None
    matrix = qr_matrix(voucher.payload)
    path = qr_svg(voucher.payload).split('stroke="#000" d="')[1].split('"')[0]
    assert runs_of(path, len(matrix)) == matrix


async def test_voucher_turns_to_used_and_back_when_the_shop_scans_and_undoes(
    phone: Page, market: Market, code: str
) -> None:
    """V32: the page changes by itself, says it to those who cannot see, and shows no green tick."""
    await phone.goto(f"/bons/{code}")
    await phone.evaluate("() => { window.same = true; }")
    redemption = await club_life.redeem(market.till, code)
    await expect(phone.locator(".used-mark b")).to_have_text("Utilisé")
    await expect(phone.locator(".qr")).to_have_count(0)
    await expect(phone.locator(".top b")).to_have_text("Votre bon")
    await expect(phone.get_by_role("link", name="Annuler ce bon")).to_be_hidden()
    await expect(phone.get_by_role("status")).to_contain_text("chez Boulangerie des Tilleuls")
    await expect(phone.locator("main use[href*='circle-check']")).to_have_count(0)
    await vouchers.reverse(
        Undo(redemption=redemption, reason="erreur", key="k", till=market.till.caller)
    )
    await expect(phone.locator(".qr svg")).to_be_visible()
    assert await phone.evaluate("() => window.same") is True


async def test_voucher_turns_to_used_when_script_is_off(
    club: Club, plain_phone: Page, db: Database
) -> None:
    """UX1: without JavaScript the open page asks for itself again."""
    samira, market = await club_life.add_samira(), await club_life.bakery()
    code = await club_life.claim(samira, market)
    await club_life.sign_in(plain_phone.context, club, samira.person_id)
    await plain_phone.goto(f"/bons/{code}")
    await club_life.redeem(market.till, code)
    await expect(plain_phone.locator(".used-mark b")).to_have_text("Utilisé")


async def test_voucher_opens_when_there_is_no_network(
    phone: Page, samira: Member, market: Market, code: str, watch: Watch
) -> None:
    """V22, UX4: code, letters, terms and the time it was last seen come from the phone itself."""
    watch.allow(OFFLINE)
    await phone.goto(f"/bons/{code}")
    await expect(phone.get_by_text("Marche sans réseau.")).to_be_visible()
    before = await phone.locator(".qr").inner_html()
    await phone.context.set_offline(True)
    await phone.goto(f"/bons/{code}")
    assert await phone.locator(".qr").inner_html() == before
    await expect(phone.locator(".code span").last).to_have_text(code[8:])
    await expect(phone.get_by_text("Pas sur les gâteaux commandés.")).to_be_visible()
    await expect(phone.get_by_text("Pas de réseau. Le bon marche quand même.")).to_be_visible()
    await phone.wait_for_function("() => document.fonts.check('16px \"Atkinson Next\"')")
    await phone.context.set_offline(False)
    await expect(phone.get_by_text("Marche sans réseau.")).to_be_visible()


async def test_used_voucher_stays_used_when_the_network_goes_after(
    phone: Page, market: Market, code: str, watch: Watch
) -> None:
    """V22: what is kept follows what was seen; a used voucher never comes back from the phone."""
    watch.allow(OFFLINE)
    await phone.goto(f"/bons/{code}")
    await expect(phone.get_by_text("Marche sans réseau.")).to_be_visible()
    await club_life.redeem(market.till, code)
    await expect(phone.locator(".used-mark b")).to_have_text("Utilisé")
    await until(lambda: phone.evaluate(KEPT_USED, f"/bons/{code}"))
    await phone.context.set_offline(True)
    await phone.goto(f"/bons/{code}")
    await expect(phone.locator(".used-mark b")).to_have_text("Utilisé")


async def test_nothing_else_is_kept_when_a_member_looks_around(phone: Page, code: str) -> None:
    """V22: the worker keeps vouchers and the card, and no other page."""
    for path in (f"/bons/{code}", "/accueil", "/bons", "/carte"):
        await phone.goto(path)
        await phone.wait_for_load_state("networkidle" if path != f"/bons/{code}" else "load")
        if path in (f"/bons/{code}", "/carte"):
            await expect(phone.get_by_text("Marche sans réseau.")).to_be_visible()
    kept = await phone.evaluate(KEPT)
    assert sorted(kept) == sorted([f"/bons/{code}", "/carte"])


async def test_phone_forgets_when_the_member_signs_out(phone: Page, code: str) -> None:
    """What one person opened is not for the next one who holds the phone."""
    await phone.goto(f"/bons/{code}")
    await expect(phone.get_by_text("Marche sans réseau.")).to_be_visible()
    await phone.context.clear_cookies()
    await phone.goto("/")
    await until(lambda: phone.evaluate("async () => (await caches.keys()).length === 0"))


async def test_screen_stays_on_when_the_voucher_is_shown(phone: Page, code: str) -> None:
    """V21, UX4: a wake lock is asked for, and given back when the page goes."""
    await phone.add_init_script(WAKE_LOCKS)
    await phone.goto(f"/bons/{code}")
    await expect(phone.get_by_role("button", name="Plein écran")).to_be_visible()
    await expect(phone.get_by_text("Montez la lumière de l’écran.")).to_be_visible()
    await phone.wait_for_function("() => window.locks.includes('screen')")
    await phone.evaluate("() => window.dispatchEvent(new PageTransitionEvent('pagehide'))")
    await phone.wait_for_function("() => window.locks.includes('released')")


async def test_voucher_is_given_back_when_the_member_confirms(
    phone: Page, samira: Member, code: str
) -> None:
    """V40: the question is a dialog that a keyboard opens, keeps and answers."""
    await phone.goto(f"/bons/{code}")
    await phone.get_by_role("link", name="Annuler ce bon").press("Enter")
    dialog = phone.get_by_role("dialog")
    await dialog.get_by_role("link", name="Garder le bon").click()
    await expect(dialog).to_be_hidden()
    await phone.get_by_role("link", name="Annuler ce bon").click()
    await dialog.get_by_role("button", name="Annuler le bon").click()
    await expect(phone.get_by_text("Ce bon est annulé.")).to_be_visible()
    assert await queries.open_vouchers(samira.household_id) == []
