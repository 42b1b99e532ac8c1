"""PERF4: 300 distinct redemptions a second for a minute, each one durable: none refused, none lost."""

import asyncio
import time
from collections import Counter

from backend.kit.database import fetch_value
from tests import factories
from tests.bench.figures import percentile, told, told_least
from tests.bench.stage import Stage, stage
from tests.bench.town import OPEN, fill, payloads, sign_as
from tests.bench.wire import CREATED, Till
from tests.factories import Market

RATE, SECONDS = 300, 60
CONNECTIONS, CORES = 128, 2
DURABLE = (
    "SELECT (current_setting('synchronous_commit') = 'on' AND current_setting('fsync') = 'on')::int"
)
WRITTEN = "SELECT count(DISTINCT voucher) FROM redemption WHERE voucher = ANY($1)"
LEFT = "SELECT count(*) FROM voucher WHERE id = ANY($1) AND state <> 'redeemed'"


async def run() -> None:
    async with stage(workers=CORES) as club:
        sign_as(club)
        market = await factories.add_market(limit_count=1)
        await fill(club, market, OPEN)
        wanted = await payloads(RATE * SECONDS)
        told_least("synchronous_commit and fsync on", await fetch_value(DURABLE), "", 1, "PERF4")
        await use_all(club, market, [each["payload"] for each in wanted])
        ids = [each["id"] for each in wanted]
        lost = len(ids) - await fetch_value(WRITTEN, ids) + await fetch_value(LEFT, ids)
        told("redemptions lost", lost, "", 0, "PERF4")


async def use_all(club: Stage, market: Market, codes: list[str]) -> None:
    """At a steady rate: each is asked when it is due, however late the others are."""
    heard: Counter[int] = Counter()
    times: list[float] = []
    async with Till(club, market, CONNECTIONS) as till:
        started = time.perf_counter() + 0.2

        async def one(number: int, code: str) -> None:
            due = started + number / RATE
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            status, _ = await till.ask(code)
            heard[status] += 1
            times.append((time.perf_counter() - due) * 1000)

        await asyncio.gather(*(one(number, code) for number, code in enumerate(codes)))
        spent = time.perf_counter() - started
    told_least("redemptions a second", heard[CREATED] / spent, "/s", RATE * 0.99, "PERF4")
    told("answered otherwise", heard.total() - heard[CREATED], "", 0, "PERF4")
    told("p50", percentile(times, 50), "ms")
    told("p99", percentile(times, 99), "ms")
