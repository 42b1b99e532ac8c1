"""The embedded server on real processes, as root or as an ordinary account, whoever runs the tests."""

import asyncio
import contextlib
import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from backend.kit.embedded import Embedded, EmbeddedFailed, binaries
from backend.kit.embedded.programs import copied

ROOT = os.geteuid() == 0
REPOSITORY = Path(__file__).parents[2]
as_root = pytest.mark.skipif(not ROOT, reason="only root can become another account")

Child = subprocess.Popen[str]


@pytest.fixture
def homes() -> Iterator[Callable[..., Path]]:
    """Makes homes in a folder everybody may enter, which pytest's own is not, and erases them."""
    base = Path(tempfile.mkdtemp(prefix="palier-", dir="/tmp"))
    base.chmod(0o755)
    made: list[Path] = []

    def make(name: str = "home", mode: int = 0o755) -> Path:
        home = base / name
        home.mkdir(mode=mode, parents=True)
        home.chmod(mode)
        made.append(home)
        return home

    yield make
    for home in made:
        Embedded(home).erase()
    shutil.rmtree(base)


@pytest.fixture
def home(homes: Callable[..., Path]) -> Path:
    return homes()


@pytest.fixture
def children() -> Iterator[Callable[..., Child]]:
    started: list[Child] = []

    def start(home: Path, *arguments: str) -> Child:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.embedded_child", str(home), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
        )
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
        child.communicate()


def answer(child: Child) -> dict[str, Any]:
    assert child.stdout is not None
    found: dict[str, Any] = json.loads(child.stdout.readline())
    return found


def leave(child: Child, word: str = "") -> None:
    child.communicate(word + "\n")


async def ask(url: str, query: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def write(url: str, *statements: str) -> None:
    for statement in statements:
        await ask(url, statement)


def kill(home: Path) -> None:
    pid = Embedded(home).status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


async def test_a_club_has_a_server_and_two_roles_when_its_home_is_empty(home: Path) -> None:
    running = Embedded(home).start()
    assert running.started_by_us
    assert await ask(running.owner_url, "SELECT current_user::text") == "palier_owner"
    assert await ask(running.app_url, "SELECT current_user::text") == "palier_app"
    assert await ask(running.app_url, "SHOW listen_addresses") == ""
    assert await ask(running.app_url, "SHOW fsync") == "on"
    assert await ask(running.app_url, "SHOW timezone") == "UTC"
    locale = "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'palier'"
    assert await ask(running.app_url, locale) == "bC.UTF-8"
    owner = "SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = 'palier'"
    assert await ask(running.app_url, owner) == "palier_owner"


async def test_the_app_role_can_do_little_when_nobody_granted_it_more(home: Path) -> None:
    running = Embedded(home).start()
    rights = (
        "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'palier%' AND rolcanlogin AND NOT"
        " (rolsuper OR rolcreaterole OR rolreplication OR rolbypassrls)"
    )
    assert await ask(running.app_url, rights) == 2
    assert (
        await ask(running.app_url, "SELECT count(*) FROM pg_auth_members WHERE member >= 16384")
        == 0
    )
    await write(running.owner_url, "CREATE TABLE kept (id int)")
    for statement in ("SELECT * FROM kept", "CREATE TABLE mine (id int)", "CREATE DATABASE mine"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ask(running.app_url, statement)


async def test_data_are_kept_when_the_server_starts_again(home: Path) -> None:
    running = Embedded(home).start()
    await write(running.owner_url, "CREATE TABLE kept (id int)", "INSERT INTO kept VALUES (1)")
    Embedded(home).stop()
    assert not Embedded(home).status().running
    assert await ask(Embedded(home).start().owner_url, "SELECT id FROM kept") == 1


async def test_committed_rows_are_there_when_the_server_was_killed(home: Path) -> None:
    """REL3: SIGKILL of the database leaves what was committed, and the next start needs no hand."""
    server = Embedded(home)
    await write(server.start().owner_url, "CREATE TABLE kept (id int)")
    for turn in range(1, 4):
        await write(server.url("palier_owner"), f"INSERT INTO kept VALUES ({turn})")
        kill(home)
        assert server.start().started_by_us
        assert await ask(server.url("palier_owner"), "SELECT count(*) FROM kept") == turn


async def test_a_start_finds_the_server_when_it_already_runs(home: Path) -> None:
    assert Embedded(home).start().started_by_us
    assert not Embedded(home).start().started_by_us


async def test_a_start_waits_when_the_killed_server_left_a_process_behind(home: Path) -> None:
    server = Embedded(home)
    connection = await asyncpg.connect(server.start().app_url)
    straggler = await connection.fetchval("SELECT pg_backend_pid()")
    os.kill(straggler, signal.SIGSTOP)
    kill(home)
    starting = asyncio.create_task(asyncio.to_thread(server.start))
    refused = "shared memory block"
    while refused not in server.place.log.read_text() and not starting.done():  # noqa: ASYNC110 (a file says nothing by itself)
        await asyncio.sleep(0.05)
    os.kill(straggler, signal.SIGCONT)
    assert (await starting).started_by_us
    assert refused in server.place.log.read_text()
    connection.terminate()


@contextlib.contextmanager
def stranger(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the server's account that got the pid the killed server had."""
    account = Embedded(home).place.account
    process = subprocess.Popen(["sleep", "600"], **account.spawn())
    pid_file = Embedded(home).place.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(process.pid), *lines[1:]]) + "\n")
    lock = Embedded(home).place.run / ".s.PGSQL.5432.lock"
    lock.write_text(pid_file.read_text())
    try:
        yield process
        assert process.poll() is None, "a stranger was killed in the server's place"
    finally:
        process.kill()
        process.wait()


