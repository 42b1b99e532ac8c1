"""The tenant's own pages of lending, over HTTP: find, choose, book, wait, keep longer, give up."""

import re
from collections.abc import Awaitable, Callable

import pytest
from httpx import AsyncClient, Response

from backend.kit import clock
from backend.lending import queries, service
from backend.lending.rules import LineState
from backend.membership.queries import Member
from backend.settings import Settings
from tests.integration.statements import statements
from tests.lending import Shelf, day, mine, staff, want, whom
from tests.sign_in import as_tenant, post

MOST_STATEMENTS = 6
TUESDAY, WEDNESDAY, THURSDAY = "2026-11-24", "2026-11-25", "2026-11-26"
ROOM = {"slot_mode": "hours", "usual_length": 60, "longest_length": 240, "due_rule": "keep"}
Post = Callable[[str, dict[str, str]], Awaitable[Response]]


@pytest.fixture
async def alices(client: AsyncClient, settings: Settings, alice: Member) -> AsyncClient:
    await as_tenant(client, settings, alice.person_id)
    return client


@pytest.fixture
def send(alices: AsyncClient, settings: Settings) -> Post:
    async def send(path: str, form: dict[str, str]) -> Response:
        return await post(alices, settings, path, form)

    return send


def where(answer: Response) -> str:
    """The booking that an act led to."""
    assert answer.status_code == 303, answer.text[:2000]
    return re.split(r"[/?]", answer.headers["location"].removeprefix("/reserver/reservations/"))[0]


def days(first: str, last: str, key: str = "k1") -> dict[str, str]:
    return {"debut": first, "fin": last, "key": key}


async def test_page_asks_at_most_six_things(
    alices: AsyncClient, shelf: Shelf, alice: Member
) -> None:
    """PERF6: the list, a thing and my bookings, however many things there are."""
    drills = [await shelf.resource(f"Perceuse {n}", copies=2) for n in range(5)]
    done = await service.book(mine(alice), whom(alice), [want(drills[0], day(TUESDAY))])
    thing = f"/reserver/objets/{drills[0].id}"
    for path in (
        "/reserver",
        f"/reserver?q=perc&jour={TUESDAY}",
        thing,
        f"{thing}?debut={TUESDAY}&fin={THURSDAY}",
        "/reserver/reservations",
        f"/reserver/reservations/{done.booking}",
        f"/reserver/reservations/{done.booking}/annulation",
    ):
        async with statements() as said:
            answer = await alices.get(path)
        assert answer.status_code == 200, path
        assert len(said) <= MOST_STATEMENTS, (path, [each[:90] for each in said])


async def test_tenant_books_in_three_taps(alices: AsyncClient, shelf: Shelf, send: Post) -> None:
    """L8: a thing of the list, a free day of its calendar, one button; the usual length is chosen for them."""
    drill = await shelf.resource("Perceuse à percussion", usual_length=2, pieces=("mallette",))
    page = (await alices.get("/reserver?q=PERCUSSION")).text
    assert f"/reserver/objets/{drill.id}" in page
    page = (await alices.get(f"/reserver/objets/{drill.id}")).text
    assert f'href="/reserver/objets/{drill.id}?debut={TUESDAY}&amp;du=' in page
    page = (await alices.get(f"/reserver/objets/{drill.id}?debut={TUESDAY}")).text
    assert "Réserver 3 jours" in page
    assert "Mardi" not in page
    booking = where(
        await send(f"/reserver/objets/{drill.id}/reservations", days(TUESDAY, THURSDAY))
    )
    line = (await queries.get_booking(booking)).lines[0]
    assert (line.state, line.period.end) == (LineState.CONFIRMED, day(THURSDAY, 18))
    assert "Perceuse à percussion" in (await alices.get(f"/reserver/reservations/{booking}")).text


async def test_second_tap_is_no_second_booking(shelf: Shelf, alice: Member, send: Post) -> None:
    """L12: the key is of the page the button stood on."""
    drill = await shelf.resource(copies=2)
    path = f"/reserver/objets/{drill.id}/reservations"
    first, second = [await send(path, days(TUESDAY, TUESDAY)) for _ in range(2)]
    assert where(first) == where(second)
    assert len(await queries.of_household(alice.household_id)) == 1


async def test_what_is_taken_says_when_it_is_free_and_lets_one_wait(
    alices: AsyncClient, shelf: Shelf, bob: Member, send: Post
) -> None:
    """L6, L23: no dead end: other days of the same length, and a place in line with its number."""
    drill = await shelf.resource()
    await service.book(mine(bob), whom(bob), [want(drill, day(TUESDAY), day(WEDNESDAY))])
    answer = await send(f"/reserver/objets/{drill.id}/reservations", days(TUESDAY, TUESDAY))
    assert answer.status_code == 409
    assert "Ce n’est pas libre tout ce temps." in answer.text
    assert f"debut={THURSDAY}" in answer.text
    booking = where(await send(f"/reserver/objets/{drill.id}/attente", days(TUESDAY, TUESDAY, "w")))
    page = (await alices.get(f"/reserver/reservations/{booking}")).text
    assert "Place n°\xa01" in page
    line = (await queries.get_booking(booking)).lines[0]
    await send(f"/reserver/reservations/{booking}/lignes/{line.id}/pause", act(1, "p"))
    assert "En pause" in (await alices.get("/reserver/reservations")).text


