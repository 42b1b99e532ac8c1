"""A tenant's booking on a phone: found, booked in three taps, changed, given up; waited for and accepted."""

import asyncio
from datetime import date, timedelta

import pytest
from playwright.async_api import Locator, Page, expect

from backend.kit import clock, formats
from backend.lending import service as lend
from backend.membership.queries import Member
from tests import factories, lending
from tests.browser import club_life
from tests.browser.conftest import Club
from tests.browser.look import assert_good_page, press
from tests.browser.post import text_of
from tests.lending import Lent, Shelf, mine, staff, want, whom

SECONDS = 120


@pytest.fixture
async def samira(club: Club, phone: Page) -> Member:
    found = await club_life.add_samira()
    await club_life.sign_in(phone.context, club, found.person_id)
    return found


@pytest.fixture
async def shelf(samira: Member) -> Shelf:
    return await lending.add_shelf()


async def mail(club: Club, subject: str) -> str:
    """The words of the newest mail with this subject, once a worker has sent it."""
    async with asyncio.timeout(SECONDS):
        while True:
            found = [each for each in club.post.mails if each["Subject"] == subject]
            if found:
                return text_of(found[-1])
            await asyncio.sleep(0.1)


def open_day(shelf_days: int) -> date:
    """Some days ahead, at a time when nobody asks whether the door opens today."""
    found = lending.CALENDAR.next_open_day(clock.today() + timedelta(days=shelf_days))
    assert found is not None
    return found


def day_link(page: Page, day: date) -> Locator:
    """A free day of the calendar."""
    return page.get_by_role("link", name=f"{formats.weekday(day, clock.today())}, libre")


async def test_a_tenant_books_changes_and_gives_up(
    club: Club, phone: Page, shelf: Shelf, samira: Member
) -> None:
    """L36, UX2: found by a word without its accent, booked in three taps, told by mail, moved, cancelled."""
    await shelf.resource("Échelle", usual_length=2)
    await shelf.resource("Perceuse")
    await phone.goto("/reserver")
    await phone.get_by_role("searchbox").fill("echelle")
    await expect(phone.get_by_role("link", name="Perceuse")).to_have_count(0)
    await assert_good_page(phone)
    day = open_day(3)
    taps = [
        phone.get_by_role("link", name="Échelle"),
        day_link(phone, day),
        phone.get_by_role("button", name="Réserver"),
    ]
    for tap in taps:
        await tap.click()
    await expect(phone.get_by_text("C'est réservé")).to_be_visible()
    await assert_good_page(phone)
    assert await mail(club, "C’est réservé : Échelle")
    address = phone.url.partition("?")[0]
    assert address in await mail(club, "C’est réservé : Échelle")
    await press(phone, phone.get_by_role("link", name="Changer les dates"))
    await assert_good_page(phone)
    later = open_day((day - clock.today()).days + 1)
    await phone.get_by_label("Premier jour").fill(later.isoformat())
    await phone.get_by_label("Dernier jour").fill(later.isoformat())
    await phone.get_by_role("button", name="Changer").click()
    await expect(phone.get_by_text("Vos dates sont changées.")).to_be_visible()
    await phone.get_by_role("link", name="Annuler", exact=True).click()
    await phone.get_by_role("button", name="Annuler la réservation").click()
    await expect(phone.get_by_text("C'est annulé.")).to_be_visible()
    await assert_good_page(phone)


async def test_a_tenant_waits_and_says_yes_to_the_offer(
    club: Club, phone: Page, shelf: Shelf, samira: Member
) -> None:
    """L23, L36: in line for taken days, told by mail when they come free, confirmed with one button."""
    drill = await shelf.resource("Perceuse")
    day = open_day(4)
    theirs = await taken(drill, day)
    await phone.goto(f"/reserver/objets/{drill.id}?debut={day}&fin={day}")
    await assert_good_page(phone)
    await phone.get_by_role("button", name="Me prévenir si ça se libère").click()
    await expect(phone.get_by_text("Dès que c’est libre, nous vous prévenons.")).to_be_visible()
    address = phone.url.partition("?")[0]
    await lend.cancel(staff(), theirs, reason="Plus besoin")
    assert address in await mail(club, "C’est votre tour : Perceuse")
    await phone.goto(address)
    await assert_good_page(phone)
    await phone.get_by_role("button", name="Confirmer").click()
    await expect(phone.get_by_text("C'est réservé")).to_be_visible()
    assert await mail(club, "C’est réservé : Perceuse")


async def taken(drill: Lent, day: date) -> str:
    """Another household has the only one on that day."""
    bob = await factories.add_member("Bob", "Petit")
    made = await lend.book(mine(bob), whom(bob), [want(drill, lending.day(str(day)))])
    return made.booking
