"""A club of the last release is migrated to what this code wants, and back (REL10).

The club is made by the released code itself: its statements were recorded, see tests/releases.
"""

import asyncio
import subprocess
import sys
from typing import Any

import asyncpg
import pytest
from alembic import command
from sqlalchemy.exc import DBAPIError

from backend import migrations
from tests.conftest import Database, drop_database, execute, with_database
from tests.contents import contents, known
from tests.integration.test_cli import Command
from tests.releases import tape
from tests.schema.test_drift import described

RELEASED = tape.newest()
LOCK_NOT_AVAILABLE = asyncpg.LockNotAvailableError.sqlstate
# Tables that the recorded day leaves empty; every other one holds rows that could be lost.
EMPTY = {
    "bank_account",
    "difference",
    "dwelling_draft",
    "issued_paper",
    "payout",
    "portal_visit",
    "recovery_code",
    "reminder",
    "renewal",
    "renewal_wish",
    "retention_setting",
    "stored_file",
    "tries",
    "workplace",
}
# What a statement of the old code says of the moment at which it runs.
OF_ITS_MOMENT = ("now()", "clock_timestamp()", "CURRENT_", "pg_stat", "random()", "version_num")


async def a_database(server: Database, name: str) -> Database:
    await drop_database(server.owner_url, name)
    await execute(server.owner_url, f'CREATE DATABASE "{name}"')
    return Database(with_database(server.owner_url, name), with_database(server.app_url, name))


@pytest.fixture
async def released(worker_database: Database, worker_id: str) -> Any:
    """The club of the day of the release, as the released code left it."""
    name = f"palier_released_{worker_id}"
    database = await a_database(worker_database, name)
    await asyncio.to_thread(migrations.upgrade, database.owner_url, RELEASED)
    await tape.play(database.app_url, tape.read(RELEASED))
    yield database
    await drop_database(worker_database.owner_url, name)


async def shape(url: str) -> set[tuple[str, str, str]]:
    """A check that is put back may leave alone the rows that newer code wrote."""
    return {
        (what, name, said.removesuffix(" NOT VALID")) for what, name, said in await described(url)
    }


async def test_nothing_is_lost_when_a_club_is_migrated_and_taken_back(released: Database) -> None:
    """REL10: from the previous release's data, all rows are there after it, and after the way back."""
    before = await contents(released.owner_url)
    assert {name for name, rows in before.items() if not rows} == EMPTY
    schema = await shape(released.owner_url)
    await asyncio.to_thread(migrations.upgrade, released.owner_url)
    assert known(await contents(released.owner_url), before) == known(before, before)
    configuration = migrations.config(released.owner_url)
    await asyncio.to_thread(command.downgrade, configuration, RELEASED)
    assert sorted(await shape(released.owner_url) ^ schema) == []
    assert known(await contents(released.owner_url), before) == known(before, before)
    await asyncio.to_thread(migrations.upgrade, released.owner_url)
    assert known(await contents(released.owner_url), before) == known(before, before)


async def test_old_code_works_on_when_the_schema_is_new(
    released: Database, worker_database: Database, worker_id: str
) -> None:
    """REL10: between the migration and the restart old code serves: each of its statements goes
    through under its own role, and finds the rows it found before.
    """
    name = f"palier_between_{worker_id}"
    newer = await a_database(worker_database, name)
    older = await a_database(worker_database, f"{name}_0")
    said = tape.read(RELEASED)
    await asyncio.to_thread(migrations.upgrade, newer.owner_url)
    await asyncio.to_thread(migrations.upgrade, older.owner_url, RELEASED)
    then, now = await tape.play(older.app_url, said), await tape.play(newer.app_url, said)
    for line, old, new in zip(said, then, now, strict=True):
        if not any(part in line[1] for part in OF_ITS_MOMENT):
            assert in_any_order(as_known(new, old)) == in_any_order(old), line[1]
    for each in (name, f"{name}_0"):
        await drop_database(worker_database.owner_url, each)


def in_any_order(rows: tape.Rows | None) -> list[str] | None:
    """A plan may differ between two clubs, and not every statement asks for an order."""
    return None if rows is None else sorted(map(repr, rows))


def as_known(new: tape.Rows | None, old: tape.Rows | None) -> tape.Rows | None:
    """The new rows without the columns that the old code never heard of."""
    if new is None or old is None or len(new) != len(old):
        return new
    return [{name: row.get(name) for name in was} for row, was in zip(new, old, strict=True)]


async def test_old_code_reads_on_while_it_is_migrated(released: Database) -> None:
    """REL10: while old code serves traffic: its readers meet no error but a deadlock, after which they ask again."""
    asked = [
        line
        for line in tape.read(RELEASED)
        if line[1].lstrip().startswith("SELECT") and not line[3] and "FOR UPDATE" not in line[1]
    ]
    done = asyncio.Event()
    readers = [asyncio.create_task(read_on(released.app_url, asked, done)) for _ in range(3)]
    await upgraded(released.owner_url)
    done.set()
    rounds = await asyncio.gather(*readers)
    assert all(rounds)


async def upgraded(owner_url: str) -> None:
    """A migration never waits long for a reader: it gives up, nothing is changed, and it is begun again."""
    while True:
        try:
            await asyncio.to_thread(migrations.upgrade, owner_url)
        except DBAPIError as refused:
            if getattr(refused.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
        else:
            return


async def read_on(url: str, asked: list[tape.Line], done: asyncio.Event) -> int:
    """Again and again until it is done, and once more after it; how many were answered."""
    answered, last = 0, False
    while not last:
        last = done.is_set()
        try:
            answered += len(
                await tape.play(url, [(0, sql, said, False) for _, sql, said, _ in asked])
            )
        except asyncpg.DeadlockDetectedError:
            # Of two who wait for each other one gives way: a page then says to try again (503).
            last = False
    return answered


async def test_two_starts_at_once_migrate_a_full_club_once(
    released: Database, tmp_path: Any
) -> None:
    """REL10: two runners are serialised where there are rows; a third finds nothing to do."""
    before = await contents(released.owner_url)
    palier = Command(
        {
            "PALIER_ENV": "test",
            "PALIER_HOME": str(tmp_path),
            "PALIER_DATABASE_URL": released.app_url,
            "PALIER_DATABASE_OWNER_URL": released.owner_url,
        }
    )
    runs = [
        subprocess.Popen(  # noqa: ASYNC220 - started, then waited for
            [sys.executable, "-m", "web.cli", "migrate"],
            env=palier.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for _ in range(2)
    ]
    said = [run.communicate()[0].decode() for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    palier("migrate")
    assert known(await contents(released.owner_url), before) == known(before, before)
