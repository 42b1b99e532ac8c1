"""import and demo: what fills a club."""

import click

from backend.kit.errors import N_, Denied
from web.commands import base


@click.group("import")
def imports() -> None:
    """Faire entrer des fichiers."""


class OnlyInDemo(Denied):
    slug = "only_in_demo"
    sentence = N_("Le club de démonstration n'entre jamais dans un vrai club.")
    next = N_("Lancez cette commande avec PALIER_ENV=demo.")


@click.command("demo")
def demo() -> None:
    """Remplit une base vide avec le club de démonstration."""
    from backend import migrations
    from backend.sandbox import demo as club

    settings = base.load()
    if settings.production:
        raise OnlyInDemo
    with base.database_of(settings) as urls:
        migrations.upgrade(base.owner_of(urls))
        base.run(club.fill_once(base.at(settings, urls)), urls.app)
    click.echo(club.introduction(settings))


COMMANDS = (imports, demo)
