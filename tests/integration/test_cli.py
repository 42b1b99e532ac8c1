"""The `palier` command as a deployer types it, against a database of its own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from backend.kit.embedded import Embedded, binaries
from tests.conftest import Database, drop_database, execute, with_database
from web.commands import doctors

NAME = "palier_cli"


class Command:
    """Runs `palier ...` on one database and gives what it said."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def __call__(self, *words: str, code: int = 0, text: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-m", "web.cli", *words],
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def sixteen() -> Iterator[Database]:
    """A server of an older PostgreSQL, whose programs are another set than the newest one's."""
    server = Embedded(Path(tempfile.mkdtemp(prefix="palier-16-")), major=16)
    running = server.start()
    yield Database(running.owner_url, running.app_url)
    server.erase()
    server.home.rmdir()


@pytest.fixture
async def empty(
    request: pytest.FixtureRequest, worker_database: Database, worker_id: str
) -> Database:
    """A database with nothing in it, made anew for each test, on the run's server or another."""
    server = request.getfixturevalue(request.param) if hasattr(request, "param") else None
    owner, app = (server or worker_database).owner_url, (server or worker_database).app_url
    name = f"{NAME}_{worker_id}"
    await drop_database(owner, name)
    await execute(owner, f'CREATE DATABASE "{name}"')
    return Database(with_database(owner, name), with_database(app, name))


on_each_server = pytest.mark.parametrize("empty", ["worker_database", "sixteen"], indirect=True)


@pytest.fixture
async def palier(empty: Database, tmp_path: Path, worker_id: str) -> Iterator[Command]:
    yield Command(
        {
            **os.environ,
            "PALIER_ENV": "test",
            "PALIER_HOME": str(tmp_path),
            "PALIER_DATABASE_URL": empty.app_url,
            "PALIER_DATABASE_OWNER_URL": empty.owner_url,
        }
    )
    await drop_database(with_database(empty.owner_url, "postgres"), f"{NAME}_{worker_id}")


