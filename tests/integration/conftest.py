"""The whole application on the test's own loop, its pool and its own database."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from backend import settings as configuration
from backend.settings import Settings
from tests.conftest import Database
from tests.paying import double, gateway_to_double, stripe  # noqa: F401 - fixtures
from tests.push import push_server, push_service  # noqa: F401 - fixtures
from tests.smtp import Mailbox


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory, mail_server: Mailbox) -> Settings:
    home: Path = tmp_path_factory.mktemp("home")
    return configuration.load(
        {"PALIER_ENV": "test", "PALIER_HOME": str(home), "PALIER_SMTP_URL": mail_server.url}
    )


@pytest.fixture
async def client(db: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without JavaScript: cookies, redirects on demand, same origin."""
    from tests.application import browser_of

    async with browser_of(settings) as browser:
        yield browser
