"""Our own PostgreSQL, for a club on one machine: `Embedded(home).start()` and it is there, with its two roles.

Whoever starts the server is its keeper and stops it in the end; others only use it. The keeper holds a file
lock, which the kernel lets go when it dies, so that nobody has to trust a pid.
"""

import contextlib
import fcntl
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from backend.kit.embedded import config, process
from backend.kit.embedded.errors import EmbeddedFailed
from backend.kit.embedded.place import LOG, PORT, Place, find_place, settle
from backend.kit.embedded.programs import Programs, binaries, copied

__all__ = ["Embedded", "EmbeddedFailed", "Programs", "Running", "Status", "binaries"]

OWNER, APP, DATABASE = "palier_owner", "palier_app", "palier"
PATIENCE_SECONDS = 60
LAST_BUILTIN_LESS = 16  # the last major without PostgreSQL's own locales

# Nothing of the caller's environment (PGDATA, PGOPTIONS, a locale that is not installed) reaches the server.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

# Written with our own three names, nothing typed.
ROLES = f"""
SELECT 'CREATE ROLE {OWNER} LOGIN CREATEDB'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') \\gexec
SELECT 'CREATE ROLE {APP} LOGIN'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP}') \\gexec
SELECT 'CREATE DATABASE {DATABASE} OWNER {OWNER}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC;
GRANT CONNECT ON DATABASE {DATABASE} TO {APP};
"""  # noqa: S608


class Running(NamedTuple):
    owner_url: str
    app_url: str
    started_by_us: bool


class Status(NamedTuple):
    running: bool
    pid: int | None
    major: int
    data: Path
    log: Path


