"""The migrated database is exactly what the tables say, constraints and indexes included."""

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from backend import schema
from tests.conftest import Database, execute, with_database

DESCRIBE = """
SELECT 'column' AS what, table_name || '.' || column_name AS name,
       data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') AS said
  FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 't'
UNION ALL
SELECT 'index', tablename || '.' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
"""


async def described(url: str) -> set[tuple[str, str, str]]:
    connection = await asyncpg.connect(url)
    try:
        return {tuple(row) for row in await connection.fetch(DESCRIBE) if "alembic" not in row[1]}
    finally:
        await connection.close()


async def test_migrations_make_what_the_tables_say(db: Database):
    fresh = with_database(db.owner_url, "palier_drift")
    await execute(
        db.owner_url, "DROP DATABASE IF EXISTS palier_drift", "CREATE DATABASE palier_drift"
    )
    engine = create_async_engine(
        "postgresql+asyncpg" + fresh[fresh.index(":") :], poolclass=NullPool
    )
    async with engine.begin() as connection:
        await connection.run_sync(schema.metadata().create_all)
    await engine.dispose()
    wanted, migrated = await described(fresh), await described(db.owner_url)
    await execute(db.owner_url, "DROP DATABASE palier_drift")
    assert sorted(wanted - migrated) == []
    assert sorted(migrated - wanted) == []


@pytest.mark.parametrize("table", schema.APPEND_ONLY)
async def test_append_only_rows_stay(db: Database, table: str):
    """V2: the application's role may neither change nor delete what is append-only."""
    connection = await asyncpg.connect(db.app_url)
    try:
        for statement in (
            f"DELETE FROM {table}",
            f"UPDATE {table} SET id = id",
            f"TRUNCATE {table}",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_app_may_read_and_add_everywhere(db: Database):
    """A migration that forgets to grant its new table is found here, not in production.

    X7: what only a trigger writes is out of the application's reach.
    """
    connection = await asyncpg.connect(db.app_url)
    rows = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        " AND relname <> 'alembic_version' AND NOT (has_table_privilege(oid, 'SELECT')"
        " AND has_table_privilege(oid, 'INSERT'))"
    )
    may_insert = await connection.fetch(
        "SELECT name FROM unnest($1::text[]) name"
        " WHERE has_table_privilege(name, 'INSERT, UPDATE, DELETE')",
        list(schema.BY_TRIGGER),
    )
    await connection.close()
    assert sorted(row["relname"] for row in rows) == sorted(schema.BY_TRIGGER)
    assert [row["name"] for row in may_insert] == [], "only a trigger writes these"


async def test_nobody_puts_a_table_of_their_own_before_ours(db: Database):
    """V2, X7: what runs with the owner's rights looks into the caller's temporary tables last of all.

    A search path that does not name them has them first.
    """
    connection = await asyncpg.connect(db.owner_url)
    rows = await connection.fetch(
        "SELECT proname, coalesce((SELECT split_part(said, '=', 2) FROM unnest(proconfig) said"
        " WHERE said LIKE 'search_path=%'), '') AS path FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace AND prosecdef"
    )
    await connection.close()
    assert rows
    paths = {row["proname"]: row["path"].split(", ") for row in rows}
    assert [name for name, path in sorted(paths.items()) if path[-1] != "pg_temp"] == []


async def test_every_foreign_key_is_indexed_or_has_its_reason(db: Database):
    """REL12, PERF6: a delete or a join by a key without index reads the whole table."""
    connection = await asyncpg.connect(db.owner_url)
    rows = await connection.fetch(
        "SELECT c.conrelid::regclass || '.' || a.attname AS name FROM pg_constraint c"
        " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
        " WHERE c.contype = 'f' AND NOT EXISTS (SELECT 1 FROM pg_index i"
        "  WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])"
    )
    await connection.close()
    assert {row["name"] for row in rows} <= WITHOUT_INDEX


# Never searched by, and their targets are never deleted (ON DELETE RESTRICT everywhere).
WITHOUT_INDEX = {
    "activity_series.made_by",
    "activity_session.room",
    "seat.attended_by",
    "seat.contact",
    "listing.heard_by",
    "listing.recorded_by",
    "listing.reviewed_by",
    "hours_claim.claimed_by",
    "hours_move.by",
    "skill_proposal.by",
    "order_round.sent_by",
    "order_ticket.changed_by",
    "ticket_move.by",
    "skill_report.answered_by",
    "partner_application.photo",
    "partner_application.decided_by",
    "contract.ended_by",
    "contract.drawn_by",
    "contract.accepted_by",
    "difference.closed_by",
    "bulk_act.done_by",
    "licence.seen_by",
    "debt_contest.answered_by",
    "lending_entry.by",
    "loan_debt.agreed_by",
    "loan_debt.asked_by",
    "loan_debt.dropped_by",
    "loan_deposit.opened_by",
    "loan_notice.told_by",
    "refund.asked_by",
    "resource.in_charge",
    "resource.photo",
    "ticket.closed_by",
    "ticket.opened_by",
    "consent.recorded_by",
    "insurance_certificate.recorded_by",
    "referral.recorded_by",
    "erasure.by",
    "campaign.drafted_by",
    "campaign.launched_by",
    "campaign.planned_by",
    "club.logo",
    "target.person",
    "bank_account.person",
    "text_agreed.taken_by",
    "household.site",
    "monthly_plan.pay_order",
    "payment.received_by",
    "payment.site",
    "reminder.handed_by",
    "redemption.household",
    "redemption.partner",
    "redemption.staff",
    "redemption.till",
    "refused_attempt.shop",
    "refused_attempt.till",
    "retention_run.by",
    "reversal.staff",
    "reversal.till",
    "role_grant.granted_by",
    "shop.photo",
    "staff_check.closed_by",
    "suspension.by",
    "till.shop",
    "voucher.held_by",
    "voucher.household",
    "voucher.offer",
    "way_switch.person",
    "welcome_call.closed_by",
}
