"""One member, many taps: one request to be called, and a control that shows what the guard prevents."""

import asyncio
from typing import Any

import asyncpg
import pytest

from backend.insurance.service import referrals
from backend.kit.database import fetch_value
from tests import factories
from tests.conftest import Database
from tests.integration.insurance.conftest import add_insurance, ask_insurer

pytestmark = pytest.mark.races
TAPS = 10
TOLD = "SELECT count(*) FROM message WHERE kind = 'referral.waiting'"


async def test_ten_taps_at_once_make_one_request(db: Database) -> None:
    """I3, V35: of ten that race one is written, and all hear its number."""
    alice, offer = await factories.add_member(), await add_insurance()
    answers = await asyncio.gather(*(ask_insurer(alice, offer) for _ in range(TAPS)))
    assert len(set(answers)) == 1
    assert await fetch_value("SELECT count(*) FROM referral") == 1
    assert await fetch_value(TOLD) == 1


async def test_insurer_is_asked_twice_when_the_guard_is_off(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I3, V35: the negative control: without the index, looked up first and written after."""
    met = asyncio.Barrier(2)

    async def look_then_write(sql: str, *args: Any) -> Any:
        if not sql.startswith("INSERT INTO referral"):
            return await fetch_value(sql, *args)
        seen = await fetch_value("SELECT count(*) FROM referral")
        await met.wait()
        plain, _, _ = sql.partition(" ON CONFLICT")
        return None if seen else await fetch_value(f"{plain} RETURNING public_id", *args)

    alice, offer = await factories.add_member(), await add_insurance()
    owner = await asyncpg.connect(db.owner_url)
    rebuild = await owner.fetchval("SELECT pg_get_indexdef('referral_one_open'::regclass)")
    await owner.execute("DROP INDEX referral_one_open")
    monkeypatch.setattr(referrals, "fetch_value", look_then_write)
    try:
        answers = await asyncio.gather(*(ask_insurer(alice, offer) for _ in range(2)))
        assert len(set(answers)) == 2
        assert await fetch_value("SELECT count(*) FROM referral") == 2
        assert await fetch_value(TOLD) == 2
    finally:
        await owner.execute("TRUNCATE referral")
        await owner.execute(rebuild)
        await owner.close()
