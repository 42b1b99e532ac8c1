"""A manager's browser, and the others that must stay out."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from backend.identity.rules import Role
from backend.settings import Settings
from tests.conftest import Database
from tests.factories import add_person, add_role
from tests.sign_in import as_staff, csrf_token

Post = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def office(client: httpx.AsyncClient, settings: Settings, db: Database) -> httpx.AsyncClient:
    """Signed in as Hélène, who manages the club."""
    person_id = await add_person("Hélène", "Vasseur", "helene@example.org")
    await add_role(person_id, Role.MANAGER)
    await as_staff(client, settings, person_id)
    return client


@pytest.fixture
def send(office: httpx.AsyncClient, settings: Settings) -> Post:
    """A form of the office, sent with its token."""

    async def run(path: str, data: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        token = await csrf_token(office, settings)
        return await office.post(path, data={"csrf_token": token, **(data or {})}, **more)

    return run
