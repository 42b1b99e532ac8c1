"""Where the server's files are, and which account runs it.

Layout of `base`: `data` and `log` belong to the account, `run` holds the socket, the rest is ours.

PostgreSQL refuses to run as root. Started by root, it runs as the account `palier` where there is one, else
`nobody`, or as whoever already owns the data. Where that account cannot reach the home of the club (a checkout
in a closed home folder), everything is kept under /var/lib/palier, in a folder named after the home, so that two
clones never share one; no parent folder's mode is ever changed.
"""

import hashlib
import json
import os
import pwd
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from backend.kit.embedded.errors import EmbeddedFailed

ACCOUNTS = ("palier", "nobody")
APART = Path("/var/lib/palier")
RECORD = "postgres.json"
LOG = "log/server.log"
PORT = 5432
PRIVATE = 0o700
LONGEST_SOCKET = 100  # bytes; the kernel's limit is 104 on macOS and 108 on Linux


class Account(NamedTuple):
    uid: int
    gid: int

    @property
    def borrowed(self) -> bool:
        return self.uid != os.geteuid()

    def spawn(self) -> dict[str, Any]:
        """What `subprocess` needs to run as this account, away from folders it may not enter."""
        who = {"user": self.uid, "group": self.gid, "extra_groups": []} if self.borrowed else {}
        return {"cwd": "/", **who}


class Place(NamedTuple):
    home: Path
    base: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.base / "data"

    @property
    def record(self) -> Path:
        """Where a home says that its data are kept apart."""
        return self.home / RECORD

    @property
    def config(self) -> Path:
        return self.base / "server.conf"

    @property
    def log(self) -> Path:
        return self.base / LOG

    @property
    def run(self) -> Path:
        """The folder of the socket: short enough for the kernel, whatever the home."""
        near = self.base / "run"
        longest = near / f".s.PGSQL.{PORT}.lock"
        if len(os.fsencode(longest)) <= LONGEST_SOCKET:
            return near
        return Path("/tmp") / f"palier-{self.account.uid}-{_name(self.home)}"  # noqa: S108 (made private below, and checked)


def find_place(home: Path) -> Place:
    home.mkdir(parents=True, exist_ok=True)
    home = home.resolve()
    if os.geteuid() != 0:
        return Place(home, home / "postgres", Account(os.geteuid(), os.getegid()))
    base = _recorded(home) or home / "postgres"
    account = _account(base / "data")
    if base.parent == home and not (base / "data").exists() and not _reaches(account, home):
        base = APART / _name(home)
        account = _account(base / "data")
    return Place(home, base, account)


def _name(home: Path) -> str:
    return hashlib.sha256(os.fsencode(home)).hexdigest()[:12]


def _recorded(home: Path) -> Path | None:
    """Data kept apart stay this home's when it is moved, but a copy of the home does not get them."""
    try:
        record = json.loads((home / RECORD).read_text())
    except FileNotFoundError:
        return None
    copied = record["home"] != str(home) and (Path(record["home"]) / RECORD).exists()
    return None if copied else Path(record["base"])


def _account(data: Path) -> Account:
    if data.exists():
        return Account(data.stat().st_uid, data.stat().st_gid)
    for name in ACCOUNTS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(found.pw_uid, found.pw_gid)
    raise EmbeddedFailed.no_account(ACCOUNTS)


def _reaches(account: Account, folder: Path) -> bool:
    # The kernel answers for mode bits, groups and access lists alike.
    command = ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]
    return (
        subprocess.run(command, check=False, capture_output=True, **account.spawn()).returncode == 0
    )


def settle(place: Place) -> None:
    """Make the folders. Raises EmbeddedFailed where one belongs to somebody else."""
    if place.account.borrowed:
        _settle_as_root(place)
    else:
        _make_private(place.base, place.account)
    for folder in (place.log.parent, place.run):
        _make_private(folder, place.account)
    if place.data.exists() and place.data.stat().st_uid != place.account.uid:
        raise EmbeddedFailed.not_ours(place.data)


def _settle_as_root(place: Place) -> None:
    """The base stays root's, so that the account cannot lead root's own writing elsewhere."""
    apart = place.base.parent != place.home
    if apart and not APART.exists():
        APART.mkdir(parents=True, exist_ok=True)
        APART.chmod(0o755)
    if not place.base.exists():
        place.base.mkdir(exist_ok=True)
        place.base.chmod(0o711)
    if apart:
        record = {"home": str(place.home), "base": str(place.base)}
        replace(place.record, json.dumps(record))


def replace(path: Path, text: str) -> Path:
    """Write a file whole, readable by all; a link left in its place is replaced, never followed."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        os.fchmod(file.fileno(), 0o644)
    return Path(draft).replace(path)


def _make_private(folder: Path, account: Account) -> None:
    """A folder that only `account` and root may enter: it is what guards the socket."""
    folder.mkdir(mode=PRIVATE, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {account.uid, os.geteuid()}:
        raise EmbeddedFailed.not_ours(folder)
    if stat.S_IMODE(found.st_mode) != PRIVATE:
        folder.chmod(PRIVATE)
    if found.st_uid != account.uid:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
