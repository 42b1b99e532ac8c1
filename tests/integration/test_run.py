"""`palier up` as a newcomer starts it: real processes, a home of their own, stopped and started again."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pyotp
import pytest

from backend.kit.embedded import Embedded
from backend.sandbox.demo import cast
from tests.smtp import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 300  # seconds: a year of a club is filled in meanwhile, on a machine that does more
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Up:
    """One home and its port; `start` and `stop` as often as wanted."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port = home, port
        self.url = f"http://localhost:{port}"
        self.process: subprocess.Popen[str] | None = None
        self.said = home / "up.log"

    def start(self) -> None:
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith("PALIER_")
        }
        with self.said.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "web.cli", "up"],
                env={
                    **clean,
                    "PALIER_ENV": "demo",
                    "PALIER_HOME": str(self.home),
                    "PALIER_PORT": str(self.port),
                },
                cwd=ROOT,
                stdout=log,
                stderr=log,
                text=True,
            )

    def wait_until(self, words: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while words not in self.said.read_text():
            assert self.process is not None
            assert self.process.poll() is None, self.said.read_text()
            assert time.monotonic() < deadline, self.said.read_text()
            time.sleep(0.1)
        return self.said.read_text()

    def stop(self, sign: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(sign)
        return self.process.wait(PATIENCE)

    def children(self) -> list[int]:
        """Everything this `up` started and that still runs, the database left out."""
        assert self.process is not None
        parents = parents_of_all()
        found, waiting = [], [self.process.pid]
        while waiting:
            parent = waiting.pop()
            new = [pid for pid, its in parents.items() if its == parent]
            found += new
            waiting += new
        return found

    def workers(self) -> list[int]:
        """The processes that answer: those that `palier serve` forked, and not itself."""
        assert self.process is not None
        parents = parents_of_all()
        return [
            pid
            for pid in self.children()
            if parents[pid] != self.process.pid
            and b"serve" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        ]

    def wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                if httpx.get(self.url).is_success:
                    return
            time.sleep(0.1)
        raise AssertionError(self.said.read_text())


def parents_of_all() -> dict[int, int]:
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    )
    pairs = (line.split() for line in listed.stdout.splitlines())
    return {int(pid): int(parent) for pid, parent in pairs}


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    home = tmp_path_factory.mktemp("up")
    running = Up(home, free_port())
    yield running
    if running.process is not None and running.process.poll() is None:
        running.stop()
    Embedded(home).erase()


def is_there(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


def send(browser: httpx.Client, path: str, **values: str) -> httpx.Response:
    """The form of the page at `path`."""
    page = browser.get(path)
    token = TOKEN.search(page.text)
    assert token is not None, path
    action = path if "action=" not in page.text else page.url.path
    return browser.post(action, data={"csrf_token": token.group(1), **values})


def code_in_the_mailbox(browser: httpx.Client, address: str) -> str:
    """The letter leaves right after the answer."""
    for _ in range(10 * PATIENCE):
        shown = browser.get("/demo/courrier", params={"pour": address}).text
        found = re.search(r"code : (\d{6})", shown)
        if found is not None:
            return found.group(1)
        time.sleep(0.1)
    raise AssertionError(f"no code came to {address}")


def sign_in(browser: httpx.Client, door: str, address: str) -> httpx.Response:
    asked = send(browser, door, address=address)
    assert asked.status_code == 303, door
    ticket = httpx.URL(asked.headers["location"]).params["demande"]
    code = code_in_the_mailbox(browser, address)
    return send(browser, f"/connexion/code?demande={ticket}", demande=ticket, code=code)


def test_newcomer_has_a_club_and_keeps_it_over_a_restart(up: Up) -> None:
    """The whole of `make run` after the environment: database, migrations, demo, pages, work, Stripe."""
    up.start()
    said = up.wait_until("Ctrl-C")
    assert f"Palier est prêt : {up.url}" in said
    assert cast.STARS[0].name in said
    with httpx.Client(base_url=up.url, timeout=PATIENCE) as browser:
        assert "Le Club de l" in browser.get("/").text
        entered = sign_in(browser, "/connexion", "samira@example.org")
        assert entered.status_code == 303
        assert "Samira" in browser.get("/accueil").text
        double = f"http://localhost:{up.port + 1}/_double/health"
        assert httpx.get(double, timeout=PATIENCE).is_success

        assert up.stop() == 0
        assert "Au revoir" in up.said.read_text()
        up.start()
        up.wait_until("Ctrl-C")
        assert (
            "Samira" in browser.get("/accueil").text
        )  # the session, its key and the data are kept
    assert up.stop(signal.SIGINT) == 0
    assert not Embedded(up.home).status().running


def test_staff_come_in_with_the_codes_of_the_demo(up: Up) -> None:
    up.start()
    up.wait_until("Ctrl-C")
    with httpx.Client(base_url=up.url, timeout=PATIENCE) as browser:
        entered = sign_in(browser, "/connexion/equipe", "comptoir@example.org")
        second = entered.headers["location"]
        shown = browser.get("/demo").text
        found = re.search(r"(\d{3}) (\d{3})</bdi>", shown)
        assert found is not None
        assert "".join(found.groups()) in {
            pyotp.TOTP(cast.SECOND_FACTOR).at(int(time.time()) + drift) for drift in (-30, 0)
        }
        passed = send(browser, second, code="".join(found.groups()))
        assert passed.status_code == 303
        assert browser.get(passed.headers["location"]).is_success
    assert up.stop() == 0


def test_pages_answer_again_when_their_worker_was_killed(up: Up) -> None:
    """REL3: SIGKILL of the process that answers; another takes its place, the rest never stopped."""
    up.start()
    up.wait_until("Ctrl-C")
    before = up.children()
    (worker,) = up.workers()
    os.kill(worker, signal.SIGKILL)
    up.wait_until_it_answers()
    assert up.workers() != [worker]
    assert [pid for pid in before if not is_there(pid)] == [worker]
    assert up.stop() == 0


def test_all_end_with_a_clear_word_when_one_part_dies(up: Up) -> None:
    """A killed server takes the rest down: nothing is left that holds a port or the database."""
    up.start()
    up.wait_until("Ctrl-C")
    children = up.children()
    assert len(children) >= 4  # pages with their worker, work, simulated payments
    os.kill(children[0], signal.SIGKILL)
    assert up.process is not None
    assert up.process.wait(PATIENCE) == 1
    assert "arrêt imprévu (code -9)" in up.said.read_text()
    assert [pid for pid in children if is_there(pid)] == []
    assert not Embedded(up.home).status().running


def test_start_says_so_when_the_port_is_taken(up: Up) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", up.port))
        taken.listen()
        up.start()
        assert up.process is not None
        assert up.process.wait(PATIENCE) == 1
    assert f"Le port {up.port} est déjà pris" in up.said.read_text()
    assert not Embedded(up.home).status().running
