"""The whole main job: join, pay, take a voucher, show it, be scanned, be told, undo."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, Playwright, expect

from backend.audit.service import SYSTEM
from backend.merchants import service as merchants
from tests.browser.camera import film
from tests.browser.conftest import FLAGS, PHONE, Club, new_page
from tests.browser.look import Watch, assert_good_page
from tests.browser.test_joining import join, pay
from tests.factories import Market, add_dwelling, add_market


async def test_from_an_empty_phone_to_a_voucher_scanned_and_undone(
    club: Club, phone: Page, playwright: Playwright, executable: str, watch: Watch, tmp_path: Path
) -> None:
    """V6, V13, V21, V32, UX3, SEC9: real mail, the simulated bank, a camera that sees the code."""
    market = await a_club_with_a_bakery()
    await join(club, phone, "samira@example.org")
    await phone.get_by_role("button", name="Payer 12,00 € maintenant").click()
    await phone.wait_for_url(f"{club.stripe.url}/**")
    await pay(phone)
    await expect(phone.get_by_text("C’est payé. Merci !")).to_be_visible()
    await take_voucher(phone, market)
    feed = film(await phone.locator(".qr").first.screenshot(), tmp_path / "voucher.y4m")
    async with camera(playwright, executable, feed) as browser:
        till = await enrolled_till(browser, club, watch, market)
        await validate(till)
        # The phone turns by itself, and shows no verdict of its own.
        await expect(phone.locator(".qr")).to_have_count(0)
        await scanned_again_elsewhere(club, browser, watch, market)
        await undo(till)
    await expect(phone.locator(".qr").first).to_be_visible()
    await phone.goto("/bons")
    await expect(phone.get_by_text("Annulé").first).to_be_visible()


async def test_main_job_works_without_script(
    club: Club, plain_phone: Page, chromium: Browser, watch: Watch
) -> None:
    """UX1: pay, show a voucher and validate it by its typed code, with JavaScript disabled."""
    market = await a_club_with_a_bakery()
    await join_plainly(club, plain_phone)
    await take_voucher(plain_phone, market)
    said = await plain_phone.locator(".code").first.inner_text()
    context = await chromium.new_context(base_url=club.url, java_script_enabled=False, **PHONE)
    till = await new_page(context, watch)
    await enrol(till, market)
    await till.locator("#f-code").fill(said.splitlines()[-1])
    await till.get_by_role("button", name="Vérifier ce code").click()
    await till.get_by_label("Prix normal").fill("12")
    await till.get_by_role("button", name="Valider").click()
    await expect(till.get_by_role("heading", name="Validé")).to_be_visible()
    await plain_phone.reload()
    await expect(plain_phone.locator(".qr")).to_have_count(0)
    await context.close()


async def a_club_with_a_bakery() -> Market:
    await add_dwelling("L/01 00206", "80000", 3)
    return await add_market()


async def join_plainly(club: Club, page: Page) -> None:
    await join(club, page, "samira@example.org", look=assert_whole)
    await page.get_by_role("button", name="Payer 12,00 € maintenant").click()
    await page.wait_for_url(f"{club.stripe.url}/**")
    await pay(page)
    await expect(page.get_by_text("C’est payé. Merci !")).to_be_visible()


async def assert_whole(page: Page) -> None:
    await expect(page.locator("main h1")).to_be_visible()


async def take_voucher(phone: Page, market: Market) -> None:
    await phone.goto("/avantages")
    await phone.locator(f"a[href='/avantages/{market.offer.public_id}']").first.click()
    await phone.get_by_role("button", name="Prendre mon bon").click()
    await phone.wait_for_url("**/bons/*")
    await expect(phone.locator(".qr").first).to_be_visible()


@asynccontextmanager
async def camera(playwright: Playwright, executable: str, feed: Path) -> AsyncIterator[Browser]:
    """The merchant's phone: its lens sees the picture of the voucher."""
    flags = [*FLAGS, f"--use-file-for-fake-video-capture={feed}"]
    browser = await playwright.chromium.launch(executable_path=executable, args=flags)
    try:
        yield browser
    finally:
        await browser.close()


async def enrolled_till(browser: Browser, club: Club, watch: Watch, market: Market) -> Page:
    context = await browser.new_context(base_url=club.url, permissions=["camera"], **PHONE)
    till = await new_page(context, watch)
    await enrol(till, market)
    return till


async def enrol(till: Page, market: Market) -> None:
    made = await merchants.make_till(SYSTEM, market.shop.id, "Téléphone")
    await till.goto(f"/caisse/inscription/{made.enrol_code}")
    await till.get_by_role("button", name="Inscrire").click()
    await till.wait_for_url("**/caisse?fait=*")


async def scan(till: Page) -> None:
    """The camera was allowed before, so it opens by itself."""
    await till.goto("/caisse")
    await expect(till.get_by_role("heading", name="Vérifiez, puis validez")).to_be_visible()


async def validate(till: Page) -> None:
    await scan(till)
    await expect(till.get_by_text("Samira B.")).to_be_visible()
    await till.get_by_label("Prix normal").fill("12,00")
    await till.get_by_role("button", name="Valider").click()
    await expect(till.get_by_role("heading", name="Validé")).to_be_visible()
    await assert_good_page(till)


async def scanned_again_elsewhere(
    club: Club, browser: Browser, watch: Watch, market: Market
) -> None:
    """A second scan, by another till of the shop, is refused with time and shop."""
    watch.allow("409")
    other = await enrolled_till(browser, club, watch, market)
    await other.goto("/caisse")
    await expect(other.get_by_role("heading", name="Déjà utilisé")).to_be_visible()
    await expect(other.get_by_role("alert").get_by_text("Boulangerie")).to_be_visible()
    await other.context.close()


async def undo(till: Page) -> None:
    await till.get_by_role("link", name="Annuler").first.click()
    await till.get_by_role("button", name="Erreur de prix").click()
    await expect(till.get_by_role("heading", name="Annulé")).to_be_visible()
