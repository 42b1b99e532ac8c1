"""The counter in a real browser: a whole act by keyboard only, and every page looked at."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, Response, expect

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing.rules import PayWay
from backend.identity import service as identity
from backend.identity.rules import Role, SessionKind
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value, transaction
from backend.lending import service as lend
from backend.lending.rules import DueRule, Period
from backend.lending.values import Want
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.rules import Category
from backend.people.rules import read_address
from backend.vouchers import service as vouchers
from tests import lending
from tests.browser.conftest import Club
from tests.browser.look import Watch, assert_accessible, assert_good_page
from tests.factories import (
    add_dwelling,
    add_household,
    add_market,
    add_member,
    add_person,
    add_role,
    open_drawer,
)
from tests.lending import Shelf


async def staff_in(context: BrowserContext, club: Club, person_id: int) -> None:
    """The cookie of a staff session whose second factor is done."""
    async with transaction():
        token = await identity.open_session(person_id, SessionKind.STAFF, "Test")
    await fetch(
        "UPDATE session SET second_factor_at = $2 WHERE token_hash = $1",
        codes.hash_token(token),
        clock.now(),
    )
    await context.add_cookies([{"name": "session", "value": token, "url": club.url}])


async def fill_club() -> dict[str, Any]:
    """A site, a clerk, a bakery, three households: one whole, one without an address, one to check."""
    await fetch(
        "INSERT INTO site (public_id, slug, name, street, postcode, town, phone) VALUES"
        " ('marche', 'marche', 'Conciergerie du Marché', '1 place du Marché', '80000', 'Amiens', '')"
    )
    await open_drawer(await fetch_value("SELECT id FROM site"))
    clerk = await add_person("Inès", "Fabre", "ines@example.org")
    await add_role(clerk, Role.DESK)
    by = By(Actor.PERSON, clerk)
    market = await add_market("Boulangerie des Tilleuls")
    samira = await add_member("Samira", "Belkacem", "samira@example.org")
    await membership.add_adult(
        by, samira.household_id, "Ousmane", "Diarra", read_address("0612345678")
    )
    await membership.add_child(by, samira.household_id, "Lou", "Belkacem-Diarra")
    code = await vouchers.claim(samira, market.offer.public_id, SYSTEM)
    dwelling = await add_dwelling()
    odette = await add_household("Odette", "Leroy")
    rachid = await add_household(
        "Marie-Antoinette",
        "Delahaye-Vandenbroucke",
        category=Category.TENANT,
        contract="L/77 12345",
    )
    await membership.take_dues(
        by, rachid.household_id, 1, PayWay.CHEQUE, None, key=codes.random_id()
    )
    return {
        "clerk": clerk,
        "samira": samira.person_public_id,
        "odette": odette.person_public_id,
        "check": rachid.person_public_id,
        "code": code,
        "dwelling": dwelling,
    }


async def tab_to(page: Page, selector: str, most: int = 30) -> None:
    """Tab until the focus is there, as somebody without a mouse goes."""
    for _ in range(most):
        if await page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab on {page.url}")


async def has_focus(page: Page, id_: str) -> None:
    """At once, as soon as the browser has drawn the page."""
    await page.wait_for_function("id => document.activeElement.id === id", arg=id_)


async def prints(page: Page, key: str, name: str) -> None:
    """A key prints the paper of this name beside the page, which stays. Viewers tell it twice."""
    here = page.url

    def is_it(said: Response) -> bool:
        paper = said.headers.get("content-type") == "application/pdf"
        return paper and f'filename="{name}' in said.headers["content-disposition"]

    async with page.context.expect_event("response", is_it) as coming:
        await page.keyboard.press(key)
    assert (await coming.value).status == 200
    assert page.url == here


async def test_a_whole_act_goes_by_keyboard_only(club: Club, desk: Page):
    """M4, M6, UX2, V37, V40: join without e-mail, take 12 months in cash, print card and voucher."""
    ids = await fill_club()
    await staff_in(desk.context, club, ids["clerk"])
    await desk.goto("/comptoir")
    await has_focus(desk, "f-code")

    await desk.keyboard.press("F4")
    await desk.wait_for_url("**/comptoir/adhesions/nouvelle")
    await has_focus(desk, "f-q")
    await desk.keyboard.type("tilleuls")
    await desk.keyboard.press("Enter")
    await desk.get_by_role("radio", name="2 rue des Tilleuls").wait_for()
    await tab_to(desk, "#f-given_name")
    await desk.keyboard.type("Yolande")
    await tab_to(desk, "#f-family_name")
    await desk.keyboard.type("Caron")
    await desk.keyboard.press("Enter")

    await desk.wait_for_url("**/cotisation?fait=inscrit")
    await has_focus(desk, "f-months")
    await tab_to(desk, "button[type=submit]")
    await desk.keyboard.press("Enter")
    await desk.wait_for_url("**?fait=cotisation-encaissee")
    await assert_accessible(desk)

    await prints(desk, "F9", "carte-")
    await desk.keyboard.press("F8")
    await desk.wait_for_url("**/bons/nouveau")
    await desk.keyboard.press("F2")
    await desk.keyboard.press("ArrowDown")
    await desk.keyboard.press("Enter")
    await desk.wait_for_url("**/bons?bon=*")
    await tab_to(desk, "button[form=print]")
    await prints(desk, "Enter", "bons.pdf")

    paid = await fetch(
        "SELECT p.amount_cents, p.way, s.slug FROM payment p JOIN site s ON s.id = p.site"
        " WHERE p.way = 'cash'"
    )
    assert [tuple(row) for row in paid] == [(1200, "cash", "marche")]
    person = "SELECT id FROM person WHERE given_name = 'Yolande'"
    assert (
        await fetch_value(f"SELECT count(*) FROM card WHERE kind = 'paper' AND person = ({person})")
        == 1
    )
    assert (
        await fetch_value(
            f"SELECT count(*) FROM voucher WHERE printed_at IS NOT NULL AND claimant = ({person})"
        )
        == 1
    )


async def test_scanner_types_a_card_anywhere_after_f2(club: Club, desk: Page):
    """V40: the field has the focus at once, F2 brings it back, a scanner's Enter opens the file."""
    ids = await fill_club()
    await staff_in(desk.context, club, ids["clerk"])
    person_id = await fetch_value("SELECT id FROM person WHERE public_id = $1", ids["odette"])
    card = await membership.make_paper_card(SYSTEM, person_id)
    await desk.goto("/comptoir/poste")
    await tab_to(desk, "input[type=radio]")
    await desk.keyboard.press("F2")
    await has_focus(desk, "f-code")
    await desk.keyboard.type(codes.text_of(codes.PaperCard(card.token)))
    await desk.keyboard.press("Enter")
    await desk.wait_for_url(f"**/comptoir/personnes/{ids['odette']}?*")
    await desk.get_by_role("heading", name="Odette Leroy").wait_for()

    await has_focus(desk, "f-code")
    await desk.keyboard.type("l")
    await desk.keyboard.press("Enter")
    await desk.wait_for_url("**/comptoir/personnes?q=l")
    await has_focus(desk, "f-code")
    await desk.keyboard.press("ArrowDown")
    await desk.keyboard.press("ArrowDown")
    await desk.keyboard.press("ArrowUp")
    await desk.keyboard.press("Enter")
    await desk.wait_for_url("**/comptoir/personnes/*")


