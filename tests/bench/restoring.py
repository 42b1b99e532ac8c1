"""REL11: a whole town saved, lost and brought back into an empty cluster: how long, and what differs."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from backend.billing import sums
from backend.insight import figures, jobs
from backend.kit import database
from backend.kit.database import fetch_value, transaction
from backend.kit.embedded import Embedded
from backend.membership import steps
from backend.vouchers import queries as vouchers
from backend.vouchers import savings
from tests import factories
from tests.bench.crowd import gather
from tests.bench.figures import told
from tests.bench.money import pay
from tests.bench.stage import ROOT, Stage, stage

HOUSEHOLDS, USES = 50_000, 500_000
MOST_MINUTES = 15


async def run() -> None:
    home = Path(tempfile.mkdtemp(prefix="palier-bench-"))
    empty = Embedded(home)
    try:
        async with stage() as club:
            await gather(club, await factories.add_market(), HOUSEHOLDS, USES)
            await pay(club)
            await jobs.settle()
            await drill(club, empty, home / "club.dump")
    finally:
        empty.erase()
        shutil.rmtree(home, ignore_errors=True)


async def drill(club: Stage, empty: Embedded, dump: Path) -> None:
    lost = await fetch_value("SELECT count(*) FROM redemption")
    saved = palier(club.app_url, club.owner_url, "backup", str(dump))
    told("saved", saved, "s")
    told("the file", size(dump), "MB")
    running = empty.start()
    brought = palier(running.app_url, running.owner_url, "restore", str(dump), "--yes")
    told("saved and brought back", (saved + brought) / 60, "min", MOST_MINUTES, "REL11")
    await database.close_pool()
    await database.open_pool(running.app_url)
    told("uses lost", lost - await fetch_value("SELECT count(*) FROM redemption"), "", 0, "REL11")
    told("what differs from what it is summed from", await differences(), "", 0, "REL11")


def size(file: Path) -> float:
    return file.stat().st_size / 1e6


def palier(app_url: str, owner_url: str, *arguments: str) -> float:
    """Seconds that a command takes on a database."""
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "web.cli", *arguments],
        env=_on(app_url, owner_url),
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - started


def _on(app_url: str, owner_url: str) -> Mapping[str, str]:
    urls = {"PALIER_DATABASE_URL": app_url, "PALIER_DATABASE_OWNER_URL": owner_url}
    return {**os.environ, **urls, "PALIER_ENV": "test"}


async def differences() -> int:
    """Every sum that is kept beside its source, and every counter, held against it."""
    found = len(await vouchers.counter_faults()) + len(await figures.check())
    found += sum(balance.difference != 0 for balance in await vouchers.balances())
    async with transaction():
        found += len(await sums.settle()) + len(await steps.settle()) + len(await savings.settle())
    return found
