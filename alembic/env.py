"""Migrations through the Piccolo bridge, one runner at a time.

The owner's URL comes from `config.attributes["url"]` (palier migrate, tests) or the environment.
"""

import asyncio
import os

from alembic import context
from sqlalchemy import pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from backend import schema
from backend.kit import reach

MIGRATION_LOCK = 7_254_371


def configure(connection=None, **extra):
    context.configure(
        connection=connection,
        target_metadata=schema.metadata(),
        compare_type=True,
        compare_server_default=False,
        transaction_per_migration=True,
        **extra,
    )


def run_offline():
    configure(dialect_name="postgresql", literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


async def run_online():
    url = context.config.attributes.get("url") or os.environ["PALIER_DATABASE_OWNER_URL"]
    # Our own connection, so that every command understands the same addresses and names the same faults.
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: reach.connect(url), poolclass=pool.NullPool
    )
    async with engine.connect() as connection:
        # Two starts at once migrate once: the second waits here, then finds nothing to do.
        await connection.execute(text("SELECT pg_advisory_lock(:n)"), {"n": MIGRATION_LOCK})
        await connection.execute(text("SET lock_timeout = '1s'"))
        await connection.commit()
        await connection.run_sync(migrate)
        await connection.commit()
    await engine.dispose()


def migrate(connection):
    configure(connection)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    asyncio.run(run_online())
