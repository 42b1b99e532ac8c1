"""A site's week changes: what meets a closed door moves, after a look (L18, L16)."""

import re
from datetime import time

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.kit.database import fetch, fetch_value
from backend.kit.hours import Hours
from backend.lending import queries as lending_queries
from backend.lending import service as lend
from backend.lending.errors import ResourceUnknown
from backend.lending.service import hours
from backend.lending.stock_errors import SiteLends
from backend.membership.queries import Member
from backend.places import service as places
from backend.places.errors import SiteNeverOpens
from backend.places.service import SiteWish
from backend.settings import Settings
from tests import factories, lending, sign_in
from tests.lending import CALENDAR, Shelf, day, mine, staff, want, whom

TUESDAY, THURSDAY = day("2026-11-24"), day("2026-11-26")


def week(*but: int, until: int = 18) -> SiteWish:
    """The usual one without some days; afternoons end at an hour."""
    said = tuple(
        Hours(each.weekday, each.opens, min(each.closes, time(until)))
        for each in CALENDAR.hours
        if each.weekday not in but
    )
    return SiteWish(name="tilleuls", street="", postcode="80000", town="Amiens", hours=said)


async def period(line: int) -> tuple[object, object]:
    rows = await fetch(
        "SELECT lower(during) AS a, upper(during) AS b FROM booking_line WHERE id = $1", line
    )
    return rows[0]["a"], rows[0]["b"]


async def test_bookings_move_when_a_day_is_open_no_more(
    shelf: Shelf, alice: Member, bob: Member
) -> None:
    """L18: the pick-up goes to the next opening, the due time of what is out too; told once each."""
    drill, saw = await shelf.resource(), await shelf.resource("Scie")
    booked = await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY, THURSDAY)])
    given = await lend.lend_now(staff(), whom(bob), saw.code, day("2026-11-24", 12))
    look = await hours.look_at(staff(), "tilleuls", week(1))
    assert {(shift.name, shift.after is None) for shift in look} == {
        ("Perceuse", False),
        ("Scie", False),
    }
    assert (await period(booked.lines[0]))[0] == TUESDAY
    assert await fetch_value("SELECT count(*) FROM loan_notice WHERE kind = 'moved'") == 0
    ask = staff()
    done = [await hours.change_site(ask, "tilleuls", week(1)) for _ in range(2)]
    assert done[0] == done[1] == look
    assert (await period(booked.lines[0]))[0] == day("2026-11-25")
    assert (await period(given.line))[1] == day("2026-11-25", 18)
    assert await fetch_value("SELECT count(*) FROM loan_notice WHERE kind = 'moved'") == 2
    assert await lending.overlaps() == 0


async def test_what_meets_no_closed_door_stays(shelf: Shelf, alice: Member) -> None:
    """L18: longer hours move nothing; a due time never moves earlier."""
    drill = await shelf.resource()
    booked = await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY, THURSDAY)])
    before = await period(booked.lines[0])
    assert await hours.change_site(staff(), "tilleuls", week(5)) == []
    assert await period(booked.lines[0]) == before
    moved = await hours.change_site(staff(), "tilleuls", week(5, until=17))
    assert [shift.after.end for shift in moved if shift.after] == [day("2026-11-27", 17)]


async def test_site_that_never_opens_is_not_saved(shelf: Shelf) -> None:
    """L16: neither looked at nor done."""
    for act in (hours.look_at, hours.change_site):
        with pytest.raises(SiteNeverOpens):
            await act(staff(), "tilleuls", week(*range(7)))
    assert await fetch_value("SELECT count(*) FROM site_hours") == len(CALENDAR.hours)


async def test_hours_are_looked_at_before_bookings_move(
    client: httpx.AsyncClient, settings: Settings, shelf: Shelf, alice: Member
) -> None:
    """L18, L16: the page names who is moved, and does it after a yes; what never opens stays typed."""
    manager = await factories.add_person("Hélène", "Vasseur", "helene@example.org")
    await factories.add_role(manager, Role.MANAGER)
    await sign_in.as_staff(client, settings, manager)
    drill = await shelf.resource()
    booked = await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
    page = (await client.get("/gestion/points/tilleuls")).text
    typed = dict(re.findall(r'name="(hours_\d)"\s+type="text" value="([^"]*)"', page))
    assert len(typed) == 7
    form = {"name": "tilleuls", "street": "Rue", "postcode": "80000", "town": "Amiens", **typed}
    nothing = {**form, **dict.fromkeys(typed, "")}
    refused = await sign_in.post(client, settings, "/gestion/points/tilleuls", nothing)
    assert refused.status_code in {409, 422}
    shut = {**form, "hours_1": ""}
    look = await sign_in.post(client, settings, "/gestion/points/tilleuls", shut)
    assert look.status_code == 200
    assert "Alice Martin" in look.text
    assert (await period(booked.lines[0]))[0] == TUESDAY
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', look.text))
    fields.pop("csrf_token")
    done = await sign_in.post(client, settings, "/gestion/points/tilleuls", fields)
    assert done.status_code == 303
    assert (await period(booked.lines[0]))[0] == day("2026-11-25")


async def test_site_is_closed_for_good_when_nothing_of_it_is_lent(
    shelf: Shelf, alice: Member
) -> None:
    """L16, L26: nobody would see its day; then nothing there is found, booked or waited for."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    with pytest.raises(SiteLends):
        await hours.close_site(staff(), "tilleuls")
    await lend.take_back(staff(), given.line)
    await hours.close_site(staff(), "tilleuls")
    assert (await lending_queries.browse("", "", None, 1)).things == ()
    for act in (
        lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)]),
        lend.wait(mine(alice), whom(alice), want(drill, TUESDAY)),
    ):
        with pytest.raises(ResourceUnknown):
            await act
    await places.reopen_site("tilleuls", SYSTEM)
    await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
