"""What a baker and an insurer's agent do in their spaces, and what the club and its members see of it."""

from playwright.async_api import Browser, Page, expect

from backend.identity.rules import Role, SessionKind
from backend.kit import formats
from tests import factories
from tests.browser import club_life
from tests.browser.conftest import Club, new_page
from tests.browser.look import Watch, assert_good_page, press
from tests.browser.test_desk import staff_in
from tests.browser.test_partner_life import write_offer
from tests.integration.insurance.conftest import add_insurance, ask_insurer


async def at_the_pc(club: Club, chromium: Browser, watch: Watch) -> Page:
    """Hélène, who manages the club."""
    helene = await factories.add_person("Hélène", "Vasseur", "helene@example.org")
    await factories.add_role(helene, Role.MANAGER)
    context = await chromium.new_context(
        base_url=club.url, viewport={"width": 1280, "height": 800}, locale="fr-FR"
    )
    await staff_in(context, club, helene)
    return await new_page(context, watch)


async def speaks_for(page: Page, club: Club, role: Role, scope_id: int) -> None:
    person_id = await factories.add_person("Yacine", "Amrani", "yacine@example.org")
    await factories.add_role(person_id, role, scope_id)
    await club_life.sign_in(page.context, club, person_id, SessionKind.MERCHANT)


async def test_member_sees_the_offer_that_a_baker_wrote_and_staff_published(
    club: Club, phone: Page, chromium: Browser, watch: Watch
) -> None:
    """P5, V12: drafted on a phone, read and published at a PC, then taken like any other."""
    partner = await factories.add_partner("Boulangerie des Tilleuls")
    await factories.add_shop(partner.id, "Boulangerie des Tilleuls")
    samira = await club_life.add_samira()
    await speaks_for(phone, club, Role.MERCHANT, partner.id)
    await write_offer(phone)
    await expect(phone.get_by_text("Au club").first).to_be_visible()
    await assert_good_page(phone)

    office = await at_the_pc(club, chromium, watch)
    await office.goto("/gestion/demandes")
    await assert_good_page(office)
    await office.get_by_role("link", name="Lire la proposition 10 % sur une réparation").click()
    await office.get_by_role("button", name="Publier l’avantage").click()
    await expect(office.get_by_text("L'avantage est publié.")).to_be_visible()
    await office.context.close()

    await club_life.sign_in(phone.context, club, samira.person_id)
    await phone.goto("/avantages")
    await phone.get_by_role("link", name="10 % sur une réparation").first.click()
    await expect(phone.get_by_role("button", name="Prendre mon bon")).to_be_visible()
    await assert_good_page(phone)


async def test_clubs_count_grows_when_an_agent_says_signed(
    club: Club, phone: Page, chromium: Browser, watch: Watch
) -> None:
    """I3, I6: called, signed, with what it saves a year; the club reads numbers, the page no contract."""
    offer = await add_insurance()
    samira = await club_life.add_samira()
    await ask_insurer(samira, offer)
    await speaks_for(phone, club, Role.INSURER, offer.insurer_id)
    await phone.goto("/assureur")
    await assert_good_page(phone)
    await press(phone, phone.get_by_role("button", name="Contact pris : Samira"))
    await expect(phone.get_by_text("Contact pris").first).to_be_visible()
    await press(phone, phone.get_by_role("button", name="C’est signé : Samira"))
    await phone.get_by_label("Économie par an de Samira").fill("148,60")
    await phone.get_by_role("button", name="Noter l’économie de Samira").click()
    await expect(phone.get_by_label("Économie par an de Samira")).to_have_value(
        formats.euros(14_860)
    )
    await assert_good_page(phone)

    office = await at_the_pc(club, chromium, watch)
    await office.goto("/gestion/assurance")
    main = office.locator("main")
    await expect(main.get_by_text(formats.euros(14_860)).first).to_be_visible()
    await expect(main.get_by_text("dont 1 avec une économie")).to_be_visible()
    await expect(main).not_to_contain_text("Samira")
    await assert_good_page(office)
    await office.context.close()
