"""The transaction of the house on a real pool."""

import asyncio
import random

import asyncpg
import pytest

from backend.kit import clock, database
from backend.kit.database import (
    DB,
    after_commit,
    fetch,
    fetch_value,
    once_more,
    transaction,
    within,
)
from backend.kit.errors import Missing, Refused, Unavailable
from tests.conftest import Database

INSERT = (
    "INSERT INTO landlord (public_id, slug, name, created_at) VALUES ($1, $1, 'Bailleur', now())"
)


class No(Refused):
    slug = "test_no"


async def names() -> list[str]:
    return [row["slug"] for row in await fetch("SELECT slug FROM landlord ORDER BY slug")]


def pool_is_whole() -> bool:
    pool = DB.pool
    return pool.get_idle_size() == pool.get_size() and DB.current_transaction.get() is None


async def test_work_is_kept_when_the_block_ends(db: Database):
    async with transaction():
        await fetch(INSERT, "a")
    assert await names() == ["a"]


async def test_nothing_is_kept_when_it_refuses(db: Database):
    with pytest.raises(No):
        async with transaction():
            await fetch(INSERT, "a")
            raise No
    assert await names() == []
    assert pool_is_whole()


async def test_refusal_is_recorded_in_a_second_transaction(db: Database):
    async def record(refusal: Exception) -> None:
        await fetch(INSERT, "refused")

    with pytest.raises(No):
        async with transaction(on_refusal=record):
            await fetch(INSERT, "a")
            raise No
    assert await names() == ["refused"]


async def test_busy_leaves_no_trace(db: Database):
    async def record(refusal: Exception) -> None:
        await fetch(INSERT, "refused")

    with pytest.raises(Unavailable):
        async with transaction(on_refusal=record):
            raise Unavailable
    assert await names() == []


async def test_nesting_is_a_bug(db: Database):
    async with transaction():
        with pytest.raises(RuntimeError):
            async with transaction():
                pass


async def test_contribution_alone_is_a_bug(db: Database):
    with pytest.raises(RuntimeError):
        within()


async def test_callbacks_wait_for_the_commit(db: Database):
    seen: list[list[str]] = []

    async def look() -> None:
        seen.append(await names())

    async with transaction():
        after_commit(look)
        await fetch(INSERT, "a")
        assert seen == []
    assert seen == [["a"]]


async def test_no_callback_runs_when_it_refuses(db: Database):
    seen: list[int] = []

    async def look() -> None:
        seen.append(1)

    with pytest.raises(No):
        async with transaction():
            after_commit(look)
            raise No
    assert seen == []


FAULTS = ("commit", "rollback", "cancel", "killed")


async def test_pool_stays_whole_after_500_failures(db: Database):
    """REL4: failing COMMIT, failing ROLLBACK and cancellation give the connection back."""
    size = DB.pool.get_size()
    chance = random.Random(4)
    for number in range(500):
        await fail(FAULTS[number % len(FAULTS)], chance)
        assert DB.current_transaction.get() is None
    async with asyncio.timeout(30):
        while not pool_is_whole():  # noqa: ASYNC110 - a terminated backend is noticed a moment later
            await asyncio.sleep(0.02)
    assert DB.pool.get_size() >= min(size, 1)
    async with transaction():
        await fetch(INSERT, "after")
    assert "after" in await names()


async def fail(fault: str, chance: random.Random) -> None:
    if fault == "cancel":
        task = asyncio.create_task(one("commit-late"))
        await asyncio.sleep(chance.random() * 0.003)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return
    with pytest.raises((Unavailable, asyncpg.PostgresError, No)):
        await one(fault)


async def one(fault: str) -> None:
    async with transaction():
        await fetch("SELECT 1")
        if fault == "commit":
            # A deferred trigger refuses at COMMIT: an entry without lines.
            await fetch(
                "INSERT INTO journal_entry (key, booked_on, booked_at, label)"
                " VALUES (gen_random_uuid()::text, current_date, now(), 'x')"
            )
        elif fault == "rollback":
            await fetch("SELECT pg_terminate_backend(pg_backend_pid())")
        elif fault == "killed":
            raise No
        else:
            await fetch("SELECT pg_sleep(0.002)")


async def test_deadlock_is_tried_once_more(db: Database):
    async with transaction():
        await fetch(INSERT, "a")
        await fetch(INSERT, "b")
    barrier = asyncio.Barrier(2)
    attempts: list[str] = []
    one_is_through = asyncio.Event()

    @once_more
    async def swap(first: str, second: str) -> None:
        if first in attempts:  # or it takes the same row again before the other has woken
            await one_is_through.wait()
        async with transaction():
            attempts.append(first)
            update = "UPDATE landlord SET name = name || '+' WHERE slug = $1"
            await fetch(update, first)
            if len(attempts) <= 2:
                await barrier.wait()
            await fetch(update, second)
        one_is_through.set()

    await asyncio.gather(swap("a", "b"), swap("b", "a"))
    assert len(attempts) == 3
    assert await fetch_value("SELECT min(length(name)) FROM landlord") == len("Bailleur") + 2


async def test_lock_held_too_long_is_a_503_with_advice(db: Database):
    async with transaction():
        await fetch(INSERT, "a")
    other = await asyncpg.connect(db.app_url)
    await other.execute("BEGIN; SELECT 1 FROM landlord WHERE slug = 'a' FOR UPDATE")
    try:
        with pytest.raises(database.DatabaseBusy):
            async with transaction():
                timeout = database.SERVER_SETTINGS["lock_timeout"]
                await fetch("SELECT set_config('lock_timeout', $1, true)", timeout)
                await fetch("SELECT 1 FROM landlord WHERE slug = 'a' FOR UPDATE")
    finally:
        await other.close()
    assert clock.now().tzinfo is not None


@pytest.mark.parametrize("inside", [True, False])
async def test_connection_goes_back_when_the_pool_closes_meanwhile(db: Database, inside: bool):
    """REL4: a worker that was told to stop in the middle of a statement waited for ever."""
    waits = "SELECT pg_advisory_xact_lock(1)"

    async def slowly() -> None:
        if inside:
            async with transaction():
                await fetch(waits)
        else:
            await fetch(waits)

    pool = DB.pool
    other = await asyncpg.connect(db.app_url)
    await other.execute("SELECT pg_advisory_lock(1)")
    under_way = asyncio.create_task(slowly())
    async with asyncio.timeout(30):
        while pool_is_whole():  # noqa: ASYNC110 - the pool tells nobody
            await asyncio.sleep(0.001)
    DB.pool = None
    try:
        await other.close()
        await under_way
    finally:
        DB.pool = pool
    assert pool_is_whole()


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize(("sql", "args"), [("SELECT $1::int", ()), ("SELECT 1", (1,))])
async def test_misuse_of_the_database_is_a_bug(
    db: Database, inside: bool, sql: str, args: tuple[object, ...]
):
    """REL4: what trying again will not mend is logged as a fault, and nobody is told to wait."""
    with pytest.raises(asyncpg.InterfaceError):
        if inside:
            async with transaction():
                await fetch(sql, *args)
        else:
            await fetch(sql, *args)


async def test_closed_connection_is_a_503_with_advice(db: Database):
    """REL4: the connection is gone, not the request wrong."""
    with pytest.raises(database.DatabaseBusy):
        async with transaction():
            await DB.current_transaction.get().connection.close()
            await fetch("SELECT 1")


async def test_text_that_no_database_holds_is_not_found(db: Database):
    """Half a character is what a broken address decodes to: it names nothing."""
    with pytest.raises(Missing):
        await fetch("SELECT $1::text", "\udcff")
