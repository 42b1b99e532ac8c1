"""Alembic, called from our own commands: one place knows where its files are."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

HERE = Path(__file__).resolve().parent.parent
# In an installed wheel inside web/; in a checkout beside the packages. Beside an installed package stands Alembic
# itself, hence the order.
PLACES = (HERE / "web" / "alembic", HERE / "alembic")


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Brings the database of `owner_url` to `revision`; a second runner waits, then has no work."""
    command.upgrade(config(owner_url), revision)


def head() -> str:
    """The newest revision this code knows."""
    revision = ScriptDirectory.from_config(config("")).get_current_head()
    if revision is None:
        raise RuntimeError("there are no migrations")
    return revision


def config(owner_url: str) -> Config:
    made = Config()
    made.set_main_option("script_location", str(next(p for p in PLACES if p.is_dir())))
    made.attributes["url"] = owner_url
    return made
