"""REL5: the database is away for half a minute: how soon a request is refused, and how soon all is well."""

import asyncio
import time

import httpx

from backend.kit import database
from backend.kit.embedded import Embedded
from tests import factories
from tests.bench.figures import told
from tests.bench.stage import stage

AWAY_SECONDS, MOST_SECONDS = 30, 5
CLIENTS = 8
PATHS = ("/", "/adherer", "/connexion", "/conciergeries")


async def run() -> None:
    async with stage() as club, httpx.AsyncClient(base_url=club.url, timeout=60) as browser:
        await factories.add_market()
        await database.close_pool()  # ours; the server's own stays open
        server = Embedded(club.home)
        await asyncio.to_thread(server.stop)
        refused = await refusals(browser)
        told("requests while it was away", len(refused), "")
        told("slowest refusal", max(refused), "s", MOST_SECONDS, "REL5")
        await asyncio.to_thread(server.start)
        started = time.perf_counter()
        while not await answers(browser):
            pass
        took = time.perf_counter() - started
        told("back again, from the database's start", took, "s", MOST_SECONDS, "REL5")


async def answers(browser: httpx.AsyncClient) -> bool:
    await asyncio.sleep(0.05)
    return (await browser.get("/")).is_success


async def refusals(browser: httpx.AsyncClient) -> list[float]:
    """Seconds that each answer took; each is the calm page that says to try again."""
    times: list[float] = []
    until = time.perf_counter() + AWAY_SECONDS

    async def client(number: int) -> None:
        while time.perf_counter() < until:
            asked = time.perf_counter()
            answer = await browser.get(PATHS[number % len(PATHS)])
            times.append(time.perf_counter() - asked)
            assert answer.status_code == 503, answer.status_code
            assert "réessayez" in answer.text
            await asyncio.sleep(0.2)

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    return times
