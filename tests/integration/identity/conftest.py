"""People of these tests."""

import pytest

from backend.identity.rules import Role
from tests import factories
from tests.conftest import Database

ALICE, STAFF = "alice@example.org", "sofia@example.org"


@pytest.fixture
async def alice(db: Database) -> int:
    return await factories.add_person("Alice", "Martin", ALICE)


@pytest.fixture
async def sofia(db: Database) -> int:
    """She works at the desk and has no second factor yet."""
    person_id = await factories.add_person("Sofia", "Benali", STAFF)
    await factories.add_role(person_id, Role.DESK)
    return person_id
