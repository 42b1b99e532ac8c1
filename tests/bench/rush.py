"""V17: how long a redemption takes at the tills' own server while a rush saturates the pages' server.

Two servers of one club, as the example of a deployment has them: each with processes and a pool of its
own, on one database. The rush comes from a process of its own, so that measuring waits for nobody.
"""

import asyncio
import multiprocessing
import os
import time
from urllib.parse import urlsplit

from tests import factories
from tests.bench.figures import percentile, told
from tests.bench.stage import beside, stage
from tests.bench.town import fill, payloads, sign_as
from tests.bench.visitors import header, invite
from tests.bench.wire import CREATED, Till

VOUCHERS = 20_000
RUSH = 64  # connections that ask for page after page
PAGES = ("/", "/conciergeries", "/adherer")
RATE, SECONDS = 20, 30
BUILDS_UP = 3  # seconds until the rush is at its height
BOUND_MS = 400


async def run() -> None:
    async with stage() as club:
        sign_as(club)
        market = await factories.add_market(limit_count=1)
        await fill(club, market, VOUCHERS)
        visitors = await invite(club)
        wanted = [each["payload"] for each in await payloads(2 * RATE * SECONDS)]
        async with beside(club) as tills, Till(tills, market, 32) as till:
            await redeem(till, wanted[: RATE * SECONDS], "nobody on the pages")
            spawn = multiprocessing.get_context("spawn")
            seen = spawn.Value("q", 0)
            rush = spawn.Process(target=storm, args=(club.url, header(visitors.member), seen))
            rush.start()
            try:
                await asyncio.sleep(BUILDS_UP)
                before, started = seen.value, time.perf_counter()
                await redeem(till, wanted[RATE * SECONDS :], "pages saturated", BOUND_MS)
                spent = time.perf_counter() - started
                told("pages answered meanwhile", (seen.value - before) / spent, "/s")
            finally:
                rush.terminate()
                rush.join()


async def redeem(till: Till, codes: list[str], when: str, bound: float | None = None) -> None:
    """At a steady rate; each from the instant it was due."""
    times: list[float] = []
    started = time.perf_counter() + 0.2

    async def one(number: int, code: str) -> None:
        due = started + number / RATE
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        status, said = await till.ask(code)
        assert status == CREATED, said
        times.append((time.perf_counter() - due) * 1000)

    await asyncio.gather(*(one(number, code) for number, code in enumerate(codes)))
    told(f"redemption, {when}: p50", percentile(times, 50), "ms")
    told(f"redemption, {when}: p95", percentile(times, 95), "ms", bound, "V17" if bound else "")


def storm(url: str, cookies: dict[str, str], seen: object) -> None:
    """Never ends by itself. Others may run first: what is asked of the server is what counts."""
    os.nice(5)
    asyncio.run(_storm(urlsplit(url).port or 0, cookies, seen))


async def _storm(port: int, cookies: dict[str, str], seen: object) -> None:
    await asyncio.gather(*(_ask(port, cookies, seen, at) for at in range(RUSH)))


async def _ask(port: int, cookies: dict[str, str], seen: object, at: int) -> None:
    reader, writer = await asyncio.open_connection("localhost", port)
    lines = "".join(f"{name}: {value}\r\n" for name, value in cookies.items())
    while True:
        writer.write(
            f"GET {PAGES[at % len(PAGES)]} HTTP/1.1\r\nhost: localhost\r\n{lines}\r\n".encode()
        )
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
        with seen.get_lock():  # type: ignore[attr-defined]
            seen.value += 1  # type: ignore[attr-defined]
