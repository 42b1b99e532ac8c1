"""The sandbox is for a demo and for tests: production never loads it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.test_settings import PRODUCTION

ROOT = Path(__file__).resolve().parents[2]
APPLICATION = """
import sys
from web.app import create_app
paths = {route.path for route in create_app().app.routes}
assert "/connexion" in paths, "this is the club"
print(*sorted(path for path in paths if path.startswith("/demo")))
print(*sorted(name for name in sys.modules if name.startswith("backend.sandbox")))
"""


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PALIER_")}
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**clean, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("said", [{}, {"PALIER_ENV": "production"}, {"PALIER_ENV": ""}])
def test_sandbox_refuses_to_load_when_nobody_says_demo(said: dict[str, str]) -> None:
    done = run("import backend.sandbox.stripe", **said)
    assert done.returncode == 1
    assert "production never loads it" in done.stderr


def test_application_has_no_demo_page_when_it_is_production(tmp_path: Path) -> None:
    done = run(APPLICATION, **PRODUCTION, PALIER_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_application_has_demo_pages_when_it_is_a_demo(tmp_path: Path) -> None:
    done = run(APPLICATION, PALIER_ENV="demo", PALIER_HOME=str(tmp_path))
    assert "/demo/courrier" in done.stdout.split()


def test_demo_lends_as_much_as_a_club_does() -> None:
    """Three hundred titles, each once; tools and toys by the number of copies."""
    code = (
        "from backend.sandbox.demo.shelves import APPLIANCES, TOOLS, TOYS\n"
        "from backend.sandbox.demo.titles import BOOKS\n"
        "assert all(len(book.split(', ')) >= 2 and book == book.strip() for book in BOOKS)\n"
        "print(len(set(BOOKS)), sum(one.copies for one in (*TOOLS, *APPLIANCES)),"
        " sum(one.copies for one in TOYS))"
    )
    assert run(code, PALIER_ENV="test").stdout.split() == ["300", "120", "60"]
