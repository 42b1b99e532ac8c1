"""V16, PERF3: redemptions a second through the real server, next to the same SQL by itself."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import asyncpg

from backend.kit.database import Connection, fetch_value
from tests import factories
from tests.bench.figures import percentile, timed, told, told_least
from tests.bench.raw import by_sql
from tests.bench.stage import Stage, stage
from tests.bench.town import OPEN, fill, payloads, sign_as
from tests.bench.wire import Till
from tests.factories import Market

CLIENTS = (1, 8, 32)
EACH = 400
TURNS = 4
AIM = 50  # percent
CORES = 2

Act = Callable[[int], Awaitable[None]]


async def run() -> None:
    async with stage(workers=CORES) as club:
        sign_as(club)
        market = await factories.add_market(limit_count=1)
        await fill(club, market, OPEN)
        told("open vouchers", await fetch_value("SELECT count(*) FROM voucher"), "")
        taken = iter(await payloads(2 * sum(count(each) for each in CLIENTS) + 2000))
        for clients in CLIENTS:
            await compare(club, market, taken, clients)
        await paced(club, market, taken, 50, 60, 95)
        await paced(club, market, taken, 200, 250, 99)


def count(clients: int) -> int:
    return EACH * min(clients, 8)


async def compare(club: Stage, market: Market, taken: Any, clients: int) -> None:
    """By turns, so that whatever else the machine does falls on both."""
    real, raw = Spent(), Spent()
    pool = await asyncpg.create_pool(
        club.app_url, min_size=clients, max_size=clients, connection_class=Connection
    )
    share = count(clients) // TURNS
    async with Till(club, market, clients) as till:
        for _ in range(TURNS):
            theirs = [next(taken) for _ in range(share)]
            mine = [next(taken)["payload"] for _ in range(share)]
            await measure(raw, lambda n, them=theirs: by_sql(pool, market, them[n]), share, clients)
            await measure(real, lambda n, ours=mine: till.redeem(ours[n]), share, clients)
    await pool.close()
    for name, spent in (("server", real), ("SQL alone", raw)):
        told(f"{clients} clients, {name}: redemptions a second", spent.rate, "/s")
        for share in (50, 95, 99):
            told(f"{clients} clients, {name}: p{share}", percentile(spent.times, share), "ms")
    share_of_raw = 100 * real.rate / raw.rate
    told_least(f"{clients} clients: server, as a share of SQL", share_of_raw, "%", AIM, "issue 2")


@dataclass
class Spent:
    """How long each act took in milliseconds, and how long all took together in seconds."""

    times: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds


async def measure(spent: Spent, act: Act, acts: int, clients: int) -> None:
    waiting = iter(range(acts))

    async def client() -> None:
        for number in waiting:
            spent.times.append(await timed(partial(act, number)))

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    spent.seconds += time.perf_counter() - started


async def paced(
    club: Stage, market: Market, taken: Any, rate: int, bound: float, share: int
) -> None:
    """At a steady rate: how long an answer takes from the instant it was due."""
    times: list[float] = []
    codes_ = [next(taken) for _ in range(rate * 4)]
    async with Till(club, market, 64) as till:

        async def one(number: int, started: float) -> None:
            due = started + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await till.redeem(codes_[number]["payload"])
            times.append((time.perf_counter() - due) * 1000)

        started = time.perf_counter() + 0.2
        await asyncio.gather(*(one(number, started) for number in range(len(codes_))))
    told(f"at {rate}/s: p50", percentile(times, 50), "ms")
    told(f"at {rate}/s: p{share}", percentile(times, share), "ms", bound, "V16 PERF3")
