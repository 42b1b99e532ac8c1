"""backup and restore, with PostgreSQL's own programs."""

import asyncio
import os
import subprocess
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, unquote_plus

import click

from backend import migrations
from backend.kit import reach
from backend.kit.embedded import EmbeddedFailed, Programs, binaries
from web.commands import base

# Which programs for which server. Not the newest for all: what they write from 17 on sets a parameter that
# older servers do not know, and an older pg_restore cannot read it.
PROGRAMS = {15: 16, 16: 16, 17: 18, 18: 18}
SEALED_KEY = (
    "Le mot de passe d'une clé (sslpassword) serait lisible par tous sur cette machine."
    " Prenez une clé sans mot de passe, lisible par vous seul."
)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Sauve toute la base dans FILE. Les clés de signature n'y sont pas : gardez-les à part."""
    with base.database_of(base.load()) as urls:
        draft = file.with_name(file.name + ".part")
        try:
            _program(
                "pg_dump", base.owner_of(urls), "--format=custom", "--no-owner", f"--file={draft}"
            )
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)
    click.echo(f"Sauvé : {file} ({file.stat().st_size // 1024} Ko)")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--yes", is_flag=True, help="Sans demander.")
def restore(file: Path, yes: bool) -> None:
    """Remplace toute la base par celle de FILE, en une seule fois ou pas du tout."""
    if not yes:
        click.confirm("Tout ce qui est dans la base sera remplacé. Continuer ?", abort=True)
    with base.database_of(base.load()) as urls:
        owner = base.owner_of(urls)
        _program(
            "pg_restore",
            owner,
            *("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error"),
            str(file),
        )
        migrations.upgrade(owner)
        # A dump says nothing of how many rows there are of what: until somebody looks, plans are blind.
        _program("psql", owner, "--quiet", "--command=ANALYZE")
    click.echo("La base est restaurée.")


def _program(name: str, url: str, *arguments: str) -> None:
    target = target_of(url)
    done = subprocess.run(  # noqa: S603 - a program of our own wheel
        [programs_for(_major(url)).path(name), f"--dbname={target.url}", *arguments],
        env={**os.environ, **target.environment},
        capture_output=True,
        text=True,
        check=False,
        umask=0o077,  # a dump holds everybody's data: for whoever made it alone
    )
    if done.returncode != 0:
        raise click.ClickException(_in_plain_words(target.hidden(done.stderr.strip()[-2000:])))


def _major(url: str) -> int:
    return asyncio.run(reach.server_version(url)) // 10_000


def programs_for(major: int) -> Programs:
    try:
        return binaries(PROGRAMS[major])
    except (KeyError, EmbeddedFailed):
        raise click.ClickException(
            f"Palier n'a pas les programmes pour PostgreSQL {major}."
            " Prenez pg_dump et pg_restore de ce serveur."
        ) from None


class Target(NamedTuple):
    url: str
    environment: dict[str, str]

    def hidden(self, said: str) -> str:
        """What a program says, without the password, should it quote what it was told."""
        for secret in self.environment.values():
            said = said.replace(secret, "•••")
        return said


def target_of(url: str) -> Target:
    """The password goes by environment, never on the command line, which every account can read.

    It may stand before the host or as `?password=`; where it stands twice, the first counts, as for
    the application. libpq decodes its address, but takes the variable as it is.
    """
    head, _, query = url.partition("?")
    scheme, _, rest = head.partition("://")
    place, slash, base = rest.partition("/")
    user_info, at, host = place.rpartition("@")
    user, _, password = user_info.partition(":")
    said = [(unquote_plus(pair.partition("=")[0]), pair) for pair in query.split("&") if pair]
    if any(name == "sslpassword" for name, _ in said):
        raise click.ClickException(SEALED_KEY)
    words = [unquote_plus(pair.partition("=")[2]) for name, pair in said if name == "password"]
    secret = unquote(password) or next(filter(None, reversed(words)), "")
    kept = "&".join(pair for name, pair in said if name != "password")
    bare = f"{scheme}://{user}{at}{host}{slash}{base}" + (f"?{kept}" if kept else "")
    return Target(bare, {"PGPASSWORD": secret} if secret else {})


def _in_plain_words(said: str) -> str:
    if "unsupported version" not in said:
        return said
    return (
        "Cette sauvegarde vient d'un PostgreSQL plus récent que ce serveur."
        " Restaurez-la sur une version au moins égale."
    )


COMMANDS = (backup, restore)
