"""The `palier` command. Each group of commands has a file of its own in web/commands."""

import sys

import click

from backend.kit.database import DatabaseBusy
from backend.kit.embedded import EmbeddedFailed
from backend.kit.errors import DomainError, Invalid
from backend.kit.reach import OutOfReach
from backend.settings import SettingsWrong
from web.commands import backups, data, doctors, people, processes, upkeep

WRONG_SETTINGS, REFUSED, NO_DATABASE = 2, 1, 3


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="palier")
def palier() -> None:
    """Le logiciel d'un club de locataires et de sa conciergerie."""


for command in (
    *processes.COMMANDS,
    *data.COMMANDS,
    *people.COMMANDS,
    *upkeep.COMMANDS,
    *doctors.COMMANDS,
    *backups.COMMANDS,
):
    palier.add_command(command)


def main() -> None:
    """Exit codes: 0 done, 1 refused, 2 wrong settings or usage, 3 no database."""
    try:
        palier(standalone_mode=True)
    except SettingsWrong as wrong:
        for fault in wrong.faults:
            click.echo(f"{fault.variable} : {fault.french}", err=True)
        click.echo("Lancez `palier doctor` pour plus de détails.", err=True)
        sys.exit(WRONG_SETTINGS)
    except (EmbeddedFailed, DatabaseBusy, OutOfReach) as failed:
        click.echo(f"La base de données ne répond pas : {failed}", err=True)
        sys.exit(NO_DATABASE)
    except DomainError as refusal:
        click.echo(f"{refusal.said()} {refusal.advice()}", err=True)
        if isinstance(refusal, Invalid):
            for field, sentence in refusal.fields.items():
                click.echo(f"  {field} : {sentence}", err=True)
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
