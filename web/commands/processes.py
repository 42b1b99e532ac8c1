"""serve, work and up: the processes of a club."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import click

from backend import migrations
from backend.kit.embedded import Embedded
from backend.settings import STRIPE, Settings
from web.commands import base

Process = subprocess.Popen[bytes]
LOOK = 0.1  # seconds between two looks at the children
READY_SECONDS = 60
STOP_SECONDS = 10
LINES = 12  # of a log, when its process died


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
    elif settings.database_url:
        base.check_reached(base.Urls(settings.database_url, None))
    Server(
        "web.app:create_app",
        factory=True,
        interface=Interfaces.ASGI,
        address=host or ("0.0.0.0" if settings.production else "127.0.0.1"),  # noqa: S104
        port=settings.port,
        workers=workers,
        websockets=False,
        log_access=False,
        # One that dies is replaced; twice within seconds of its start, the whole server ends with a
        # failure, so that whoever keeps it hears of a fault that no new process mends.
        respawn_failed_workers=True,
    ).serve()


@click.command()
def work() -> None:
    """Fait le travail de fond : messages, paiements reçus, tâches de la nuit."""
    from backend.http import logs
    from backend.jobs import run

    logs.configure()
    settings = base.load()
    if settings.embedded:
        url = Embedded(settings.home).start().app_url
        settings = base.at(settings, base.Urls(url, None))
    asyncio.run(run(settings))


class Part(NamedTuple):
    """What a club is made of: a name for its log, one for people, the module and its arguments."""

    name: str
    what: str
    command: list[str]


class Child(NamedTuple):
    """One of the processes that `up` keeps, how to speak of it, and where it writes (None: here)."""

    what: str
    process: Process
    log: Path | None


class ChildDied(click.ClickException):
    """One ended by itself: a club without it is no club."""

    def __init__(self, child: Child) -> None:
        code = child.process.returncode
        said = "" if child.log is None else f"\n\n{_end_of(child.log)}\n\nTout est dans {child.log}"
        super().__init__(f"{child.what} : arrêt imprévu (code {code}). Tout s'arrête avec.{said}")


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-LINES:])


class NotReady(click.ClickException):
    def __init__(self) -> None:
        super().__init__(f"Le club ne répond pas après {READY_SECONDS} secondes. Tout s'arrête.")


class PortTaken(click.ClickException):
    def __init__(self, port: int) -> None:
        super().__init__(
            f"Le port {port} est déjà pris. Choisissez-en un autre, par exemple : "
            f"PALIER_PORT={port + 10} make run"
        )


@click.command()
def up() -> None:
    """La base de données intégrée, les pages et le travail de fond, ensemble."""
    settings = base.load()
    for port in _ports(settings):
        _check_free(port)
    try:
        with _told_to_stop(), _database(settings) as environment:
            _keep(settings, environment)
    except KeyboardInterrupt:
        click.echo("\n  Au revoir.")


@contextmanager
def _told_to_stop() -> Iterator[None]:
    """Ctrl-C, a signal to end and a closed terminal are one thing: a KeyboardInterrupt here."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    # Ctrl-C too: whoever started us in the background may have left it to be ignored.
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, interrupt)
    yield


def _ports(settings: Settings) -> list[int]:
    return [settings.port, *([_double_port(settings)] if _has_double(settings) else [])]


def _check_free(port: int) -> None:
    """Said before anything is started, rather than by a child after it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PortTaken(port) from None


@contextmanager
def _database(settings: Settings) -> Iterator[dict[str, str]]:
    """Migrated, and filled with the demo club on the first run; stopped only if started here."""
    if settings.database_url:
        base.check_reached(base.Urls(settings.database_url, None))
        yield dict(os.environ)
        return
    with Embedded(settings.home).running(adopt=True) as running:
        migrations.upgrade(running.owner_url)
        if not settings.production:
            click.echo("  Préparation du club. La première fois, cela prend quelques secondes.")
            _fill(settings, running.app_url)
        yield {**os.environ, "PALIER_DATABASE_URL": running.app_url}


def _fill(settings: Settings, url: str) -> None:
    from backend.sandbox import demo

    base.run(demo.fill_once(base.at(settings, base.Urls(url, None))), url)


def _keep(settings: Settings, environment: Mapping[str, str]) -> None:
    """Until one of the children ends or somebody stops us; then all end."""
    children: list[Child] = []
    try:
        for part in _parts(settings):
            # Not in one go: what was started must be known here when the next one fails.
            children.append(_start(settings, part, environment))  # noqa: PERF401
        _wait_until_ready(settings, children)
        _welcome(settings)
        while True:
            _check_alive(children)
            time.sleep(LOOK)
    finally:
        _stop(children)


def _parts(settings: Settings) -> list[Part]:
    parts = [
        Part("serve", "Les pages", ["web.cli", "serve"]),
        Part("work", "Le travail de fond", ["web.cli", "work"]),
    ]
    if _has_double(settings):
        parts.append(Part("stripe", "Les paiements simulés", _double(settings)))
    return parts


def _has_double(settings: Settings) -> bool:
    """A rehearsal against Stripe's own test mode has none."""
    return not settings.production and settings.stripe_url != STRIPE


def _double_port(settings: Settings) -> int:
    return urlsplit(settings.stripe_url).port or 80


def _double(settings: Settings) -> list[str]:
    """The simulated Stripe of a demo, on the port the settings say."""
    return [
        "backend.sandbox.stripe",
        *("--port", str(_double_port(settings))),
        *("--webhook-url", f"http://localhost:{settings.port}/hooks/stripe"),
        *("--webhook-secret", settings.stripe_webhook_secrets[0]),
        *("--state", str(settings.home / "stripe.json")),
    ]


def _start(settings: Settings, part: Part, environment: Mapping[str, str]) -> Child:
    """In a group of its own: Ctrl-C reaches us alone, and whatever it starts ends with it.

    A demo keeps its log in a file, so that a newcomer reads who to be and not every request.
    """
    log = None if settings.production else _log(settings.home, part.name)
    with ExitStack() as stack:
        out = None if log is None else stack.enter_context(log.open("wb"))
        process = subprocess.Popen(  # noqa: S603 - our own commands
            [sys.executable, "-m", *part.command],
            env=environment,
            start_new_session=True,
            stdout=out,
            stderr=out,
        )
    return Child(part.what, process, log)


def _log(home: Path, name: str) -> Path:
    folder = home / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.log"


def _wait_until_ready(settings: Settings, children: list[Child]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(settings.port):
        _check_alive(children)
        if time.monotonic() > deadline:
            raise NotReady
        time.sleep(LOOK)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _check_alive(children: list[Child]) -> None:
    for child in children:
        if child.process.poll() is not None:
            raise ChildDied(child)


def _welcome(settings: Settings) -> None:
    click.echo(f"\n  Palier est prêt : {settings.base_url}\n")
    if not settings.production:
        from backend.sandbox import demo

        click.echo(demo.introduction(settings))
        click.echo(f"  Les journaux sont dans {settings.home / 'logs'}")
    click.echo("  Ctrl-C pour arrêter.")


def _stop(children: list[Child]) -> None:
    """Politely, then for good; a second Ctrl-C changes nothing."""
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, signal.SIG_IGN)
    for child in children:
        child.process.terminate()
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()


COMMANDS = (up, serve, work)
