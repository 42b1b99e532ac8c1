"""migrate, reset, retention: the care of an installation."""

import shutil

import click
import msgspec

from backend import migrations
from backend.kit.embedded import Embedded
from backend.notifications.post import mailbox
from backend.privacy import retention
from web.commands import base


@click.command()
def migrate() -> None:
    """Met la base de données à jour. Deux appels en même temps ne font le travail qu'une fois."""
    with base.database_of(base.load()) as urls:
        migrations.upgrade(base.owner_of(urls))
    click.echo(f"Base de données à jour : {migrations.head()}")


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
    "signals": "signaux mis de côté",
    "applications": "candidatures refusées",
    "applicants": "noms aux candidatures d'anciens partenaires",
    "messages": "messages",
    "proofs": "preuves de préavis",
    "campaigns": "messages de campagnes",
    "exchanges": "messages entre voisins",
    "seats": "noms aux activités passées",
    "orders": "noms sur d'anciennes commandes",
    "leads": "demandes d'appel",
    "calls": "appels attendus trop longtemps, demandes retirées",
}
COMMANDS = (migrate, reset, retain)
