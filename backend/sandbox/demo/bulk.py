"""Thousands of rows at once: COPY, within the transaction that is open."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend.kit.database import DB, fetch, within


async def copy(table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Every row with the same columns. What the tables guard is guarded here too."""
    within()
    if not rows:
        return
    columns = list(rows[0])
    opened = DB.current_transaction.get()
    assert opened is not None
    await opened.connection.copy_records_to_table(
        table, columns=columns, records=[tuple(row[name] for name in columns) for row in rows]
    )


async def copy_named(table: str, rows: Sequence[Mapping[str, Any]], by: str) -> list[int]:
    """The same, and the keys in the order of the rows; `by` is a unique column of theirs.

    The application may not draw keys by itself (it has no right on sequences): it reads them after.
    """
    await copy(table, rows)
    names = [row[by] for row in rows]
    found = await fetch(f"SELECT id, {by} FROM {table} WHERE {by} = ANY($1)", names)  # noqa: S608
    keys = {row[by]: row["id"] for row in found}
    return [keys[name] for name in names]
