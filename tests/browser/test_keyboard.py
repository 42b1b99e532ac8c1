"""Whole journeys by keyboard only (UX2). The sixth, joining and paying at the counter, is in test_desk.py."""

import pyotp
from playwright.async_api import Page, expect

from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.vouchers import queries
from tests import factories
from tests.browser import club_life
from tests.browser.conftest import Club
from tests.browser.keys import Keys
from tests.browser.look import Watch, assert_good_page
from tests.browser.test_desk import staff_in
from tests.browser.test_signing_in import STAFF
from tests.browser.test_till import CHECK, heard, open_till
from tests.browser.till_feed import set_scene


async def test_a_tenant_joins_and_pays_when_only_keys_are_used(club: Club, desk: Page) -> None:
    """UX2, UX7, B1: from the front door to the paid year, each focus seen on the way."""
    await factories.add_dwelling("L/01 00206", "80000", 3)
    keys = Keys(desk)
    await desk.goto("/adherer")
    await keys.type("Votre prénom", "Samira")
    await keys.type("#f-family_name", "Belkacem")
    await keys.type("#f-address", "samira@example.org")
    await keys.press("Continuer")
    await keys.type("Votre numéro de contrat", "L/01 00206")
    await keys.type("Votre code postal", "80000")
    await keys.choose("Votre logement", "3")
    await keys.press("Recevoir mon code")
    await keys.to(desk.get_by_label("Les 6 chiffres reçus"))
    await desk.keyboard.type(club.post.code_for("samira@example.org"))
    await desk.keyboard.press("Enter")
    await desk.wait_for_url("**/compte/cotisation/payer**")
    await keys.press("Payer 12,00 € maintenant")
    await desk.wait_for_url(f"{club.stripe.url}/**")
    await desk.locator("form button[type=submit]").first.focus()  # the bank's page is not ours
    await desk.keyboard.press("Enter")
    await expect(desk.get_by_text("C’est payé. Merci !")).to_be_visible()


async def test_a_member_takes_shows_and_gives_back_a_voucher_when_only_keys_are_used(
    club: Club, desk: Page
) -> None:
    """UX2, V40: search, take, show, and a dialog that keys open, keep, and answer."""
    samira = await club_life.add_samira()
    await club_life.bakery()
    await club_life.sign_in(desk.context, club, samira.person_id)
    keys = Keys(desk)
    await desk.goto("/accueil")
    await keys.follow("Avantages")
    await desk.wait_for_url("**/avantages")
    await keys.type("Chercher un avantage", "pain")
    await desk.keyboard.press("Enter")
    # The list that comes takes the place of the one that has the focus.
    await expect(desk.locator("form.htmx-request")).to_have_count(0)
    await keys.follow("Boulangerie des Tilleuls")
    await keys.press("Prendre mon bon")
    await desk.wait_for_url("**/bons/*")
    await expect(desk.locator(".qr svg")).to_be_visible()
    question = desk.get_by_role("dialog")
    await keys.follow("Annuler ce bon")
    await expect(question).to_be_visible()
    await desk.keyboard.press("Escape")
    await expect(question).to_be_hidden()
    assert len(await queries.open_vouchers(samira.household_id)) == 1
    await keys.follow("Annuler ce bon")
    await keys.press("Annuler le bon")
    await expect(desk.get_by_text("Ce bon est annulé.")).to_be_visible()
    assert await queries.open_vouchers(samira.household_id) == []


async def test_a_cashier_validates_and_undoes_when_only_keys_are_used(
    club: Club, db: object, desk: Page, watch: Watch
) -> None:
    """UX2, V40, V13, V32: a typed code, the price, the verdict, an undo with its reason."""
    scene = await set_scene(club)
    till = await open_till(desk, club, scene, watch)
    keys = Keys(till)
    await keys.type("Code du bon ou de la carte", scene.voucher.code)
    await keys.press("Vérifier ce code")
    await heard(till, CHECK)
    await keys.type("Prix normal", "12")
    await keys.press("Valider")
    await heard(till, "Validé")
    await keys.follow("Annuler, encore 15 min")
    await heard(till, "Pourquoi annuler ?")
    await keys.press("Erreur de prix")
    await heard(till, "Annulé")
    await keys.follow("Bon suivant")
    await heard(till, "Tapez le code du client")
    found = await queries.find_voucher(scene.voucher.code)
    assert found is not None
    assert found.life == "issued"


async def test_a_manager_publishes_an_offer_when_only_keys_are_used(
    club: Club, db: object, desk: Page
) -> None:
    """UX2: a partner, a shop, an offer with its figures, and members see it."""
    helene = await factories.add_person("Hélène", "Vasseur", "helene@example.org")
    await factories.add_role(helene, Role.MANAGER)
    await staff_in(desk.context, club, helene)
    keys = Keys(desk)
    await desk.goto("/gestion/partenaires")
    await keys.follow("Ajouter un partenaire")
    await keys.type("Nom", "Boulangerie du Canal")
    await keys.press("Enregistrer")
    await keys.follow("Ajouter un point de vente")
    await keys.type("Nom sur la porte", "Chez Canal")
    await keys.type("Rue", "3 rue du Four")
    await keys.type("Code postal", "80000")
    await keys.type("Commune", "Amiens")
    await keys.press("Enregistrer")
    await keys.follow("Écrire un avantage")
    await keys.type("L’avantage en quelques mots", "10 % sur le pain")
    await keys.pick("Un pourcentage")
    await keys.type("#f-percent", "10")
    await keys.type("Achat habituel, en euros", "12,50")
    await keys.to(desk.get_by_label("Premier jour"))
    await desk.keyboard.type("01012026")
    await keys.press("Enregistrer le brouillon")
    await keys.press("Publier l’avantage")
    await expect(desk.get_by_role("button", name="Publier l’avantage")).to_have_count(0)
    assert await fetch_value("SELECT count(*) FROM offer WHERE state = 'published'") == 1


async def test_staff_come_in_with_two_codes_when_only_keys_are_used(
    club: Club, db: object, desk: Page
) -> None:
    """UX2, SEC8: the first code, an application that is enrolled, its recovery codes, the counter."""
    sofia = await factories.add_person("Sofia", "Benali", STAFF)
    await factories.add_role(sofia, Role.DESK)
    keys = Keys(desk)
    await desk.goto("/connexion/equipe")
    await keys.type("E-mail", STAFF)
    await keys.press("Recevoir un code")
    await keys.to(desk.get_by_label("Les 6 chiffres reçus"))
    await desk.keyboard.type(club.post.code_for(STAFF))
    await desk.keyboard.press("Enter")
    await desk.wait_for_url("**/connexion/equipe/facteurs")
    await keys.press("Une application de codes")
    await desk.wait_for_url("**/application/*")
    secret = await desk.locator("main p.b7[dir=ltr]").inner_text()
    await keys.to(desk.get_by_label("Les 6 chiffres"))
    await desk.keyboard.type(pyotp.TOTP(secret.replace(" ", "")).at(clock.now()))
    await desk.keyboard.press("Enter")
    codes = desk.locator(".recovery li")
    await expect(codes).to_have_count(10)
    first = await codes.first.inner_text()
    await desk.goto("/connexion/equipe/facteurs")
    await keys.press("Faire de nouveaux codes")
    await desk.wait_for_url("**/connexion/equipe/codes-de-secours")
    await expect(codes).to_have_count(10)
    assert await codes.first.inner_text() != first
    await assert_good_page(desk)
