"""serve, work and up: the processes of a club."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from backend import migrations
from backend.kit.embedded import Embedded
from backend.settings import STRIPE, Settings
from web.commands import base

Process = subprocess.Popen[bytes]


@click.command()
@click.option("--host", default=None, help="Adresse d'écoute.")
@click.option("--workers", default=1, show_default=True, help="Nombre de processus.")
def serve(host: str | None, workers: int) -> None:
    """Sert les pages et l'API. N'arrête jamais la base de données."""
    from granian.constants import Interfaces
    from granian.server import Server

    settings = base.load()
    if settings.embedded:
        # Said by the environment, which the server's own processes inherit.
        os.environ["PALIER_DATABASE_URL"] = Embedded(settings.home).start().app_url
    Server(
        "web.app:create_app",
        factory=True,
        interface=Interfaces.ASGI,
        address=host or ("0.0.0.0" if settings.production else "127.0.0.1"),  # noqa: S104
        port=settings.port,
        workers=workers,
        websockets=False,
        log_access=False,
    ).serve()


@click.command()
def work() -> None:
    """Fait le travail de fond : messages, paiements reçus, tâches de la nuit."""
    import asyncio

    from backend.jobs import run

    settings = base.load()
    if settings.embedded:
        url = Embedded(settings.home).start().app_url
        settings = base.at(settings, base.Urls(url, None))
    asyncio.run(run(settings))


@click.command()
def up() -> None:
    """La base de données intégrée, les pages et le travail de fond, ensemble."""
    settings = base.load()
    with _database(settings) as environment:
        children = [_start(command, environment) for command in _commands(settings)]
        click.echo(f"\n  Palier est prêt : {settings.base_url}\n")
        if not settings.production:
            _present_people(settings)
        _wait(children)


@contextmanager
def _database(settings: Settings) -> Iterator[dict[str, str]]:
    """Migrated, and filled with the demo club on the first run; stopped only if started here."""
    if not settings.embedded:
        yield dict(os.environ)
        return
    with Embedded(settings.home).running(adopt=True) as running:
        migrations.upgrade(running.owner_url)
        if not settings.production:
            _fill(settings, running.app_url)
        yield {**os.environ, "PALIER_DATABASE_URL": running.app_url}


def _fill(settings: Settings, url: str) -> None:
    from backend.sandbox import demo

    base.run(demo.fill_once(base.at(settings, base.Urls(url, None))), url)


def _present_people(settings: Settings) -> None:
    from backend.sandbox import demo

    click.echo(demo.introduction(settings))


def _commands(settings: Settings) -> list[list[str]]:
    commands = [["-m", "web.cli", "serve"], ["-m", "web.cli", "work"]]
    if settings.stripe_url != STRIPE:
        commands.append(_double(settings))
    return commands


def _double(settings: Settings) -> list[str]:
    """The simulated Stripe of a demo, on the port the settings say."""
    port = settings.stripe_url.rsplit(":", 1)[-1]
    return [
        "-m",
        "backend.sandbox.stripe",
        *("--port", port),
        *("--webhook-url", f"http://localhost:{settings.port}/hooks/stripe"),
        *("--webhook-secret", settings.stripe_webhook_secrets[0]),
        *("--state", str(settings.home / "stripe.json")),
    ]


def _start(command: list[str], environment: dict[str, str]) -> Process:
    return subprocess.Popen([sys.executable, *command], env=environment)


def _wait(children: list[Process]) -> None:
    """Until one child ends or somebody stops us; then all end."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        os.waitpid(-1, 0)
    except KeyboardInterrupt:
        click.echo("\n  Au revoir.")
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


COMMANDS = (up, serve, work)