PAGES = [
    "/comptoir",
    "/comptoir/poste",
    "/comptoir/adhesions/nouvelle?q=tilleuls",
    "/comptoir/personnes",
    "/comptoir/personnes?q=zzz",
    "/comptoir/personnes?q=l",
    "/comptoir/personnes/{samira}",
    "/comptoir/personnes/{odette}",
    "/comptoir/personnes/{check}",
    "/comptoir/personnes/{samira}/bons",
    "/comptoir/personnes/{samira}/bons/nouveau",
    "/comptoir/personnes/{samira}/paiements",
    "/comptoir/personnes/{samira}/foyer",
    "/comptoir/personnes/{samira}/foyer/adulte",
    "/comptoir/personnes/{samira}/foyer/enfant",
    "/comptoir/personnes/{samira}/nom",
    "/comptoir/personnes/{samira}/adresses",
    "/comptoir/personnes/{samira}/journal",
    "/comptoir/personnes/{odette}/cotisation",
    "/comptoir/personnes/{check}/verification?q=tilleuls",
]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_every_page_of_the_counter_is_good(club: Club, desk: Page, dark: bool):
    """UX2, UX7, D5, V40: axe, 320 px and targets on each page, in both themes."""
    ids = await fill_club()
    await staff_in(desk.context, club, ids["clerk"])
    await desk.emulate_media(color_scheme="dark" if dark else "light")
    for path in PAGES:
        await desk.goto(path.format(**ids))
        await assert_good_page(desk)


