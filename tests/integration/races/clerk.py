"""A process of its own that takes dues one after another, and may kill itself before a chosen step.

    python -m tests.integration.races.clerk   < {"url": ..., "act": ..., "dies": 5, ...}

It says "ready", waits for a line, does its work, and prints what came of it. `dies` counts messages
to the database from the work's beginning, BEGIN and COMMIT among them; without it, it lives.
"""

import asyncio
import json
import os
import signal
import sys
from typing import Any

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.billing.rules import PayWay
from backend.kit import clock, database
from backend.kit.database import fetch, fetch_value, transaction
from backend.kit.errors import DomainError
from backend.membership import service as membership
from tests.patience import be_patient


class Steps:
    left: int | None = None

    @classmethod
    def step(cls) -> None:
        if cls.left is not None:
            cls.left -= 1
            if cls.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class Dying(database.Connection):
    async def fetch(self, *args: Any, **kwargs: Any) -> Any:
        Steps.step()
        return await super().fetch(*args, **kwargs)

    async def execute(self, *args: Any, **kwargs: Any) -> Any:
        Steps.step()
        return await super().execute(*args, **kwargs)


async def take(clerk: int, household: int) -> str:
    by = By(Actor.PERSON, clerk)
    taken = await membership.take_dues(by, household, 1, PayWay.CASH, None, key=f"k{household}")
    return taken.receipt


async def many(wish: dict[str, Any]) -> None:
    """Dues of one household after another; every third number is drawn and given up."""
    for at, household in enumerate(wish["households"]):
        if at % 3 == 1:
            await give_up()
        print(await take(wish["clerk"], household), flush=True)


async def give_up() -> None:
    """A number is drawn, then the use case is rolled back."""
    try:
        async with transaction():
            await fetch(
                "INSERT INTO receipt_counter (series, year, last) VALUES ('C', $1, 1)"
                " ON CONFLICT ON CONSTRAINT receipt_counter_once"
                " DO UPDATE SET last = receipt_counter.last + 1",
                clock.paris(clock.now()).year,
            )
            await membership.lock_household(-1)
    except DomainError:
        return


async def unguarded(wish: dict[str, Any]) -> None:
    """The negative control: the last number is read, and the next one written without the lock.

    Until it went wrong, so that one that starts late still meets the other.
    """
    year = clock.paris(clock.now()).year
    for _ in range(wish["times"]):
        async with transaction():
            row = await fetch("SELECT coalesce(max(n), 0) AS last FROM drawn")
            await asyncio.sleep(0.01)
            await fetch("INSERT INTO drawn (n, year) VALUES ($1, $2)", row[0]["last"] + 1, year)
        if await fetch_value("SELECT count(*) > count(DISTINCT n) FROM drawn"):
            return


async def main() -> None:
    wish = json.loads(sys.stdin.readline())
    database.Connection = Dying  # type: ignore[misc]
    be_patient()
    await database.open_pool(wish["url"], max_size=4)
    print("ready", flush=True)
    sys.stdin.readline()
    Steps.left = wish.get("dies")
    try:
        if wish["act"] == "many":
            await many(wish)
        else:
            await unguarded(wish)
    except DomainError as refusal:
        print(f"refused {refusal.slug}", flush=True)
    await database.close_pool()


if __name__ == "__main__":
    asyncio.run(main())
