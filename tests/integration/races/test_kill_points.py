"""The application and the database are killed anywhere; what is left is always right."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from backend import migrations
from backend.audit.service import SYSTEM
from backend.kit import database
from backend.kit.database import DB
from backend.kit.embedded import Embedded
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from backend.vouchers import keyring
from tests.conftest import Database
from tests.integration.races.faults import faults
from tests.integration.races.town import Act, all_at_once, finish, is_written, open_town
from tests.smtp import free_port

pytestmark = pytest.mark.races

ROOT = Path(__file__).resolve().parents[3]
SEED = 20261121
APP_KILLS, DATABASE_KILLS = 50, 6
KILLS_A_ROUND = 2  # what was stopped is asked again, and stopped again
START_SECONDS = 120
FIRST_SPAN = 0.15  # seconds, until a round that nobody disturbed says how long one takes

Kill = Callable[[], Awaitable[None]]


class Lives:
    """The pids of the processes that live now, as they wrote them down themselves."""

    def __init__(self, stem: Path) -> None:
        self.stem = stem

    def pid(self, word: str) -> int:
        return int(Path(f"{self.stem}.{word}").read_text())

    async def kill(self) -> None:
        """The server and the worker die; returns when others have taken their place."""
        dead = {word: self.pid(word) for word in ("serve", "work")}
        for pid in dead.values():
            os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(START_SECONDS):
            while any(self.pid(word) == pid for word, pid in dead.items()):  # noqa: ASYNC110 (a file says nothing by itself)
                await asyncio.sleep(0.01)


async def test_everything_is_right_when_the_application_is_killed_at_fifty_points(
    db: Database, settings: Settings, stripe: Remote, tmp_path: Path
) -> None:
    """REL3, V9: server and worker get SIGKILL in the middle of uses, claims, orders, payments, events."""
    lives = Lives(tmp_path / "pids")
    with living(db.app_url, settings, stripe, lives.stem) as url:
        met = await sweep(url, settings, stripe, lives.kill, APP_KILLS)
    for name in ("use", "pay"):
        assert met[name, "before"], f"no {name} was stopped before it was written"
        assert met[name, "after"], f"no {name} was stopped between its commit and its answer"


async def test_everything_is_right_when_the_database_is_killed(
    client: httpx.AsyncClient, settings: Settings, stripe: Remote, tmp_path: Path
) -> None:
    """REL3: SIGKILL of the embedded server; the application finds it again by itself."""
    lives = Lives(tmp_path / "pids")
    async with own_database() as (server, url_of_app):

        async def kill() -> None:
            pid = server.status().pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            await asyncio.to_thread(server.start)

        with living(url_of_app, settings, stripe, lives.stem) as url:
            before = lives.pid("serve"), lives.pid("work")
            met = await sweep(url, settings, stripe, kill, DATABASE_KILLS)
            assert (lives.pid("serve"), lives.pid("work")) == before
    assert met["use", "before"], "the database died after everything was written"


async def test_a_fault_is_found_when_there_is_one(db: Database, settings: Settings) -> None:
    """REL3: the look at the rows is worth something: a use that lost its voucher's state is seen."""
    keyring.use(settings.signing_keys)
    assert await faults() == {}
    # A key that was claimed and never answered, as a use case in two transactions would leave it.
    await database.fetch(
        "INSERT INTO idempotency_key (scope, key, fingerprint, created_at)"
        " VALUES ('till:1', 'k', ''::bytea, now())"
    )
    assert list(await faults()) == ["a key without its answer"]


