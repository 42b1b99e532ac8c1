"""What the machines' watchman hears."""

from alembic.script import ScriptDirectory

from backend import migrations
from backend.http.readiness import readiness
from backend.kit import database
from tests.conftest import execute, with_database


async def test_live_needs_no_database(client):
    assert (await client.get("/health")).json() == {"status": "ok"}


async def test_ready_when_migrated(client):
    answer = await client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "database": True,
        "migrations": True,
        "workers_seen": False,
    }


async def test_not_ready_before_the_first_migration(db):
    await execute(
        db.owner_url, "DROP DATABASE IF EXISTS palier_empty", "CREATE DATABASE palier_empty"
    )
    pool, database.DB.pool = database.DB.pool, None
    try:
        await database.open_pool(with_database(db.app_url, "palier_empty"))
        found = await readiness()
        await database.close_pool()
    finally:
        database.DB.pool = pool
    await execute(db.owner_url, "DROP DATABASE palier_empty")
    assert (found.ready, found.database, found.migrations) == (False, True, False)


def test_newest_migration_is_the_one_alembic_would_name():
    """PERF7: read off the files, so that a web process needs no Alembic; both must agree."""
    scripts = ScriptDirectory.from_config(migrations.config(""))
    assert migrations.head() == scripts.get_current_head()
