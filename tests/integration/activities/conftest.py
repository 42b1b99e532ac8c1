"""A Tuesday morning of November: the clock stands still, two members of the club."""

from collections.abc import Iterator

import pytest

from backend.kit import clock
from backend.membership.queries import Member
from tests import factories
from tests.activities import NOW
from tests.conftest import Database


@pytest.fixture
def morning() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


@pytest.fixture
async def alice(db: Database, morning: None) -> Member:
    return await factories.add_member("Alice", "Martin", "alice@example.org")


@pytest.fixture
async def bob(db: Database, morning: None) -> Member:
    return await factories.add_member("Bob", "Petit", "bob@example.org")
