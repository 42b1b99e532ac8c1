"""Whether this process can serve: the database answers and its migrations are this code's."""

import msgspec

from backend import migrations
from backend.kit import clock
from backend.kit.database import fetch_one, fetch_value
from backend.kit.errors import DomainError


class Readiness(msgspec.Struct, frozen=True):
    """`workers_seen` is told without being required: pages work while no worker runs."""

    ready: bool
    database: bool
    migrations: bool
    workers_seen: bool


async def readiness() -> Readiness:
    try:
        if await fetch_value("SELECT to_regclass('alembic_version')::text") is None:
            return Readiness(ready=False, database=True, migrations=False, workers_seen=False)
        row = await fetch_one(
            "SELECT (SELECT version_num FROM alembic_version) AS revision,"
            " EXISTS (SELECT 1 FROM job_claim WHERE claimed_at > $1::timestamptz"
            "  - interval '10 minutes') AS workers",
            clock.now(),
        )
    except DomainError:
        return Readiness(ready=False, database=False, migrations=False, workers_seen=False)
    current = row is not None and row["revision"] == migrations.head()
    workers = row is not None and row["workers"]
    return Readiness(ready=current, database=True, migrations=current, workers_seen=workers)
