"""UX3: how soon a till's camera has its answer: from the open lens to the voucher's terms, and to a verdict.

A merchant's phone is played by a processor four times slower; the lens shows a film of a real code.
"wasm" fetches and starts its reader, as browsers without one of their own do; "native" has one.
"""

import os
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, Playwright, async_playwright

from backend.audit.service import SYSTEM
from backend.kit import codes
from backend.vouchers import queries, service
from backend.vouchers.scans import Scan
from tests import factories
from tests.bench.figures import percentile, told
from tests.bench.stage import Stage, stage
from tests.bench.town import sign_as
from tests.browser.camera import film
from tests.browser.conftest import FLAGS, PHONE
from tests.browser.test_till_camera import NATIVE
from tests.browser.till_feed import picture_of
from tests.factories import Market

TIMES = 8
SLOWER = 4
BOUND_MS = 3_000
WORDS = {"terms": "Vérifiez, puis validez", "verdict": "Déjà utilisé"}
EYES = """
window.opened = 0; window.seen = null;
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wish) => {
  const stream = await open(wish);
  window.opened = performance.now();
  return stream;
};
addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
  const said = document.querySelector("[data-answers]:not([hidden])")?.innerText ?? "";
  if (window.opened && window.seen === null && said.includes("WORDS"))
    window.seen = performance.now() - window.opened;
}).observe(document, {subtree: true, childList: true, attributes: true}));
"""


async def run() -> None:
    async with stage() as club, async_playwright() as playwright:
        sign_as(club)
        market = await factories.add_market(limit_count=2)
        fresh, used = await vouchers(market)
        for reader in ("wasm", "native"):
            for what, payload in (("terms", fresh), ("verdict", used)):
                times = await looks(playwright, club, market, reader, what, payload)
                name = f"{reader}, phone {SLOWER} times slower: lens open -> {what}"
                told(f"{name}: p50", percentile(times, 50), "ms")
                told(f"{name}: longest of {TIMES}", max(times), "ms", BOUND_MS, "UX3")


async def vouchers(market: Market) -> tuple[str, str]:
    """The texts of two codes: one to use, one that another till of the shop has used."""
    alice = await factories.add_member()
    other = await factories.add_till(market.shop.id, "Caisse 2")
    texts = []
    for at in range(2):
        code = await service.claim(alice, market.offer.public_id, SYSTEM, key=str(at))
        texts.append((await queries.voucher_page(alice.household_id, code)).payload or "")
    scan = Scan(code=texts[1], key=codes.random_id(), till=other.caller, price_cents=1200)
    await service.redeem(scan)
    return texts[0], texts[1]


async def looks(
    playwright: Playwright, club: Stage, market: Market, reader: str, what: str, payload: str
) -> list[float]:
    """One browser for a film; the page is opened anew each time, its files already there from the second on."""
    plain = await launch(playwright)
    shown = film(await picture_of(plain, payload), Path(club.temporary) / f"{reader}-{what}.y4m")
    await plain.close()
    browser = await launch(playwright, f"--use-file-for-fake-video-capture={shown}")
    phone = await browser.new_context(base_url=club.url, **_phone())
    await phone.add_cookies([{"name": "till", "value": market.till.cookie, "url": club.url}])
    if reader == "native":
        await phone.add_init_script(NATIVE.replace("PAYLOAD", payload))
    await phone.add_init_script(EYES.replace("WORDS", WORDS[what]))
    page = await phone.new_page()
    wire = await phone.new_cdp_session(page)
    await wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    times = [await look(page) for _ in range(TIMES)]
    await browser.close()
    return times


async def launch(playwright: Playwright, *more: str) -> Browser:
    executable = os.environ.get("PALIER_TEST_BROWSER") or "/usr/bin/chromium"
    return await playwright.chromium.launch(executable_path=executable, args=[*FLAGS, *more])


def _phone() -> dict[str, Any]:
    return {**PHONE, "permissions": ["camera"]}


async def look(page: Page) -> float:
    await page.goto("/caisse")
    seen = await page.wait_for_function("() => window.seen")
    after: float = await seen.json_value()
    return after