async def sweep(
    url: str, settings: Settings, stripe: Remote, kill: Kill, kills: int
) -> Counter[tuple[str, str]]:
    """Kills in the middle of each round, looks, sends all again; counts where each act was met."""
    chance, span = random.Random(SEED), FIRST_SPAN
    met: Counter[tuple[str, str]] = Counter()
    rounds = kills // KILLS_A_ROUND
    async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as http:
        await up(http)
        town = await open_town(http, settings, stripe, SYSTEM, rounds)
        for number in range(rounds):
            await town.next_payer(number)
            acts = town.round()
            for _ in range(KILLS_A_ROUND):
                answered = await disturbed(acts, kill, chance.random() * span)
                assert await faults() == {}
                await count(acts, answered, met)
                await up(http)
            span = await again(acts)
            assert await faults() == {}
            await town.pay_at_stripe()
        await all_at_once(town.back())
    await finish()
    assert await faults() == {}
    paid = await database.fetch_value("SELECT count(*) FROM payment WHERE way = 'online'")
    assert paid == rounds
    return met


async def disturbed(acts: list[Act], kill: Kill, after: float) -> list[bool]:
    running = asyncio.create_task(all_at_once(acts))
    await asyncio.sleep(after)
    await kill()
    return await running


async def count(acts: list[Act], answered: list[bool], met: Counter[tuple[str, str]]) -> None:
    for act, had in zip(acts, answered, strict=True):
        if act.key and not had:
            met[act.name, "after" if await is_written(act) else "before"] += 1


async def again(acts: list[Act]) -> float:
    """The same requests with the same keys: all succeed, and say what they had said. Seconds."""
    started, waiting = time.monotonic(), acts
    async with asyncio.timeout(START_SECONDS):
        while waiting:  # "later" is an answer too, on a machine that stood still
            answered = await all_at_once(waiting)
            waiting = [act for act, had in zip(waiting, answered, strict=True) if not had]
    spent = time.monotonic() - started
    for act in acts:
        if act.name in {"use", "take"}:
            assert all(said(answer) == said(act.heard[0]) for answer in act.heard)
    refused = [act for act in acts if act.heard[-1].status_code != act.good]
    # Two tills want one voucher: one of them, and only one, hears that it is used.
    assert [(act.name, act.heard[-1].json()["slug"]) for act in refused] == [
        ("use", "already_redeemed")
    ]
    return spent


def said(answer: httpx.Response) -> object:
    return answer.status_code, answer.headers.get("location") or answer.json()


async def up(http: httpx.AsyncClient) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            if (await http.get("/health/ready")).is_success:
                return
        await asyncio.sleep(0.02)
    raise RuntimeError("the server does not answer")


@contextmanager
def living(app_url: str, settings: Settings, stripe: Remote, pids: Path) -> Iterator[str]:
    """The address of the server; its processes and the worker's come back when they are killed."""
    keyring.use(settings.signing_keys)
    port = free_port()
    environment = {
        **os.environ,
        "PALIER_ENV": "test",
        "PALIER_HOME": str(settings.home),
        "PALIER_PORT": str(port),
        "PALIER_DATABASE_URL": app_url,
        "PALIER_STRIPE_URL": stripe.url,
        "PALIER_TEST_PIDS": str(pids),
    }
    with (settings.home / "lives.log").open("ab") as log:
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.integration.races.lives", *command],
                env=environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            for command in (["serve", str(port)], ["work"])
        ]
    try:
        wait_for(processes, [Path(f"{pids}.{word}") for word in ("serve", "work")])
        yield f"http://localhost:{port}"
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_for(processes: list[subprocess.Popen[bytes]], files: list[Path]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not all(path.exists() for path in files):
        assert all(process.poll() is None for process in processes), "it did not start"
        assert time.monotonic() < deadline, "it does not start"
        time.sleep(0.05)


@asynccontextmanager
async def own_database() -> AsyncIterator[tuple[Embedded, str]]:
    """A server that may be killed, and this process's pool on it; the run's own comes back after."""
    home = Path(tempfile.mkdtemp(prefix="palier-kill-"))
    server = Embedded(home)
    pool, config = DB.pool, DB.config
    try:
        running = server.start()
        await asyncio.to_thread(migrations.upgrade, running.owner_url)
        await database.open_pool(running.app_url)
        yield server, running.app_url
        await database.close_pool()
    finally:
        DB.pool, DB.config = pool, config
        await asyncio.to_thread(server.erase)
