"""Records the tape of a release: `python -m tests.releases 0007` (see __init__.py)."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import httpx


async def record(name: str, url: str, home: Path) -> None:
    from backend import settings as configuration
    from backend.kit import database
    from backend.sandbox.stripe.running import running_double
    from tests.browser.post import PostOffice
    from tests.releases import day, tape
    from web.app import create_app

    post = PostOffice()
    post.start()
    await database.open_pool(url, max_size=4)
    async with running_double() as stripe:
        settings = configuration.load(
            {
                "PALIER_ENV": "test",
                "PALIER_HOME": str(home),
                "PALIER_SMTP_URL": post.url,
                "PALIER_STRIPE_URL": stripe.url,
            }
        )
        await stripe.set_webhook("", *settings.stripe_webhook_secrets)
        transport = httpx.ASGITransport(app=create_app(settings))
        async with (
            httpx.AsyncClient(transport=transport, base_url=settings.base_url) as browser,
            tape.recording() as said,
        ):
            await day.live(browser, settings, stripe)
    await database.close_pool()
    post.stop()
    print(tape.write(name, said), len(said), "statements")


def main(name: str) -> None:
    from tests.conftest import start_server, with_database

    os.environ.setdefault("PALIER_ENV", "test")
    with tempfile.TemporaryDirectory(prefix="palier-tape-") as folder:
        home = Path(folder)
        stop = start_server(home)
        _, app, template = os.environ["PALIER_TEST_SERVER"].split(" ")
        try:
            asyncio.run(record(name, with_database(app, template), home))
        finally:
            stop()


if __name__ == "__main__":
    main(sys.argv[1])
