"""How long the record is kept (SEC13, D2)."""

from datetime import datetime

from backend.kit.database import fetch_value, within

# The database lets nothing younger than a year go, whatever is asked.
_OLD = "least($1::timestamptz, now() - interval '12 months')"


async def count_old(before: datetime) -> int:
    count: int = await fetch_value(
        f"SELECT count(*) FROM audit_entry WHERE at < {_OLD}",  # noqa: S608 - our own words
        before,
    )
    return count


async def purge_old(before: datetime) -> int:
    """Lines that were written before; how many."""
    within()
    gone: int = await fetch_value("SELECT purge_audit($1)", before)
    return gone
