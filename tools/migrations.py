"""Judges the migrations: their SQL by squawk, one file a revision, then a database they made against the tables."""

import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError

from backend import migrations
from backend.kit.embedded import Embedded
from tools.setup import BIN, ROOT

# Alembic's own table is not ours to mend.
VERSIONS = re.compile(r"CREATE TABLE alembic_version \(.*?\);", re.DOTALL)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = [write_sql(revision, Path(folder)) for revision in revisions()]
        judged = subprocess.run(
            [BIN / "squawk", "--config", ROOT / ".squawk.toml", *files], check=False
        )
    if judged.returncode != 0:
        sys.exit(judged.returncode)
    check_drift()


def revisions() -> list[Script]:
    return [*ScriptDirectory.from_config(migrations.config("")).walk_revisions()]


def write_sql(revision: Script, folder: Path) -> Path:
    config = migrations.config("")
    config.output_buffer = io.StringIO()
    span = f"{revision.down_revision or 'base'}:{revision.revision}"
    command.upgrade(config, span, sql=True)
    path = folder / f"{revision.revision}.sql"
    path.write_text(VERSIONS.sub("", config.output_buffer.getvalue()))
    return path


def check_drift() -> None:
    server = Embedded(Path(tempfile.mkdtemp(prefix="palier-check-")))
    try:
        url = server.start().owner_url
        migrations.upgrade(url)
        command.check(migrations.config(url))
    except CommandError as wrong:
        sys.exit(str(wrong))
    finally:
        server.erase()
        server.home.rmdir()


if __name__ == "__main__":
    main()
