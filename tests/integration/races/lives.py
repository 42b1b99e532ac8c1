"""The real server and the real worker, whose processes come back at once when they are killed.

    python -m tests.integration.races.lives serve PORT
    python -m tests.integration.races.lives work

The parent has built the application and forks, so that a new life costs no import; it opens its
connections itself. Each life writes its pid to the file that PALIER_TEST_PIDS names, with the
word after it.
"""

import asyncio
import importlib
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.server.mp import MPServer
from litestar.types import ASGIApp

from backend import settings as configuration
from backend.jobs import schedule
from web import app

NAME = "tests.integration.races.lives"
BEAT = 0.02  # seconds between two looks at what waits, so that many kills meet a worker at work


@cache
def build() -> ASGIApp:
    return app.create_app()


def create_app() -> ASGIApp:
    write_pid("serve")
    return build()


class Patient(MPServer):
    """Granian gives up when a worker dies twice in five seconds; here that is the plan."""

    def _respawn_workers(self, *args: Any, **kwargs: Any) -> None:
        super()._respawn_workers(*args, **kwargs)
        self.respawned_wrks.clear()


def serve(port: int) -> None:
    importlib.import_module(NAME).build()  # as the workers will find it, not as this main module
    Patient(
        f"{NAME}:create_app",
        factory=True,
        interface=Interfaces.ASGI,
        port=port,
        websockets=False,
        respawn_failed_workers=True,
    ).serve()


def work() -> None:
    schedule.BEAT = BEAT
    while True:
        pid = os.fork()
        if pid == 0:
            write_pid("work")
            asyncio.run(schedule.run(configuration.load()))
            os._exit(0)
        os.waitpid(pid, 0)


def write_pid(word: str) -> None:
    path = Path(f"{os.environ['PALIER_TEST_PIDS']}.{word}")
    making = Path(f"{path}.making")
    making.write_text(str(os.getpid()))
    making.rename(path)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]))
    else:
        work()