async def test_the_server_starts_when_its_old_pid_is_anothers(home: Path) -> None:
    running = Embedded(home).start()
    kill(home)
    with stranger(home):
        assert Embedded(home).start().started_by_us
        assert await ask(running.app_url, "SELECT 1") == 1


def test_nobody_else_is_stopped_when_the_old_pid_is_anothers(home: Path) -> None:
    Embedded(home).start()
    kill(home)
    with stranger(home):
        assert not Embedded(home).status().running
        Embedded(home).stop()


@pytest.mark.parametrize("junk", ["", "not a pid\n", "4194303\n/nowhere\n"])
def test_the_server_starts_when_its_pid_file_is_rubbish(home: Path, junk: str) -> None:
    server = Embedded(home)
    server.start()
    server.stop()
    (server.place.data / "postmaster.pid").write_text(junk)
    assert server.start().started_by_us


def test_the_server_starts_when_a_first_start_was_killed_half_way(home: Path) -> None:
    making = home / "postgres" / "data.making"
    making.mkdir(parents=True)
    (making / "PG_VERSION").write_text("18\n")
    assert Embedded(home).start().started_by_us


@pytest.mark.races
def test_one_of_six_starts_it_when_all_start_together(
    home: Path, children: Callable[..., Child]
) -> None:
    answers = [answer(child) for child in [children(home) for _ in range(6)]]
    assert sorted(found["started_by_us"] for found in answers) == [False] * 5 + [True]
    assert len({found["app_url"] for found in answers}) == 1


def test_the_server_outlives_its_keeper_when_that_one_is_killed(
    home: Path, children: Callable[..., Child]
) -> None:
    keeper = children(home)
    assert answer(keeper)["started_by_us"]
    keeper.kill()
    keeper.wait()
    with Embedded(home).running() as running:
        assert not running.started_by_us
    assert Embedded(home).status().running


def test_an_orphan_server_is_adopted_only_when_its_keeper_is_dead(
    home: Path, children: Callable[..., Child]
) -> None:
    keeper = children(home)
    assert answer(keeper)["started_by_us"]
    with Embedded(home).running(adopt=True) as running:
        assert not running.started_by_us
    assert Embedded(home).status().running
    keeper.kill()
    keeper.wait()
    with Embedded(home).running(adopt=True) as running:
        assert running.started_by_us
    assert not Embedded(home).status().running


def test_a_keeper_stops_what_it_started_when_it_leaves(
    home: Path, children: Callable[..., Child]
) -> None:
    keeper, guest = children(home), None
    assert answer(keeper)["started_by_us"]
    guest = children(home)
    assert not answer(guest)["started_by_us"]
    leave(guest, "stop")
    assert Embedded(home).status().running
    leave(keeper, "stop")
    assert not Embedded(home).status().running


