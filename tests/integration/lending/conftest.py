"""A morning at the Tilleuls: the clock stands still, two members, a shelf to fill."""

from collections.abc import Iterator

import pytest

from backend.kit import clock
from backend.membership.queries import Member
from tests import factories, lending
from tests.conftest import Database
from tests.lending import Shelf, day

# A Friday, an hour after the door opened; Sunday and Monday are closed.
NOW = day("2026-11-20", 10)


@pytest.fixture
def morning() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


@pytest.fixture
async def shelf(db: Database, morning: None) -> Shelf:
    return await lending.add_shelf()


@pytest.fixture
async def alice(db: Database, morning: None) -> Member:
    return await factories.add_member("Alice", "Martin", "alice@example.org")


@pytest.fixture
async def bob(db: Database, morning: None) -> Member:
    return await factories.add_member("Bob", "Petit", "bob@example.org")
