"""Which process is the server of a club. A pid in a file proves nothing: pids are used again."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from backend.kit.embedded.place import PORT, Place

PID_FILE = "postmaster.pid"
STATUS_LINE = 7  # of the pid file, counted from 0: starting, ready, stopping


def postmaster(place: Place) -> int | None:
    """The living server of this place, if any. A killed one that nobody has buried does not count."""
    lines = _lines(place)
    if not lines or not lines[0].strip().isdecimal():
        return None
    pid = int(lines[0])
    return pid if _config_of(pid) == str(place.config) else None


def _lines(place: Place) -> list[str]:
    try:
        return (place.data / PID_FILE).read_text().splitlines()
    except FileNotFoundError:
        return []


def _config_of(pid: int) -> str:
    """The file a server was started with; its own processes, under other titles, show none."""
    if not sys.platform.startswith("linux"):
        asked = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
        said = subprocess.run(asked, check=False, capture_output=True, text=True).stdout
        return said.strip().partition(" -c config_file=")[2]
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="surrogateescape")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return command.partition("\0config_file=")[2].partition("\0")[0]


def is_deaf(place: Place) -> bool:
    """Ready, but its socket is gone (a cleaner of /tmp): nobody will ever reach it again."""
    lines = _lines(place)
    ready = len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == "ready"
    return ready and not (place.run / f".s.PGSQL.{PORT}").exists()


def forget(place: Place) -> None:
    """Remove what a killed server left. Its memory, if still held, stops a new one: nothing is lost."""
    left = (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock")
    for path in (place.data / PID_FILE, *(place.run / name for name in left)):
        path.unlink(missing_ok=True)


def can_run(program: str, spawn: dict[str, Any]) -> bool:
    try:
        done = subprocess.run([program, "--version"], check=False, capture_output=True, **spawn)
    except PermissionError:
        return False
    return done.returncode == 0
