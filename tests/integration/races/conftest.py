"""An open voucher at a market, for many to want at once."""

from dataclasses import dataclass

import pytest

from backend.audit.service import SYSTEM
from backend.settings import Settings
from backend.vouchers import keyring, queries, service
from backend.vouchers.queries import VoucherPage
from tests import factories
from tests.conftest import Database
from tests.factories import Market


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
