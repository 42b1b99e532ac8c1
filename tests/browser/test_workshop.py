"""A full workshop whose waiting list moves."""

from playwright.async_api import Page

from backend.kit.database import fetch_value
from tests import factories
from tests.activities import session, soon
from tests.browser.club_life import sign_in
from tests.browser.conftest import Club
from tests.browser.look import assert_good_page, press
from tests.browser.test_desk import fill_club, staff_in

STATE = (
    "SELECT s.state FROM seat s JOIN person p ON p.id = s.person WHERE p.given_name = $1"
    " ORDER BY s.id DESC LIMIT 1"
)


async def test_a_full_workshop_whose_waiting_list_moves(club: Club, desk: Page, phone: Page):
    """A2, A3, C1, L41: taken in three taps, waited for, given back, had by the next, noted at the counter."""
    people = await fill_club()
    found = await session(soon(), capacity=1)
    alice = await factories.add_member("Alice", "Martin", "alice.m@example.org")
    bob = await factories.add_member("Bob", "Petit", "bob.p@example.org")

    await phone.goto(f"{club.url}/agenda?mois={found.day:%Y-%m}")
    await assert_good_page(phone)
    for member, button, said in (
        (alice, "Prendre la place", "La place est à vous."),
        (bob, "M’inscrire sur la liste", "Vous êtes sur la liste."),
    ):
        await sign_in(phone.context, club, member.person_id)
        await phone.goto(f"{club.url}/agenda?mois={found.day:%Y-%m}")
        await press(phone, phone.get_by_role("link", name="Soupe de saison"))
        await assert_good_page(phone)
        await phone.get_by_role("button", name=button).click()
        await phone.get_by_text(said).wait_for()
    await phone.get_by_text("Liste d’attente, rang 1").wait_for()
    assert await fetch_value(STATE, "Bob") == "waiting"

    await sign_in(phone.context, club, alice.person_id)
    await phone.goto(f"{club.url}/agenda/mes-places")
    await assert_good_page(phone)
    await phone.get_by_role("button", name="Rendre la place").click()
    await phone.get_by_text("La place est rendue.").wait_for()
    assert await fetch_value(STATE, "Bob") == "taken"

    await sign_in(phone.context, club, bob.person_id)
    await phone.goto(f"{club.url}/agenda/mes-places")
    await phone.get_by_text("Inscrit", exact=True).wait_for()

    await staff_in(desk.context, club, people["clerk"])
    await desk.goto(f"{club.url}/comptoir/agenda")
    await assert_good_page(desk)
    await desk.goto(f"{club.url}/comptoir/agenda/{found.public_id}")
    await assert_good_page(desk)
    await desk.locator("form.scan input[name=code]").fill("Alice Martin")
    await desk.keyboard.press("Enter")
    await desk.get_by_role("button", name="Inscrire Alice").click()
    await desk.get_by_text("la personne est sur la liste d'attente").wait_for()
    await assert_good_page(desk)
    assert await fetch_value(STATE, "Alice") == "waiting"
