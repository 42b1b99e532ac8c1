"""What a member's first page says of what is near and now: loans, neighbours, the desk's door."""

import html
import re

from httpx import AsyncClient

from backend.insight import home as across
from backend.kit import clock
from backend.kit.database import fetch
from backend.lending import service as lend
from backend.lending.values import Back
from backend.membership.queries import Member, find_member
from backend.settings import Settings
from backend.skills import service as skills
from backend.skills.rules import Category, ListingKind
from tests import factories, sign_in
from tests.integration.lending.test_desk import booked, out
from tests.integration.statements import statements
from tests.lending import Shelf, day, mine, staff, want, whom
from tests.skills import ask, by, list_

EARLY = day("2026-01-01", 0)


async def words(client: AsyncClient, settings: Settings, member: Member) -> str:
    await sign_in.as_tenant(client, settings, member.person_id)
    page = (await client.get("/accueil")).text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.unescape(page)))


async def test_what_is_late_comes_first_when_much_waits(
    client: AsyncClient, settings: Settings, shelf: Shelf, alice: Member, bob: Member
):
    """L38: late is late without any job; PERF6: at most six statements, however much there is."""
    late = await shelf.resource("Perceuse", fee_day_cents=50, replacement_cents=4000)
    await out(late, alice)  # due on Tuesday
    broken = await out(await shelf.resource("Scie", fee_day_cents=50, replacement_cents=900), alice)
    ready = await booked(await shelf.resource("Tente"), alice)
    await lend.prepare(staff(), ready.lines[0])
    await ask(bob, await list_(alice, "Je répare les vélos"))
    with clock.frozen(day("2026-11-26", 10)):
        await lend.take_back(staff(), broken.line, Back())
        said = await words(client, settings, alice)
        async with statements() as asked:
            await client.get("/accueil")
    assert len(asked) <= 6, asked
    order = ["À faire", "Perceuse", "En retard", "à payer", "Tente", "Bob P. vous écrit"]
    assert [said.find(each) for each in order] == sorted(said.find(each) for each in order)
    assert -1 not in [said.find(each) for each in order], said


async def test_a_loan_is_only_said_when_its_day_is_far_and_asked_for_on_its_eve(
    client: AsyncClient, settings: Settings, shelf: Shelf, alice: Member
):
    """L38: the same row says first what is on, then what to do, by the clock alone."""
    await out(await shelf.resource(), alice)
    said = await words(client, settings, alice)
    assert "À faire" not in said
    assert "À rendre mardi 24 novembre avant 18 h" in said
    with clock.frozen(day("2026-11-23", 9)):
        assert "À faire" in await words(client, settings, alice)


async def test_what_came_free_is_asked_about_until_its_time_is_over(shelf: Shelf, alice: Member):
    """L38: what is held shows while it is held."""
    drill = await shelf.resource()
    await lend.hold(mine(alice), whom(alice), [want(drill, day("2026-11-25"))])
    found = await across.at_home(alice, EARLY)
    assert [each.name for each in found.booked] == ["Perceuse"]
    lapses = found.booked[0].lapses_at
    assert lapses is not None
    with clock.frozen(lapses):
        assert (await across.at_home(alice, EARLY)).booked == []


async def test_a_neighbour_is_named_when_they_ask_for_what_one_offers(alice: Member, bob: Member):
    """X5: by words, place and time as staff are proposed it; X9: never somebody who is blocked."""
    await list_(bob, "Je cherche un tabouret", kind=ListingKind.REQUEST, category=Category.OTHER)
    assert (await across.at_home(alice, EARLY)).neighbour is None
    offer = await list_(alice, "Couture : ourlets, rideaux", category=Category.SEWING)
    wanted = await list_(bob, "Un ourlet", kind=ListingKind.REQUEST, category=Category.SEWING)
    found = (await across.at_home(alice, EARLY)).neighbour
    assert found is not None
    assert (found.request.public_id, found.suits, found.near) == (wanted, True, False)

    exchange = await ask(bob, offer)
    assert [each.name for each in (await across.at_home(alice, EARLY)).writers] == ["Bob P."]
    await skills.block(by(alice), alice, exchange)
    blocked = await across.at_home(alice, EARLY)
    assert (blocked.neighbour, blocked.writers) == (None, [])


async def test_the_residence_asks_when_nothing_is_offered(alice: Member, bob: Member):
    """X4: same residence first; of another residence nobody is shown to who offers nothing."""
    here, there = await factories.add_dwelling("L/1"), await factories.add_dwelling("L/2")
    carole = await factories.add_member("Carole", "Petit")
    for member, dwelling in ((alice, here), (carole, here), (bob, there)):
        await fetch(
            "UPDATE household SET dwelling = $2 WHERE id = $1", member.household_id, dwelling
        )
    for member in (carole, bob):
        await list_(member, "Un ourlet", kind=ListingKind.REQUEST, category=Category.SEWING)
    reader = await find_member(alice.person_id)
    assert reader is not None
    found = (await across.at_home(reader, EARLY)).neighbour
    assert found is not None
    assert (found.request.owner, found.near, found.suits) == ("Carole P.", True, False)


async def test_the_door_says_why_when_the_desk_is_closed(
    client: AsyncClient, settings: Settings, shelf: Shelf, alice: Member
):
    """L16: closed days and holidays are those of the calendar of the desk."""
    assert "Ouvert jusqu’à 12 h" in await words(client, settings, alice)
    with clock.frozen(day("2026-12-24", 19)):
        said = await words(client, settings, alice)
    assert "Fermé jusqu’au samedi 26 décembre, 9 h. Noël" in said
