"""PERF2: how soon the key pages are seen and heed a thumb, on a slow phone with a slow network.

Lighthouse's mobile settings, applied in the browser itself (its constants `mobileSlow4G.devtools`): each request
waits 562.5 ms, 1,474.56 kbit/s come down and 675 go up, and the processor is four times slower.
"""

import os
from typing import Any

from playwright.async_api import Browser, async_playwright

from tests.bench.figures import percentile, told
from tests.bench.stage import stage
from tests.bench.visitors import invite

KBIT = 1000 / 8  # bytes
NETWORK = {
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 1474.56 * KBIT,
    "uploadThroughput": 675 * KBIT,
}
SLOWER = 4
SCREEN: Any = {"width": 412, "height": 823}
TIMES = 5
LCP_MS, TBT_MS, CLS = 2000, 150, 0.05
# What web-vitals reads: the largest picture, shifts nobody asked for, and what of a task is over 50 ms.
WATCH = """
window.seen = {lcp: 0, cls: 0, tbt: 0};
const on = (type, heed) => new PerformanceObserver(
  (list) => list.getEntries().forEach(heed)).observe({type, buffered: true});
on("largest-contentful-paint", (each) => { window.seen.lcp = each.startTime; });
on("layout-shift", (each) => { if (!each.hadRecentInput) window.seen.cls += each.value; });
on("longtask", (each) => { window.seen.tbt += Math.max(0, each.duration - 50); });
"""


async def run() -> None:
    async with stage() as club, async_playwright() as playwright:
        who = await invite(club)
        pages = [
            ("home", who.public, "/"),
            ("joining", who.public, "/adherer"),
            ("member's home", who.member, "/accueil"),
            ("catalogue", who.member, "/avantages"),
            ("voucher", who.member, f"/bons/{who.code}"),
            ("card", who.member, "/carte"),
        ]
        browser = await playwright.chromium.launch(
            executable_path=os.environ.get("PALIER_TEST_BROWSER") or "/usr/bin/chromium",
            args=["--no-sandbox"],
        )
        for name, cookies, path in pages:
            seen = [await look(browser, club.url, cookies, path) for _ in range(TIMES)]
            for key, unit, bound in (
                ("lcp", "ms", LCP_MS),
                ("tbt", "ms", TBT_MS),
                ("cls", "", CLS),
            ):
                figure = percentile([each[key] for each in seen], 50)
                told(f"{name}: {key.upper()}, median of {TIMES}", figure, unit, bound, "PERF2")
        await browser.close()


async def look(browser: Browser, url: str, cookies: dict[str, str], path: str) -> dict[str, float]:
    """The page with an empty cache, until nothing has been asked for during half a second."""
    phone = await browser.new_context(viewport=SCREEN, device_scale_factor=1.75, has_touch=True)
    await phone.add_cookies([{"name": n, "value": v, "url": url} for n, v in cookies.items()])
    await phone.add_init_script(WATCH)
    page = await phone.new_page()
    wire = await phone.new_cdp_session(page)
    await wire.send("Network.enable")
    await wire.send("Network.emulateNetworkConditions", NETWORK)
    await wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    await page.goto(url + path, wait_until="networkidle")
    seen: dict[str, float] = await page.evaluate("window.seen")
    assert seen["lcp"] > 0, path
    await phone.close()
    return seen
