"""A first contact with the database: had or not, which version, and what our role may do there."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import asyncpg

from backend.kit.errors import N_

CONNECT_SECONDS = 10.0


class OutOfReach(Exception):
    """No connection is to be had. Said to whoever runs a command: it never reaches a page."""

    @classmethod
    def by(cls, error: Exception) -> Self:
        match error:
            case asyncpg.InvalidAuthorizationSpecificationError():
                return cls(N_("Elle refuse le nom ou le mot de passe de l'adresse."))
            case asyncpg.InvalidCatalogNameError():
                return cls(N_("Le serveur répond, mais cette base n'existe pas."))
            case TimeoutError():
                return cls(N_("Pas de réponse à temps."))
            case ValueError() if not isinstance(error, asyncpg.InterfaceError):
                # It quotes the address, which may hold a password.
                return cls(N_("L'adresse est mal écrite. Relisez-la."))
            case OSError():
                return cls(N_("Personne ne répond à cette adresse ({said}).").format(said=error))
        return cls(str(error))


@contextmanager
def reaching() -> Iterator[None]:
    """Turns the many ways of not getting a connection into one that says which it was."""
    try:
        yield
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise OutOfReach.by(error) from error


async def connect(url: str) -> Any:
    """A connection outside the pool, for whoever needs one. Raises OutOfReach."""
    with reaching():
        return await asyncpg.connect(url, timeout=CONNECT_SECONDS)


async def server_version(url: str) -> int:
    """As PostgreSQL counts it: 150004 is 15.4. Raises OutOfReach."""
    connection = await connect(url)
    try:
        return int(await connection.fetchval("SHOW server_version_num"))
    finally:
        await connection.close()


async def changeable(url: str, tables: Sequence[str]) -> list[str]:
    """Those of `tables` whose rows the role of `url` may change or remove. Raises OutOfReach."""
    connection = await connect(url)
    try:
        rows = await connection.fetch(CHANGEABLE, list(tables))
        return [row["name"] for row in rows]
    finally:
        await connection.close()


CHANGEABLE = """
SELECT name FROM unnest($1::text[]) AS name
 WHERE has_table_privilege(to_regclass(name), 'UPDATE, DELETE, TRUNCATE')
"""
