"""Makes what a fresh clone lacks: Python environment, Node, its packages, the built front end.

    python3 tools/setup.py [dev | runtime]

Needs Python >= 3.11 and nothing else; written so that an older Python can still say so. Each step leaves a stamp
with a hash of what it was made from, so that a second call only compares. `runtime` is what it takes to run the
club, `dev` adds what it takes to test it; both live in one .venv.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
PYTHON = BIN / "python"
MODULES = ROOT / "node_modules"
BUILT = ROOT / "web" / "static" / "build" / "manifest.json"
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 20
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")

# The `palier` command of a checkout: starts itself with the Python beside it, so that a long path does no harm.
COMMAND = """#!/bin/sh
'''exec' "$(dirname "$0")/python" "$0" "$@"
' '''
import sys

from web.cli import main

sys.exit(main())
"""


def main(arguments: list[str]) -> None:
    find_newer_python()
    wanted = arguments[0] if arguments else "dev"
    if wanted not in ("dev", "runtime"):
        sys.exit("usage: setup.py [dev | runtime]")
    with alone():
        make_environment()
        install_packages(wanted)
        link_project()
        install_node()
        install_node_packages()
        build_front()


def find_newer_python() -> None:
    if sys.version_info >= OLDEST_PYTHON:
        return
    for name in NEWER:
        if shutil.which(name):
            os.execvp(name, [name, *sys.argv])
    sys.exit(f"Palier needs Python 3.11 or newer; this is {sys.version.split()[0]}.")


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Two makes at once set up once."""
    descriptor = os.open(str(ROOT), os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def make_environment() -> None:
    if runs([PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]):
        return
    say("Python environment")
    if make_venv("--clear"):
        return
    # Debian and Ubuntu ship Python without ensurepip.
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if apt_install(package) and make_venv("--clear"):
        return
    if not runs([sys.executable, "-m", "pip", "--version"]):
        sys.exit(f"Python comes without pip here. Install the package {package}, then try again.")
    run([sys.executable, "-m", "venv", "--clear", "--without-pip", VENV])
    run([sys.executable, "-m", "pip", "--python", PYTHON, "install", "--quiet", "pip"])


def make_venv(*options: str) -> bool:
    made = runs([sys.executable, "-m", "venv", *options, VENV])
    return made and runs([PYTHON, "-m", "pip", "--version"])


def apt_install(package: str) -> bool:
    """Only root can, and only where there is apt; the lists of a fresh image are empty, so update first."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    say(f"system package {package}")
    environ = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
    return runs(["apt-get", "update", "-qq"], env=environ) and runs(install, env=environ)


def install_packages(wanted: str) -> None:
    """The test environment holds the other one, so it is never made smaller."""
    done = {name: Stamp(VENV / f"made-from-{name}", lock_of(name)) for name in ("dev", "runtime")}
    if done["dev"].holds() or done[wanted].holds():
        return
    say(f"Python packages ({wanted})")
    pip_install(wanted)
    done[wanted].leave()


def lock_of(name: str) -> list[Path]:
    return [ROOT / "requirements" / f"{name}.txt", VENV / "pyvenv.cfg"]


def pip_install(name: str) -> None:
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check"]
    lock = ROOT / "requirements" / f"{name}.txt"
    run([PYTHON, "-m", "pip", "install", *quiet, "--require-hashes", "-r", lock])


def link_project() -> None:
    """The checkout itself is what runs: no build, no copy that could be older."""
    packages = next((VENV / "lib").glob("python3*/site-packages"))
    stamp = Stamp(
        packages / "palier.made-from", [Path(__file__).resolve(), ROOT / "pyproject.toml"]
    )
    if stamp.holds():
        return
    (packages / "palier.pth").write_text(f"{ROOT}\n")
    write_metadata(packages)
    command = BIN / "palier"
    command.write_text(COMMAND)
    command.chmod(0o755)
    stamp.leave()


def write_metadata(packages: Path) -> None:
    """What `palier --version` reads."""
    for older in packages.glob("palier-*.dist-info"):
        shutil.rmtree(older)
    text = (ROOT / "pyproject.toml").read_text()
    version = re.findall(r'^version = "(.+)"$', text, re.MULTILINE)[0]
    folder = packages / f"palier-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: palier\nVersion: {version}\n")


def install_node() -> None:
    if node_serves(path_with_ours()):
        return
    say("Node")
    pip_install("node")
    if not node_serves(path_with_ours()):
        sys.exit(f"Node {OLDEST_NODE} or newer could not be installed: install the package nodejs.")


def path_with_ours() -> str:
    """The machine's Node where it is new enough, else ours."""
    ours, machine = str(BIN), os.environ.get("PATH", os.defpath)
    return machine if node_serves(machine) else ours + os.pathsep + machine


def node_serves(path: str) -> bool:
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if not node or not npm:
        return False
    said = subprocess.run([node, "--version"], check=False, capture_output=True, text=True).stdout
    major = said.strip().lstrip("v").split(".")[0]
    return major.isdecimal() and int(major) >= OLDEST_NODE


def install_node_packages() -> None:
    stamp = Stamp(MODULES / ".made-from", [ROOT / "package-lock.json", ROOT / "package.json"])
    if stamp.holds():
        return
    say("Node packages")
    # No package of ours needs a script at installation.
    run_node("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    stamp.leave()


def build_front() -> None:
    made_from = [ROOT / "build.mjs", ROOT / "package-lock.json", *front_files()]
    stamp = Stamp(MODULES / ".built-from", made_from)
    if stamp.holds() and BUILT.exists():
        return
    say("front end")
    run_node("npm", "run", "--silent", "build")
    stamp.leave()


def front_files() -> list[Path]:
    folders = [ROOT / "web" / "client", ROOT / "web" / "static", ROOT / "partners" / "client"]
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in files if BUILT.parent not in path.parents)


def run_node(program: str, *arguments: str) -> None:
    path = path_with_ours()
    run([shutil.which(program, path=path), *arguments], env=dict(os.environ, PATH=path))


class Stamp:
    """A file with the hash of what something was made from; gone with the folder it stands in."""

    def __init__(self, path: Path, made_from: list[Path]) -> None:
        self.path = path
        self.made_from = made_from

    def holds(self) -> bool:
        return self.path.exists() and self.path.read_text() == self.digest()

    def leave(self) -> None:
        self.path.write_text(self.digest())

    def digest(self) -> str:
        found = hashlib.sha256()
        for path in self.made_from:
            found.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
        return found.hexdigest()


def say(what: str) -> None:
    print(f"setup: {what}...", file=sys.stderr, flush=True)


def runs(command: list[Any], env: dict[str, str] | None = None) -> bool:
    try:
        done = subprocess.run(
            [str(part) for part in command], check=False, capture_output=True, env=env
        )
    except OSError:
        return False
    return done.returncode == 0


def run(command: list[Any], env: dict[str, str] | None = None) -> None:
    done = subprocess.run([str(part) for part in command], check=False, cwd=ROOT, env=env)
    if done.returncode != 0:
        sys.exit(f"setup: this failed: {shlex.join(str(part) for part in command)}")


if __name__ == "__main__":
    main(sys.argv[1:])
