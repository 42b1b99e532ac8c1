"""A skill entered at the desk for somebody without a phone, found by a neighbour who types it wrong."""

from playwright.async_api import Page

from backend.kit.database import fetch_value
from tests import factories
from tests.browser.club_life import sign_in
from tests.browser.conftest import Club
from tests.browser.look import assert_good_page
from tests.browser.test_desk import fill_club, staff_in


async def test_a_skill_told_at_the_desk_is_found_by_who_types_it_wrong(
    club: Club, desk: Page, phone: Page
):
    """X1, X3, X4, D6: noted with a yes, found in spite of a slip, asked through the club, and answered
    at the counter by who has nothing to answer with.
    """
    people = await fill_club()
    odette = people["odette"]
    household = await fetch_value(
        "SELECT m.household FROM household_member m JOIN person p ON p.id = m.person"
        " WHERE p.public_id = $1",
        odette,
    )
    await factories.pay_dues(household)
    await staff_in(desk.context, club, people["clerk"])
    await desk.goto(f"{club.url}/comptoir/personnes/{odette}/entraide")
    await assert_good_page(desk)
    await desk.get_by_label("En quelques mots").fill("Petite électricité et ampoules")
    await desk.get_by_label("Sorte").select_option(label="Bricolage")
    await desk.get_by_label("La personne a dit oui").check()
    await desk.get_by_role("button", name="Noter cette annonce").click()
    await desk.get_by_text("Visible jusqu").wait_for()

    bob = await factories.add_member("Bob", "Petit", "bob@example.org")
    await sign_in(phone.context, club, bob.person_id)
    await phone.goto(f"{club.url}/entraide")
    await assert_good_page(phone)
    await phone.get_by_label("Chercher dans les annonces").fill("elektricite")
    await phone.get_by_text("Voici les plus proches").wait_for()
    await phone.get_by_role("link", name="Petite électricité et ampoules").click()
    await phone.get_by_label("Votre message à").fill("Bonjour, une lampe ne marche plus.")
    await assert_good_page(phone)
    await phone.get_by_role("button", name="Envoyer mon message").click()
    await phone.get_by_text("Votre message est parti.").wait_for()
    await phone.get_by_text("En attente d’une réponse").wait_for()
    await assert_good_page(phone)
    assert await fetch_value("SELECT count(*) FROM exchange WHERE asker = $1", bob.person_id) == 1

    await desk.goto(f"{club.url}/comptoir/personnes/{odette}/entraide")
    await desk.get_by_role("link", name="Petite électricité et ampoules").click()
    await desk.get_by_text("Bonjour, une lampe ne marche plus.").wait_for()
    await assert_good_page(desk)
    await desk.get_by_role("button", name="Elle dit oui").click()
    await desk.get_by_text("C’est d’accord").wait_for()
    await phone.reload()
    await phone.get_by_text("C’est d’accord").wait_for()
    await assert_good_page(phone)
