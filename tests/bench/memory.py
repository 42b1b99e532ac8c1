"""PERF7: what a worker weighs after 100,000 requests, and whether it grows."""

import asyncio
import os

import httpx

from backend.kit.database import fetch_value
from tests.bench.figures import resident_mb, told
from tests.bench.stage import Stage, stage
from tests.bench.visitors import Visitors, header, invite

REQUESTS = int(os.environ.get("PALIER_BENCH_REQUESTS", "100000"))
STEPS, CLIENTS = 10, 16
MOST_MB = 150
POOL = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'palier'"


async def run() -> None:
    async with stage() as club:
        paths = mix(await invite(club))
        told("requests", 0, "")
        told("resident", resident_mb(club.worker_pid()), "MB")
        limits = httpx.Limits(max_connections=CLIENTS, max_keepalive_connections=CLIENTS)
        async with httpx.AsyncClient(base_url=club.url, limits=limits, timeout=30) as browser:
            for step in range(1, STEPS + 1):
                await asyncio.gather(*(ask(browser, paths) for _ in range(CLIENTS)))
                told("requests", REQUESTS * step / STEPS, "")
                told("resident", resident_mb(club.worker_pid()), "MB", MOST_MB, "PERF7")
        told("connections to the database", await fetch_value(POOL), "")
        told("files beside the database", files(club), "")


def mix(who: Visitors) -> list[tuple[str, dict[str, str], int]]:
    """What a day is made of: mostly members, and now and then a page that is not there."""
    member = header(who.member)
    return [
        ("/accueil", member, 200),
        ("/avantages", member, 200),
        (f"/avantages/{who.offer}", member, 200),
        (f"/bons/{who.code}", member, 200),
        (f"/bons/{who.code}/etat", member, 200),
        ("/bons", member, 200),
        ("/caisse", header(who.till), 200),
        ("/", {}, 200),
        ("/connexion", {}, 200),
        ("/perdu", {}, 404),
    ]


async def ask(browser: httpx.AsyncClient, paths: list[tuple[str, dict[str, str], int]]) -> None:
    """One client's share of a step."""
    for number in range(REQUESTS // STEPS // CLIENTS):
        path, headers, status = paths[number % len(paths)]
        answer = await browser.get(path, headers=headers)
        assert answer.status_code == status, answer.text


def files(club: Stage) -> int:
    """The application writes none but its log."""
    postgres = str(club.home / "postgres")
    walked = os.walk(club.home)
    return sum(len(names) for at, _, names in walked if not at.startswith(postgres))
