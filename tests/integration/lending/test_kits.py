"""A kit on a phone: free when all of it is, booked whole, or what is left of it, said first (L11)."""

import re
from datetime import date

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.kit.database import fetch, fetch_value
from backend.lending import queries, service
from backend.lending.limit_errors import HouseholdBookings
from backend.lending.queries.browsing import Wish
from backend.lending.rules import LineState, SlotMode
from backend.membership.queries import Member
from backend.settings import Settings
from tests import lending, sign_in
from tests.lending import Lent, Shelf, day, mine, staff, states, want, whom

TUESDAY = "2026-11-24"
AT = {"debut": TUESDAY, "heure": "14:00", "minutes": "120"}


@pytest.fixture
async def kit(shelf: Shelf) -> tuple[Lent, Lent, Lent]:
    """A room by the hour, with rules; two screens by the day; both together."""
    said = {"slot_mode": SlotMode.HOURS, "usual_length": 120, "longest_length": 480}
    room = await shelf.resource("Salle", rules_text="On range.", **said)
    screen = await shelf.resource("Écran", copies=2)
    both = await shelf.resource("Salle équipée", copies=0, **said)
    await service.set_kit(SYSTEM, both.id, {room.id: 1, screen.id: 2})
    return both, room, screen


async def signed_in(client: httpx.AsyncClient, settings: Settings, member: Member) -> None:
    await sign_in.as_tenant(client, settings, member.person_id)


async def test_kit_is_booked_whole_and_its_lines_return_apart(
    client: httpx.AsyncClient, settings: Settings, kit: tuple[Lent, ...], alice: Member
) -> None:
    """L11: one tap for all of it, its rules accepted once; what comes back first comes back alone."""
    both, room, screen = kit
    await signed_in(client, settings, alice)
    assert "Salle équipée" in (await client.get("/reserver")).text
    here = f"/reserver/objets/{both.id}"
    page = (await client.get(here, params=AT)).text
    assert "Salle, Écran" in page
    held = await sign_in.post(client, settings, f"{here}/reservations", {**AT, "key": "k"})
    address = held.headers["location"]
    booking = address.rsplit("/", 1)[1]
    assert "On range." in (await client.get(address)).text
    assert await states(booking) == ["held"] * 3
    version = await fetch_value("SELECT version FROM booking WHERE public_id = $1", booking)
    act = {"key": "c", "version": str(version), "accepte": "1"}
    await sign_in.post(client, settings, f"{address}/confirmation", act)
    assert await states(booking) == ["confirmed"] * 3
    lines = (await queries.get_booking(booking)).lines
    given = [await service.hand_over(staff(), line.id) for line in lines]
    await service.take_back(staff(), given[1].line)
    assert (await queries.get_booking(booking)).is_partially_returned
    assert sorted(await states(booking)) == ["checked_out", "checked_out", "closed"]
    assert {room.id, screen.id} == {line.resource for line in lines}


async def test_what_is_left_of_a_kit_is_offered(
    client: httpx.AsyncClient, settings: Settings, kit: tuple[Lent, ...], alice: Member, bob: Member
) -> None:
    """L11: all or nothing by itself; without what is taken only where one says so."""
    both, room, screen = kit
    await service.book(mine(bob), whom(bob), [want(screen, day(TUESDAY))])
    await signed_in(client, settings, alice)
    here = f"/reserver/objets/{both.id}"
    page = (await client.get(here, params=AT)).text
    assert "Écran." in page
    assert "Réserver le reste" in page
    assert "Me prévenir" not in page
    found = re.search(r'name="sans" value="([^"]+)"', page)
    assert found is not None
    refused = await sign_in.post(client, settings, f"{here}/reservations", {**AT, "key": "k"})
    assert refused.status_code == 409
    assert await fetch_value("SELECT count(*) FROM booking") == 1
    wish = {**AT, "key": "p", "sans": found[1]}
    held = await sign_in.post(client, settings, f"{here}/reservations", wish)
    lines = (await queries.get_booking(held.headers["location"].rsplit("/", 1)[1])).lines
    assert [(line.resource, line.state) for line in lines] == [(room.id, LineState.HELD)]
    waits = await sign_in.post(client, settings, f"{here}/attente", {**AT, "key": "w"})
    assert waits.status_code == 404


async def test_kit_is_free_as_often_as_its_scarcest_part(
    kit: tuple[Lent, ...], bob: Member
) -> None:
    """L11, L8: one reading for the page and for the write."""
    both, room, screen = kit
    wish = lending.hours(day(TUESDAY, 14), 2)
    for taken, free in ((None, 1), (screen, 0)):
        if taken is not None:
            await service.book(mine(bob), whom(bob), [want(taken, day(TUESDAY))])
        seen = await queries.look(both.id, day(TUESDAY).date(), queries.Wish())
        tuesday = next(each for each in seen.days if each.on == wish.start.date())
        assert tuesday.free == free
        things = await queries.browse("salle equipee", "", wish.start.date(), 1)
        assert things.count == free
    assert (await queries.browse("salle", "", wish.start.date(), 1)).things[0].card.model.name
    assert room.units


async def test_kit_is_one_booking_of_its_household(shelf: Shelf, alice: Member) -> None:
    """L11, L21: however many things are in it, also when one of them is moved."""
    drill, saw = await shelf.resource(household_bookings=1), await shelf.resource("Scie")
    await fetch("UPDATE resource SET policy = (SELECT min(id) FROM lending_policy)")
    both = [want(each, day(TUESDAY)) for each in (drill, saw)]
    made = await service.book(mine(alice), whom(alice), both)
    friday = want(saw, day("2026-11-27"))
    await service.change(mine(alice), made.lines[0], friday.period)
    with pytest.raises(HouseholdBookings):
        await service.book(mine(alice), whom(alice), [friday])


async def test_kit_is_free_when_what_nobody_counts_is_in_it_twice(shelf: Shelf) -> None:
    """L11, L40: bags never stand in its way."""
    drill, kit = await shelf.resource(), await shelf.resource("Lot", copies=0)
    bags = await shelf.resource("Sacs", copies=0, counted=False)
    await service.set_kit(SYSTEM, kit.id, {drill.id: 1, bags.id: 3})
    on = date.fromisoformat(TUESDAY)
    seen = await queries.look(kit.id, on, Wish(first=on, last=on))
    assert seen.choice is not None
    assert seen.choice.is_free
    assert [free for _, free in seen.parts] == [True, True]
