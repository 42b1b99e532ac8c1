"""A worker that is killed in the middle: the till tries again with its key, and all is well."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.settings import Settings
from backend.vouchers import keyring, queries, redemptions, service
from tests import factories
from tests.conftest import Database
from tests.integration.races.conftest import Scene
from tests.integration.races.server import serving

pytestmark = pytest.mark.races
MOST_STEPS = 30
COMMITTED = 11  # till, BEGIN, seven statements, COMMIT, then the answer
DONE = {"status": 201, "saving_cents": 120}


class Sign:
    """Says before which step to die; gone once it happened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def put(self, step: int) -> None:
        self.path.write_text(str(step))

    def stands(self) -> bool:
        return self.path.exists()


@pytest.fixture
def sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sign:
    monkeypatch.setenv("PALIER_TEST_DIES", str(tmp_path / "dies"))
    return Sign(tmp_path / "dies")


async def test_retry_succeeds_wherever_the_process_was_killed(
    db: Database, scene: Scene, settings: Settings, sign: Sign
) -> None:
    """V9, REL3: SIGKILL before each message to database and till; the retry is a success each time.

    Never "already used", and whatever was written, it was written once.
    """
    written = []
    async with forks(db, settings) as ask:
        for step in range(1, MOST_STEPS):
            code, household = await new_voucher(scene, step)
            sign.put(step)
            first = await ask(request(scene, code, step))
            if sign.stands():
                assert first == DONE
                break  # the request has no such step: all were tried
            assert first == "killed"
            written.append(len(await redemptions.history(household)) == 1)
            assert await ask(request(scene, code, step)) == DONE
            assert [use.undone_at for use in await redemptions.history(household)] == [None]
    assert written == sorted(written), "once committed, it stays committed"
    assert written.count(True) >= 2  # killed before each part of the answer
    assert written.count(False) >= 8
    assert all(balance.difference == 0 for balance in await queries.balances())
    assert await queries.counter_faults() == []


async def test_other_node_answers_when_a_served_worker_was_killed(
    db: Database, scene: Scene, settings: Settings, sign: Sign
) -> None:
    """V9: the real server, killed with everything committed and nothing answered."""
    sign.put(COMMITTED)
    asked = request(scene, scene.payload, 0)
    with serving(db.app_url, settings, "tests.integration.races.dying:create_app") as ill:
        async with httpx.AsyncClient(base_url=ill.url, timeout=60) as till:
            with pytest.raises(httpx.TransportError):
                await till.post("/api/v1/redemptions", **asked)
    assert not sign.stands()
    assert len(await redemptions.history(scene.voucher.household_id)) == 1
    with serving(db.app_url, settings) as well:
        async with httpx.AsyncClient(base_url=well.url, timeout=60) as till:
            again = await till.post("/api/v1/redemptions", **asked)
    assert again.status_code == 201
    assert len(await redemptions.history(scene.voucher.household_id)) == 1


def request(scene: Scene, code: str, number: int) -> dict[str, Any]:
    token, key = scene.market.till.token, f"step-{number}"
    headers = {"authorization": f"Bearer {token}", "idempotency-key": key}
    return {"json": {"code": code}, "headers": headers}


async def new_voucher(scene: Scene, number: int) -> tuple[str, int]:
    """Its signed code: nothing but the redemption itself is asked of the database."""
    member = await factories.add_member(f"Voisin {number}")
    code = await service.claim(member, scene.market.offer.public_id, SYSTEM)
    page = await queries.voucher_page(member.household_id, code)
    assert page.payload is not None
    return page.payload, member.household_id


@asynccontextmanager
async def forks(db: Database, settings: Settings) -> AsyncIterator[Any]:
    """A process that answers each request in a fork, which may be killed."""
    keyring.use(settings.signing_keys)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.races.dying",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={
            **os.environ,
            "PALIER_ENV": "test",
            "PALIER_HOME": str(settings.home),
            "PALIER_DATABASE_URL": db.app_url,
        },
    )
    assert process.stdin
    assert process.stdout
    stdin, stdout = process.stdin, process.stdout
    assert await stdout.readline() == b"ready\n"

    async def ask(what: dict[str, Any]) -> Any:
        stdin.write(json.dumps(what).encode() + b"\n")
        await stdin.drain()
        return json.loads(await stdout.readline())

    yield ask
    stdin.close()
    await process.wait()
