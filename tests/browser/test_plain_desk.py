"""The counter without JavaScript: joining, dues in cash, a voucher and its paper (UX1, D5)."""

from playwright.async_api import Browser, Page, expect

from backend.kit.database import fetch, fetch_value
from tests.browser.conftest import Club, new_page
from tests.browser.look import Watch
from tests.browser.test_desk import fill_club, staff_in


async def press(page: Page, button: str) -> None:
    async with page.expect_navigation():
        await page.get_by_role("button", name=button).first.click()


async def test_counter_serves_somebody_when_script_is_off(
    club: Club, db: object, chromium: Browser, watch: Watch
) -> None:
    """UX1, D5, M4: found, joined, paid in cash with a receipt, a voucher taken: plain forms only."""
    ids = await fill_club()
    context = await chromium.new_context(
        base_url=club.url, java_script_enabled=False, viewport={"width": 1280, "height": 800}
    )
    await staff_in(context, club, ids["clerk"])
    page = await new_page(context, watch)
    await page.goto("/comptoir/adhesions/nouvelle?q=tilleuls")
    await page.get_by_role("radio", name="2 rue des Tilleuls").check()
    await page.locator("#f-given_name").fill("Yolande")
    await page.locator("#f-family_name").fill("Caron")
    await press(page, "Inscrire la personne")
    await page.get_by_label("Combien de mois ?").select_option("3")
    await press(page, "Encaisser et faire le reçu")
    await page.wait_for_url("**?fait=cotisation-encaissee")
    receipt = page.get_by_role("link", name="Imprimer le reçu").first
    answer = await context.request.get(str(await receipt.get_attribute("href")))
    assert answer.headers["content-type"] == "application/pdf"
    await page.goto(page.url.partition("?")[0].replace("/cotisation", "") + "/bons/nouveau")
    await press(page, "Prendre")
    await page.wait_for_url("**/bons?bon=*")
    await expect(page.locator("main")).to_contain_text("Boulangerie des Tilleuls")
    person = await fetch_value("SELECT id FROM person WHERE given_name = 'Yolande'")
    paid = await fetch(
        "SELECT amount_cents FROM payment WHERE way = 'cash' ORDER BY id DESC LIMIT 1"
    )
    assert [row["amount_cents"] for row in paid] == [300]
    assert await fetch_value("SELECT count(*) FROM voucher WHERE claimant = $1", person) == 1
    await context.close()
