"""Which process is the server of a data folder. A pid in a file proves nothing: pids are used again."""

import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

from backend.kit.embedded.place import PORT

PID_FILE = "postmaster.pid"
STATUS_LINE = 7  # of the pid file, counted from 0: starting, ready, stopping


def postmaster(data: Path) -> int | None:
    """The living server of `data`, if any. A killed one whose body nobody has buried does not count."""
    lines = _lines(data)
    if not lines or not lines[0].strip().isdecimal():
        return None
    pid = int(lines[0])
    return pid if _serves(pid, data) else None


def _lines(data: Path) -> list[str]:
    try:
        return (data / PID_FILE).read_text().splitlines()
    except FileNotFoundError:
        return []


def _serves(pid: int, data: Path) -> bool:
    """Its own processes show other titles, so only the first one is started with `-D` and the folder."""
    command = _command(pid)
    return any(option == "-D" and Path(folder) == data for option, folder in pairwise(command))


def _command(pid: int) -> list[str]:
    if not sys.platform.startswith("linux"):
        return _command_by_ps(pid)
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def _command_by_ps(pid: int) -> list[str]:
    asked = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    said = subprocess.run(asked, check=False, capture_output=True, text=True).stdout.strip()
    program, found, rest = said.partition(" -D ")
    folder = rest.partition(" -c config_file=")[0]
    return [program, "-D", folder] if found else []


def is_deaf(data: Path, run: Path) -> bool:
    """Ready, but its socket is gone (a cleaner of /tmp): nobody will ever reach it again."""
    lines = _lines(data)
    ready = len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == "ready"
    return ready and not (run / f".s.PGSQL.{PORT}").exists()


def forget(data: Path, run: Path) -> None:
    """Remove what a killed server left. Its memory, if still held, stops a new one: nothing is lost."""
    for path in (data / PID_FILE, run / f".s.PGSQL.{PORT}", run / f".s.PGSQL.{PORT}.lock"):
        path.unlink(missing_ok=True)


def can_run(program: str, spawn: dict[str, Any]) -> bool:
    try:
        done = subprocess.run([program, "--version"], check=False, capture_output=True, **spawn)
    except PermissionError:
        return False
    return done.returncode == 0
