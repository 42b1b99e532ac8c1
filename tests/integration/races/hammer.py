"""A process of its own that redeems one voucher many times at once, when it is told to go.

    python -m tests.integration.races.hammer   < {"url": ..., "token": ..., "code": ..., "times": 50}

It says "ready", waits for a line, then prints one JSON line per answer.
"""

import asyncio
import json
import sys

from backend.kit import codes, database
from backend.kit.errors import DomainError
from backend.merchants.queries import TillCaller, find_till_caller
from backend.vouchers import service
from backend.vouchers.scans import Scan
from tests.patience import be_patient


async def main() -> None:
    wish = json.loads(sys.stdin.readline())
    be_patient()
    await database.open_pool(wish["url"], max_size=20)
    till = await find_till_caller(codes.hash_token(wish["token"]), bearer=True)
    assert till is not None
    print("ready", flush=True)
    sys.stdin.readline()
    keys = [codes.random_id() for _ in range(wish["times"])]
    for answer in await asyncio.gather(*(once(till, wish["code"], key) for key in keys)):
        print(json.dumps(answer), flush=True)
    await database.close_pool()


async def once(till: TillCaller, code: str, key: str) -> dict[str, str]:
    try:
        verdict = await service.redeem(Scan(code=code, key=key, till=till))
    except DomainError as refusal:
        return {"key": key, "slug": refusal.slug}
    return {"key": key, "redemption": verdict.redemption}


asyncio.run(main())
