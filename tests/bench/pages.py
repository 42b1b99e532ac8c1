"""PERF3: how long the pages of a signed-in member take through the real server, and how many a second."""

import asyncio
import time
from functools import partial

from tests import factories
from tests.bench.figures import percentile, timed, told
from tests.bench.stage import stage
from tests.bench.town import fill
from tests.bench.visitors import invite
from tests.bench.wire import Phone

VOUCHERS = 50_000  # of other households, as in a town
ALONE = 200
CLIENTS, TOGETHER = 8, 1_200
CORES, CONNECTIONS = 2, 64
STEADY = ((50, 80, 95), (200, 250, 99))  # requests a second, bound in ms, percentile
SECONDS = 8


async def run() -> None:
    async with stage(workers=CORES) as club:
        await fill(club, await factories.add_market(), VOUCHERS)
        visitors = await invite(club)
        pages = {
            "catalogue": "/avantages",
            "catalogue, searched": "/avantages?q=avantage&famille=food",
            "offer": f"/avantages/{visitors.offer}",
            "my vouchers": "/bons",
            "voucher": f"/bons/{visitors.code}",
        }
        async with Phone(club, visitors.member, CONNECTIONS) as phone:
            for name, path in pages.items():
                await measure(phone, name, path)
            mix = list(pages.values())
            for rate, bound, share in STEADY:
                await paced(phone, mix, rate, bound, share)


async def measure(phone: Phone, name: str, path: str) -> None:
    """One after the other, then as many as the server can."""
    await phone.load(path)
    times = [await timed(partial(phone.load, path)) for _ in range(ALONE)]
    told(f"{name}: p50, one at a time", percentile(times, 50), "ms")
    told(f"{name}: p95, one at a time", percentile(times, 95), "ms")
    waiting = iter(range(TOGETHER))

    async def client() -> None:
        for _ in waiting:
            await phone.load(path)

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    told(f"{name}: {CLIENTS} clients", TOGETHER / (time.perf_counter() - started), "/s")


async def paced(phone: Phone, paths: list[str], rate: int, bound: float, share: int) -> None:
    """At a steady rate, all pages in turn: how long an answer takes from the instant it was due."""
    times: list[float] = []
    started = time.perf_counter() + 0.2

    async def one(number: int) -> None:
        due = started + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await phone.load(paths[number % len(paths)])
        times.append((time.perf_counter() - due) * 1000)

    await asyncio.gather(*(one(number) for number in range(rate * SECONDS)))
    told(f"all pages at {rate}/s: p50", percentile(times, 50), "ms")
    told(f"all pages at {rate}/s: p{share}", percentile(times, share), "ms", bound, "PERF3")