async def test_the_socket_is_short_and_private_when_the_home_is_long(
    homes: Callable[..., Path],
) -> None:
    server = Embedded(homes("long" * 30))
    running = server.start()
    assert len(os.fsencode(server.place.run)) < 60
    assert stat.S_IMODE(server.place.run.stat().st_mode) == 0o700
    assert await ask(running.app_url, "SELECT 1") == 1


async def test_the_server_starts_when_its_home_has_an_awkward_name(
    homes: Callable[..., Path],
) -> None:
    running = Embedded(homes('l\'orme & "co" $HOME é %s')).start()
    assert await ask(running.app_url, "SELECT 1") == 1


async def test_the_server_is_reached_again_when_its_socket_was_cleaned_away(home: Path) -> None:
    server = Embedded(home)
    server.start()
    (server.place.run / ".s.PGSQL.5432").unlink()
    assert await ask(server.start().app_url, "SELECT 1") == 1


async def test_a_setting_reaches_the_server_when_it_is_passed(home: Path) -> None:
    running = Embedded(home, options={"cluster_name": "l'orme", "work_mem": "3MB"}).start()
    assert await ask(running.app_url, "SHOW cluster_name") == "l'orme"
    assert await ask(running.app_url, "SHOW work_mem") == "3MB"


def test_the_reason_is_told_when_the_server_cannot_start(home: Path) -> None:
    with pytest.raises(EmbeddedFailed, match="shared_buffers"):
        Embedded(home, options={"shared_buffers": "plenty"}).start()


