"""What has been released stays: a club that ran a revision never runs it again."""

import hashlib
from pathlib import Path

import pytest

from backend import migrations

FOLDER = migrations.folder()


def listed(folder: Path) -> dict[str, str]:
    """File -> SHA-256, as `sha256sum` writes them."""
    lines = (folder / "released.txt").read_text().splitlines()
    pairs = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    found = {name: digest for digest, name in pairs}
    assert len(found) == len(pairs), "a revision is listed once: a second line would hide a change"
    return found


def broken(folder: Path) -> list[str]:
    return [name for name, digest in listed(folder).items() if digest_of(folder / name) != digest]


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "vanished"


def test_released_revisions_stay_as_they_were():
    assert broken(FOLDER) == []


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """The folder of migrations on the day after a release of all of them."""
    (tmp_path / "versions").mkdir()
    lines = [(FOLDER / "released.txt").read_text()]
    known = listed(FOLDER)
    for path in sorted((FOLDER / "versions").glob("*.py")):
        (tmp_path / "versions" / path.name).write_bytes(path.read_bytes())
        if f"versions/{path.name}" not in known:
            lines.append(f"{digest_of(path)}  versions/{path.name}\n")
    (tmp_path / "released.txt").write_text("".join(lines))
    return tmp_path


def test_a_revision_is_named_when_it_changed_after_its_release(released: Path):
    assert broken(released) == []
    changed = max((released / "versions").glob("*.py"))
    changed.write_text(changed.read_text() + "\n")
    assert broken(released) == [f"versions/{changed.name}"]


def test_a_revision_is_named_when_it_vanished_after_its_release(released: Path):
    gone = min((released / "versions").glob("*.py"))
    gone.unlink()
    assert broken(released) == [f"versions/{gone.name}"]


def test_a_second_line_for_a_revision_is_refused(released: Path):
    with (released / "released.txt").open("a") as file:
        file.write(f"{'0' * 64}  versions/{max((released / 'versions').glob('*.py')).name}\n")
    with pytest.raises(AssertionError, match="listed once"):
        broken(released)


def test_a_new_revision_is_free_to_change_until_it_is_released(released: Path):
    (released / "versions" / "9999_new.py").write_text("revision = '9999'\n")
    assert broken(released) == []
