"""An order on its way in while the grower's list leaves: in the list or in the next round (S3)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.membership.queries import Member
from backend.orders.rules import Schedule
from backend.orders.service import rounds
from backend.orders.service.ordering import Placed
from tests import factories, lending, orders
from tests.conftest import Database, execute
from tests.lending import day
from tests.orders import SIX, THURSDAY, TUESDAY, Counter

pytestmark = pytest.mark.races
MONDAY = day("2026-11-23", 10)
CUTOFF = Schedule(THURSDAY, TUESDAY, SIX).cutoff(day("2026-11-26").date())
# As an order goes in: into the round, then confirmed.
GOES_IN = (
    "INSERT INTO order_ticket (public_id, code, service, site, household, person, round, channel,"
    " state, shelf, note, sender, proof, ordered_at, changed_at) SELECT 'late', 'late', service, site,"
    " household, person, round, channel, 'ordered', '', '', '', '', ordered_at, changed_at"
    " FROM order_ticket LIMIT 1"
)
STANDS = "UPDATE order_ticket SET state = 'confirmed' WHERE public_id = 'late'"
WAITS = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    " AND datname = current_database()"
)
STATE = "SELECT state FROM order_ticket WHERE public_id = 'late'"


@pytest.fixture
async def other(db: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(db.owner_url)
    yield connection
    await connection.close()


async def first_order() -> tuple[Placed, Counter, Member]:
    counter = await orders.counter_of(await lending.add_shelf())
    alice = await factories.add_member("Alice", "Martin", "alice@example.org")
    return await counter.order(await counter.baskets(), alice), counter, alice


async def begun(round_: str) -> "asyncio.Task[bool]":
    """The list is on its way: it waits for somebody, or is gone."""
    sending = asyncio.create_task(rounds.send_list(SYSTEM, round_))
    while not sending.done() and not await fetch_value(WAITS):  # noqa: ASYNC110 - no event of ours
        await asyncio.sleep(0)
    return sending


async def test_list_waits_for_an_order_that_is_going_in(
    db: Database, other: asyncpg.Connection
) -> None:
    """S3: begun before the cut-off and committed after it, it is in the list."""
    with clock.frozen(MONDAY):
        placed, _, _ = await first_order()
        round_ = (await orders.ticket(placed)).round
    with clock.frozen(CUTOFF):
        async with other.transaction():
            await other.execute(GOES_IN)
            await other.execute(STANDS)
            sending = await begun(round_)
            assert not sending.done()
        assert await sending
    assert await fetch_value(STATE) == "with_partner"


async def test_order_is_lost_when_nothing_holds_the_round(
    db: Database, other: asyncpg.Connection
) -> None:
    """S3: the negative control: without the guard the list leaves, and the order stays behind."""
    with clock.frozen(MONDAY):
        placed, _, _ = await first_order()
        round_ = (await orders.ticket(placed)).round
    await execute(db.owner_url, "ALTER TABLE order_ticket DISABLE TRIGGER order_ticket_moves")
    try:
        with clock.frozen(CUTOFF):
            async with other.transaction():
                await other.execute(GOES_IN)
                await other.execute(STANDS)
                sending = await begun(round_)
            assert await sending
    finally:
        await execute(db.owner_url, "ALTER TABLE order_ticket ENABLE TRIGGER order_ticket_moves")
    assert await fetch_value(STATE) == "confirmed"


async def test_orders_at_the_cutoff_are_in_one_round_or_the_other(db: Database) -> None:
    """S3: ten at once with the list itself: none is refused, none is in neither, none in both."""
    with clock.frozen(MONDAY):
        placed, counter, alice = await first_order()
        baskets = await counter.service_of(placed)
        round_ = (await orders.ticket(placed)).round
    with clock.frozen(CUTOFF - timedelta(seconds=1)):
        in_time = [asyncio.create_task(counter.order(baskets, alice)) for _ in range(5)]
        await asyncio.gather(*in_time)
    with clock.frozen(CUTOFF):
        late = [counter.order(baskets, alice) for _ in range(5)]
        *done, sent = await asyncio.gather(*late, rounds.send_list(SYSTEM, round_))
    assert sent
    early = [await orders.ticket(each.result()) for each in in_time]
    after = [await orders.ticket(each) for each in done]
    assert {(one.round == round_, one.state.value) for one in early} == {(True, "with_partner")}
    assert {(one.round == round_, one.state.value) for one in after} == {(False, "confirmed")}
