"""Records what a process says to PostgreSQL, and says it again.

A line is [connection, statement, values, failed]. Values that JSON does not have are {"kind": text}.
"""

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg

from backend.kit.database import DB

HERE = Path(__file__).parent
Line = tuple[int, str, list[Any], bool]
Rows = list[dict[str, Any]]
FRAME = ("BEGIN", "COMMIT", "ROLLBACK")
# What the driver asks for itself, once a connection.
OF_THE_DRIVER = (
    "typeinfo_tree",
    "current_setting('jit')",
    "set_config('jit'",
    "SELECT pg_advisory_unlock_all",
)


@asynccontextmanager
async def recording() -> AsyncIterator[list[Line]]:
    """Every statement said inside on the process's pool, in its order."""
    tape: list[Line] = []
    pool: Any = DB.pool
    taken = [await pool.acquire() for _ in range(pool.get_max_size())]
    for number, connection in enumerate(taken):
        connection.add_query_logger(_hears(tape, number))
    for connection in taken:
        await pool.release(connection)
    yield tape


def _hears(tape: list[Line], number: int) -> Any:
    def hear(record: Any) -> None:
        if not any(part in record.query for part in OF_THE_DRIVER):
            tape.append(
                (number, record.query, list(record.args or ()), record.exception is not None)
            )

    return hear


def write(name: str, tape: list[Line]) -> Path:
    """Each statement once, then the order in which they were said."""
    texts = sorted({statement for _, statement, _, _ in tape})
    said = [[number, texts.index(text), values, failed] for number, text, values, failed in tape]
    path = HERE / f"{name}.json"
    path.write_text(f'{{"statements": {_rows(texts)}, "said": {_rows(said)}}}\n', encoding="utf-8")
    return path


def _rows(things: list[Any]) -> str:
    """A line for each, so that a difference can be read."""
    lines = [json.dumps(one, default=_packed, ensure_ascii=False) for one in things]
    return "[\n" + ",\n".join(lines) + "\n]"


def read(name: str) -> list[Line]:
    text = (HERE / f"{name}.json").read_text(encoding="utf-8")
    found = json.loads(text, object_hook=_opened)
    return [
        (number, found["statements"][at], values, failed)
        for number, at, values, failed in found["said"]
    ]


def newest() -> str:
    """The revision of the last release."""
    return max(path.stem for path in HERE.glob("*.json"))


# Kind -> its type, how it is written, how it is read. A day is no instant: the order counts.
KINDS: dict[str, tuple[type, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "range": (
        asyncpg.Range,
        lambda one: [one.lower, one.upper, one.lower_inc, one.upper_inc],
        lambda said: asyncpg.Range(said[0], said[1], lower_inc=said[2], upper_inc=said[3]),
    ),
    "instant": (datetime, datetime.isoformat, datetime.fromisoformat),
    "day": (date, date.isoformat, date.fromisoformat),
    "hour": (time, time.isoformat, time.fromisoformat),
    "seconds": (timedelta, timedelta.total_seconds, lambda said: timedelta(seconds=said)),
    "decimal": (Decimal, str, Decimal),
    "bytes": (bytes, lambda one: base64.b64encode(one).decode(), base64.b64decode),
}


def _packed(value: Any) -> dict[str, Any]:
    return next(
        {kind: written(value)}
        for kind, (its, written, _) in KINDS.items()
        if isinstance(value, its)
    )


def _opened(said: dict[str, Any]) -> Any:
    [(kind, value), *more] = said.items()
    return said if more else KINDS[kind][2](value)


async def play(url: str, tape: list[Line]) -> list[Rows | None]:
    """Says it all again; gives each statement's rows, None where it was and is refused.

    Raises what PostgreSQL says where a statement that went through is refused now.
    """
    answers: list[Rows | None] = []
    async with AsyncExitStack() as stack:
        connections: dict[int, Any] = {}
        for number, statement, values, failed in tape:
            if number not in connections:
                connections[number] = await asyncpg.connect(url)
                stack.push_async_callback(connections[number].close)
            answers.append(await _said(connections[number], statement, values, failed=failed))
    return answers


async def _said(connection: Any, statement: str, values: list[Any], *, failed: bool) -> Rows | None:
    try:
        if statement.startswith(FRAME):
            await connection.execute(statement)
            return []
        found = await connection.fetch(statement, *values)
    except asyncpg.PostgresError:
        if failed:
            return None
        raise
    assert not failed, f"refused then, and not now: {statement}"
    return [dict(row) for row in found]
