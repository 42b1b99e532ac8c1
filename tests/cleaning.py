"""Between two tests every table is emptied and every number begins at one again.

Not while a club runs: it may have drawn a number that it only writes later, for nobody's test.

Rows are deleted, not truncated: to truncate a table that most others refer to makes new files for
all of them, and every connection forgets its plans. A table that grew is truncated all the same:
beyond SMALL the planner would see that it was once full, and rows might come in another order.
"""

from dataclasses import dataclass
from typing import Self

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

SMALL = 10 * 8192  # bytes: what the planner takes a table for that it knows nothing of
TRIES = 5
TABLES = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
)
SEQUENCES = "SELECT oid FROM pg_class WHERE relkind = 'S'"
NUMBERS = (
    "SELECT setval(one, 1, false) FROM unnest($1::oid[]) one"
    " WHERE pg_sequence_last_value(one) IS NOT NULL"
)
# The worker of a browser test's club may be amid its rounds, and write while we clean.
MEANWHILE = (asyncpg.DeadlockDetectedError, asyncpg.ForeignKeyViolationError)


@dataclass(frozen=True)
class Cleaner:
    connection: asyncpg.Connection
    full: PreparedStatement
    numbers: PreparedStatement
    sequences: list[int]

    @classmethod
    async def of(cls, connection: asyncpg.Connection) -> Self:
        """`connection` is the owner's, and this one's alone."""
        names = [row[0] for row in await connection.fetch(TABLES)]
        probe = " UNION ALL ".join(
            f"SELECT '{name}', pg_relation_size('\"{name}\"') WHERE EXISTS (SELECT 1 FROM \"{name}\")"
            for name in names
        )
        sequences = [row[0] for row in await connection.fetch(SEQUENCES)]
        full, numbers = await connection.prepare(probe), await connection.prepare(NUMBERS)
        return cls(connection, full, numbers, sequences)

    async def clean(self, *, club_runs: bool = False) -> None:
        await self._empty(TRIES)
        if not club_runs:
            await self.numbers.fetch(self.sequences)

    async def _empty(self, tries: int) -> None:
        try:
            await self._empty_once()
        except MEANWHILE:
            if tries == 1:
                raise
            await self._empty(tries - 1)

    async def _empty_once(self) -> None:
        full = [(f'"{name}"', size) for name, size in await self.full.fetch()]
        if large := [name for name, size in full if size > SMALL]:
            await self.connection.execute(f"TRUNCATE {', '.join(large)} CASCADE")
        if small := [name for name, size in full if size <= SMALL]:
            # One statement, so that what refers to each other may go in any order.
            deletes = ", ".join(f"_{at} AS (DELETE FROM {name})" for at, name in enumerate(small))
            await self.connection.execute(f"WITH {deletes} SELECT")
