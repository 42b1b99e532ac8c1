"""The manager's settings day in a real browser: club, logo, dues, reminders, account, team, history."""

import asyncio
import re

from playwright.async_api import BrowserContext, Page, expect

from backend.identity import service as identity
from backend.identity.rules import Role, SessionKind
from backend.kit import clock, codes
from backend.kit.database import fetch, transaction
from tests.browser.conftest import PHONE, Club, new_page
from tests.browser.look import Watch, assert_good_page
from tests.browser.look import press as follow
from tests.browser.post import text_of
from tests.factories import add_household, add_person, add_role
from tests.integration.places.test_club_settings import picture

CLUB = "/gestion/club"
DONE = "C'est enregistré."


async def admin_in(context: BrowserContext, club: Club) -> None:
    """Ada, whose second factor was given a moment ago."""
    ada = await add_person("Ada", "Roux", "ada@example.org")
    await add_role(ada, Role.ADMIN)
    await enter(context, club, ada, SessionKind.STAFF)


async def enter(context: BrowserContext, club: Club, person_id: int, kind: SessionKind) -> None:
    async with transaction():
        token = await identity.open_session(person_id, kind, "Test")
    moment = clock.now() if kind is SessionKind.STAFF else None
    await fetch(
        "UPDATE session SET second_factor_at = $2, sudo_at = $2 WHERE token_hash = $1",
        codes.hash_token(token),
        moment,
    )
    await context.add_cookies([{"name": "session", "value": token, "url": club.url}])


async def press(page: Page, name: str, said: str = DONE) -> None:
    """What it says may also stand on the page before."""
    await follow(page, page.get_by_role("button", name=name))
    await page.get_by_text(said).wait_for()


async def test_the_club_is_set_up_in_a_day(club: Club, desk: Page, watch: Watch) -> None:
    """B1, M10, N5: what the office sets holds at once for a member, and is told with its author."""
    watch.allow("422")  # a number typed wrong, on purpose
    await admin_in(desk.context, club)
    await name_the_club(desk)
    await set_dues(desk)
    await set_reminders(desk)
    await give_the_account(desk, club)
    await invite_a_clerk(desk, club, watch)
    await see_the_history(desk)
    await pay_as_a_member(desk, club, watch)


async def name_the_club(page: Page) -> None:
    await page.goto(CLUB)
    await page.get_by_label("Nom du club").fill("Le Club du Tilleul")
    await page.get_by_label("Quand vous trouver").fill("Du mardi au samedi.")
    await page.get_by_label("SIRET").fill("123")
    await page.get_by_role("button", name="Enregistrer le club").click()
    await page.get_by_text("Ce numéro SIRET n'est pas juste.").first.wait_for()
    await expect(page.get_by_label("Nom du club")).to_have_value("Le Club du Tilleul")
    await page.get_by_label("SIRET").fill("")
    await press(page, "Enregistrer le club")
    await page.get_by_label("Choisir une image").set_input_files(
        {"name": "logo.png", "mimeType": "image/png", "buffer": picture()}
    )
    await press(page, "Mettre ce logo")
    await expect(page.locator(".brand img").first).to_have_js_property("naturalWidth", 120)
    await assert_good_page(page)


async def set_dues(page: Page) -> None:
    await follow(page, page.get_by_role("link", name="Cotisations").first)
    await page.get_by_label("Prix par mois").fill("2")
    await press(page, "Fixer ce prix")
    await page.get_by_label("En ligne, chaque mois").uncheck()
    await press(page, "Enregistrer les moyens")
    await expect(page.get_by_label("En ligne, chaque mois")).not_to_be_checked()
    await assert_good_page(page)


async def set_reminders(page: Page) -> None:
    await follow(page, page.get_by_role("link", name="Rappels").first)
    await page.get_by_text("30 jours avant la fin").first.click()
    await page.get_by_label("Combien de jours").first.fill("20")
    await press(page, "Enregistrer les rappels")
    await page.get_by_text("20 jours avant la fin").first.wait_for()
    await assert_good_page(page)


async def give_the_account(page: Page, club: Club) -> None:
    await follow(page, page.get_by_role("link", name="Banque").first)
    await assert_good_page(page)
    await page.get_by_role("link", name="Donner le compte du club").click()
    await page.get_by_label("Titulaire du compte").fill("Club du Tilleul")
    await page.get_by_label("IBAN").fill("FR76 3000 6000 0112 3456 7890 189")
    await page.get_by_label("BIC").fill("AGRIFRPP")
    await assert_good_page(page)
    await press(page, "Changer le compte", "Le compte est changé.")
    await mail_to(club, "ada@example.org", "Le compte bancaire du club a été changé")


async def invite_a_clerk(page: Page, club: Club, watch: Watch) -> None:
    await page.goto("/gestion/equipe")
    await assert_good_page(page)
    await page.get_by_role("link", name="Inviter une personne").click()
    await page.get_by_label("Prénom").fill("Dora")
    await page.get_by_label("Nom", exact=True).fill("Klein")
    await page.get_by_label("E-mail").fill("dora@example.org")
    await assert_good_page(page)
    await press(page, "Envoyer l’invitation", "L'invitation est partie.")
    await assert_good_page(page)
    said = await mail_to(club, "dora@example.org", "Ouvrez ce lien")
    link = re.search(r"https?://\S+jeton=\S+", said)
    assert link is not None
    browser = page.context.browser
    assert browser is not None
    context = await browser.new_context(base_url=club.url, **PHONE)
    hers = await new_page(context, watch)
    await hers.goto(link[0])
    await hers.get_by_role("button", name="Commencer").click()
    await hers.wait_for_url("**/connexion/equipe/facteurs**")
    await context.close()


async def see_the_history(page: Page) -> None:
    await page.goto(f"{CLUB}/historique")
    for words in ("Les moyens de payer", "Le compte bancaire", "Un prix par mois", "Dora Klein"):
        await page.get_by_text(words).first.wait_for()
    await expect(page.get_by_role("cell", name="Ada Roux").nth(5)).to_be_visible()
    await assert_good_page(page)


async def pay_as_a_member(page: Page, club: Club, watch: Watch) -> None:
    joined = await add_household("Samira", "Belkacem", "samira@example.org")
    browser = page.context.browser
    assert browser is not None
    context = await browser.new_context(base_url=club.url, **PHONE)
    await enter(context, club, joined.person_id, SessionKind.TENANT)
    hers = await new_page(context, watch)
    await hers.goto("/compte/cotisation/payer")
    await hers.get_by_text("12 mois d’un coup").wait_for()
    await expect(hers.get_by_text("Sans engagement")).to_have_count(0)
    await hers.get_by_role("button", name="Payer par virement").click()
    await hers.get_by_text("FR76").first.wait_for()
    await assert_good_page(hers)
    await context.close()


async def mail_to(club: Club, address: str, words: str) -> str:
    """The mail to an address that says these words, waited for: a worker sends it."""
    for _ in range(1200):
        for mail in club.post.mails:
            said = f"{mail['Subject']}\n{text_of(mail)}"
            if address in str(mail["To"]) and words in said:
                return said
        await asyncio.sleep(0.05)
    raise AssertionError(f"no mail to {address} that says {words}")
