"""A phone at the till: its cookie, its lens, and what its speaker and motor were told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, Playwright

from backend import settings as configuration
from backend.audit.service import SYSTEM
from backend.kit.qr import qr_svg
from backend.membership.queries import Member
from backend.vouchers import keyring, queries
from backend.vouchers import service as vouchers
from backend.vouchers.queries import VoucherPage
from tests import factories
from tests.browser.camera import film
from tests.browser.conftest import FLAGS, PATIENCE_MS, PHONE, Club
from tests.factories import Market

# What the verdict says without words: buzzes and notes, kept for the test to read.
LISTENING = """
window.felt = []; window.notes = 0;
AudioContext.prototype.resume = async () => {}; // how soon a device's sound begins is its own affair
Object.defineProperty(navigator, "vibrate", { value: (pattern) => window.felt.push(pattern) });
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (when) { window.notes += 1; return start.call(this, when); };
"""
# A page's own clock that does not see a machine stand still: a code that lies before the lens
# is not out of sight because nobody looked.
STEADY = """
const real = performance.now.bind(performance);
let last = real(), steady = last;
performance.now = () => {
  const now = real();
  steady += Math.min(now - last, 200);
  last = now;
  return steady;
};
"""


@dataclass(frozen=True)
class Scene:
    """A bakery with a till, and Samira with a voucher for it."""

    market: Market
    samira: Member
    voucher: VoucherPage


async def set_scene(club: Club) -> Scene:
    """The test signs as the running club does, so that its pictures are genuine."""
    keyring.use(configuration.load(club.environment).signing_keys)
    market = await factories.add_market("Boulangerie des Tilleuls")
    samira = await factories.add_member("Samira", "Benali")
    code = await vouchers.claim(samira, market.offer.public_id, SYSTEM)
    return Scene(market, samira, await queries.voucher_page(samira.household_id, code))


async def enrol(context: BrowserContext, club: Club, secret: str) -> None:
    await context.add_cookies(
        [{"name": "till", "value": secret, "url": club.url, "httpOnly": True, "sameSite": "Lax"}]
    )


async def picture_of(browser: Browser, payload: str) -> bytes:
    """The code as a phone shows it: black on white, with its margin."""
    page = await browser.new_page(viewport={"width": 420, "height": 420})
    await page.set_content(f'<body bgcolor="white"><div>{qr_svg(payload)}</div></body>')
    picture = await page.screenshot()
    await page.close()
    return picture


@asynccontextmanager
async def phone_before(
    playwright: Playwright, executable: str, club: Club, feed: Path | None
) -> AsyncIterator[Page]:
    """A merchant's phone whose lens sees the film `feed`; without one, what Chromium draws."""
    seen = [f"--use-file-for-fake-video-capture={feed}"] if feed else []
    browser = await playwright.chromium.launch(executable_path=executable, args=[*FLAGS, *seen])
    context = await browser.new_context(base_url=club.url, **PHONE)
    context.set_default_timeout(PATIENCE_MS)
    await context.add_init_script(LISTENING)
    await context.add_init_script(f"{{ {STEADY} }}")
    try:
        yield await context.new_page()
    finally:
        await browser.close()


async def film_of(browser: Browser, payload: str, folder: Path) -> Path:
    return film(await picture_of(browser, payload), folder / "camera.y4m")
