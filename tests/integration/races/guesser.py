"""A process of its own that types codes for one address many times at once, when it is told to go.

    python -m tests.integration.races.guesser   < {"url": ..., "ticket": ..., "codes": [...], ...}

It says "ready", waits for a line, then prints what came of each try.
"""

import asyncio
import json
import sys

from backend.identity import service as identity
from backend.identity.rules import SessionKind
from backend.identity.visits import Visit
from backend.kit import database
from backend.kit.errors import DomainError
from backend.kit.seals import Seals
from backend.people.rules import Channel
from tests.patience import be_patient


async def main() -> None:
    told = json.loads(sys.stdin.readline())
    be_patient()
    await database.open_pool(told["url"], min_size=8, max_size=8)
    visit = Visit(
        ip=told["ip"],
        device="Test",
        request_id="race",
        session_token=None,
        seals=Seals(tuple(bytes.fromhex(key) for key in told["keys"])),
        channels=frozenset(Channel),
        base_url="http://localhost",
    )
    print("ready", flush=True)
    sys.stdin.readline()
    came = await asyncio.gather(*(attempt(visit, told["ticket"], code) for code in told["codes"]))
    print(json.dumps(came), flush=True)
    await database.close_pool()


async def attempt(visit: Visit, ticket: str, code: str) -> str:
    try:
        entered = await identity.sign_in(visit, ticket, code)
    except DomainError as refusal:
        return refusal.slug
    assert isinstance(entered, identity.Entered)
    assert entered.kind is SessionKind.TENANT
    return "entered"


if __name__ == "__main__":
    asyncio.run(main())
