"""A Monday at the Tilleuls: baskets come on Thursday, one orders until Tuesday at six."""

from collections.abc import Iterator

import pytest

from backend.kit import clock
from backend.membership.queries import Member
from tests import factories, lending, orders
from tests.conftest import Database
from tests.lending import day
from tests.orders import Counter

MONDAY = day("2026-11-23", 10)


@pytest.fixture
def monday() -> Iterator[None]:
    with clock.frozen(MONDAY):
        yield


@pytest.fixture
async def counter(db: Database, monday: None) -> Counter:
    """The Tilleuls, its drawer open with twenty euros."""
    made = await orders.counter_of(await lending.add_shelf())
    await factories.open_drawer(made.site_id, 2000)
    return made


@pytest.fixture
async def alice(db: Database, monday: None) -> Member:
    return await factories.add_member("Alice", "Martin", "alice@example.org")


@pytest.fixture
async def bob(db: Database, monday: None) -> Member:
    return await factories.add_member("Bob", "Petit", "bob@example.org")
