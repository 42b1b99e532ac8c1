"""Many tills, one voucher: exactly one use, and a control that shows what the guards prevent."""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from backend.kit import codes, keys
from backend.kit.database import fetch_value
from backend.kit.errors import DomainError
from backend.merchants.queries import TillCaller
from backend.settings import Settings
from backend.vouchers import service, shown
from backend.vouchers.errors import AlreadyRedeemed
from backend.vouchers.scans import Scan
from backend.vouchers.shown import Locked
from tests import factories
from tests.conftest import Database
from tests.integration.races.conftest import Scene

pytestmark = pytest.mark.races


async def test_one_wins_when_fifty_redeem_at_once(scene: Scene) -> None:
    """V6: 50 concurrent redemptions, 1 success, 49 already_redeemed with time, shop and channel."""
    tills = [scene.market.till.caller, (await factories.add_till(scene.market.shop.id)).caller]
    answers = await asyncio.gather(
        *(redeem(tills[index % 2], scene.payload) for index in range(50))
    )
    won = [answer for answer in answers if not isinstance(answer, DomainError)]
    lost = [answer for answer in answers if isinstance(answer, AlreadyRedeemed)]
    assert (len(won), len(lost)) == (1, 49)
    for refusal in lost:
        assert refusal.facts["at"] == won[0].at
        assert refusal.facts["shop"] == "Boulangerie Petit"
        assert refusal.facts["channel"] == "scan"
    assert await fetch_value("SELECT count(*) FROM redemption") == 1
    assert await fetch_value("SELECT count(*) FROM refused_attempt") == 49


async def test_all_hear_the_same_when_one_key_comes_fifty_times(scene: Scene) -> None:
    """V7: 1 row, 50 identical answers."""
    till = scene.market.till.caller
    answers = await asyncio.gather(*(redeem(till, scene.payload, "one") for _ in range(50)))
    assert not any(isinstance(answer, DomainError) for answer in answers)
    assert all(answer == answers[0] for answer in answers)
    assert await fetch_value("SELECT count(*) FROM redemption") == 1
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE verb = 'voucher.redeem'") == 1


async def test_all_hear_the_same_no_when_one_key_comes_fifty_times(scene: Scene) -> None:
    """V7: a refusal is an answer like another: stored once, told alike."""
    till = scene.market.till.caller
    await redeem((await factories.add_till(scene.market.shop.id)).caller, scene.payload)
    answers = await asyncio.gather(*(redeem(till, scene.payload, "one") for _ in range(50)))
    assert len({json.dumps(answer.problem(), sort_keys=True) for answer in answers}) == 1


async def test_one_key_is_answered_in_two_ways_when_its_guard_is_off(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """V7: a key that is looked up and not claimed: both find nothing, and hear different things."""
    met = asyncio.Barrier(2)

    async def look(scope: str, key: str, body: object, kind: type[Any]) -> None:
        found = await fetch_value(
            "SELECT id FROM idempotency_key WHERE scope = $1 AND key = $2", scope, key
        )
        assert found is None
        await met.wait()

    monkeypatch.setattr(keys, "earlier", look)
    till = scene.market.till.caller
    answers = await asyncio.gather(*(redeem(till, scene.payload, "one") for _ in range(2)))
    assert sum(isinstance(answer, AlreadyRedeemed) for answer in answers) == 1


async def test_one_wins_when_two_processes_redeem_a_hundred_times(
    db: Database, scene: Scene, settings: Settings
) -> None:
    """REL1: 100 parallel redemptions from 2 processes; the winner's key repeats its answer."""
    wish = {"url": db.app_url, "token": scene.market.till.token, "code": scene.payload}
    async with hammer(wish, settings) as one, hammer(wish, settings) as two:
        both = await asyncio.gather(answered(one), answered(two))
    answers = [*both[0], *both[1]]
    won = [answer for answer in answers if "redemption" in answer]
    assert len(won) == 1
    assert Counter(answer.get("slug") for answer in answers) == {None: 1, "already_redeemed": 99}
    again = await redeem(scene.market.till.caller, scene.payload, won[0]["key"])
    assert again.redemption == won[0]["redemption"]


async def test_voucher_is_used_twice_when_the_guards_are_off(
    db: Database, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """V10: the same code without row lock and unique key, so that the race is known to be there."""
    monkeypatch.setattr(shown, "_VOUCHER", shown._VOUCHER.replace("FOR NO KEY UPDATE OF v", ""))
    meet_before_writing(monkeypatch)
    async with no_unique_use(db):
        answers = await twice(scene)
        assert not any(isinstance(answer, DomainError) for answer in answers)
        assert await fetch_value("SELECT count(*) FROM redemption") == 2
        await remove_uses(db)


async def test_database_stops_the_second_use_when_only_the_lock_is_off(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """V10: the unique key on voucher and round is a guard of its own."""
    monkeypatch.setattr(shown, "_VOUCHER", shown._VOUCHER.replace("FOR NO KEY UPDATE OF v", ""))
    meet_before_writing(monkeypatch)
    answers = await twice(scene)
    assert sum(isinstance(answer, AlreadyRedeemed) for answer in answers) == 1
    assert await fetch_value("SELECT count(*) FROM redemption") == 1


async def redeem(till: TillCaller, code: str, key: str = "") -> Any:
    try:
        return await service.redeem(Scan(code=code, key=key or codes.random_id(), till=till))
    except DomainError as refusal:
        return refusal


async def twice(scene: Scene) -> list[Any]:
    till = scene.market.till.caller
    return await asyncio.gather(*(redeem(till, scene.payload) for _ in range(2)))


def meet_before_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have judged the voucher usable before either writes."""
    met = asyncio.Barrier(2)
    real = shown.mark_redeemed

    async def mark(voucher: Locked) -> None:
        await met.wait()
        await real(voucher)

    monkeypatch.setattr(shown, "mark_redeemed", mark)


@asynccontextmanager
async def no_unique_use(db: Database) -> AsyncIterator[None]:
    """The constraint keeps its name and guards nothing."""
    loose, tight = "UNIQUE (voucher, round, id)", "UNIQUE (voucher, round)"
    await constrain(db, loose)
    try:
        yield
    finally:
        await constrain(db, tight)


async def constrain(db: Database, rule: str) -> None:
    owner = await asyncpg.connect(db.owner_url)
    await owner.execute(
        "ALTER TABLE redemption DROP CONSTRAINT redemption_once,"
        f" ADD CONSTRAINT redemption_once {rule}"
    )
    await owner.close()


async def remove_uses(db: Database) -> None:
    owner = await asyncpg.connect(db.owner_url)
    await owner.execute("TRUNCATE redemption CASCADE")
    await owner.close()


@asynccontextmanager
async def hammer(
    wish: dict[str, str], settings: Settings
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.races.hammer",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PALIER_ENV": "test", "PALIER_HOME": str(settings.home)},
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps({**wish, "times": 50}).encode() + b"\n")
    assert await process.stdout.readline() == b"ready\n"
    yield process
    await process.wait()


async def answered(process: asyncio.subprocess.Process) -> list[dict[str, str]]:
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"go\n")
    await process.stdin.drain()
    return [json.loads(await process.stdout.readline()) for _ in range(50)]
