"""UX4: how soon a voucher's code is on the screen with no network, from what the phone has kept.

A processor four times slower; the code is there when a frame was painted with it.
"""

import os

from playwright.async_api import async_playwright

from tests.bench.figures import percentile, told
from tests.bench.stage import stage
from tests.bench.town import sign_as
from tests.bench.visitors import invite
from tests.browser.conftest import PHONE

TIMES = 15
SLOWER = 4
BOUND_MS = 1_000
LEAST_PX = 250
PAINTED = """
window.painted = null;
const look = () => {
  const code = document.querySelector(".qr svg");
  if (code && code.getBoundingClientRect().width > 0)
    requestAnimationFrame(() => { window.painted = performance.now(); });
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


async def run() -> None:
    async with stage() as club, async_playwright() as playwright:
        sign_as(club)
        who = await invite(club)
        browser = await playwright.chromium.launch(
            executable_path=os.environ.get("PALIER_TEST_BROWSER") or "/usr/bin/chromium",
            args=["--no-sandbox"],
        )
        phone = await browser.new_context(base_url=club.url, **PHONE)
        await phone.add_cookies(
            [{"name": name, "value": value, "url": club.url} for name, value in who.member.items()]
        )
        await phone.add_init_script(PAINTED)
        page = await phone.new_page()
        wire = await phone.new_cdp_session(page)
        await wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        for name, path in (("voucher", f"/bons/{who.code}"), ("card", "/carte")):
            await page.goto(path)
            await page.get_by_text("Marche sans réseau.").wait_for()
            await phone.set_offline(True)
            times = []
            for _ in range(TIMES):
                await page.goto(path)
                painted = await page.wait_for_function("() => window.painted")
                times.append(float(await painted.json_value()))
            wide = await page.evaluate(
                "document.querySelector('.qr svg').getBoundingClientRect().width"
            )
            assert wide >= LEAST_PX, wide
            await phone.set_offline(False)
            told(f"{name} without network: p50", percentile(times, 50), "ms")
            told(f"{name} without network: longest of {TIMES}", max(times), "ms", BOUND_MS, "UX4")
        await browser.close()
