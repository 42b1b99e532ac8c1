"""`palier import logements`, as a program starts it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Database
from tests.landlord_lists import export, rows


def palier(db: Database, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    environment = {
        "PALIER_ENV": "test",
        "PALIER_HOME": "/nonexistent-and-not-needed",
        "PALIER_DATABASE_URL": db.app_url,
        "PATH": "/usr/bin:/bin",
    }
    command = [sys.executable, "-m", "web.cli", "import", "logements", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "logements.csv"
    path.write_bytes(export(rows(100)))
    return path


def test_json_says_what_was_done_when_a_list_is_imported(db: Database, file: Path) -> None:
    """M8: dry run, apply, the same again, by a program."""
    dry = palier(db, file, "--dry-run", "--json")
    assert (dry.returncode, dry.stderr) == (0, "")
    counts = {"new": 100, "changed": 0, "same": 0, "gone": 0, "rejected": []}
    assert json.loads(dry.stdout) == {**counts, "batch": None}
    done = json.loads(palier(db, file, "--json").stdout)
    assert list(done) == ["new", "changed", "same", "gone", "rejected", "batch"]
    assert (done["new"], bool(done["batch"])) == (100, True)
    assert json.loads(palier(db, file, "--json").stdout)["same"] == 100


def test_a_yes_is_asked_for_when_too_much_goes(db: Database, file: Path) -> None:
    """M8: more than 5 % gone is refused with exit code 1 until --confirm."""
    palier(db, file, "--landlord", "habitat-de-l-orme")
    file.write_bytes(export(rows(50)))
    refused = palier(db, file, "--landlord", "habitat-de-l-orme", "--json")
    assert (refused.returncode, json.loads(refused.stdout)["gone"]) == (1, 50)
    assert json.loads(refused.stdout)["batch"] is None
    assert "50 logements disparaissent" in refused.stderr
    done = palier(db, file, "--landlord", "habitat-de-l-orme", "--confirm")
    assert done.returncode == 0
    assert "50 disparus" in done.stdout


def test_rejected_lines_are_shown_when_a_person_reads(db: Database, file: Path) -> None:
    """M8: rejected with line, column and reason."""
    list_ = rows(100)
    list_[2]["NB_PIECES"] = "grand"
    file.write_bytes(export(list_))
    done = palier(db, file)
    assert done.returncode == 0
    assert "ligne 4, NB_PIECES : Le nombre de pièces va de T1 à T12." in done.stdout
    assert json.loads(palier(db, file, "--json").stdout)["rejected"] == [
        {"line": 4, "column": "NB_PIECES", "reason": "Le nombre de pièces va de T1 à T12."}
    ]


def test_the_reason_is_said_when_the_file_is_no_list(db: Database, file: Path) -> None:
    """M8: refusals are one sentence on stderr, exit code 1; a wrong call is 2."""
    file.write_bytes(b"%PDF-1.7")
    refused = palier(db, file, "--json")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "n'est pas une liste CSV" in refused.stderr
    assert palier(db, file.with_name("missing.csv")).returncode == 2
    assert palier(db, file, "--nothing-like-it").returncode == 2