class Embedded:
    """The server of one club. `options` are PostgreSQL settings over our defaults; `major` is for a new one."""

    def __init__(
        self, home: Path, *, major: int | None = None, options: Mapping[str, str] | None = None
    ) -> None:
        self.home = home
        self.wanted = major
        self.options = dict(options or {})
        self._ours = False
        self._keeper: int | None = None

    @cached_property
    def place(self) -> Place:
        return find_place(self.home)

    def start(self, *, adopt: bool = False) -> Running:
        """Make the server where there is none, start it where it does not run. Raises EmbeddedFailed.

        With `adopt` (for `palier up`) a server whose keeper was killed becomes ours to stop.
        """
        settle(self.place)
        with self._alone():
            if not self.place.data.exists():
                self._create()
            started = self._bring_up()
            self._ensure_roles()
        if started or adopt:
            self._ours = self._keep() or started or self._ours
        return Running(self.url(OWNER), self.url(APP), self._ours)

    def stop(self) -> None:
        """Stop the server, whoever started it: see `running` for the polite way."""
        if self.place.base.exists():
            with self._alone():
                self._halt("fast")
        self._let_go()

    def erase(self) -> None:
        """Stop the server and remove all its data. Nothing brings them back."""
        self.stop()
        for folder in (self.place.base, self.place.run):
            shutil.rmtree(folder, ignore_errors=True)
        self.place.record.unlink(missing_ok=True)

    @contextlib.contextmanager
    def running(self, *, adopt: bool = False) -> Iterator[Running]:
        """The server for as long as the block lasts, stopped at its end only if it was started here."""
        try:
            yield self.start(adopt=adopt)
        finally:
            if self._ours:
                self.stop()

    def status(self) -> Status:
        pid = process.postmaster(self.place)
        running = pid is not None and self._answers()
        return Status(running, pid, self._major(), self.place.data, self.place.log)

    def url(self, role: str, database: str = DATABASE) -> str:
        """An address for asyncpg and libpq. The port is said, or a stray PGPORT would be used."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.place.run), safe='/')}&port={PORT}"

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time creates, starts or stops."""
        descriptor = _open(self.place.base / "start.lock")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _create(self) -> None:
        """Make the data folder elsewhere and rename it: a killed start leaves nothing half made."""
        making = self.place.base / "data.making"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        if self.place.account.borrowed:
            os.chown(making, self.place.account.uid, self.place.account.gid)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self._run(
            "initdb",
            *("-D", str(making), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"),
            *(locale if self._major() > LAST_BUILTIN_LESS else []),
            "--no-instructions",
        )
        making.rename(self.place.data)

    def _bring_up(self) -> bool:
        """Whether this call started the server; False when it was there. Waits for one that is busy."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            if process.postmaster(self.place) is None:
                process.forget(self.place)
                if self._started():
                    return True
            elif process.is_deaf(self.place):
                self._halt("fast")
            if time.monotonic() > deadline:
                raise EmbeddedFailed.step("start", self._log_tail())
            time.sleep(0.1)
        return False

    def _started(self) -> bool:
        """Start and wait. False when a killed server's last processes still hold the memory: try again."""
        config.write(self.place, self.options)
        before = self.place.log.stat().st_size if self.place.log.exists() else 0
        options = shlex.join(["-c", f"config_file={self.place.config}"])
        try:
            self._pg_ctl("start", "-l", LOG, "-o", options)
        except EmbeddedFailed as failed:
            said = self._log_tail(before)
            if "shared memory block" in said:
                return False
            raise EmbeddedFailed.step("start", said or str(failed)) from None
        return True

    def _halt(self, mode: str) -> None:
        # pg_ctl believes the pid in the file; only a pid that really is our server may get its signal.
        if process.postmaster(self.place) is None:
            return
        try:
            self._pg_ctl("stop", "-m", mode)
        except EmbeddedFailed:
            self._pg_ctl("stop", "-m", "immediate")

    def _pg_ctl(self, verb: str, *more: str) -> None:
        """pg_ctl hands paths to a shell without care: it gets them by environment or relative."""
        self._run("pg_ctl", verb, "-w", "-t", str(PATIENCE_SECONDS), *more)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._programs.path(program), *arguments],
            check=False,
            capture_output=True,
            text=True,
            env={**ENVIRONMENT, "PGDATA": str(self.place.data)},
            **{**self.place.account.spawn(), "cwd": self.place.base},
        )
        if done.returncode != 0:
            raise EmbeddedFailed.step(program, done.stderr or done.stdout)

    @cached_property
    def _programs(self) -> Programs:
        found = binaries(self._major())
        account = self.place.account
        if not account.borrowed or process.can_run(found.path("initdb"), account.spawn()):
            return found
        return copied(found, self.place.base)

    def _major(self) -> int:
        try:
            return int((self.place.data / "PG_VERSION").read_text())
        except FileNotFoundError:
            return binaries(self.wanted).major

    def _answers(self) -> bool:
        where = ["-h", str(self.place.run), "-p", str(PORT), "-d", "postgres", "-U", "postgres"]
        asked = [binaries(self._major()).path("pg_isready"), "-q", *where]
        return subprocess.run(asked, check=False, env=ENVIRONMENT).returncode == 0

    def _ensure_roles(self) -> None:
        asked = [binaries(self._major()).path("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
        done = subprocess.run(
            [*asked, self.url("postgres", "postgres")],
            check=False,
            input=ROLES,
            capture_output=True,
            text=True,
            env=ENVIRONMENT,
        )
        if done.returncode != 0:
            raise EmbeddedFailed.step("psql", done.stderr)

    def _keep(self) -> bool:
        """Become the keeper, unless another lives."""
        if self._keeper is None:
            descriptor = _open(self.place.base / "keeper.lock")
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return False
            self._keeper = descriptor
        return True

    def _let_go(self) -> None:
        self._ours = False
        if self._keeper is not None:
            os.close(self._keeper)
            self._keeper = None

    def _log_tail(self, before: int = 0) -> str:
        try:
            with self.place.log.open("rb") as log:
                log.seek(before)
                return log.read()[-2000:].decode(errors="replace")
        except FileNotFoundError:
            return ""


def _open(path: Path) -> int:
    # A lock needs no right to write, which matters when root made the file for an ordinary account.
    return os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
