"""A club to measure: its own database, the real server as a process."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import httpx

from backend import migrations
from backend.kit import database
from backend.kit.embedded import Embedded
from tests.smtp import free_port

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Stage:
    """`app_url` is also this process's open pool, for filling the club with the factories."""

    url: str
    app_url: str
    owner_url: str
    home: Path
    server: subprocess.Popen[bytes]

    @property
    def temporary(self) -> Path:
        """Where the server's temporary files go, and nobody else's."""
        return self.home / "tmp"

    async def analyze(self) -> None:
        await analyze(self.owner_url)

    def worker_pid(self) -> int:
        """The process that answers: the server's child."""
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text()
        return int(children.split()[-1])


async def analyze(owner_url: str) -> None:
    """What autovacuum does a minute after many rows came; only the owner of the tables may."""
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


@asynccontextmanager
async def stage(*, workers: int = 1) -> AsyncIterator[Stage]:
    home = Path(tempfile.mkdtemp(prefix="palier-bench-"))
    embedded = Embedded(home)
    running = embedded.start()
    try:
        await asyncio.to_thread(migrations.upgrade, running.owner_url)
        await database.open_pool(running.app_url, max_size=16)
        port = free_port()
        server = _serve(home, port, running.app_url, workers)
        made = Stage(f"http://localhost:{port}", running.app_url, running.owner_url, home, server)
        try:
            await _answers(made)
            yield made
        finally:
            server.terminate()
            server.wait(20)
            await database.close_pool()
    finally:
        embedded.erase()
        shutil.rmtree(home, ignore_errors=True)


@asynccontextmanager
async def beside(club: Stage) -> AsyncIterator[Stage]:
    """Another server of the same club: processes and a pool of its own, on another port."""
    port = free_port()
    server = _serve(club.home, port, club.app_url, workers=1)
    made = replace(club, url=f"http://localhost:{port}", server=server)
    try:
        await _answers(made)
        yield made
    finally:
        server.terminate()
        server.wait(20)


def _serve(home: Path, port: int, url: str, workers: int) -> subprocess.Popen[bytes]:
    (home / "tmp").mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "TMPDIR": str(home / "tmp"),
        "PALIER_ENV": "test",
        "PALIER_HOME": str(home),
        "PALIER_PORT": str(port),
        "PALIER_DATABASE_URL": url,
    }
    with (home / "serve.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "web.cli", "serve", "--workers", str(workers)],
            env=environment,
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )


async def _answers(made: Stage) -> None:
    async with httpx.AsyncClient() as probe:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                if (await probe.get(f"{made.url}/health/ready")).is_success:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    raise RuntimeError((made.home / "serve.log").read_text())
