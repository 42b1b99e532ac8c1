"""Other days for a booking, on the tenant's own page."""

from collections.abc import Awaitable, Callable

import pytest
from httpx import AsyncClient, Response

from backend.lending import queries, service
from backend.lending.rules import Period
from backend.membership.queries import Member
from backend.settings import Settings
from tests.integration.statements import statements
from tests.lending import Shelf, day, mine, staff, want, whom
from tests.sign_in import as_tenant, post

TUESDAY, THURSDAY = "2026-11-24", "2026-11-26"
HOURS = {"slot_mode": "hours", "usual_length": 60, "longest_length": 240, "due_rule": "keep"}
Post = Callable[[str, dict[str, str]], Awaitable[Response]]


@pytest.fixture
async def send(client: AsyncClient, settings: Settings, alice: Member) -> Post:
    await as_tenant(client, settings, alice.person_id)

    async def send(path: str, form: dict[str, str]) -> Response:
        return await post(client, settings, path, form)

    return send


async def page_of(booking: str) -> tuple[str, str]:
    """The page with the dates of its only line, and the version it shows."""
    found = await queries.get_booking(booking)
    return f"/reserver/reservations/{booking}/lignes/{found.lines[0].id}/dates", str(found.version)


async def test_tenant_changes_the_days(
    client: AsyncClient, send: Post, shelf: Shelf, alice: Member
) -> None:
    """L7, L12: the same guard as a new booking; a page from before is told so."""
    drill = await shelf.resource()
    made = await service.book(mine(alice), whom(alice), [want(drill, day(TUESDAY))])
    path, version = await page_of(made.booking)
    assert path in (await client.get(f"/reserver/reservations/{made.booking}")).text
    async with statements() as said:
        page = (await client.get(path)).text
    assert len(said) <= 6
    assert f'value="{TUESDAY}"' in page
    form = {"debut": THURSDAY, "fin": "2026-11-27", "version": version}
    assert (await send(path, {**form, "key": "one"})).status_code == 303
    line = await queries.get_line(made.lines[0])
    assert line.period == Period(day(THURSDAY, 9), day("2026-11-27", 18))
    stale = await send(path, {**form, "key": "two"})
    assert stale.status_code == 409
    assert (await send(path, {**form, "debut": "hier", "key": "three"})).status_code == 422


async def test_days_that_are_taken_are_refused_and_what_was_typed_stays(
    client: AsyncClient, send: Post, shelf: Shelf, alice: Member, bob: Member
) -> None:
    """L7: a clash is the same whichever way one comes."""
    drill = await shelf.resource()
    made = await service.book(mine(alice), whom(alice), [want(drill, day(TUESDAY))])
    await service.book(staff(), whom(bob), [want(drill, day(THURSDAY))])
    path, version = await page_of(made.booking)
    form = {"debut": THURSDAY, "fin": THURSDAY, "version": version, "key": "one"}
    answer = await send(path, form)
    assert answer.status_code == 409
    assert f'value="{THURSDAY}"' in answer.text
    assert (await queries.get_line(made.lines[0])).period.start == day(TUESDAY, 9)


async def test_hours_change_by_the_hour(
    client: AsyncClient, send: Post, shelf: Shelf, alice: Member
) -> None:
    """L39: a room has an hour and a length."""
    room = await shelf.resource("Salle", **HOURS)
    made = await service.book(mine(alice), whom(alice), [want(room, day(TUESDAY, 10))])
    path, version = await page_of(made.booking)
    assert 'type="time"' in (await client.get(path)).text
    form = {"debut": TUESDAY, "heure": "14:00", "minutes": "120", "version": version, "key": "one"}
    assert (await send(path, form)).status_code == 303
    line = await queries.get_line(made.lines[0])
    assert line.period == Period(day(TUESDAY, 14), day(TUESDAY, 16))


async def test_what_is_not_mine_or_over_has_no_such_page(
    client: AsyncClient, send: Post, shelf: Shelf, alice: Member, bob: Member
) -> None:
    """SEC11: another household's booking is not there; one that is cancelled has no other days."""
    drill = await shelf.resource(copies=2)
    theirs = await service.book(mine(bob), whom(bob), [want(drill, day(TUESDAY))])
    own = await service.book(mine(alice), whom(alice), [want(drill, day(TUESDAY))])
    mixed = f"/reserver/reservations/{own.booking}/lignes/{theirs.lines[0]}/dates"
    path, version = await page_of(own.booking)
    await service.cancel(mine(alice), own.booking)
    for each in ((await page_of(theirs.booking))[0], mixed, path, path.replace("dates", "x/dates")):
        assert (await client.get(each)).status_code == 404
    form = {"debut": THURSDAY, "fin": THURSDAY, "version": version, "key": "one"}
    assert (await send(path, form)).status_code == 404
