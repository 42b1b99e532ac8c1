"""A plumber's year: asks, pays, is the only one, gives; a second waits and has the place when the first leaves."""

from playwright.async_api import Browser, Page, expect

from backend.audit.service import person
from backend.kit import clock
from backend.merchants import applications
from backend.merchants import service as merchants
from backend.merchants.service import Draft
from tests.browser.conftest import PHONE, Club, new_page
from tests.browser.look import Watch, assert_good_page
from tests.browser.test_joining import pay
from tests.factories import add_person

ROUX = ("Plomberie Roux", "90412376700017", "roux@example.org")
BLANC = ("Plomberie Blanc", "73282932000074", "blanc@example.org")


async def ask(page: Page, name: str, siret: str, address: str) -> None:
    """On a phone, from the club's first page."""
    await page.goto("/")
    await page.get_by_role("link", name="Devenir partenaire").click()
    await page.get_by_text("Une entreprise du bâtiment").click()
    await page.get_by_text("Bâtiment : choisir vos métiers").click()
    await page.get_by_text("Plombier", exact=True).click()
    await page.get_by_label("Nom de l’enseigne").fill(name)
    await page.get_by_label("Numéro SIRET").fill(siret)
    await page.get_by_label("Rayon").select_option("trades")
    await page.get_by_label("Numéro et rue").fill("4 rue du Puits")
    await page.get_by_label("Code postal").fill("80000")
    await page.get_by_label("Ville").fill("Amiens")
    await page.get_by_label("Votre prénom").fill("Yacine")
    await page.get_by_label("Votre nom", exact=True).fill(name.split()[1])
    await page.get_by_label("Votre e-mail").fill(address)
    await assert_good_page(page)
    await page.get_by_role("button", name="Envoyer ma demande").click()
    await page.wait_for_url("**/devenir-partenaire/merci")
    await assert_good_page(page)


async def accept() -> None:
    """The club says yes, on its own terms; the office's page is shown in tests/integration."""
    (asked,) = await applications.waiting()
    draft = Draft(
        kind=asked.kind,
        first_day=clock.today(),
        dues_cents=100_000,
        campaigns_a_year=4,
        name=asked.name,
        street=asked.street,
        postcode=asked.postcode,
        town=asked.town,
        email=asked.email,
        trades=asked.trades,
    )
    clerk = person(await add_person("Nadia", "Club"))
    await merchants.accept_application(clerk, asked.public_id, draft)


async def enter(club: Club, page: Page, address: str) -> None:
    await page.goto("/connexion/partenaire")
    await page.locator("main input:not([type=hidden])").first.fill(address)
    await page.keyboard.press("Enter")
    await page.locator("input[name=code]").wait_for()
    await page.locator("input[name=code]").fill(club.post.code_for(address))
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/partenaire")
    await page.goto("/partenaire/convention")


async def write_offer(page: Page) -> None:
    await page.goto("/partenaire/avantages/nouveau")
    await page.get_by_label("L’avantage en quelques mots").fill("10 % sur une réparation")
    await page.get_by_text("Un pourcentage").click()
    await page.get_by_label("Pourcentage").last.fill("10")
    await page.get_by_label("Achat habituel, en euros").fill("120")
    await page.get_by_role("button", name="Enregistrer le brouillon").click()
    await page.get_by_role("button", name="Envoyer au club").click()


async def test_second_plumber_has_the_place_when_the_first_leaves(
    club: Club, phone: Page, chromium: Browser, watch: Watch
) -> None:
    """P1, P2, V12: applies, pays, is the only one, draws up an offer; the second waits, unpaid, then is offered it."""
    await ask(phone, *ROUX)
    await accept()
    await enter(club, phone, ROUX[2])
    await phone.get_by_role("button", name="Accepter la convention").click()
    await expect(phone.get_by_text("Il reste à payer la cotisation.")).to_be_visible()
    await assert_good_page(phone)
    await phone.get_by_role("button", name="Payer 1").click()
    await phone.wait_for_url(f"{club.stripe.url}/**")
    await pay(phone)
    await phone.wait_for_url("**/partenaire/paiements/*")
    await expect(phone.get_by_text("C’est payé. Merci !")).to_be_visible()
    await assert_good_page(phone)
    await phone.goto("/partenaire/convention")
    await expect(phone.get_by_text("Vous êtes le seul")).to_be_attached()
    await assert_good_page(phone)
    await write_offer(phone)
    await expect(phone.get_by_text("Au club").first).to_be_visible()

    context = await chromium.new_context(base_url=club.url, **PHONE)
    second = await new_page(context, watch)
    await ask(second, *BLANC)
    await accept()
    await enter(club, second, BLANC[2])
    await second.get_by_role("button", name="Accepter la convention").click()
    await expect(second.get_by_text("Vous ne payez rien.")).to_be_visible()
    await expect(second.get_by_role("button", name="Payer")).to_have_count(0)
    await assert_good_page(second)

    await phone.goto("/partenaire/convention")
    await phone.get_by_text("Quitter le club…").click()
    await phone.get_by_role("button", name="Oui, terminer la convention").click()
    await expect(phone.get_by_text("Pas encore de convention")).to_be_visible()

    await second.reload()
    await expect(second.get_by_text("Place proposée").first).to_be_attached()
    await expect(second.get_by_role("button", name="Payer 1")).to_be_visible()
    await assert_good_page(second)
    await context.close()
