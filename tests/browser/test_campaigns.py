"""A campaign as a tenant meets it: a mail on a phone, and one tap that ends such mails."""

import asyncio
from email.message import EmailMessage

from playwright.async_api import Page

from backend.campaigns.rules import Draft
from backend.people import queries as people
from backend.people.rules import Medium, Subject
from tests.browser.conftest import Club
from tests.browser.look import Watch, assert_accessible, assert_fits, assert_good_page
from tests.integration.campaigns.conftest import launch
from tests.readers import add_reader

NEWSLETTER = Draft(
    subject="Ce qui se passe au club",
    body="# Les ateliers\n\n- Réparer son vélo\n- Lire sa facture\n\nVenez.\n\nhttp://localhost/agenda",
)


async def mail_to(club: Club, address: str) -> EmailMessage:
    """The campaign's mail, sent by the worker."""
    for _ in range(1200):
        found = [mail for mail in club.post.mails if str(mail["To"]) == address]
        bulk = [mail for mail in found if mail["List-Unsubscribe"]]
        if bulk:
            return bulk[0]
        await asyncio.sleep(0.1)
    raise AssertionError(club.logs()[-2000:])


async def test_mail_looks_right_on_a_narrow_phone_and_ends_with_one_tap(
    phone: Page, club: Club
) -> None:
    """N2, D4: readable at 320 px, light and dark, without anything from elsewhere; its link asks first."""
    alice = await add_reader("Alice", "alice@example.org")
    await launch(NEWSLETTER)
    mail = await mail_to(club, "alice@example.org")
    html = mail.get_body(("html",))
    assert html is not None
    for scheme in ("light", "dark"):
        await phone.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        await phone.set_content(html.get_content())
        await assert_fits(phone)
        await assert_accessible(phone)
    await phone.goto(str(mail["List-Unsubscribe"]).strip("<>"))
    await assert_good_page(phone)
    assert alice.person_id in await people.allowed(
        [alice.person_id], Subject.CLUB_LIFE, Medium.EMAIL
    )
    await phone.get_by_role("button", name="Ne plus les recevoir").tap()
    await phone.get_by_text("C’est fait.").wait_for()
    await assert_good_page(phone)
    assert await people.allowed([alice.person_id], Subject.CLUB_LIFE, Medium.EMAIL) == set()


async def test_link_that_is_cut_says_what_to_do(plain_phone: Page, watch: Watch) -> None:
    """N2, UX5: half a link is no page of somebody else; without JavaScript too."""
    watch.allow("404")
    await plain_phone.goto("/desabonnement/x")
    await plain_phone.get_by_text("Ouvrez-le encore une fois depuis le message.").wait_for()
    await assert_fits(plain_phone)
