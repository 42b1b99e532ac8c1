"""A worker that sends campaigns until nothing is left, in a process of its own that can be killed."""

import asyncio

from backend import settings as configuration
from backend.jobs import outbox
from backend.kit import database
from backend.notifications.post import close_post, open_post
from tests.patience import be_patient


async def work() -> None:
    settings = configuration.load()
    assert settings.database_url is not None
    be_patient()
    await database.open_pool(settings.database_url)
    ways = open_post(settings, kept=True)
    while await outbox.drain_bulk(ways, settings.smtp_connections):
        pass
    await close_post(ways)
    await database.close_pool()


if __name__ == "__main__":
    asyncio.run(work())
