"""Schemathesis throws at the API what its own contract allows, and much that it does not."""

import asyncio
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import settings as examples
from schemathesis import checks

from backend.audit.service import SYSTEM
from backend.kit import codes
from backend.settings import Settings
from backend.vouchers import queries, service
from backend.vouchers.scans import Scan
from partners.api.v1.documents import document
from tests import factories
from tests.conftest import Database, execute
from tests.integration.races.server import Server, serving

CONTRACT = schemathesis.openapi.from_dict(document())
SHOWN = (
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
)


@pytest.fixture(scope="module")
def server(worker_database: Database, settings: Settings) -> Iterator[Server]:
    with serving(worker_database.app_url, settings) as running:
        yield running


class World:
    """A till's token, and codes and ids that exist, so that some of the chance hits."""

    def __init__(self, token: str, codes_: list[str], uses: list[str], owner_url: str) -> None:
        self.token, self.owner_url = token, owner_url
        self.codes, self.uses = itertools.cycle([*codes_, None]), itertools.cycle([*uses, None])

    def reach(self, case: Any) -> None:
        """Every other case is about something real; guessing is forgiven."""
        asyncio.run(execute(self.owner_url, "TRUNCATE tries"))
        code, use = next(self.codes), next(self.uses)
        if code and isinstance(case.body, dict) and isinstance(case.body.get("code"), str):
            case.body["code"] = code
        if use and "redemption_id" in (case.path_parameters or {}):
            case.path_parameters["redemption_id"] = use


@pytest.fixture
async def world(db: Database) -> World:
    market = await factories.add_market(limit_count=100)
    alice = await factories.add_member()
    typed = [await service.claim(alice, market.offer.public_id, SYSTEM) for _ in range(1)]
    for index in range(20):
        offer = await factories.add_offer(market.partner.id, title=f"Avantage {index}")
        typed.append(await service.claim(alice, offer.public_id, SYSTEM))
    pages = [await queries.voucher_page(alice.household_id, code) for code in typed]
    used = [
        await service.redeem(Scan(code=page.code, key=codes.random_id(), till=market.till.caller))
        for page in pages[:5]
    ]
    scanned = [page.payload for page in pages[5:] if page.payload]
    return World(
        market.till.token,
        scanned + typed[3:8],
        [each.redemption for each in used],
        db.owner_url,
    )


@CONTRACT.parametrize()
@examples(
    max_examples=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
def test_api_keeps_its_contract_whatever_is_sent(case: Any, server: Server, world: World) -> None:
    """V14: no 5xx, no answer the contract does not tell, every body as it says."""
    world.reach(case)
    case.call_and_validate(
        base_url=server.url,
        headers={"authorization": f"Bearer {world.token}"},
        checks=SHOWN,
    )
