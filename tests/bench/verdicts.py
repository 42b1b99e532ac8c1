"""V40: how soon the live region of a till says yes or no, from the press that asked for it.

The time is the browser's own: from the event of the press to the breath in which the region holds
the words. A merchant's old phone is played by a processor four times slower.
"""

import os

from playwright.async_api import Browser, Page, async_playwright

from backend.audit.service import SYSTEM
from backend.kit import codes
from backend.vouchers import service
from backend.vouchers.scans import Scan
from tests import factories
from tests.bench.figures import percentile, told
from tests.bench.stage import Stage, stage
from tests.bench.town import sign_as
from tests.factories import Market

TIMES = 30
SLOWER = 4
BOUND_MS = 500
SCREEN = {"width": 360, "height": 740}
EARS = """
window.pressed = 0; window.after = null;
for (const way of ["keydown", "click"])
  addEventListener(way, (event) => {
    if (way === "click" || event.key === "Enter") { window.pressed = event.timeStamp; window.after = null; }
  }, true);
addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
  const said = document.querySelector("[data-answers]:not([hidden]) [role=alert]");
  const verdict = document.body.className.startsWith("verdict");
  if (verdict && said?.textContent.trim() && window.after === null)
    window.after = performance.now() - window.pressed;
}).observe(document, {subtree: true, childList: true, characterData: true, attributes: true}));
"""
# Typing is the way in: what a camera sees first is chance.
NO_LENS = "Object.defineProperty(navigator, 'mediaDevices', {value: undefined})"


async def run() -> None:
    async with stage() as club, async_playwright() as playwright:
        sign_as(club)
        browser = await playwright.chromium.launch(
            executable_path=os.environ.get("PALIER_TEST_BROWSER") or "/usr/bin/chromium",
            args=["--no-sandbox"],
        )
        for name, slower in (("phone", 1), (f"phone {SLOWER} times slower", SLOWER)):
            market = await factories.add_market(name, limit_count=2 * TIMES)
            used, fresh = await vouchers(name, market)
            page = await open_till(browser, club, market, slower)
            for what, times in (
                ("yes", [await yes(page, code) for code in fresh]),
                ("no", [await no(page, code) for code in used]),
            ):
                told(f"{name}: pressed -> {what} is said: p50", percentile(times, 50), "ms")
                longest = f"{name}: pressed -> {what} is said: longest of {TIMES}"
                told(longest, max(times), "ms", BOUND_MS, "V40")
            await page.context.close()
        await browser.close()


async def vouchers(name: str, market: Market) -> tuple[list[str], list[str]]:
    """As many that another till of the shop has used as there are fresh ones."""
    alice = await factories.add_member()
    other = await factories.add_till(market.shop.id, "Caisse 2")
    wanted = market.offer.public_id
    taken = [
        await service.claim(alice, wanted, SYSTEM, key=f"{name} {at}") for at in range(2 * TIMES)
    ]
    for code in taken[:TIMES]:
        scan = Scan(code=code, key=codes.random_id(), till=other.caller, price_cents=1200)
        await service.redeem(scan)
    return taken[:TIMES], taken[TIMES:]


async def open_till(browser: Browser, club: Stage, market: Market, slower: int) -> Page:
    phone = await browser.new_context(
        viewport=SCREEN, device_scale_factor=2, is_mobile=True, has_touch=True, locale="fr-FR"
    )
    await phone.add_cookies([{"name": "till", "value": market.till.cookie, "url": club.url}])
    await phone.add_init_script(EARS)
    await phone.add_init_script(NO_LENS)
    page = await phone.new_page()
    wire = await phone.new_cdp_session(page)
    await wire.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    await page.goto(f"{club.url}/caisse")
    return page


async def yes(page: Page, code: str) -> float:
    """Looked at, then confirmed."""
    await type_in(page, code)
    await page.get_by_label("Prix normal").fill("12")
    await page.get_by_role("button", name="Valider").tap()
    return await heard(page)


async def no(page: Page, code: str) -> float:
    await type_in(page, code)
    return await heard(page)


async def type_in(page: Page, code: str) -> None:
    field = page.get_by_label("Code du bon ou de la carte")
    await field.fill(code)
    await field.press("Enter")


async def heard(page: Page) -> float:
    """Milliseconds from the press to the words; then the next customer."""
    said = await page.wait_for_function("() => window.after")
    after: float = await said.json_value()
    await page.locator("[data-answers] a.btn[data-next]").first.tap()
    await page.locator("[data-answers]").wait_for(state="hidden")
    return after
