"""One server a run, one template migrated once, one database a worker; real commits, no rollbacks.

PALIER_TEST_DATABASE_URL names an external server instead (a role that may create databases and
roles); otherwise the embedded one is started.
"""

import asyncio
import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from tests.cleaning import Cleaner
from tests.midnight import one_day_for
from tests.smtp import mail_server, mailbox  # noqa: F401 - fixtures for everybody

os.environ.setdefault("PALIER_ENV", "test")
# How long a mail server of ours may take to start on a machine that has much to do.
os.environ.setdefault("AIOSMTPD_CONTROLLER_TIMEOUT", "60")

# Property tests are judged by what they find, never by how long one example takes.
settings.register_profile(
    "palier", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("palier")

SERVER = "PALIER_TEST_SERVER"  # the owner's and the app's URL of the run's template
APP_PASSWORD = "test-app"
# Nobody pulls the plug on the run's server (tests that kill one have their own), and nothing sweeps
# while a test looks at the order of its rows.
QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or SERVER in os.environ:
        return
    home = Path(tempfile.mkdtemp(prefix="palier-test-"))
    os.environ.setdefault("PALIER_HOME", str(home))
    config.stash[HOME] = home
    config.stash[RUNNING] = start_server(home)


def pytest_unconfigure(config: pytest.Config) -> None:
    if RUNNING not in config.stash:
        return
    stop = config.stash[RUNNING]
    stop()
    os.environ.pop(SERVER, None)
    shutil.rmtree(config.stash[HOME], ignore_errors=True)


HOME = pytest.StashKey[Path]()
RUNNING = pytest.StashKey["Stop"]()


class Stop:
    def __init__(self, owner: str, template: str, embedded: object | None) -> None:
        self.owner, self.template, self.embedded = owner, template, embedded

    def __call__(self) -> None:
        if self.embedded is not None:
            self.embedded.erase()  # type: ignore[attr-defined]
        else:
            asyncio.run(execute(self.owner, f'DROP DATABASE IF EXISTS "{self.template}"'))


def start_server(home: Path) -> Stop:
    external = os.environ.get("PALIER_TEST_DATABASE_URL")
    embedded = None
    if external:
        owner, app = external, with_user(external, "palier_app", APP_PASSWORD)
        asyncio.run(make_app_role(owner))
    else:
        from backend.kit.embedded import Embedded

        embedded = Embedded(home, options=QUICK)
        running = embedded.start()
        owner, app = running.owner_url, running.app_url
    template = f"palier_template_{secrets.token_hex(4)}"
    asyncio.run(execute(owner, f'CREATE DATABASE "{template}"'))
    migrate(with_database(owner, template))
    os.environ[SERVER] = f"{owner} {app} {template}"
    return Stop(owner, template, embedded)


def migrate(url: str) -> None:
    from backend.migrations import upgrade

    upgrade(url)


async def make_app_role(owner: str) -> None:
    with contextlib.suppress(asyncpg.DuplicateObjectError):
        await execute(owner, "CREATE ROLE palier_app LOGIN")
    await execute(owner, f"ALTER ROLE palier_app PASSWORD '{APP_PASSWORD}'")


async def execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def drop_database(url: str, name: str) -> None:
    """Without FORCE, which asks for the right to end an autovacuum worker; a plain DROP just ends it."""
    await execute(
        url,
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = '{name}' AND backend_type = 'client backend'",
        f'DROP DATABASE IF EXISTS "{name}"',
    )


def with_database(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))


def with_user(url: str, user: str, password: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{host}"))


class Database:
    """A worker's own database: `owner_url` may clean it, `app_url` is what the club uses."""

    def __init__(self, owner_url: str, app_url: str) -> None:
        self.owner_url, self.app_url = owner_url, app_url


@pytest.fixture(scope="session")
def worker_database(worker_id: str) -> Iterator[Database]:
    owner, app, template = os.environ[SERVER].split(" ")
    name = f"{template}_{worker_id}"
    asyncio.run(execute(owner, f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    yield Database(with_database(owner, name), with_database(app, name))
    asyncio.run(drop_database(owner, name))


@pytest.fixture(scope="session")
async def open_database(worker_database: Database) -> AsyncIterator[Database]:
    from backend.kit import database
    from tests.patience import be_patient

    with pytest.MonkeyPatch.context() as patient:
        be_patient(patient.setattr)
        await database.open_pool(worker_database.app_url, max_size=12)
        yield worker_database
        await database.close_pool()


@pytest.fixture(scope="session")
async def cleaner(open_database: Database) -> AsyncIterator[Cleaner]:
    connection = await asyncpg.connect(open_database.owner_url)
    yield await Cleaner.of(connection)
    await connection.close()


@pytest.fixture
async def db(
    open_database: Database, cleaner: Cleaner, request: pytest.FixtureRequest
) -> AsyncIterator[Database]:
    """The pool is open and every table is empty again afterwards."""
    await one_day_for(20)
    yield open_database
    await cleaner.clean(club_runs="club" in request.fixturenames)


async def empty_tables(url: str, *, club_runs: bool = False) -> None:
    """For a test that fills the tables more than once, or on a loop of its own."""
    connection = await asyncpg.connect(url)
    try:
        await (await Cleaner.of(connection)).clean(club_runs=club_runs)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """The xdist worker's name, or "main" in a plain run."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main")
