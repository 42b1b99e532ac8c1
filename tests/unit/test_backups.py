"""How the programs of PostgreSQL are chosen and told where to go."""

import subprocess
from typing import Any

import click
import pytest

from web.commands import backups


def test_the_password_reaches_the_program_as_it_is_when_the_address_escapes_it() -> None:
    """It goes by environment, decoded: libpq decodes addresses, not variables."""
    found = backups.target_of("postgresql://pal%40ier:a%3Ab%2Fc%40%C3%A9%25@db:5433/palier?a=b")
    assert found.url == "postgresql://pal%40ier@db:5433/palier?a=b"
    assert found.environment == {"PGPASSWORD": "a:b/c@é%"}


def test_an_address_stays_as_it_is_when_it_has_no_password() -> None:
    url = "postgresql://palier_owner@/palier?host=/run/palier&port=5432"
    assert backups.target_of(url) == (url, {})


@pytest.mark.parametrize(
    ("url", "bare", "password"),
    [
        ("postgresql://pal@db/palier?password=a%26b", "postgresql://pal@db/palier", "a&b"),
        (
            "postgresql:///palier?host=/run&user=pal&password=a%40b&sslmode=require",
            "postgresql:///palier?host=/run&user=pal&sslmode=require",
            "a@b",
        ),
        ("postgresql://pal:first@db/palier?password=second", "postgresql://pal@db/palier", "first"),
        ("postgresql://pal@db/palier?passw%6Frd=hidden", "postgresql://pal@db/palier", "hidden"),
        (
            "postgresql://pal@db/palier?password=&password=hidden",
            "postgresql://pal@db/palier",
            "hidden",
        ),
    ],
)
def test_the_password_is_taken_off_the_address_when_it_stands_among_its_settings(
    url: str, bare: str, password: str
) -> None:
    """SEC13: neither a process list nor an error sentence shows it."""
    found = backups.target_of(url)
    assert found == (bare, {"PGPASSWORD": password})
    assert found.hidden(f"no entry for {password}!") == "no entry for •••!"


def test_a_program_is_never_told_the_password_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """SEC13: what every account of the machine may read of a running program, and what it says."""
    told: list[list[str]] = []

    def run(command: list[str], **kwargs: Any) -> subprocess.CompletedProcess[str]:
        told.append([str(word) for word in command])
        assert kwargs["env"]["PGPASSWORD"] == "hid den"
        return subprocess.CompletedProcess(command, 1, "", 'FATAL: "hid den" is wrong')

    monkeypatch.setattr(backups, "_major", lambda _url: 18)
    monkeypatch.setattr(backups.subprocess, "run", run)
    with pytest.raises(click.ClickException) as refused:
        backups._program("pg_dump", "postgresql://pal@db/palier?password=hid+den", "--file=x")
    assert "hid" not in refused.value.message
    assert [word for word in told[0] if "hid" in word] == []


def test_a_key_with_a_password_is_refused_when_no_program_could_hide_it() -> None:
    with pytest.raises(click.ClickException, match="sslpassword"):
        backups.target_of("postgresql://pal@db/palier?sslkey=k&sslpassword=hidden")


@pytest.mark.parametrize(("server", "programs"), [(15, 16), (16, 16), (17, 18), (18, 18)])
def test_programs_fit_when_the_server_is_one_we_support(server: int, programs: int) -> None:
    assert backups.programs_for(server).major == programs


@pytest.mark.parametrize("server", [14, 19])
def test_a_sentence_says_so_when_no_programs_fit(server: int) -> None:
    with pytest.raises(click.ClickException, match=f"PostgreSQL {server}"):
        backups.programs_for(server)
