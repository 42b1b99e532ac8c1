"""A calendar's secret address: drawn on a page, read by a telephone, closed."""

import re
from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient

from backend.identity.rules import Role
from backend.kit import clock
from backend.lending import service as lend
from backend.membership.queries import Member
from backend.settings import Settings
from tests import factories, lending, sign_in
from tests.application import browser_of
from tests.lending import Shelf, day, staff, want, whom

MINE, CLUB = "/reserver/calendrier", "/gestion/points/calendriers"
ADDRESS = re.compile(r'id="f-adresse"\s+type="text"\s+value="([^"]+)"')


@pytest.fixture
async def shelf(db: object) -> AsyncIterator[Shelf]:
    with clock.frozen(day("2026-11-20", 10)):
        yield await lending.add_shelf()


@pytest.fixture
async def alice(shelf: Shelf, client: AsyncClient, settings: Settings) -> Member:
    member = await factories.add_member("Alice", "Martin", "alice@example.org")
    await sign_in.as_tenant(client, settings, member.person_id)
    return member


def address(page: str) -> str:
    found = ADDRESS.search(page)
    assert found, page
    return found[1]


async def test_telephone_reads_my_bookings_by_the_address_it_was_given(
    client: AsyncClient,
    settings: Settings,
    shelf: Shelf,
    alice: Member,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """L42: shown once, read signed out, 304 while nothing changed, in no log, dead once closed."""
    drill = await shelf.resource()
    made = await lend.book(staff(), whom(alice), [want(drill, day("2026-11-24"))])
    assert "Les voir dans mon agenda" in (await client.get("/reserver/reservations")).text
    assert "Créer mon adresse" in (await client.get(MINE)).text
    shown = await sign_in.post(client, settings, MINE, {})
    assert shown.headers["cache-control"] == "no-store"
    path = address(shown.text).removeprefix(settings.base_url)
    assert f"webcal://{settings.base_url.split('://')[1]}{path}" in shown.text
    assert path not in (await client.get(MINE)).text
    async with browser_of(settings) as telephone:
        first = await telephone.get(path)
        assert first.headers["content-type"] == "text/calendar; charset=utf-8"
        assert "SUMMARY:Perceuse (réservé)" in first.text
        known = {"if-none-match": first.headers["etag"]}
        assert (await telephone.get(path, headers=known)).status_code == 304
        await lend.change(staff(), made.lines[0], want(drill, day("2026-11-25")).period)
        changed = await telephone.get(path, headers=known)
        assert (changed.status_code, changed.headers["etag"] != known["if-none-match"]) == (
            200,
            True,
        )
        assert (await telephone.get(path.partition("?")[0])).status_code == 404
        secret = path.rpartition("=")[2]
        said = capsys.readouterr()
        assert "/conciergeries/calendrier.ics" in said.err
        assert secret not in said.err + said.out
        again = address((await sign_in.post(client, settings, MINE, {})).text)
        assert (await telephone.get(path)).status_code == 404
        assert (await telephone.get(again.removeprefix(settings.base_url))).status_code == 200
        await sign_in.post(client, settings, f"{MINE}/fin", {})
        assert (await telephone.get(again.removeprefix(settings.base_url))).status_code == 404


async def test_office_gives_calendars_of_desks_and_things(
    client: AsyncClient, settings: Settings, shelf: Shelf
) -> None:
    """L42: for a screen in the room; made, listed, closed by staff."""
    room = await shelf.resource("Salle des fêtes")
    manager = await factories.add_person("Hélène", "Vasseur", "helene@example.org")
    await factories.add_role(manager, Role.MANAGER)
    await sign_in.as_staff(client, settings, manager)
    page = (await client.get(CLUB)).text
    assert "Aucun calendrier ouvert" in page
    choices = re.findall(r'value="((?:site|resource):\w+)"', page)
    assert f"resource:{room.id}" in choices
    for choice in choices:
        shown = await sign_in.post(client, settings, CLUB, {"quoi": choice})
        path = address(shown.text).removeprefix(settings.base_url)
        async with browser_of(settings) as screen:
            assert (await screen.get(path)).status_code == 200
            await sign_in.post(client, settings, f"{CLUB}/fin", {"quoi": choice})
            assert (await screen.get(path)).status_code == 404
    assert (await sign_in.post(client, settings, CLUB, {"quoi": "site:rien"})).status_code == 404
