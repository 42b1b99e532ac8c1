"""`python -m backend.sandbox.stripe`: the double as a program of its own."""

import asyncio
import signal
from pathlib import Path

import click

from backend.sandbox.stripe.server import Settings, serve


@click.command()
@click.option("--port", default=8012, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--public-url", default="", help="How browsers reach it, where not localhost.")
@click.option("--webhook-url", default="", help="Where events are sent.")
@click.option("--webhook-secret", multiple=True, help="Signs events; several while one is changed.")
@click.option("--state", type=click.Path(path_type=Path, dir_okay=False), help="Kept between runs.")
def main(
    *,
    port: int,
    host: str,
    public_url: str,
    webhook_url: str,
    webhook_secret: tuple[str, ...],
    state: Path | None,
) -> None:
    """Run a simulated Stripe. No money moves."""
    settings = Settings(
        port=port,
        host=host,
        base_url=public_url.rstrip("/") or f"http://localhost:{port}",
        webhook_url=webhook_url,
        webhook_secrets=list(webhook_secret),
        state=state,
    )
    asyncio.run(_until_told(settings))


async def _until_told(settings: Settings) -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    async with serve(settings):
        click.echo(f"Stripe simulé : {settings.base_url}")
        await stop.wait()


if __name__ == "__main__":
    main()
