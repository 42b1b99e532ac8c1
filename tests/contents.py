"""Everything a database holds, to be compared before and after."""

from typing import Any

import asyncpg

Row = dict[str, Any]
Contents = dict[str, list[Row]]
NAMES = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    " AND tablename <> 'alembic_version' ORDER BY 1"
)


async def contents(url: str) -> Contents:
    """Table -> rows."""
    connection = await asyncpg.connect(url)
    try:
        return {
            name: [dict(row) for row in await connection.fetch(f'SELECT * FROM "{name}"')]
            for (name,) in await connection.fetch(NAMES)
        }
    finally:
        await connection.close()


def known(found: Contents, before: Contents) -> dict[str, list[str]]:
    """What `found` says of the tables and columns of `before`, whatever the order of rows."""
    return {
        name: sorted(
            str({column: row.get(column, "gone") for column in rows[0]})
            for row in found.get(name, [])
        )
        for name, rows in before.items()
        if rows
    }
