"""An open voucher at a market, for many to want at once; and a process that dies in the middle of acts."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from backend.audit.service import SYSTEM
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from backend.vouchers import keyring, queries, service
from backend.vouchers.queries import VoucherPage
from tests import factories
from tests.conftest import Database
from tests.factories import Market
from tests.integration.races.mortal import Mortal, mortal_on


@dataclass(frozen=True)
class Scene:
    market: Market
    voucher: VoucherPage

    @property
    def payload(self) -> str:
        assert self.voucher.payload is not None
        return self.voucher.payload


@pytest.fixture
async def scene(db: Database, settings: Settings) -> Scene:
    keyring.use(settings.signing_keys)
    market = await factories.add_market()
    alice = await factories.add_member()
    code = await service.claim(alice, market.offer.public_id, SYSTEM)
    return Scene(market, await queries.voucher_page(alice.household_id, code))


@pytest.fixture(scope="session")
async def short_lives(
    open_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Mortal]:
    async with mortal_on(open_database.app_url, tmp_path_factory.mktemp("lives")) as process:
        yield process


@pytest.fixture
def counter(db: Database, short_lives: Mortal) -> Mortal:
    """Dies at the counter, where nobody speaks to Stripe."""
    short_lives.begin(None)
    return short_lives


@pytest.fixture
def mortal(db: Database, short_lives: Mortal, stripe: Remote) -> Mortal:
    short_lives.begin(stripe.url)
    return short_lives