async def test_refusals_of_the_counter_are_good_pages(club: Club, desk: Page, watch: Watch):
    """UX2, UX5: a code that leads nowhere and a form that comes back."""
    ids = await fill_club()
    watch.allow("409", "422")
    await staff_in(desk.context, club, ids["clerk"])
    await desk.goto("/comptoir")
    await has_focus(desk, "f-code")
    await desk.keyboard.type(codes.draw_code())
    await desk.keyboard.press("Enter")
    await desk.get_by_role("heading", name="Rien trouvé").wait_for()
    await assert_good_page(desk)
    await has_focus(desk, "f-code")
    await desk.goto("/comptoir/adhesions/nouvelle")
    await desk.get_by_role("button", name="Inscrire la personne").click()
    await desk.get_by_role("alert").wait_for()
    await assert_good_page(desk)


async def test_dues_are_taken_in_four_taps(club: Club, desk: Page):
    """M4: from a person's file to the receipt, any number of months in cash, with a mouse or a thumb."""
    ids = await fill_club()
    await staff_in(desk.context, club, ids["clerk"])
    file = await fetch_value("SELECT public_id FROM person WHERE given_name = 'Odette'")
    await desk.goto(f"/comptoir/personnes/{file}")
    taps = 0
    for what in (
        desk.get_by_role("link", name="Encaisser"),
        desk.get_by_label("Combien de mois ?"),
        desk.get_by_role("button", name="Encaisser et faire le reçu"),
    ):
        await what.first.click()
        taps += 1
        if taps == 2:
            await what.first.select_option("24")
            taps += 1
    await desk.wait_for_url("**?fait=cotisation-encaissee")
    assert taps <= 4
    paid = await fetch_value(
        "SELECT p.amount_cents FROM payment p JOIN pay_order o ON o.id = p.pay_order"
        " WHERE p.way = 'cash' ORDER BY p.id DESC LIMIT 1"
    )
    assert paid == 24 * 500
    await desk.get_by_role("link", name="Imprimer le reçu").first.wait_for()


async def test_day_of_loans_follows_what_colleagues_do(club: Club, desk: Page):
    """L26: a thing that another desk set aside moves to its list; not under somebody's hands."""
    ids = await fill_club()
    await staff_in(desk.context, club, ids["clerk"])
    shelf = Shelf(await fetch_value("SELECT id FROM site"))
    await lending.open_every_day(shelf.site_id)
    drill = await shelf.resource(due_rule=DueRule.KEEP)
    who = await fetch_value("SELECT id FROM person WHERE public_id = $1", ids["samira"])
    member = await queries.find_member(who)
    assert member is not None
    period = Period(clock.now() + timedelta(minutes=1), clock.now() + timedelta(hours=30))
    made = await lend.book(
        lending.staff(), lending.whom(member), [Want(resource=drill.id, period=period)]
    )
    await desk.goto("/comptoir/prets")
    await desk.get_by_role("heading", name="À préparer").wait_for()
    button = desk.get_by_role("button", name="C’est prêt")
    await button.focus()
    await lend.prepare(lending.staff(), made.lines[0])
    seen = "document.dispatchEvent(new Event('visibilitychange'))"
    await desk.evaluate(seen)
    await expect(button).to_be_focused()
    await desk.keyboard.press("F2")
    await desk.evaluate(seen)
    await desk.get_by_role("heading", name="À remettre").wait_for()
    await expect(button).to_have_count(0)
