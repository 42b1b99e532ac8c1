"""Two counters at once, and counters that are killed: numbers have no gap, and money is written once."""

import asyncio
import contextlib
import json
import os
import sys
from typing import Any

import asyncpg
import pytest

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing import cheques, drawers, lines
from backend.billing.rules import PayWay
from backend.billing.statements import Entry
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.kit.errors import DomainError
from backend.membership import service as membership
from tests.conftest import Database
from tests.factories import add_household, add_person, open_drawer
from tests.integration.races import clerk as clerk_process
from tests.property.test_desk_money import agree

pytestmark = pytest.mark.races
MOST_STEPS = 40


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

    async def killed(self) -> bool:
        await self.go()
        return self.process.returncode != 0


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
        both = [await Clerk.start(db, act="unguarded", clerk=0, times=30) for _ in range(2)]
        await asyncio.gather(*(clerk.go() for clerk in both))
        twice = await connection.fetchval("SELECT count(*) - count(DISTINCT n) FROM drawn")
    finally:
        await connection.execute("DROP TABLE drawn")
        await connection.close()
    assert twice > 0


async def take(number: int, clerk: int) -> dict[str, Any]:
    household = (await add_household(f"P{number}", "Martin")).household_id
    return {"act": "take", "household": household, "key": f"k{number}"}


async def close(number: int, clerk: int) -> dict[str, Any]:
    if await drawers.find_open(None) is None:
        await drawers.open_drawer(By(Actor.PERSON, clerk), None, 0)
    drawer = await drawers.find_open(None)
    assert drawer is not None
    return {"act": "close", "drawer": drawer.public_id, "counted": number}


async def remit(number: int, clerk: int) -> dict[str, Any]:
    home = await add_household(f"P{number}", "Martin")
    await membership.take_dues(
        SYSTEM, home.household_id, 1, PayWay.CHEQUE, None, key=codes.random_id()
    )
    return {"act": "remit", "payments": [each.payment for each in await cheques.waiting()]}


async def match(number: int, clerk: int) -> dict[str, Any]:
    home = await add_household(f"P{number}", "Martin")
    order = await membership.order_transfer(SYSTEM, home.household_id, 1)
    await lines.add_lines(SYSTEM, [Entry(clock.today(), order.amount_cents, f"VIR {number}")], "x")
    line = (await lines.waiting())[-1]
    return {"act": "match", "line": line.public_id, "order": order.public_id}


async def give_back(number: int, clerk: int) -> dict[str, Any]:
    await lines.add_lines(SYSTEM, [Entry(clock.today(), 1 + number, f"ERREUR {number}")], "x")
    return {"act": "give_back", "line": (await lines.waiting())[-1].public_id}


async def open_(number: int, clerk: int) -> dict[str, Any]:
    """The next one, with a float that is neither what was left nor all from the bank."""
    drawer = await drawers.find_open(None)
    if drawer is not None:
        left = drawer.expected_cents + 100
        await drawers.close_drawer(By(Actor.PERSON, clerk), drawer.public_id, left)
    return {"act": "open", "counted": await drawers.left_at(None) + (-50, 700)[number % 2]}


async def bank(number: int, clerk: int) -> dict[str, Any]:
    home = await add_household(f"P{number}", "Martin")
    await membership.take_dues(
        By(Actor.PERSON, clerk), home.household_id, 2, PayWay.CASH, None, key=codes.random_id()
    )
    drawer = await drawers.find_open(None)
    assert drawer is not None
    return {"act": "bank", "drawer": drawer.public_id, "cents": 300, "key": f"k{number}"}


async def undo(number: int, clerk: int) -> dict[str, Any]:
    home = await add_household(f"P{number}", "Martin")
    way = (PayWay.CASH, PayWay.CHEQUE)[number % 2]
    await membership.take_dues(
        By(Actor.PERSON, clerk), home.household_id, 2, way, None, key=codes.random_id()
    )
    order = await fetch_value("SELECT public_id FROM pay_order ORDER BY id DESC LIMIT 1")
    return {"act": "undo", "household": home.household_id, "order": order}


async def bounce(number: int, clerk: int) -> dict[str, Any]:
    wish = await remit(number, clerk)
    await cheques.deposit(SYSTEM, wish["payments"])
    order = await fetch_value("SELECT public_id FROM pay_order ORDER BY id DESC LIMIT 1")
    return {"act": "bounce", "order": order}


# What each act leaves once it is done: never half of it, never twice.
LEFT = {
    "open": "SELECT count(*) FROM drawer_session WHERE closed_at IS NULL",
    "bank": "SELECT count(*) FROM drawer_deposit",
    "undo": "SELECT count(*) FROM payment WHERE kind = 'refund'",
    "bounce": "SELECT count(*) FROM payment WHERE kind = 'dispute'",
}


@pytest.mark.parametrize("prepare", [open_, bank, undo, bounce])
async def test_a_drawer_act_is_done_once_wherever_it_was_killed(db: Database, prepare: Any) -> None:
    """REL3, B8, B9: SIGKILL before each message to the database; nothing or all of it, then once."""
    await open_drawer()
    clerk = await nadia()
    for step in range(1, MOST_STEPS, 2):
        wish = await prepare(step, clerk)
        before = await fetch_value(LEFT[wish["act"]])
        killed = await (await Clerk.start(db, clerk=clerk, dies=step, **wish)).killed()
        after_kill = await fetch_value(LEFT[wish["act"]])
        assert after_kill - before in {0, 1}
        await agree()
        with contextlib.suppress(DomainError):  # it was done, and says so
            await clerk_process.act({**wish, "clerk": clerk})
        assert await fetch_value(LEFT[wish["act"]]) - before == 1
        await agree()
        if not killed:
            break  # the act has no such step: all were tried
    else:
        raise AssertionError("it never ended")
    assert step > 6


@pytest.mark.parametrize("prepare", [take, close, remit, match, give_back])
async def test_books_agree_wherever_the_process_was_killed(db: Database, prepare: Any) -> None:
    """REL3, B8, B9, M9: SIGKILL before each message to the database; the retry does it once."""
    await open_drawer()
    clerk = await nadia()
    for step in range(1, MOST_STEPS, 3):
        wish = await prepare(step, clerk)
        if not await (await Clerk.start(db, clerk=clerk, dies=step, **wish)).killed():
            break  # the act has no such step: all were tried
        await agree()
        with contextlib.suppress(DomainError):  # it was done, and says so
            await clerk_process.act({**wish, "clerk": clerk})
        await agree()
    else:
        raise AssertionError("it never ended")
    assert step > 4
    assert await fetch_value("SELECT count(*) FROM idempotency_key WHERE answer IS NULL") == 0
