"""Two counters at once, one of them killed: numbers have no gap, and nothing is paid twice."""

import asyncio
import json
import os
import sys
from typing import Any

import asyncpg
import pytest

from backend.kit.database import fetch
from tests.conftest import Database
from tests.factories import add_household, add_person, open_drawer
from tests.property.test_desk_money import agree

pytestmark = pytest.mark.races


class Clerk:
    """A process that waits to be told to go."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @classmethod
    async def start(cls, db: Database, **wish: Any) -> "Clerk":
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.integration.races.clerk",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "PALIER_ENV": "test"},
        )
        clerk = cls(process)
        clerk.say({**wish, "url": db.app_url})
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
        return clerk

    def say(self, what: object) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(what).encode() + b"\n")

    async def go(self) -> list[str]:
        """What it said until it ended, or was killed."""
        self.say("go")
        said, _ = await self.process.communicate()
        return said.decode().split()


async def nadia() -> int:
    return await add_person("Nadia", "Comptoir")


async def numbers() -> list[int]:
    return [row["number"] for row in await fetch("SELECT number FROM receipt ORDER BY number")]


async def test_numbers_have_no_gap_when_two_processes_draw_and_one_is_killed(db: Database) -> None:
    """M9: two processes, rolled back numbers, a SIGKILL amid a payment; nothing is missing or twice."""
    await open_drawer()
    clerk = await nadia()
    homes = [(await add_household(f"P{at}", "Martin")).household_id for at in range(20)]
    one = await Clerk.start(db, act="many", clerk=clerk, households=homes[:10])
    other = await Clerk.start(db, act="many", clerk=clerk, households=homes[10:], dies=97)
    done, cut = await asyncio.gather(one.go(), other.go())
    assert len(done) == 10
    assert other.process.returncode != 0
    assert 1 <= len(cut) < 10
    assert await numbers() == list(range(1, len(await numbers()) + 1))
    again = await Clerk.start(db, act="many", clerk=clerk, households=homes[10:])
    assert len(await again.go()) == 10  # the same keys: what was paid is not paid twice
    assert await numbers() == list(range(1, 21))
    await agree()


async def test_numbers_go_wrong_when_nothing_holds_the_counter(db: Database) -> None:
    """M9: the negative control: a number read and written without a lock is drawn twice."""
    connection = await asyncpg.connect(db.owner_url)
    await connection.execute("CREATE TABLE drawn (n bigint, year bigint)")
    await connection.execute("GRANT ALL ON drawn TO palier_app")
    try:
        both = [await Clerk.start(db, act="unguarded", clerk=0, times=3_000) for _ in range(2)]
        await asyncio.gather(*(clerk.go() for clerk in both))
        twice = await connection.fetchval("SELECT count(*) - count(DISTINCT n) FROM drawn")
    finally:
        await connection.execute("DROP TABLE drawn")
        await connection.close()
    assert twice > 0
