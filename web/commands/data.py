"""import and demo: what fills a club."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import Progress

from backend.audit.service import SYSTEM
from backend.kit.errors import N_, Denied
from backend.places import service as places
from backend.places.errors import ListNeedsConfirmation
from backend.places.imports import MOST_BYTES
from backend.places.service import Outcome, Wish
from backend.places.service import Progress as Tell
from web.commands import base

SHOWN = 20  # rejected lines; --json gives them all
WORDS = (("new", "nouveaux"), ("changed", "changés"), ("same", "inchangés"), ("gone", "disparus"))


@click.group("import")
def imports() -> None:
    """Faire entrer des fichiers."""


@imports.command("logements")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--landlord", default="", metavar="SLUG", help="Nom court du bailleur.")
@click.option("--dry-run", is_flag=True, help="Montrer ce qui changerait, sans rien écrire.")
@click.option("--confirm", is_flag=True, help="Oui à plus de 5 % de lignes refusées ou disparues.")
@click.option("--json", "as_json", is_flag=True, help="Pour un programme.")
def dwellings(file: Path, landlord: str, dry_run: bool, confirm: bool, as_json: bool) -> None:
    """Lit la liste des logements d'un bailleur et la compare à la précédente.

    Les lignes refusées sont laissées de côté et montrées. Toutes les autres entrent ensemble.
    Sans --landlord : le seul bailleur du club, ou un nouveau s'il n'y en a pas.
    """
    with file.open("rb") as opened:
        content = opened.read(MOST_BYTES + 1)
    wish = Wish(
        content=content,
        file_name=file.name,
        landlord_slug=landlord,
        by_name="Ligne de commande",
    )
    with base.database_of(base.load()) as urls, _watched(quiet=as_json) as progress:
        work = places.import_dwellings(
            wish, SYSTEM, dry_run=dry_run, confirmed=confirm, progress=progress
        )
        try:
            outcome = base.run(work, urls.app)
        except ListNeedsConfirmation as refusal:
            _tell(refusal.outcome, as_json=as_json)
            raise
    _tell(outcome, as_json=as_json)


@contextmanager
def _watched(*, quiet: bool) -> Iterator[Tell]:
    """A bar while somebody watches: it pulses while the file is read, then counts what is written."""
    watched = sys.stderr.isatty() and not quiet
    with Progress(console=Console(stderr=True), transient=True, disable=not watched) as bar:
        task = bar.add_task("Lecture de la liste", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, description="Écriture des logements", completed=done, total=total)

        yield progress


def _tell(outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        told = {**outcome.counts, "rejected": outcome.rejected, "batch": outcome.batch}
        click.echo(msgspec.json.encode(told))
        return
    new = " (nouveau)" if outcome.landlord_is_new else ""
    click.echo(f"Bailleur : {outcome.landlord}{new}")
    for name, word in WORDS:
        click.echo(f"{outcome.counts[name]:>8} {word}")
    click.echo(f"{len(outcome.rejected):>8} lignes refusées")
    for line in outcome.rejected[:SHOWN]:
        click.echo(f"  ligne {line.line}, {line.column or 'toute la ligne'} : {line.reason}")
    if len(outcome.rejected) > SHOWN:
        click.echo(f"  et {len(outcome.rejected) - SHOWN} autres, avec --json")
    if outcome.batch is None:
        click.echo("Rien n'est écrit." if not outcome.needs_confirmation else TO_CONFIRM)
    else:
        click.echo(f"C'est fait. Import {outcome.batch}, à annuler dans /gestion/imports.")


TO_CONFIRM = "Rien n'est écrit. Il faudra --confirm : plus de 5 % refusés ou disparus."


class OnlyInDemo(Denied):
    slug = "only_in_demo"
    sentence = N_("Le club de démonstration n'entre jamais dans un vrai club.")
    next = N_("Lancez cette commande avec PALIER_ENV=demo.")


@click.command("demo")
def demo() -> None:
    """Remplit une base vide avec le club de démonstration."""
    settings = base.load()
    if settings.production:
        raise OnlyInDemo
    from backend import migrations
    from backend.sandbox import demo as club

    with base.database_of(settings) as urls:
        migrations.upgrade(base.owner_of(urls))
        base.run(club.fill_once(base.at(settings, urls)), urls.app)
    click.echo(club.introduction(settings))


COMMANDS = (imports, demo)
