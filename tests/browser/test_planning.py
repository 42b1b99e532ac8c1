"""The staff's plan in a real browser: a booking that is dragged, and a full week without a thing."""

from datetime import date, timedelta

from playwright.async_api import Locator, Page, expect

from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.clock import start_of_day
from backend.lending import queries
from backend.lending import service as lend
from backend.lending.rules import LineState
from backend.membership.queries import Member
from backend.places import queries as places
from tests import factories, lending
from tests.browser.conftest import Club
from tests.browser.look import Watch, assert_good_page
from tests.browser.test_desk import staff_in
from tests.lending import Lent, Shelf, staff, want, whom

DAY = timedelta(days=1)


async def open_week(shelf: Shelf) -> date:
    """The Monday of a week to come that is open from Tuesday to Saturday."""
    calendar = await places.get_calendar(shelf.site_id)
    monday = clock.today() - clock.today().weekday() * DAY + 7 * DAY
    while len(calendar.open_days(monday, monday + 6 * DAY)) < 5:
        monday += 7 * DAY
    return monday


async def book(lent: Lent, member: Member, day: date, unit: str) -> int:
    wanted = want(lent, start_of_day(day), start_of_day(day + DAY), unit=unit)
    return (await lend.book(staff(), whom(member), [wanted])).lines[0]


async def drag(page: Page, bar: Locator, lane: Locator, days: int) -> None:
    """By so many days, onto a copy; in steps, as a hand does."""
    here, there = await bar.bounding_box(), await lane.locator(".lane-time").bounding_box()
    assert here is not None
    assert there is not None
    x, y = here["x"] + here["width"] / 2, here["y"] + here["height"] / 2
    to = x + days * there["width"] / 7, there["y"] + there["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move((x + to[0]) / 2, (y + to[1]) / 2, steps=4)
    await page.mouse.move(*to, steps=4)
    await page.mouse.up()


async def test_booking_is_dragged_when_free_and_goes_back_when_taken(
    desk: Page, club: Club, watch: Watch
) -> None:
    """L7, L12: the reason stands on the page and the bar where it was; then it moves, also by keys."""
    watch.allow("409")
    shelf = await lending.add_shelf()
    clerk = await factories.add_person("Inès", "Fabre", "ines@example.org")
    await factories.add_role(clerk, Role.DESK)
    await staff_in(desk.context, club, clerk)
    alice = await factories.add_member("Alice", "Martin")
    bob = await factories.add_member("Bob", "Petit")
    drill = await shelf.resource(copies=2)
    first, second = (unit.code for unit in drill.units)
    monday = await open_week(shelf)
    line = await book(drill, alice, monday + DAY, first)
    ready = await book(drill, bob, monday + 4 * DAY, second)
    await lend.prepare(staff(), ready)
    before = await queries.get_line(line)
    await desk.goto(f"/comptoir/planning?le={monday.isoformat()}")
    await assert_good_page(desk)
    bar = desk.locator(f'[data-line="{line}"]')
    lanes = [desk.locator(f'.lane[data-unit="{code}"]') for code in (first, second)]
    await drag(desk, bar, lanes[1], 3)
    await expect(desk.get_by_role("alert")).to_contain_text("n'est pas libre")
    await expect(lanes[0].locator(f'[data-line="{line}"]')).to_be_visible()
    assert (await queries.get_line(line)).period == before.period
    await drag(desk, bar, lanes[1], 2)
    await expect(lanes[1].locator(f'[data-line="{line}"]')).to_be_visible()
    await expect(desk.locator("#plan-said")).to_contain_text("C'est déplacé.")
    moved = await queries.get_line(line)
    assert (moved.unit, clock.paris(moved.period.start).date()) == (second, monday + 3 * DAY)
    await bar.focus()
    await desk.keyboard.press("Shift+ArrowLeft")
    await desk.keyboard.press("Shift+ArrowUp")
    await expect(desk.locator("#plan-said")).to_contain_text("Entrée pour valider")
    await desk.keyboard.press("Enter")
    await expect(lanes[0].locator(f'[data-line="{line}"]')).to_be_focused()
    moved = await queries.get_line(line)
    assert (moved.unit, clock.paris(moved.period.start).date()) == (first, monday + 2 * DAY)
    await lend.change(staff(), line, before.period)
    await desk.keyboard.press("Shift+ArrowRight")
    await desk.keyboard.press("Enter")
    await expect(desk.get_by_role("alert")).to_contain_text("a changé entre-temps")


async def test_full_week_is_blocked_when_staff_have_seen_who_is_met(desk: Page, club: Club) -> None:
    """L32: who loses a booking, who gets another copy, and what is out stand there before the yes."""
    shelf = await lending.add_shelf()
    clerk = await factories.add_person("Inès", "Fabre", "ines@example.org")
    await factories.add_role(clerk, Role.DESK)
    await staff_in(desk.context, club, clerk)
    drill = await shelf.resource(copies=2)
    first, second = (unit.code for unit in drill.units)
    monday = await open_week(shelf)
    lines = []
    for number in range(5):
        member = await factories.add_member(f"Voisin{number}", "Petit")
        lines.append(await book(drill, member, monday + (number + 1) * DAY, first))
        other = await factories.add_member(f"Voisine{number}", "Grand")
        if number != 2:
            await book(drill, other, monday + (number + 1) * DAY, second)
    await desk.goto(f"/comptoir/planning?le={monday.isoformat()}")
    await desk.get_by_role("link", name="Perceuse", exact=True).first.click()
    await desk.get_by_role("link", name="Bloquer des jours").click()
    await desk.get_by_label("Quels exemplaires ?").select_option(first)
    await desk.get_by_label("Premier jour").fill(monday.isoformat())
    await desk.get_by_label("Dernier jour").fill((monday + 6 * DAY).isoformat())
    await desk.get_by_label("En quelques mots").fill("Révision")
    await assert_good_page(desk)
    await desk.get_by_role("button", name="Voir qui est touché").click()
    gone = desk.locator("section", has=desk.get_by_role("heading", name="Seront annulées"))
    await expect(gone.locator("tbody tr")).to_have_count(4)
    moved = desk.locator("section", has=desk.get_by_role("heading", name="un autre exemplaire"))
    await expect(moved.locator("tbody")).to_contain_text("Voisin2 P.")
    await assert_good_page(desk)
    assert [(await queries.get_line(line)).state for line in lines] == [LineState.CONFIRMED] * 5
    await desk.get_by_role("button", name="Bloquer").click()
    await expect(desk.locator("main")).to_contain_text("C'est bloqué. Voici qui est touché.")
    await assert_good_page(desk)
    states = [(await queries.get_line(line)).state for line in lines]
    assert states.count(LineState.CANCELLED_BY_STAFF) == 4
    assert states[2] is LineState.CONFIRMED
    await desk.get_by_role("link", name="Planning").last.click()
    await expect(desk.locator(".plan-bar.blocked")).to_contain_text("Révision")
