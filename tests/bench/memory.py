"""PERF7: what a worker weighs after 100,000 requests, and whether it grows."""

import asyncio
import os
from pathlib import Path

from backend.kit.database import fetch, fetch_value
from tests.bench.figures import resident_mb, told
from tests.bench.stage import Stage, stage
from tests.bench.visitors import Visitors, header, invite
from tests.bench.wire import Wire

REQUESTS = int(os.environ.get("PALIER_BENCH_REQUESTS", "100000"))
STEPS, CLIENTS = 10, 16
MOST_MB = 150
MOST_CONNECTIONS = 10 + 16  # the worker's pool and this process's
POOL = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'palier'"
ROWS = 'SELECT count(*) FROM "{}"'


async def run() -> None:
    async with stage() as club:
        paths = mix(await invite(club))
        told("requests", 0, "")
        told("resident", resident_mb(club.worker_pid()), "MB")
        async with Wire(club, CLIENTS) as browser:
            first = await keep(club)
            for step in range(1, STEPS + 1):
                await asyncio.gather(*(ask(browser, paths) for _ in range(CLIENTS)))
                told("requests", REQUESTS * step / STEPS, "")
                told("resident", resident_mb(club.worker_pid()), "MB", MOST_MB, "PERF7")
        last = await keep(club)
        told("connections to the database", await fetch_value(POOL), "", MOST_CONNECTIONS, "PERF7")
        for name, count in last.items():
            told(f"{name}, more than before", count - first[name], "", 0, "PERF7")


async def keep(club: Stage) -> dict[str, int]:
    """What a leak would heap up besides memory; the application writes no file but its log."""
    home = club.home
    return {
        "rows in all tables": sum(
            [await fetch_value(ROWS.format(name)) for name in await tables()]
        ),
        "files beside the database": files(home) - files(home / "postgres"),
        "temporary files": files(club.temporary),
    }


async def tables() -> list[str]:
    rows = await fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return [row["tablename"] for row in rows]


def files(folder: Path) -> int:
    return sum(len(names) for _, _, names in os.walk(folder))


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


async def ask(browser: Wire, paths: list[tuple[str, dict[str, str], int]]) -> None:
    """One client's share of a step."""
    for number in range(REQUESTS // STEPS // CLIENTS):
        path, headers, wanted = paths[number % len(paths)]
        status, said = await browser.get(path, headers)
        assert status == wanted, said
