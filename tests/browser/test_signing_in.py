"""Signing in as people see it: on a phone, on a PC, with a key, with and without script."""

import pyotp
import pytest
from playwright.async_api import Page, expect

from backend.identity.rules import Role
from backend.kit import clock
from tests import factories
from tests.browser.conftest import Club
from tests.browser.look import assert_good_page, assert_targets

ALICE, STAFF = "alice@example.org", "sofia@example.org"
FACTORS = "/connexion/equipe/facteurs"
SECOND = "/connexion/equipe/second-facteur"


async def sign_in(page: Page, club: Club, address: str, door: str = "/connexion") -> None:
    nth = len(club.post.codes(address)) + 1
    await page.goto(door)
    await page.get_by_label("E-mail ou mobile").fill(address)
    await page.get_by_role("button", name="Recevoir un code").click()
    field = page.get_by_label("Les 6 chiffres reçus")
    await field.fill(club.post.code_for(address, nth=nth))
    await page.get_by_role("button", name="Entrer").click()


@pytest.fixture
async def sofia(db: object) -> int:
    person_id = await factories.add_person("Sofia", "Benali", STAFF)
    await factories.add_role(person_id, Role.DESK)
    return person_id


async def test_member_signs_in_on_a_phone(phone: Page, club: Club) -> None:
    """UX2, UX7, SEC9: each page of the way is accessible, fits, and its targets are large enough."""
    await factories.add_member("Alice", "Martin", ALICE)
    await phone.goto("/connexion")
    await assert_good_page(phone)
    await assert_targets(phone)
    await phone.get_by_label("E-mail ou mobile").fill(ALICE)
    await phone.get_by_role("button", name="Recevoir un code").click()
    field = phone.get_by_label("Les 6 chiffres reçus")
    await expect(field).to_have_attribute("autocomplete", "one-time-code")
    await assert_good_page(phone)
    await assert_targets(phone)
    code = club.post.code_for(ALICE)
    await field.focus()
    await phone.keyboard.insert_text(f" {code[:3]} {code[3:]} ")  # as it is pasted
    await phone.get_by_role("button", name="Entrer").click()
    await phone.wait_for_url("**/accueil")
    await phone.goto("/compte")
    await assert_good_page(phone)
    await assert_targets(phone)


async def test_person_signs_in_without_script(plain_phone: Page, club: Club) -> None:
    """UX1: plain forms do the same, also where one chooses who one is."""
    await factories.add_person("Alice", "Martin", ALICE)
    await factories.add_person("Bob", "Martin", ALICE)
    await sign_in(plain_phone, club, ALICE, "/connexion?suite=/compte")
    await expect(plain_phone.get_by_role("heading", level=1)).to_have_text("Qui êtes-vous ?")
    await plain_phone.get_by_role("button", name="Bob Martin").click()
    await plain_phone.wait_for_url("**/compte")
    await expect(plain_phone.locator("body")).to_contain_text("Bob Martin")
    await plain_phone.get_by_role("button", name="Me déconnecter").click()
    await expect(plain_phone.locator("body")).to_contain_text("Vous êtes déconnecté")


async def test_wrong_code_says_what_to_do(phone: Page, club: Club, watch) -> None:
    """UX5: what was typed stays, and the error stands at its field."""
    watch.allow("422")
    await factories.add_person("Alice", "Martin", ALICE)
    await phone.goto("/connexion")
    await phone.get_by_label("E-mail ou mobile").fill(ALICE)
    await phone.get_by_role("button", name="Recevoir un code").click()
    right = club.post.code_for(ALICE)
    await phone.get_by_label("Les 6 chiffres reçus").fill("000000" if right != "000000" else "1")
    await phone.get_by_role("button", name="Entrer").click()
    await expect(phone.locator("#f-code-error")).to_contain_text("Essais qui restent\u00a0: 4")
    await assert_good_page(phone)


async def test_staff_enrol_an_application_without_script(
    plain_phone: Page, club: Club, sofia: int
) -> None:
    """SEC8, UX1: an application is the way that needs no script; its recovery codes are shown once."""
    page = plain_phone
    await sign_in(page, club, STAFF, "/connexion/equipe")
    await page.wait_for_url(f"**{FACTORS}")
    await expect(page.get_by_role("button", name="La clé de cet appareil")).to_have_count(0)
    await assert_targets(page)
    await page.get_by_role("button", name="Une application de codes").click()
    secret = await page.locator("main p.b7[dir=ltr]").inner_text()
    machine = pyotp.TOTP(secret.replace(" ", ""))
    await page.get_by_label("Les 6 chiffres").fill(machine.at(clock.now()))
    await page.get_by_role("button", name="Confirmer").click()
    await expect(page.locator(".recovery li")).to_have_count(10)


async def test_staff_use_the_key_of_their_device(desk: Page, club: Club, sofia: int) -> None:
    """SEC8: a passkey is made and used, by a virtual authenticator of the browser."""
    session = await desk.context.new_cdp_session(desk)
    await session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    await session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    await sign_in(desk, club, STAFF, "/connexion/equipe")
    await desk.wait_for_url(f"**{FACTORS}")
    await assert_good_page(desk)
    await desk.get_by_role("button", name="La clé de cet appareil").click()
    await desk.locator(".recovery").wait_for()
    await assert_good_page(desk)
    await desk.goto(FACTORS)
    await desk.get_by_text("Clé : Chrome").wait_for()
    await assert_good_page(desk)
    await desk.context.clear_cookies()
    await sign_in(desk, club, STAFF, "/connexion/equipe?suite=/compte")
    await desk.wait_for_url(f"**{SECOND}?**")
    await assert_good_page(desk)
    await desk.get_by_role("button", name="Utiliser ma clé").click()
    await desk.wait_for_url(f"{club.url}/compte")
    await desk.goto(FACTORS)
    await desk.get_by_text("Dernière fois").wait_for()


async def test_key_that_is_not_there_says_what_to_do(desk: Page, club: Club, sofia: int) -> None:
    """UX5: a device without our key leads to the other way."""
    session = await desk.context.new_cdp_session(desk)
    await session.send("WebAuthn.enable")
    await sign_in(desk, club, STAFF, "/connexion/equipe")
    await desk.wait_for_url(f"**{FACTORS}")
    await desk.evaluate("() => { navigator.credentials.create = () => Promise.reject(); }")
    await desk.get_by_role("button", name="La clé de cet appareil").click()
    await desk.get_by_text("La clé n’a pas répondu.").wait_for()
    await assert_good_page(desk)
