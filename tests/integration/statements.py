"""Counts what a page asks the database: asyncpg tells each statement it runs (PERF6)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from backend.kit.database import DB

# The pool's own housekeeping and the frame of a transaction are no questions of a page.
HOUSEKEEPING = (
    "SELECT pg_advisory_unlock_all",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
)
# asyncpg learns a type, once a connection.
LEARNING = ("typeinfo_tree", "current_setting('jit')", "set_config('jit'")


@asynccontextmanager
async def statements() -> AsyncIterator[list[str]]:
    """Every statement run inside, on any connection of the process's pool."""
    said: list[str] = []

    def hear(record: Any) -> None:
        query = record.query.lstrip()
        if not query.startswith(HOUSEKEEPING) and not any(part in query for part in LEARNING):
            said.append(query)

    await _each(lambda connection: connection.add_query_logger(hear))
    try:
        yield said
    finally:
        await _each(lambda connection: connection.remove_query_logger(hear))


async def _each(act: Any) -> None:
    pool: Any = DB.pool
    taken = [await pool.acquire() for _ in range(pool.get_max_size())]
    for connection in taken:
        act(connection)
    for connection in taken:
        await pool.release(connection)
