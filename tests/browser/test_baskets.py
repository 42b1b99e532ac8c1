"""A basket from the phone to the counter, across the cut-off."""

from datetime import timedelta

from playwright.async_api import Page

from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from tests import factories, lending, orders
from tests.browser.club_life import add_samira, sign_in
from tests.browser.conftest import Club
from tests.browser.look import assert_good_page, press
from tests.browser.test_desk import fill_club, staff_in


async def test_a_basket_goes_from_order_to_collection_across_the_cutoff(
    club: Club, desk: Page, phone: Page
):
    """S2, S3, S6, L41: three taps at home; a page that was left open is for the next delivery; the list
    leaves, the basket comes, is paid and handed over by its code.
    """
    people = await fill_club()
    counter = await orders.counter_of(await lending.add_shelf())
    await fetch("UPDATE site SET closed_at = $2 WHERE id <> $1", counter.site_id, clock.now())
    await factories.open_drawer(counter.site_id, 2000)
    await counter.baskets()
    samira = await add_samira()
    await sign_in(phone.context, club, samira.person_id)

    await phone.goto(f"{club.url}/services")
    await assert_good_page(phone)
    await press(phone, phone.get_by_role("link", name="Paniers"))
    await assert_good_page(phone)
    late = await phone.context.new_page()
    await late.goto(phone.url)
    await phone.get_by_role("button", name="Commander").click()
    await phone.get_by_text("C'est commandé.").wait_for()
    await assert_good_page(phone)
    code = await fetch_value("SELECT code FROM order_ticket")

    # The cut-off is past, and nobody has sent anything yet.
    past = clock.now() - timedelta(minutes=1)
    await fetch("UPDATE order_round SET cutoff_at = $1", past)
    await late.get_by_role("button", name="Commander").click()
    await late.get_by_text("trop tard pour cette livraison").wait_for()
    assert await fetch_value("SELECT count(DISTINCT round) FROM order_ticket") == 2

    await staff_in(desk.context, club, people["clerk"])
    await desk.goto(f"{club.url}/comptoir/commandes")
    await assert_good_page(desk)
    await desk.get_by_role("link", name="la liste va partir").click()
    await desk.get_by_role("button", name="Envoyer la liste maintenant").click()
    await desk.get_by_text("La liste est partie.", exact=True).wait_for()
    await assert_good_page(desk)
    await desk.get_by_label("Étagère pour tout").fill("B3")
    await desk.get_by_role("button", name="Ce qui est coché est prêt").click()
    await desk.get_by_text("Les personnes sont prévenues.").wait_for()

    await desk.goto(f"{club.url}/comptoir/guichet")
    await desk.get_by_label("Scanner ou chercher").fill(code)
    await desk.keyboard.press("Enter")
    await desk.get_by_text("À payer : 8,00").first.wait_for()
    await assert_good_page(desk)
    await desk.get_by_role("link", name="Encaisser").click()
    await desk.get_by_role("button", name="et remettre").click()
    await desk.get_by_text("C'est payé. Le reçu est prêt.").wait_for()
    await assert_good_page(desk)
    await phone.reload()
    await phone.get_by_text("Remise").wait_for()
    assert await fetch_value("SELECT state FROM order_ticket WHERE code = $1", code) == "collected"
