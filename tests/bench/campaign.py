"""N4: a campaign to 20,000 people on a real SMTP server on loopback, workers killed amid it: rate, memory, counts."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from backend import migrations
from backend import settings as configuration
from backend.campaigns import queries
from backend.campaigns import service as campaigns
from backend.campaigns.rules import Draft
from backend.jobs import outbox as lanes
from backend.kit import clock, database, outbox
from backend.kit.database import transaction
from backend.kit.embedded import Embedded
from backend.notifications import service as notifications
from backend.notifications.post import open_post
from backend.people.rules import Channel
from tests.bench.figures import resident_mb, told
from tests.bench.stage import analyze
from tests.readers import add_crowd, manager
from tests.smtp import free_port

PEOPLE = int(os.environ.get("PALIER_BENCH_PEOPLE", "20000"))
ONE_NO_IN = 10
LINES = 6
KILLED_AT = (0.15, 0.4, 0.7)  # of the way
MOST_MB = 60  # what a campaign may add to a worker, whatever its size
WORDS = Draft(subject="Au club cet hiver", body="# Les ateliers\n\n- vélo\n- facture\n\n" * 10)


class Sink:
    """Takes mails as fast as Python can, and keeps who got which key."""

    def __init__(self) -> None:
        self.came: list[tuple[str, bytes]] = []

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        start = envelope.content.index(b"Message-ID: ") + 12
        self.came.append((envelope.rcpt_tos[0], envelope.content[start : start + 33]))
        return "250 kept"


async def run() -> None:
    home = Path(tempfile.mkdtemp(prefix="palier-bench-"))
    embedded = Embedded(home)
    sink, port = Sink(), free_port()
    server = Controller(sink, hostname="127.0.0.1", port=port)
    server.start()
    try:
        running = embedded.start()
        await asyncio.to_thread(migrations.upgrade, running.owner_url)
        await database.open_pool(running.app_url)
        yes = await add_crowd(PEOPLE, ONE_NO_IN)
        await analyze(running.owner_url)
        public_id = await launched(yes)
        await sent(sink, running.app_url, f"smtp://127.0.0.1:{port}", home, yes)
        await counted(sink, public_id, yes)
        await database.close_pool()
    finally:
        server.stop()
        embedded.erase()
        shutil.rmtree(home, ignore_errors=True)


async def launched(yes: int) -> str:
    by = await manager()
    public_id = await campaigns.draft(by, WORDS)
    started = time.perf_counter()
    seen = await queries.preview(await queries.get_campaign(public_id))
    told("preview of the exact audience", time.perf_counter() - started, "s")
    started = time.perf_counter()
    await campaigns.launch(by, public_id, seen.people)
    told("launch: audience fixed, letters queued", time.perf_counter() - started, "s")
    told("people missing in the preview", yes - seen.people, "", 0, "N6")
    return public_id


async def sent(sink: Sink, app_url: str, smtp: str, home: Path, yes: int) -> None:
    """Workers one after the other; the last one does the rest and is measured."""
    shift = timedelta(0)
    for share in KILLED_AT:
        worker = await start(app_url, smtp, home, shift)
        while worker.returncode is None and len(sink.came) < yes * share:  # noqa: ASYNC110 - another process sends
            await asyncio.sleep(0.01)
        worker.send_signal(signal.SIGKILL)
        await worker.wait()
        shift += outbox.LEASE + timedelta(seconds=5)
    worker = await start(app_url, smtp, home, shift)
    before, peak, work = len(sink.came), 0.0, (0.0, 1)
    while len(sink.came) == before:  # noqa: ASYNC110 - another process sends
        await asyncio.sleep(0.01)
    resting, spent = resident_mb(worker.pid), cpu_seconds(worker.pid)
    started, began = time.perf_counter(), len(sink.came)
    await urgent(smtp)
    while worker.returncode is None:
        with contextlib.suppress(OSError, IndexError):  # it may have ended since
            peak = max(peak, resident_mb(worker.pid))
            work = (cpu_seconds(worker.pid) - spent, len(sink.came) - began)
        await asyncio.sleep(0.1)
    seconds = time.perf_counter() - started
    rate = (len(sink.came) - before) / seconds
    told("a worker's own work for a mail, whatever else runs", 1000 * work[0] / work[1], "ms")
    told("mails a second, one worker, its server and sink on two cores", rate, "")
    told("minutes for the whole campaign at this pace", yes / rate / 60, "min")
    told("memory that the campaign added to the worker", peak - resting, "MB", MOST_MB)


def cpu_seconds(pid: int) -> float:
    """What a process has worked, of all cores together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def urgent(smtp: str) -> None:
    """A code amid the campaign, by the lane that sends codes."""
    settings = configuration.load({"PALIER_ENV": "test", "PALIER_SMTP_URL": smtp})
    started = time.perf_counter()
    async with transaction():
        await notifications.queue(
            "identity.notice",
            f"urgent:{clock.now()}",
            person_id=None,
            channel=Channel.EMAIL,
            to="urgent@example.org",
            values={"what": "Une adresse a été ajoutée", "name": "Bob"},
        )
    await lanes.drain(open_post(settings))
    told("a service message amid the campaign", (time.perf_counter() - started) * 1000, "ms")


async def counted(sink: Sink, public_id: str, yes: int) -> None:
    letters = {one for one in sink.came if one[0] != "urgent@example.org"}
    copies = Counter(one for one in sink.came if one[0] != "urgent@example.org")
    told("people who got nothing", yes - len({to for to, _ in letters}), "", 0, "N4")
    told("letters with a key of their own, beyond one a person", len(letters) - yes, "", 0, "N4")
    told(
        "copies under the same Message-ID, of mails in flight at a kill",
        copies.total() - len(letters),
        "",
        len(KILLED_AT) * LINES,
        "N4",
    )
    campaign = await queries.get_campaign(public_id)
    told("rows that do not say sent", yes - campaign.results.sent, "", 0, "N4")


async def start(
    app_url: str, smtp: str, home: Path, shift: timedelta
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.races.campaign_worker",
        env={
            **os.environ,
            "PALIER_ENV": "test",
            "PALIER_HOME": str(home),
            "PALIER_DATABASE_URL": app_url,
            "PALIER_SMTP_URL": smtp,
            "PALIER_SMTP_CONNECTIONS": str(LINES),
            "PALIER_NOW": (clock.now() + shift).isoformat(),
        },
    )
