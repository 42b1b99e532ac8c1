"""N5: a night on which the terms of 20,000 members end: queued once each, in how long, with what memory."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from backend import migrations
from backend.kit import clock, database
from backend.kit.database import fetch_value
from backend.kit.embedded import Embedded
from backend.membership.service import reminding
from tests import factories
from tests.bench.figures import resident_mb, told
from tests.bench.stage import analyze
from tests.bench.town import settle

MEMBERS = int(os.environ.get("PALIER_BENCH_MEMBERS", "20000"))
MOST_MB = 30  # what a night may add to a worker, whatever the number of members
KILLED_AFTER = 3  # seconds
DOUBLED = (
    "SELECT count(*) FROM (SELECT person FROM message WHERE kind = 'dues.reminder'"
    " GROUP BY person HAVING count(*) > 1) twice"
)
QUEUED = "SELECT count(*) FROM outbox WHERE kind = 'dues.reminder.email' AND done_at IS NULL"


async def run() -> None:
    home = Path(tempfile.mkdtemp(prefix="palier-bench-"))
    embedded = Embedded(home)
    try:
        running = embedded.start()
        await asyncio.to_thread(migrations.upgrade, running.owner_url)
        await database.open_pool(running.app_url)
        await gather()
        await analyze(running.owner_url)
        await killed(running.app_url)
        await finished()
        await database.close_pool()
    finally:
        embedded.erase()
        shutil.rmtree(home, ignore_errors=True)


async def gather() -> None:
    """One true member, copied, a month before the term; the first letter of the ladder is due."""
    with clock.travel(-timedelta(days=335)):
        alice = await factories.add_member()
    await settle(MEMBERS, alice.household_id)


async def killed(url: str) -> None:
    """A worker of its own, ended amid the night as a power cut would."""
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.renewal_night", url
    )
    while not await fetch_value(QUEUED):  # noqa: ASYNC110 - another process writes it
        await asyncio.sleep(0.1)
    await asyncio.sleep(KILLED_AFTER)
    worker.send_signal(signal.SIGKILL)
    await worker.wait()
    told("reminders queued when the worker was killed", await fetch_value(QUEUED), "")


async def finished() -> None:
    """Another worker does the rest, here, so that its memory can be read."""
    left, before = MEMBERS - await fetch_value(QUEUED), resident_mb(os.getpid())
    started = time.perf_counter()
    count = await reminding.remind()
    seconds = time.perf_counter() - started
    told("reminders queued by who came after", count, "")
    told("reminders a second", count / seconds, "")
    told("seconds for all of them at this pace", MEMBERS * seconds / max(count, 1), "s")
    told("memory that the night added", resident_mb(os.getpid()) - before, "MB", MOST_MB, "N5")
    told("members not told", left - count, "", 0, "N5")
    told("members told twice", await fetch_value(DOUBLED), "", 0, "N5")
    told("told by the same night once more", await reminding.remind(), "", 0, "N5")


async def work(url: str) -> None:
    await database.open_pool(url)
    await reminding.remind()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
