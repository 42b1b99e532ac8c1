"""migrate, doctor, reset, retention: the care of an installation."""

import shutil
import sys

import click
import msgspec

from backend import migrations
from backend import settings as configuration
from backend.http.readiness import Readiness, readiness
from backend.kit.embedded import Embedded
from backend.notifications.post import mailbox
from backend.privacy import retention
from backend.settings import Settings, SettingsWrong
from web.commands import base


@click.command()
def migrate() -> None:
    """Met la base de données à jour. Deux appels en même temps ne font le travail qu'une fois."""
    with base.database_of(base.load()) as urls:
        migrations.upgrade(base.owner_of(urls))
    click.echo(f"Base de données à jour : {migrations.head()}")


class Finding(msgspec.Struct, frozen=True):
    """One thing looked at, said plainly."""

    what: str
    good: bool
    advice: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Pour un programme.")
def doctor(as_json: bool) -> None:
    """Dit en mots simples ce qui ne va pas. Code de sortie 1 si quelque chose ne va pas."""
    findings = _examine()
    if as_json:
        click.echo(msgspec.json.encode(findings))
    for finding in [] if as_json else findings:
        click.echo(f"{'✓' if finding.good else '✗'} {finding.what} {finding.advice}".rstrip())
    if not all(finding.good for finding in findings):
        sys.exit(1)


def _examine() -> list[Finding]:
    try:
        settings = configuration.load()
    except SettingsWrong as wrong:
        return [Finding(fault.variable, False, fault.french) for fault in wrong.faults]
    return [Finding("Réglages", True, f"({settings.env})"), *_examine_database(settings)]


def _examine_database(settings: Settings) -> list[Finding]:
    try:
        with base.database_of(settings) as urls:
            found = base.run(readiness(), urls.app)
    except Exception as error:  # noqa: BLE001 - a doctor says what hurts, whatever it is
        return [Finding("Base de données", False, f"Elle ne répond pas : {error}")]
    return _of_readiness(found)


def _of_readiness(found: Readiness) -> list[Finding]:
    migrated = "" if found.migrations else "Lancez `palier migrate`."
    working = "" if found.workers_seen else "Aucun travail de fond vu : lancez `palier work`."
    return [
        Finding("Base de données", found.database, ""),
        Finding("Mise à jour de la base", found.migrations, migrated),
        Finding("Travail de fond", True, working),
    ]


@click.command()
@click.option("--yes", is_flag=True, help="Sans demander.")
def reset(yes: bool) -> None:
    """Efface la base intégrée et son contenu. Refusé en production."""
    settings = base.load()
    if settings.production or not settings.embedded:
        raise click.UsageError("Seule une base intégrée, hors production, peut être effacée.")
    if not yes:
        click.confirm("Tout sera effacé. Continuer ?", abort=True)
    Embedded(settings.home).erase()
    (settings.home / "stripe.json").unlink(missing_ok=True)
    shutil.rmtree(mailbox(settings), ignore_errors=True)
    click.echo("C'est effacé.")


@click.command("retention")
@click.option("--dry-run", is_flag=True, help="Compte sans rien effacer.")
@click.option("--json", "as_json", is_flag=True, help="Pour un programme.")
def retain(dry_run: bool, as_json: bool) -> None:
    """Efface ce qui dépasse les durées du club, comme chaque nuit."""
    with base.database_of(base.load()) as urls:
        counts = base.run(retention.run(dry=dry_run), urls.app)
    if as_json:
        click.echo(msgspec.json.encode({"dry_run": dry_run, **counts}))
        return
    click.echo("Essai, rien n'est effacé." if dry_run else "C'est fait.")
    for name, count in counts.items():
        click.echo(f"{count:>8}  {RETAINED[name]}")


# One line for each count of a run.
RETAINED = {
    "prospects": "personnes qui n'ont jamais payé",
    "lapsed": "anciens adhérents",
    "held": "personnes à revoir : quelque chose est en cours",
    "audit": "lignes du journal",
    "refused": "essais refusés en caisse",
    "messages": "messages",
}
COMMANDS = (migrate, doctor, reset, retain)
