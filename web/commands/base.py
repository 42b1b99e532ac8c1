"""What commands share: the settings, the database they name, one event loop."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import click

from backend import settings as configuration
from backend.kit import database, reach
from backend.kit.embedded import Embedded
from backend.settings import Settings

T = TypeVar("T")


class Urls(NamedTuple):
    app: str
    owner: str | None


@contextmanager
def database_of(settings: Settings) -> Iterator[Urls]:
    """The database the settings name, or our own server, started when it does not run.

    A server started for one command is stopped after it; one that was running goes on.
    """
    if settings.database_url is not None:
        yield Urls(settings.database_url, settings.database_owner_url)
        return
    with Embedded(settings.home).running() as running:
        yield Urls(running.app_url, running.owner_url)


def owner_of(urls: Urls) -> str:
    if urls.owner is None:
        raise click.UsageError("PALIER_DATABASE_OWNER_URL manque : cette commande en a besoin.")
    return urls.owner


def run(work: Coroutine[Any, Any, T], url: str) -> T:
    """Runs one use case on its own pool. Raises OutOfReach."""

    async def within_pool() -> T:
        await database.open_pool(url, max_size=4)
        try:
            return await work
        finally:
            await database.close_pool()

    with closing(
        work
    ):  # or Python complains of work that nobody began, where no pool was to be had
        return asyncio.run(within_pool())


def check_reached(urls: Urls) -> None:
    """Before processes are started that could only say it in a log. Raises OutOfReach."""
    asyncio.run(reach.server_version(urls.app))


def load() -> Settings:
    return configuration.load()


def at(settings: Settings, urls: Urls) -> Settings:
    """The same settings with the address of the database that was found."""
    return replace(settings, database_url=urls.app)
