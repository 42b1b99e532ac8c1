"""A worker that is killed in the middle: the till tries again with its key, and all is well."""

import asyncio
from pathlib import Path

import httpx
import pytest

from backend.kit.database import fetch_value
from backend.settings import Settings
from backend.vouchers import queries
from tests.conftest import Database
from tests.integration.races.conftest import Scene
from tests.integration.races.server import serving, wait_for

pytestmark = pytest.mark.races


@pytest.mark.parametrize(("point", "written"), [("decision", 0), ("reply", 1)])
async def test_retry_succeeds_when_the_worker_was_killed(
    point: str,
    written: int,
    db: Database,
    scene: Scene,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """V9: SIGKILL between decision and reply; the retry returns success, never "already used"."""
    sign = tmp_path / "dies"
    sign.write_text(point)
    monkeypatch.setenv("PALIER_TEST_DIES", str(sign))
    with serving(db.app_url, settings, "tests.integration.races.dying:create_app") as server:
        headers = {
            "authorization": f"Bearer {scene.market.till.token}",
            "idempotency-key": "once",
        }
        async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=20) as till:
            path, body = "/api/v1/redemptions", {"code": scene.payload}
            with pytest.raises(httpx.TransportError):
                await till.post(path, json=body)
            assert not sign.exists(), "the worker died elsewhere"
            assert await fetch_value("SELECT count(*) FROM redemption") == written
            await asyncio.to_thread(wait_for, server)
            again = await till.post(path, json=body)
    assert again.status_code == 201
    assert again.json()["saving_cents"] == 120
    assert await fetch_value("SELECT count(*) FROM redemption") == 1
    assert all(balance.difference == 0 for balance in await queries.balances())
