"""`python -m backend.sandbox.demo FILE`: a landlord's list, to try an import by hand."""

from pathlib import Path

import click

from backend.sandbox.demo.export import ESTATES, landlord_list


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--landlord", type=click.Choice([each.slug for each in ESTATES]), default=ESTATES[0].slug
)
def main(file: Path, landlord: str) -> None:
    """Write an invented landlord's list to FILE, for `palier import logements FILE`."""
    estate = next(each for each in ESTATES if each.slug == landlord)
    file.write_bytes(landlord_list(estate))
    click.echo(
        f"{file} : {estate.dwellings} logements inventés, dont {estate.broken} lignes fausses."
    )


if __name__ == "__main__":
    main()