async def test_two_starts_at_once_migrate_once(palier: Command, empty: Database):
    """REL10: two runners at once are serialised, and a second run finds nothing to do."""
    runs = [
        subprocess.Popen(  # noqa: ASYNC220 - started, then waited for
            [sys.executable, "-m", "web.cli", "migrate"],
            env=palier.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for _ in range(2)
    ]
    said = [run.communicate()[0].decode() for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    palier("migrate")


async def test_doctor_names_what_is_wrong_in_plain_words(palier: Command):
    assert "Lancez `palier migrate`" in palier("doctor", code=1)
    palier("migrate")
    palier.environment["PALIER_SMS_URL"] = "https://sms.example.org"
    found = json.loads(palier("doctor", "--json"))
    assert all(finding["good"] for finding in found)
    assert "PALIER_SMS_INBOUND_SECRETS" in " ".join(finding["advice"] for finding in found)


@pytest.mark.parametrize(
    "right", ["DELETE ON redemption", "UPDATE ON payment", "TRUNCATE ON journal_entry"]
)
async def test_doctor_names_what_the_application_may_change_when_it_must_not(
    right: str, palier: Command, empty: Database
):
    """V2: the application's role may neither change nor delete what is append-only."""
    palier("migrate")
    assert "✓ Ce qui est écrit pour toujours" in palier("doctor")
    await execute(empty.owner_url, f"GRANT {right} TO palier_app")
    said = palier("doctor", code=1)
    assert f"peut changer ou effacer : {right.rpartition(' ')[2]}." in said


async def test_doctor_says_it_when_the_application_owns_the_tables(
    palier: Command, empty: Database
):
    palier("migrate")
    palier.environment["PALIER_DATABASE_URL"] = empty.owner_url
    del palier.environment["PALIER_DATABASE_OWNER_URL"]
    assert "✗ Ce qui est écrit pour toujours" in palier("doctor", code=1)


@pytest.mark.parametrize(("number", "good"), [(149_999, False), (150_000, True), (180_001, True)])
def test_doctor_wants_a_server_that_palier_supports(number: int, good: bool):
    found = doctors.of_version(number)
    assert found.good is good
    assert found.what == f"PostgreSQL {number // 10_000}"
    assert ("trop ancienne" in found.advice) is not good


async def test_a_broken_setting_is_named_at_start_and_by_the_doctor(palier: Command):
    palier.environment["PALIER_SIGNING_KEYS"] = ","
    for words, code in ((("serve",), 2), (("doctor",), 1)):
        assert "PALIER_SIGNING_KEYS" in palier(*words, code=code)


async def test_doctor_names_every_missing_setting_of_production(palier: Command):
    production = Command(
        {"PATH": os.environ["PATH"], "PALIER_HOME": palier.environment["PALIER_HOME"]}
    )
    said = production("doctor", code=1)
    for variable in ("PALIER_BASE_URL", "PALIER_SECRET_KEYS", "PALIER_SMTP_URL"):
        assert variable in said


@on_each_server
async def test_backup_comes_back_whole(palier: Command, empty: Database, tmp_path: Path):
    """REL11's core: dump, lose everything, restore, and what was there is there again."""
    palier("migrate")
    insert = (
        "INSERT INTO landlord (public_id, slug, name, created_at) VALUES ('a', 'a', 'Été', now())"
    )
    await execute(empty.owner_url, insert)
    palier("backup", str(tmp_path / "club.dump"))
    assert (tmp_path / "club.dump").stat().st_mode & 0o077 == 0
    await execute(empty.owner_url, "UPDATE landlord SET name = 'lost'")
    palier("restore", str(tmp_path / "club.dump"), "--yes")
    connection = await asyncpg.connect(empty.app_url)
    names = [row["name"] for row in await connection.fetch("SELECT name FROM landlord")]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("DELETE FROM redemption")
    await connection.close()
    assert names == ["Été"]


@pytest.mark.parametrize("empty", ["sixteen"], indirect=True)
async def test_backup_of_a_newer_server_is_refused_in_plain_words(
    palier: Command, empty: Database, tmp_path: Path
):
    """A 16 cannot read what an 18 wrote: said in a sentence, and nothing changes."""
    palier("migrate")
    dump = tmp_path / "newer.dump"
    asked = [binaries(18).path("pg_dump"), "--format=custom", f"--file={dump}", empty.owner_url]
    subprocess.run(asked, check=True)  # noqa: ASYNC221 - nothing else runs
    assert "PostgreSQL plus récent" in palier("restore", str(dump), "--yes", code=1)
    assert "✓ Base de données" in palier("doctor")


async def test_broken_backup_changes_nothing(palier: Command, empty: Database, tmp_path: Path):
    palier("migrate")
    (tmp_path / "broken.dump").write_bytes(b"PGDMP nonsense")
    palier("restore", str(tmp_path / "broken.dump"), "--yes", code=1)
    assert "✓ Base de données" in palier("doctor")


AWAY = "postgresql://palier_app:hidden@127.0.0.1:1/palier"
AWAY_OWNER = "postgresql://palier_owner:hidden@127.0.0.1:1/palier"
STAFF = ("--given-name", "Inès", "--family-name", "Faure", "--email", "ines@example.org")


@pytest.mark.parametrize(
    "words",
    [
        ("migrate",),
        ("staff", "create", *STAFF, "--role", "manager"),
        ("backup", "club.dump"),
        ("serve",),
        ("work",),
        ("up",),
    ],
    ids=lambda words: words[0],
)
async def test_a_sentence_says_it_when_the_database_is_out_of_reach(
    words: tuple[str, ...], palier: Command
):
    palier.environment |= {"PALIER_DATABASE_URL": AWAY, "PALIER_DATABASE_OWNER_URL": AWAY_OWNER}
    said = palier(*words, code=3)
    assert "La base de données ne répond pas : Personne ne répond à cette adresse" in said
    for word in ("Traceback", "never awaited", "hidden"):
        assert word not in said


async def test_no_sentence_shows_a_password_that_stands_among_the_settings(palier: Command):
    """SEC13: `?password=` is hidden like the one before the host."""
    away = "postgresql://{}@127.0.0.1:1/palier?password=hidden"
    palier.environment |= {
        "PALIER_DATABASE_URL": away.format("palier_app"),
        "PALIER_DATABASE_OWNER_URL": away.format("palier_owner"),
    }
    for words in (("migrate",), ("backup", "club.dump"), ("doctor",)):
        assert "hidden" not in palier(*words, code=1 if words == ("doctor",) else 3)


async def test_a_base_that_does_not_exist_is_named_when_the_server_answers(palier: Command):
    nowhere = with_database(palier.environment["PALIER_DATABASE_OWNER_URL"], "nowhere")
    palier.environment["PALIER_DATABASE_OWNER_URL"] = nowhere
    assert "cette base n'existe pas" in palier("migrate", code=3)


async def test_doctor_says_it_and_nothing_else_when_the_database_is_out_of_reach(palier: Command):
    palier.environment["PALIER_DATABASE_URL"] = AWAY
    said = palier("doctor", code=1)
    assert "✗ Base de données Elle ne répond pas : Personne ne répond" in said
    assert "never awaited" not in said


async def test_reset_is_refused_for_a_server_that_is_not_ours(palier: Command):
    palier("reset", "--yes", code=2)


async def test_production_never_gets_the_demo_club(palier: Command):
    said = Command({**palier.environment, "PALIER_ENV": "production"})("demo", code=2)
    assert "PALIER_" in said


async def test_till_enrol_prints_what_a_program_reads(palier: Command, empty: Database):
    """V24: a named device, a one-time link and a token shown once."""
    palier("migrate")
    await execute(
        empty.owner_url,
        "INSERT INTO partner (public_id, name, kind, category, story, search, created_at)"
        " VALUES ('p', 'Boulangerie', 'shop', 'food', '', '', now())",
        "INSERT INTO shop (public_id, slug, partner, name, street, postcode, town, created_at)"
        " VALUES ('s', 'boulangerie', 1, 'Boulangerie', '1 rue', '93200', 'Saint-Denis', now())",
    )
    made = json.loads(
        palier("till", "enrol", "--shop", "boulangerie", "--name", "Caisse 1", "--json")
    )
    assert set(made) == {"id", "shop", "name", "token", "enrol_url", "expires_at"}
    palier("till", "enrol", "--shop", "nowhere", "--name", "x", code=1)


async def test_staff_gets_a_link_that_opens_the_door(palier: Command):
    palier("migrate")
    person = ("--given-name", "Inès", "--family-name", "Faure", "--email", "ines@example.org")
    palier("staff", "create", *person, "--role", "manager")
    assert "http://localhost" in palier("staff", "login-link", "--email", "ines@example.org")
    palier("staff", "login-link", "--email", "nobody@example.org", code=1)


async def test_retention_is_tried_before_anything_goes(palier: Command, empty: Database):
    """D2: `palier retention --dry-run` counts, for people and for programs; without it, it is done."""
    palier("migrate")
    await execute(
        empty.owner_url,
        "INSERT INTO person (public_id, given_name, family_name, language, search, created_at)"
        " VALUES ('p', 'Alice', 'Martin', 'fr', '', now() - interval '40 months')",
    )
    assert "Essai, rien n'est effacé." in palier("retention", "--dry-run")
    tried = json.loads(palier("retention", "--dry-run", "--json").splitlines()[-1])
    assert (tried["dry_run"], tried["prospects"]) == (True, 1)
    assert "1  personnes qui n'ont jamais payé" in palier("retention")
    assert json.loads(palier("retention", "--json").splitlines()[-1])["prospects"] == 0
