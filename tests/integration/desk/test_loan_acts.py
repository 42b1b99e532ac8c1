"""The page of one line: what goes with a thing, what misses, photos, and the day it really was."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import photos
from backend.lending import service as lend
from backend.lending.queries.checks import checks_of
from backend.lending.values import Back
from backend.membership.queries import Member
from tests import factories, lending, sign_in
from tests.integration.desk.conftest import Counter, words
from tests.lending import Shelf, day, mine, staff, want, whom
from tests.pictures import picture

NOW = day("2026-11-21", 10)
LATER = day("2026-11-24", 12)
HERE = "/comptoir/prets"
pytestmark = pytest.mark.usefixtures("saturday")


@pytest.fixture
async def saturday(db: object) -> AsyncIterator[None]:
    with clock.frozen(NOW):
        yield


@pytest.fixture
async def shelf(saturday: None) -> Shelf:
    return await lending.add_shelf()


@pytest.fixture
async def alice(saturday: None) -> Member:
    return await factories.add_member("Alice", "Martin", "alice@example.org")


async def test_checklist_and_photos_are_kept_at_both_ends(
    desk: Counter, shelf: Shelf, alice: Member
):
    """L30: what was given with it, what it looked like, and who may see the pictures."""
    drill = await shelf.resource(checklist=("Mallette", "Notice"), pieces=("Mèche",))
    made = await lend.book(mine(alice), whom(alice), [want(drill, NOW, LATER)])
    line = f"{HERE}/{made.lines[0]}"
    page = (await desk.browser.get(line)).text
    assert page.count('name="avec"') == 3
    out = {"key": "o", "avec": ["Mallette", "Mèche"]}
    for number in (1, 2):  # the second is the same, sent again
        answer = await sign_in.post(
            desk.browser,
            desk.settings,
            f"{line}/remise",
            out,
            files={"photos": ("a.jpg", picture("JPEG"))},
        )
        assert answer.status_code == 303, number
    seen = await checks_of(made.lines[0])
    assert seen.given["ticked"] == ["Mallette", "Mèche"]
    [photo] = seen.given_photos
    shown = await desk.browser.get(f"{line}/photos/{photo}")
    assert shown.headers["content-type"] == "image/jpeg"
    assert (await desk.browser.get(f"{line}/photos/{photo + 1}")).status_code == 404
    back = await desk.done(f"{line}/retour", key="b", manque="Mèche")
    assert "pret-repris" in back
    assert "Il manque Mèche" in await desk.open(line)
    assert await fetch_value("SELECT note FROM ticket") == "Il manque : Mèche"


async def test_photos_of_a_refused_gesture_are_let_go(desk: Counter, shelf: Shelf, alice: Member):
    """L30: nothing stays of a picture that belongs to no gesture."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    answer = await sign_in.post(
        desk.browser,
        desk.settings,
        f"{HERE}/{given.line}/retour",
        {"key": "b", "etat": "damaged"},
        files={"photos": ("a.jpg", picture("JPEG"))},
    )
    assert answer.status_code == 422
    assert await fetch_value("SELECT count(*) FROM stored_file") == 0


async def test_gesture_is_dated_back_with_its_reason(desk: Counter, shelf: Shelf, alice: Member):
    """L31: noted later, with why; never before the hand-over, never in the future."""
    drill = await shelf.resource()
    made = await lend.book(mine(alice), whom(alice), [want(drill, NOW, LATER)])
    line = f"{HERE}/{made.lines[0]}"
    away = {"le": "2026-11-20", "a": "17:00", "pourquoi": "Panne d'internet"}
    assert (await desk.send(f"{line}/remise", key="1", le="2026-11-20")).status_code == 422
    await desk.done(f"{line}/remise", key="2", **away)
    early = await desk.send(f"{line}/retour", key="3", **{**away, "le": "2026-11-19"})
    assert early.status_code == 422
    await desk.done(f"{line}/retour", key="4", **{**away, "a": "18:00"})
    row = (await fetch("SELECT out_at, in_at, out_noted_at FROM custody"))[0]
    assert tuple(row) == (day("2026-11-20", 17), day("2026-11-20", 18), NOW)
    assert "Panne d'internet" in await desk.open(line)


