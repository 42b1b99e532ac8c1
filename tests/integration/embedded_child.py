"""Another process that starts a club's server, maybe as an ordinary account, and lives until it is told.

    python -m tests.integration.embedded_child HOME [--adopt] [--as UID GID PROGRAMS]

It prints one line of JSON, then waits for a line: `stop` leaves politely, anything else just leaves.
"""

import json
import os
import sys
from pathlib import Path

from backend.kit.embedded import Embedded, EmbeddedFailed, Programs, programs


def main(arguments: list[str]) -> None:
    if "--as" in arguments:
        uid, gid, folder = arguments[arguments.index("--as") + 1 :]
        become(int(uid), int(gid), Path(folder))
    server = Embedded(Path(arguments[0]))
    try:
        running = server.start(adopt="--adopt" in arguments)
    except EmbeddedFailed as failed:
        say({"failed": str(failed)})
        return
    say(running._asdict())
    if sys.stdin.readline().strip() == "stop" and running.started_by_us:
        server.stop()


def become(uid: int, gid: int, folder: Path) -> None:
    """After all imports: an interpreter installed in a closed folder cannot be started by this account."""
    programs.binaries = lambda major=None: Programs(major or 18, folder)
    sys.modules["backend.kit.embedded"].binaries = programs.binaries  # type: ignore[attr-defined]
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    os.umask(0o077)


def say(answer: dict[str, object]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
