"""The real server as a process of its own, on this test's database."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from backend.settings import Settings
from backend.vouchers import keyring
from tests.smtp import free_port

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 120


@dataclass
class Server:
    url: str
    process: subprocess.Popen[bytes]


@contextmanager
def serving(app_url: str, settings: Settings, app: str = "web.app:create_app") -> Iterator[Server]:
    """Granian with one worker, which ends when that is killed; it signs as this process does."""
    keyring.use(settings.signing_keys)
    port = free_port()
    environment = {
        **os.environ,
        "PALIER_ENV": "test",
        "PALIER_HOME": str(settings.home),
        "PALIER_PORT": str(port),
        "PALIER_DATABASE_URL": app_url,
    }
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", app]
    with (settings.home / "serve.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--no-ws"],
            env=environment,
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
    try:
        server = Server(f"http://localhost:{port}", process)
        wait_for(server)
        yield server
    finally:
        process.terminate()
        ended(process)


def ended(process: subprocess.Popen[bytes]) -> None:
    """A server that was told to stop while it started does not hear it."""
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{server.url}/health").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError("the server does not answer")
