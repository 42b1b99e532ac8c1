"""How the programs of PostgreSQL are chosen and told where to go."""

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


@pytest.mark.parametrize(("server", "programs"), [(15, 16), (16, 16), (17, 18), (18, 18)])
def test_programs_fit_when_the_server_is_one_we_support(server: int, programs: int) -> None:
    assert backups.programs_for(server).major == programs


@pytest.mark.parametrize("server", [14, 19])
def test_a_sentence_says_so_when_no_programs_fit(server: int) -> None:
    with pytest.raises(click.ClickException, match=f"PostgreSQL {server}"):
        backups.programs_for(server)
