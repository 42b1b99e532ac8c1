"""A real Chromium before a real club: server and worker as processes, the Stripe double, real SMTP."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    async_playwright,
    expect,
)

from backend.jobs.schedule import TIMETABLE
from backend.kit import clock
from backend.kit.database import fetch
from backend.sandbox.stripe.remote import Remote
from backend.sandbox.stripe.running import API_KEY, WEBHOOK_SECRET, running_double
from tests.browser.look import Watch
from tests.browser.post import PostOffice
from tests.conftest import Database, empty_tables
from tests.integration.races.server import ended
from tests.log_lines import leaks
from tests.midnight import one_day_for
from tests.smtp import free_port

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]

# How long what is waited for may take on a slow machine; what is there is never waited for.
PATIENCE_MS = 60_000
JOURNEY_SECONDS = 180
expect.set_options(timeout=PATIENCE_MS)

# On a shared machine Chromium itself stalls or loses a process now and then; in CI, where nobody sits,
# such a test is tried once more. The closing line counts it ("1 rerun"), the summary names it.
# At a desk, and for every test without a browser, the first failure counts.
SECOND_TRY = 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.path).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
            if os.environ.get("CI"):
                item.add_marker(pytest.mark.flaky(reruns=SECOND_TRY))


@dataclass
class Club:
    """A running club: where it answers, its mail, its simulated Stripe, its processes."""

    url: str
    post: PostOffice
    stripe: Remote
    database: Database
    environment: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        path = Path(self.environment["PALIER_HOME"]) / f"{command[0]}.log"
        with path.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "web.cli", *command],
                env=self.environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def logs(self) -> str:
        home = Path(self.environment["PALIER_HOME"])
        return "\n".join(path.read_text(errors="replace") for path in home.glob("*.log"))


@pytest.fixture(scope="package")
async def club(
    open_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Club]:
    """It ends with the browser tests: its worker would do the work that later tests look for."""
    port, home = free_port(), tmp_path_factory.mktemp("club")
    url = f"http://localhost:{port}"
    post = PostOffice()
    post.start()
    async with running_double(webhook_url=f"{url}/hooks/stripe") as stripe:
        environment = {
            **os.environ,
            "PALIER_ENV": "test",
            "PALIER_HOME": str(home),
            "PALIER_PORT": str(port),
            "PALIER_BASE_URL": url,
            "PALIER_DATABASE_URL": open_database.app_url,
            "PALIER_STRIPE_URL": stripe.url,
            "PALIER_STRIPE_SECRET_KEY": API_KEY,
            "PALIER_STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET,
            "PALIER_SMTP_URL": post.url,
            "PALIER_MAIL_FROM": "Club <club@example.org>",
        }
        made = Club(url, post, stripe, open_database, environment)
        try:
            made.start("serve")
            made.start("work")
            await answers(made)
            yield made
        finally:
            for process in made.processes:
                process.terminate()
            for process in made.processes:
                ended(process)
            post.stop()
            # What they wrote after the last test was cleaned up, and numbers that begin at one again.
            await empty_tables(open_database.owner_url)
        assert leaks(made.logs()) == [], "SEC13: a whole run of the browser tests"


async def answers(club: Club) -> None:
    async with httpx.AsyncClient() as probe:
        for _ in range(1200):
            with contextlib.suppress(httpx.TransportError):
                if (await probe.get(f"{club.url}/health/ready")).is_success:
                    return
            time.sleep(0.1)  # noqa: ASYNC251 - nothing else runs on this loop yet
    raise RuntimeError(f"the club does not answer:\n{club.logs()}")


@pytest.fixture(scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def executable() -> str:
    return os.environ.get("PALIER_TEST_BROWSER") or "/usr/bin/chromium"


@pytest.fixture(scope="session")
async def chromium(playwright: Playwright, executable: str) -> AsyncIterator[Browser]:
    browser = await playwright.chromium.launch(executable_path=executable, args=FLAGS)
    yield browser
    await browser.close()


PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "locale": "fr-FR",
    "timezone_id": "Europe/Paris",
}


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Every page of a test is watched: no console error, no CSP report (SEC9), no foreign request (D4)."""
    watching = Watch()
    yield watching
    watching.assert_calm()


@pytest.fixture
async def db(db: Database, club: Club) -> Database:
    """Each test begins with an empty letter box: the last one's people may have the same addresses."""
    await one_day_for(JOURNEY_SECONDS)
    club.post.mails.clear()
    await skip_rounds()
    return db


async def skip_rounds() -> None:
    """The club's worker finds its timetable done for the next two hours: at whatever second of a
    journey it looks, it sends no list, frees nothing and forgets nobody in the middle of it.
    """
    moment = clock.now()
    moments = [moment + timedelta(minutes=10) * number for number in range(13)]
    done = {(task.name, task.period(one)) for task in TIMETABLE for one in moments}
    await fetch(
        "INSERT INTO job_claim (task, period, claimed_at, leased_until, done_at)"
        " SELECT task, period, $3, $3, $3 FROM unnest($1::text[], $2::text[]) done (task, period)"
        " ON CONFLICT DO NOTHING",
        [task for task, _ in done],
        [period for _, period in done],
        moment,
    )


@pytest.fixture
async def phone(club: Club, db: Database, chromium: Browser, watch: Watch) -> AsyncIterator[Page]:
    """A tenant's phone: 360 px, touch, French."""
    context = await chromium.new_context(base_url=club.url, **PHONE)
    yield await new_page(context, watch)
    await context.close()


@pytest.fixture
async def plain_phone(
    club: Club, db: Database, chromium: Browser, watch: Watch
) -> AsyncIterator[Page]:
    """The same phone with JavaScript off (UX1)."""
    context = await chromium.new_context(base_url=club.url, java_script_enabled=False, **PHONE)
    yield await new_page(context, watch)
    await context.close()


@pytest.fixture
async def desk(club: Club, db: Database, chromium: Browser, watch: Watch) -> AsyncIterator[Page]:
    """A staff PC: 1280 px."""
    context = await chromium.new_context(
        base_url=club.url,
        viewport={"width": 1280, "height": 800},
        locale="fr-FR",
        timezone_id="Europe/Paris",
    )
    yield await new_page(context, watch)
    await context.close()


async def new_page(context: BrowserContext, watch: Watch) -> Page:
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    watch.follow(page)
    return page
