"""Alembic, called from our own commands: one place knows where its files are."""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).resolve().parent.parent
# In an installed wheel inside web/; in a checkout beside the packages. Beside an installed package stands Alembic
# itself, hence the order.
PLACES = (HERE / "web" / "alembic", HERE / "alembic")

REVISION = re.compile(r"^revision = ['\"](\w+)['\"]", re.MULTILINE)
DOWN = re.compile(r"^down_revision = ['\"](\w+)['\"]", re.MULTILINE)


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Brings the database of `owner_url` to `revision`; a second runner waits, then has no work.

    Raises OutOfReach.
    """
    from alembic import command

    command.upgrade(config(owner_url), revision)


@cache
def head() -> str:
    """The newest revision this code knows.

    Read off the files: a web process asks for it at each readiness check, and Alembic with
    SQLAlchemy would weigh 22 MB in it (PERF7).
    """
    texts = [path.read_text() for path in (folder() / "versions").glob("*.py")]
    known: set[str] = {found for text in texts for found in REVISION.findall(text)}
    followed = {found for text in texts for found in DOWN.findall(text)}
    newest: str
    (newest,) = known - followed
    return newest


def folder() -> Path:
    return next(place for place in PLACES if place.is_dir())


def config(owner_url: str) -> "Config":
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(folder()))
    made.attributes["url"] = owner_url
    return made