async def test_page_says_that_the_wait_pauses_when_a_place_is_passed_on(
    alices: AsyncClient, shelf: Shelf, alice: Member, bob: Member, send: Post
) -> None:
    """L23: alone in line, nothing more is offered until the wait goes on."""
    drill = await shelf.resource()
    made = await service.book(mine(bob), whom(bob), [want(drill, day(TUESDAY))])
    waiting = await service.wait(mine(alice), whom(alice), want(drill, day(TUESDAY)))
    await service.cancel(mine(bob), made.booking)
    here = f"/reserver/reservations/{waiting.booking}"
    line = (await queries.get_booking(waiting.booking)).lines[0]
    answer = await send(f"{here}/lignes/{line.id}/passage", act(line.version, "s"))
    assert answer.headers["location"].endswith("attente-en-pause")
    page = (await alices.get(here)).text
    assert "Pendant la pause, nous ne vous proposons rien." in page
    assert "Reprendre l’attente" in page


def act(version: int, key: str, **said: str) -> dict[str, str]:
    return {"version": str(version), "key": key, **said}


async def test_room_is_held_until_its_rules_are_accepted(
    alices: AsyncClient, shelf: Shelf, send: Post
) -> None:
    """L13, L39: an hour of a day, the rules to read, ten minutes for it and ten more once."""
    room = await shelf.resource("Salle", capacity=20, rules_text="On range.", **ROOM)
    page = (await alices.get(f"/reserver/objets/{room.id}?debut={TUESDAY}")).text
    assert 'value="10:00"' in page
    form = {"debut": TUESDAY, "heure": "10:00", "minutes": "120", "personnes": "12", "key": "k"}
    booking = where(await send(f"/reserver/objets/{room.id}/reservations", form))
    here = f"/reserver/reservations/{booking}"
    assert "On range." in (await alices.get(here)).text
    refused = await send(f"{here}/confirmation", act(1, "a"))
    assert refused.status_code == 422
    assert "Il faut accepter les règles d&#39;usage." in refused.text
    where(await send(f"{here}/delai", act(1, "b")))
    done = where(await send(f"{here}/confirmation", act(2, "c", accepte="1")))
    line = (await queries.get_booking(done)).lines[0]
    assert (line.state, line.people) == (LineState.CONFIRMED, 12)


async def test_limit_says_its_rule_what_counts_and_from_when(
    alices: AsyncClient, shelf: Shelf, alice: Member, send: Post
) -> None:
    """L22: why not, because of what, and since when it will be possible."""
    saws = await shelf.resource("Scie", copies=3, household_loans=1)
    await service.book(mine(alice), whom(alice), [want(saws, day(TUESDAY), day(WEDNESDAY))])
    refused = await send(f"/reserver/objets/{saws.id}/reservations", days(WEDNESDAY, WEDNESDAY))
    assert refused.status_code == 409
    assert "Votre foyer a déjà 1 prêts en même temps." in refused.text
    assert "Ce sera possible à partir du" in refused.text
    assert "Scie, du mardi 24 au mercredi 25 novembre" in refused.text


async def test_loan_is_kept_longer_and_a_stale_page_is_told(
    alices: AsyncClient, shelf: Shelf, alice: Member, send: Post
) -> None:
    """L12, L40: renewed once from its own page; the same page again has changed meanwhile."""
    book = await shelf.resource("Germinal", usual_length=2)
    done = await service.book(
        mine(alice), whom(alice), [want(book, clock.now(), day("2026-11-21"))]
    )
    given = await service.hand_over(staff(), done.lines[0])
    here = f"/reserver/reservations/{done.booking}"
    assert "Garder plus longtemps" in (await alices.get(here)).text
    path = f"{here}/lignes/{done.lines[0]}/prolongation"
    where(await send(path, act(given.version, "r")))
    stale = await send(path, act(given.version, "s"))
    assert stale.status_code == 409
    assert "Cette réservation a changé entre-temps." in stale.text
    assert "Garder plus longtemps" not in (await alices.get(here)).text


async def test_booking_is_given_up_after_a_question(
    alices: AsyncClient, shelf: Shelf, alice: Member, send: Post
) -> None:
    drill = await shelf.resource()
    done = await service.book(mine(alice), whom(alice), [want(drill, day(TUESDAY))])
    here = f"/reserver/reservations/{done.booking}"
    assert "Annuler cette réservation\u202f?" in (await alices.get(f"{here}/annulation")).text
    answer = await send(f"{here}/annulation", act(done.version, "x"))
    assert answer.headers["location"].startswith("/reserver/reservations?fait=")
    assert (await queries.get_booking(done.booking)).lines[0].state is LineState.CANCELLED_BY_TENANT


@pytest.mark.parametrize(
    "query",
    ["debut=2026-02-30", "debut=9999-12-31", "du=0001-01-01", "debut=x&heure=25:00&minutes=-1"],
)
async def test_made_up_address_shows_the_calendar(
    alices: AsyncClient, shelf: Shelf, query: str
) -> None:
    drill = await shelf.resource()
    answer = await alices.get(f"/reserver/objets/{drill.id}?{query}")
    assert answer.status_code == 200
    assert "Touchez un jour libre." in answer.text
