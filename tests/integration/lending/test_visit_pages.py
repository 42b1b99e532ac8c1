"""A member chooses when to come to the desk, on a phone."""

import re
from datetime import timedelta

import httpx

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.lending.rules import VisitKind
from backend.lending.service import holding, visits
from backend.lending.slots import Capacity
from backend.settings import Settings
from tests import factories, lending, sign_in
from tests.conftest import Database


async def test_a_member_takes_a_period_and_gives_it_back(
    client: httpx.AsyncClient, settings: Settings, db: Database
) -> None:
    """L19: full periods are not shown, and cannot be posted either."""
    alice = await factories.add_member("Alice", "Martin", "alice@example.org")
    bob = await factories.add_member("Bob", "Petit", "bob@example.org")
    drill = await (await lending.add_shelf()).resource(copies=2)
    first = lending.CALENDAR.next_open_day(clock.today() + timedelta(days=2))
    assert first is not None
    start = lending.day(first.isoformat())
    bookings = [
        (
            await holding.book(
                lending.mine(one), lending.whom(one), [lending.want(drill, start)], accepted=True
            )
        ).booking
        for one in (alice, bob)
    ]
    await visits.set_capacity(SYSTEM, "tilleuls", Capacity(30, 1))
    await sign_in.as_tenant(client, settings, alice.person_id)
    address = f"/reserver/reservations/{bookings[0]}/creneaux/retrait"
    page = (await client.get(address)).text
    offered = re.findall(r'name="starts_at" value="([^"]+)"', page)
    assert len(offered) == 14
    taken = await sign_in.post(client, settings, address, {"starts_at": offered[0]})
    assert taken.status_code == 303
    assert "Nous vous attendons" in (await client.get(address)).text
    await sign_in.post(client, settings, f"{address}/abandon")
    assert await fetch_value("SELECT count(*) FROM desk_visit") == 0
    await visits.choose(lending.mine(bob), bookings[1], VisitKind.PICKUP, start)
    assert offered[0] not in (await client.get(address)).text
    refused = await sign_in.post(client, settings, address, {"starts_at": offered[0]})
    assert refused.status_code == 409
    assert "Ce créneau vient d&#39;être pris" in refused.text
    for lost in (address.replace("retrait", "fete"), address.replace(bookings[0], bookings[1])):
        assert (await client.get(lost)).status_code == 404
