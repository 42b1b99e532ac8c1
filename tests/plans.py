"""What a statement reads, which holds on any machine where its time does not (PERF6)."""

import json
from types import ModuleType
from typing import Any

import pytest

from backend.kit.database import fetch, fetch_value


async def pages_read(sql: str, *args: Any) -> int:
    """How many pages of tables and indexes it looks at when it runs with these values."""
    told = await fetch_value(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {sql}", *args)
    plan = json.loads(told)[0]["Plan"]
    found: int = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return found


def count_pages(monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> list[int]:
    """How many pages each statement of a module reads from now on, told as it goes."""
    told: list[int] = []

    async def reading(sql: str, *args: Any) -> list[Any]:
        told.append(await pages_read(sql, *args))
        return await fetch(sql, *args)

    monkeypatch.setattr(module, "fetch", reading)
    return told
