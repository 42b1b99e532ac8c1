"""Writes the next migration: what the tables want and the last migration has not.

    python -m tools.migration "what changes"

Autogenerate sees no exclusion constraint, trigger or grant: read what it wrote, then add those by hand.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command

from backend import migrations
from backend.kit.embedded import Embedded


def main(name: str) -> None:
    if not name.strip():
        sys.exit("Say what changes: make migration NAME='what changes'")
    server = Embedded(Path(tempfile.mkdtemp(prefix="palier-migration-")))
    try:
        url = server.start().owner_url
        migrations.upgrade(url)
        number = f"{int(migrations.head()) + 1:04d}"
        command.revision(migrations.config(url), name, autogenerate=True, rev_id=number)
    finally:
        server.erase()
        server.home.rmdir()


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
