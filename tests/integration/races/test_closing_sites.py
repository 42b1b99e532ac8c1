"""An order on its way in while its site closes for good: the site stays open, or nothing is ordered (S2)."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import asyncpg
import pytest

from backend.audit.service import SYSTEM
from backend.kit.database import fetch_value
from backend.membership.queries import Member
from backend.orders.errors import ServiceClosed, SiteServes
from backend.places import queries as places
from backend.places import service as sites
from tests import factories, lending, orders
from tests.conftest import Database
from tests.orders import Counter

pytestmark = pytest.mark.races
HOLDS = "SELECT id FROM site WHERE id = $1 FOR UPDATE"
CLOSES = "UPDATE site SET closed_at = now() WHERE id = $1"
CHANGES = "UPDATE site SET name = 'Le palier' WHERE id = $1"
# As an order goes in: the site is looked at, then the ticket is written.
LOOKS = "SELECT id FROM site WHERE id = $1 AND closed_at IS NULL FOR KEY SHARE"
GOES_IN = (
    "INSERT INTO order_ticket (public_id, code, service, site, household, person, channel, state,"
    " shelf, note, sender, proof, ordered_at, changed_at) VALUES ('late', 'late', $1, $2, $3, $4,"
    " 'online', 'ordered', '', '', '', '', now(), now())"
)
WAITS = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    " AND datname = current_database()"
)
OPEN_THERE = (
    "SELECT count(*) FROM order_ticket t JOIN site s ON s.id = t.site"
    " WHERE s.closed_at IS NOT NULL AND t.state <> 'cancelled'"
)


@pytest.fixture
async def other(db: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(db.owner_url)
    yield connection
    await connection.close()


@pytest.fixture
async def counter(db: Database) -> Counter:
    return await orders.counter_of(await lending.add_shelf())


@pytest.fixture
async def alice(db: Database) -> Member:
    return await factories.add_member("Alice", "Martin", "alice@example.org")


async def slug_of(counter: Counter) -> str:
    return next(each.slug for each in await places.sites() if each.id == counter.site_id)


async def begun(act: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
    """It is on its way: it waits for somebody, or is done."""
    task = asyncio.create_task(act)
    while not task.done() and not await fetch_value(WAITS):  # noqa: ASYNC110 - no event of ours
        await asyncio.sleep(0)
    return task


async def test_an_order_waits_for_a_site_that_closes_and_is_refused(
    counter: Counter, alice: Member, other: asyncpg.Connection
) -> None:
    """S2, L16: nobody would see it on the boards of the other sites."""
    service = await counter.service("Copies", {"Une page": 10})
    async with other.transaction():
        await other.execute(HOLDS, counter.site_id)
        await other.execute(CLOSES, counter.site_id)
        ordering = await begun(counter.order(service, alice))
        assert not ordering.done()
    with pytest.raises(ServiceClosed):
        await ordering
    assert await fetch_value("SELECT count(*) FROM order_ticket") == 0


async def test_a_parcel_waits_for_a_site_that_closes_and_is_refused(
    counter: Counter, alice: Member, other: asyncpg.Connection
) -> None:
    """S5, L16: it would lie behind a closed door."""
    service = await counter.parcels()
    async with other.transaction():
        await other.execute(HOLDS, counter.site_id)
        await other.execute(CLOSES, counter.site_id)
        keeping = await begun(counter.parcel(service, alice))
        assert not keeping.done()
    with pytest.raises(ServiceClosed):
        await keeping
    assert await fetch_value("SELECT count(*) FROM order_ticket") == 0


async def test_a_site_waits_for_an_order_that_is_going_in_and_stays_open(
    counter: Counter, alice: Member, other: asyncpg.Connection
) -> None:
    """S2, L16: what is ordered in that moment is seen by the closing."""
    service = await counter.service("Copies", {"Une page": 10})
    slug = await slug_of(counter)
    async with other.transaction():
        assert await other.fetchval(LOOKS, counter.site_id)
        await other.execute(
            GOES_IN, service.id, counter.site_id, alice.household_id, alice.person_id
        )
        closing = await begun(sites.close_site(slug, SYSTEM))
        assert not closing.done()
    with pytest.raises(SiteServes):
        await closing


async def test_an_order_waits_for_nobody_who_changes_its_site(
    counter: Counter, alice: Member, other: asyncpg.Connection
) -> None:
    """S2: staff may look through a year of bookings before they save new hours."""
    service = await counter.service("Copies", {"Une page": 10})
    async with other.transaction():
        await other.execute(CHANGES, counter.site_id)
        await counter.order(service, alice)
    assert await fetch_value("SELECT count(*) FROM order_ticket") == 1


async def test_orders_and_the_closing_at_once_never_leave_an_order_at_a_closed_site(
    counter: Counter, alice: Member
) -> None:
    """S2, L16: whoever is first, the other is refused."""
    service = await counter.service("Copies", {"Une page": 10})
    slug = await slug_of(counter)
    tries = [counter.order(service, alice) for _ in range(4)]
    *placed, closed = await asyncio.gather(
        *tries, sites.close_site(slug, SYSTEM), return_exceptions=True
    )
    assert closed is None or isinstance(closed, SiteServes)
    assert all(
        not isinstance(each, Exception) or isinstance(each, ServiceClosed) for each in placed
    )
    assert await fetch_value(OPEN_THERE) == 0
