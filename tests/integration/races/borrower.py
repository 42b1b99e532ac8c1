"""A process of its own that wants one unit many times at once, when it is told to go.

    python -m tests.integration.races.borrower   < {"url": ..., "resource": ..., "start": ..., ...}

It says "ready", waits for a line, then prints what came of each try.
"""

import asyncio
import json
import sys
from datetime import datetime, timedelta
from typing import Any

from backend.audit.service import SYSTEM
from backend.kit import codes, database
from backend.kit.database import DatabaseBusy
from backend.kit.errors import DomainError
from backend.lending import service as lend
from backend.lending.rules import Period
from backend.lending.values import Ask, For, Want
from tests.patience import be_patient


async def main() -> None:
    told = json.loads(sys.stdin.readline())
    be_patient()
    await database.open_pool(told["url"], min_size=8, max_size=8)
    print("ready", flush=True)
    sys.stdin.readline()
    came = await asyncio.gather(*(attempt(told) for _ in range(told["times"])))
    print(json.dumps(came), flush=True)
    await database.close_pool()


async def attempt(told: dict[str, Any]) -> str:
    """What came of it: booked, or a refusal by its slug. A full house is asked again under the key."""
    start = datetime.fromisoformat(told["start"])
    wish = [Want(resource=told["resource"], period=Period(start, start + timedelta(hours=1)))]
    ask = Ask(by=SYSTEM, key=codes.random_id())
    while True:
        try:
            await lend.book(ask, For(told["household"], told["person"]), wish)
        except DatabaseBusy:
            continue
        except DomainError as refusal:
            return refusal.slug if refusal.facts.get("alternatives") else "bare"
        return "booked"


if __name__ == "__main__":
    asyncio.run(main())
