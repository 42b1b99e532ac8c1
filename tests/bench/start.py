"""How long a newcomer waits: `palier up` from nothing, the demo club included, and a second time."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from backend.kit.embedded import Embedded
from tests.bench.figures import told
from tests.smtp import free_port

ROOT = Path(__file__).resolve().parents[2]
FILL_SECONDS = 60  # what the demo club may take
PATIENCE = 180


async def run() -> None:
    home, port = Path(tempfile.mkdtemp(prefix="palier-bench-")), free_port()
    try:
        told("palier up from nothing, until it answers", _start(home, port), "s", FILL_SECONDS)
        told("palier up a second time, until it answers", _start(home, port), "s")
    finally:
        Embedded(home).erase()
        shutil.rmtree(home, ignore_errors=True)


def _start(home: Path, port: int) -> float:
    """Seconds from the command to the first answer of the home page."""
    started = time.perf_counter()
    with (home / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "web.cli", "up"],
            env={
                **os.environ,
                "PALIER_ENV": "demo",
                "PALIER_HOME": str(home),
                "PALIER_PORT": str(port),
            },
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
    try:
        while not _answers(port):
            if process.poll() is not None or time.perf_counter() - started > PATIENCE:
                raise RuntimeError((home / "up.log").read_text())
            time.sleep(0.05)
        return time.perf_counter() - started
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://localhost:{port}/", timeout=5).is_success
    except httpx.TransportError:
        return False
