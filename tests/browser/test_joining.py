"""Joining and paying on a phone: with and without script, in both themes."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from tests.browser.conftest import Club
from tests.browser.look import assert_good_page
from tests.factories import add_dwelling


async def join(
    club: Club,
    page: Page,
    address: str,
    contract: str = "L/01 00206",
    look: Callable[[Page], Awaitable[None]] = assert_good_page,
) -> None:
    """From the first page to the one that asks for money; each is looked at on the way.

    axe waits for timers, which a page without script never fires: give another `look` there.
    """
    await page.goto("/adherer")
    await look(page)
    await page.get_by_label("Votre prénom").fill("Samira")
    await page.get_by_label("Votre nom", exact=True).fill("Belkacem")
    await page.locator("#f-address").fill(address)
    await page.get_by_role("button", name="Continuer").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Où habitez-vous ?")
    await look(page)
    await page.get_by_label("Votre numéro de contrat").fill(contract)
    await page.get_by_label("Votre code postal").fill("80000")
    await page.get_by_label("Votre logement").select_option("3")
    await page.get_by_role("button", name="Recevoir mon code").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre code")
    await look(page)
    await page.get_by_label("Les 6 chiffres reçus").fill(club.post.code_for(address))
    await page.get_by_role("button", name="Continuer").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre cotisation")
    await look(page)


async def pay(page: Page) -> None:
    """On the simulated page of Stripe, and back."""
    await page.get_by_label("Numéro de carte").fill("4242 4242 4242 4242")
    for name, value in (("Expiration", "12 / 34"), ("Code de sécurité", "123")):
        field = page.get_by_label(name)
        if await field.count():
            await field.first.fill(value)
    await page.locator("form button[type=submit]").first.click()


async def test_a_tenant_joins_and_pays_in_a_minute(club: Club, phone: Page) -> None:
    """B1, UX2, UX7: a 360 px phone, a code by real mail, twelve euros, a receipt."""
    await add_dwelling("L/01 00206", "80000", 3)
    await join(club, phone, "samira@example.org")
    await phone.get_by_role("button", name="Payer 12,00 € maintenant").click()
    await phone.wait_for_url(f"{club.stripe.url}/**")
    await pay(phone)
    await phone.wait_for_url("**/compte/cotisation/paiements/*")
    await expect(phone.get_by_text("C’est payé. Merci !")).to_be_visible()
    await assert_good_page(phone)
    await phone.goto("/compte/cotisation")
    await expect(phone.get_by_text("Votre foyer est à jour.")).to_be_visible()
    await assert_good_page(phone)


async def test_joining_and_paying_work_without_script(club: Club, plain_phone: Page) -> None:
    """UX1: sign-up and paying with JavaScript disabled."""
    page = plain_phone
    await page.goto("/adherer")
    await page.get_by_text("Voisin").click()
    await page.get_by_label("Votre prénom").fill("Paul")
    await page.get_by_label("Votre nom", exact=True).fill("Durand")
    await page.locator("#f-address").fill("paul@example.org")
    await page.get_by_role("button", name="Continuer").click()
    await page.get_by_label("Numéro et rue").fill("3 rue des Lilas")
    await page.get_by_label("Code postal").fill("80000")
    await page.get_by_label("Ville").fill("Amiens")
    await page.get_by_role("button", name="Recevoir mon code").click()
    await page.get_by_label("Les 6 chiffres reçus").fill(club.post.code_for("paul@example.org"))
    await page.get_by_role("button", name="Continuer").click()
    await page.get_by_role("link", name="Chaque mois").click()
    await page.get_by_role("button", name="Payer 5,00 € chaque mois").click()
    await page.wait_for_url(f"{club.stripe.url}/**")
    await pay(page)
    await page.wait_for_url("**/compte/cotisation/paiements/*")
    await expect(page.get_by_text("C’est payé. Merci !")).to_be_visible()


async def test_legal_pages_are_good_on_a_phone(club: Club, phone: Page) -> None:
    """UX8, UX2: help, statements and law, linked from every page."""
    await phone.goto("/")
    links = phone.get_by_role("navigation", name="Aide et mentions").get_by_role("link")
    paths = [await link.get_attribute("href") for link in await links.all()]
    assert len(paths) == 7
    for path in [*paths, "/retractation"]:
        await phone.goto(str(path))
        await assert_good_page(phone)