def test_the_environment_is_left_out_when_it_would_mislead_the_server(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGPORT": "1", "PGDATA": "/nowhere", "LC_ALL": "xx_XX.UTF-8"}.items():
        monkeypatch.setenv(name, value)
    assert Embedded(home).start().started_by_us


async def test_no_value_is_logged_when_a_constraint_refuses(home: Path) -> None:
    """SEC13: logs hold no code, token, card or full e-mail."""
    server = Embedded(home)
    url = server.start().owner_url
    await write(url, "CREATE TABLE people (email text UNIQUE)")
    for _ in range(2):
        with contextlib.suppress(asyncpg.UniqueViolationError):
            await write(url, "INSERT INTO people VALUES ('alice@example.org')")
    server.stop()
    said = server.place.log.read_text()
    assert "ready to accept connections" in said
    assert "alice" not in said


async def test_an_older_major_serves_when_it_is_asked_for(home: Path) -> None:
    running = Embedded(home, major=16).start()
    assert (await ask(running.app_url, "SHOW server_version")).startswith("16.")
    assert Embedded(home).status().major == 16


def test_a_major_that_is_not_there_is_refused_when_asked_for() -> None:
    with pytest.raises(EmbeddedFailed, match="PostgreSQL 9"):
        binaries(9)


@pytest.mark.parametrize("program", ["psql", "pg_dump", "pg_restore"])
def test_the_tools_of_a_backup_run_when_asked_for_their_version(program: str) -> None:
    said = subprocess.run([binaries().path(program), "--version"], capture_output=True, check=True)
    assert b" 18." in said.stdout


def test_nothing_is_left_when_the_server_is_erased(homes: Callable[..., Path]) -> None:
    home = homes("long" * 30, mode=0o700)
    server = Embedded(home)
    server.start()
    base, run = server.place.base, server.place.run
    server.erase()
    assert not base.exists()
    assert not run.exists()
    assert not list(home.iterdir())


# As root: another account serves, and an ordinary account is tried too.


@as_root
def test_the_server_is_not_root_when_root_starts_it(home: Path) -> None:
    server = Embedded(home)
    server.start()
    pid = server.status().pid
    assert Path(f"/proc/{pid}").stat().st_uid != 0
    assert server.place.base == home / "postgres"
    assert stat.S_IMODE(home.stat().st_mode) == 0o755


@as_root
async def test_data_are_kept_apart_when_the_home_is_closed(homes: Callable[..., Path]) -> None:
    first, second = Embedded(homes("a", mode=0o700)), Embedded(homes("b", mode=0o700))
    await write(first.start().owner_url, "CREATE TABLE kept (id int)")
    second.start()
    assert first.place.base.parent == second.place.base.parent == Path("/var/lib/palier")
    assert first.place.base != second.place.base
    assert stat.S_IMODE(first.home.stat().st_mode) == 0o700
    assert await ask(second.url("palier_owner"), "SELECT to_regclass('kept')") is None


@as_root
async def test_data_kept_apart_follow_their_home_when_it_is_moved(
    homes: Callable[..., Path],
) -> None:
    old, new = homes("old", mode=0o700), homes("new", mode=0o700)
    await write(Embedded(old).start().owner_url, "CREATE TABLE kept (id int)")
    Embedded(old).stop()
    new.rmdir()
    old.rename(new)
    assert await ask(Embedded(new).start().owner_url, "SELECT to_regclass('kept')::text") == "kept"


@as_root
async def test_a_copy_of_a_home_gets_its_own_data_when_the_first_still_stands(
    homes: Callable[..., Path],
) -> None:
    first, copy = homes("first", mode=0o700), homes("copy", mode=0o700)
    Embedded(first).start()
    shutil.copy(first / "postgres.json", copy)
    assert Embedded(copy).place.base != Embedded(first).place.base
    assert Embedded(copy).start().started_by_us


@as_root
async def test_the_programs_are_copied_when_the_account_cannot_reach_them(
    homes: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = homes()
    monkeypatch.setattr("backend.kit.embedded.process.can_run", lambda *_: False)
    server = Embedded(home)
    assert await ask(server.start().app_url, "SELECT 1") == 1
    assert str(server._programs.folder).startswith(str(home / "postgres" / "programs-18-"))
    assert server._programs.folder.stat().st_uid == 0


@pytest.fixture
def ordinary(homes: Callable[..., Path]) -> list[str]:
    """What makes a child an ordinary account, with programs it can reach."""
    account = pwd.getpwnam("nobody")
    programs = copied(binaries(), homes("programs"))
    return ["--as", str(account.pw_uid), str(account.pw_gid), str(programs.folder)]


@as_root
def test_an_ordinary_account_has_its_own_server_when_the_home_is_its_own(
    homes: Callable[..., Path], children: Callable[..., Child], ordinary: list[str]
) -> None:
    home = homes("own", mode=0o700)
    os.chown(home, int(ordinary[1]), int(ordinary[2]))
    child = children(home, *ordinary)
    assert answer(child)["started_by_us"]
    assert (home / "postgres" / "data").stat().st_uid == int(ordinary[1])
    leave(child, "stop")
    again = children(home, *ordinary)
    assert answer(again)["started_by_us"]
    leave(again, "stop")


@as_root
async def test_root_serves_the_same_data_when_an_ordinary_account_made_them(
    homes: Callable[..., Path], children: Callable[..., Child], ordinary: list[str]
) -> None:
    home = homes("own", mode=0o700)
    os.chown(home, int(ordinary[1]), int(ordinary[2]))
    child = children(home, *ordinary)
    await write(answer(child)["owner_url"], "CREATE TABLE kept (id int)")
    leave(child, "stop")
    server = Embedded(home)
    assert await ask(server.start().owner_url, "SELECT to_regclass('kept')::text") == "kept"
    server.stop()
    again = children(home, *ordinary)
    assert answer(again)["started_by_us"]
    leave(again, "stop")


@as_root
def test_an_ordinary_account_is_told_why_when_root_made_the_data(
    homes: Callable[..., Path], children: Callable[..., Child], ordinary: list[str]
) -> None:
    home = homes("roots")
    Embedded(home).start()
    Embedded(home).stop()
    assert "autre compte" in answer(children(home, *ordinary))["failed"]


@as_root
def test_a_stranger_cannot_connect_when_it_knows_the_address(home: Path) -> None:
    server = Embedded(home)
    server.start()
    daemon = pwd.getpwnam("daemon")
    reached = subprocess.run(
        ["/bin/sh", "-c", 'ls "$1"', "sh", str(server.place.run)],
        user=daemon.pw_uid,
        group=daemon.pw_gid,
        extra_groups=[],
        cwd="/",
        capture_output=True,
        check=False,
    )
    assert reached.returncode != 0


@as_root
def test_a_start_is_refused_when_somebody_else_made_the_folder_of_the_socket(
    homes: Callable[..., Path],
) -> None:
    server = Embedded(homes("long" * 30))
    server.place.run.mkdir()
    daemon = pwd.getpwnam("daemon")
    os.chown(server.place.run, daemon.pw_uid, daemon.pw_gid)
    with pytest.raises(EmbeddedFailed, match="autre compte"):
        server.start()
    shutil.rmtree(server.place.run)