async def test_what_is_counted_later_waits_and_is_counted(
    desk: Counter, shelf: Shelf, alice: Member
):
    """L30: off the shelf until somebody counted it; L26: it stands in the day's list meanwhile."""
    game = await shelf.resource("Jeu", pieces=("Dé", "Plateau"))
    given = await lend.lend_now(staff(), whom(alice), game.code)
    line = f"{HERE}/{given.line}"
    await desk.done(f"{line}/retour", key="r", plus_tard="1")
    day_page = await desk.open(HERE)
    assert "À contrôler" in day_page
    await desk.done(f"{line}/controle", key="c")
    assert (await checks_of(given.line)).outcome == "fine"
    assert "Sur son rayon" in await desk.open(f"/comptoir/objets/{game.code}")


async def test_car_goes_with_licence_kilometres_and_charge(
    desk: Counter, shelf: Shelf, alice: Member
):
    """L39, L30: each is asked for where it misses, on the same page."""
    car = await shelf.resource("Auto", asks_charge=True, needs_licence=True)
    made = await lend.book(mine(alice), whom(alice), [want(car, NOW, LATER)])
    line = f"{HERE}/{made.lines[0]}"
    numbers = {"kilometres": "1200", "charge": "80"}
    refused = await desk.send(f"{line}/remise", key="1", **numbers)
    assert "Il faut un permis de conduire" in words(refused.text)
    await desk.done(f"{line}/permis", key="p", valable="2030-01-01")
    assert (await desk.send(f"{line}/remise", key="2")).status_code == 422
    await desk.done(f"{line}/remise", key="3", **numbers)
    await desk.done(f"{line}/retour", key="4", kilometres="1250", charge="30")
    assert "1250" in await desk.open(line)


async def test_what_is_lost_is_found_on_its_page(desk: Counter, shelf: Shelf, alice: Member):
    """L4: lost with words, found, then looked at."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    line = f"{HERE}/{given.line}"
    assert (await desk.send(f"{line}/perte", key="1")).status_code == 422
    await desk.done(f"{line}/perte", key="2", raison="Oublié dans le bus")
    assert "C’est retrouvé" in await desk.open(line)
    await desk.done(f"{line}/retrouve", key="3")
    assert "C’est contrôlé" in await desk.open(line)


async def test_what_is_lost_for_good_is_written_off_on_its_page(
    desk: Counter, shelf: Shelf, alice: Member
):
    """L31, L32: with words, and taken back for a quarter of an hour."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    line = f"{HERE}/{given.line}"
    await lend.lose(staff(), given.line, "Oublié dans le bus")
    assert (await desk.send(f"{line}/perte-definitive", key="1")).status_code == 422
    await desk.done(f"{line}/perte-definitive", key="2", raison="Jamais retrouvé")
    shown = await desk.open(line)
    assert "Perdu pour de bon" in shown
    assert "C’est retrouvé" not in shown
    await desk.done(f"{line}/annulation-du-geste", key="3")
    assert "C’est retrouvé" in await desk.open(line)


async def test_what_lies_ready_goes_back_to_its_shelf(desk: Counter, shelf: Shelf, alice: Member):
    """L4: and stays booked."""
    drill = await shelf.resource()
    made = await lend.book(mine(alice), whom(alice), [want(drill, NOW, LATER)])
    line = f"{HERE}/{made.lines[0]}"
    await desk.done(f"{line}/preparation", key="1")
    await desk.done(f"{line}/rayon", key="2")
    assert await fetch_value("SELECT state FROM booking_line") == "confirmed"


async def test_photos_go_with_the_names_of_the_loan(desk: Counter, shelf: Shelf, alice: Member):
    """L45, L30: what a loan looked like is unlinked with who had it, and its bytes are gone."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    async with photos.kept([picture("JPEG")]) as kept:
        await lend.take_back(staff(), given.line, Back(photos=kept))
    assert await fetch_value("SELECT count(*) FROM stored_file") == 1
    await lend.forget_loans()
    assert await fetch_value("SELECT count(*) FROM stored_file") == 1
    with clock.travel(timedelta(days=200)):
        assert await lend.forget_loans() == 1
    assert await fetch_value("SELECT count(*) FROM stored_file") == 0
