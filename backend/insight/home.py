"""A member's first page across capabilities: what vouchers saved, and what somebody declared beside them."""

from datetime import datetime

import msgspec

from backend.kit import clock
from backend.kit.database import fetch
from backend.vouchers import queries as vouchers
from backend.vouchers.queries import AtHome


class Home(msgspec.Struct, frozen=True):
    """`declared_cents`: a year, of signed contracts, as declared; it is never added to what was used."""

    at_home: AtHome
    declared_cents: int


async def at_home(household_id: int, since: datetime) -> Home:
    """Open vouchers, what was saved since an instant, what was declared; one statement (PERF6)."""
    rows = await fetch(
        "SELECT d.cents AS declared_cents, h.* FROM (SELECT coalesce(sum(f.saving_cents), 0)::bigint"  # noqa: S608 - constants
        " FROM referral f WHERE f.household = $1 AND f.state = 'signed' AND f.changed_at >= $3)"
        f" AS d(cents), ({vouchers.at_home_sql()}) h ORDER BY h.valid_until, h.code",
        household_id,
        clock.now(),
        since,
    )
    return Home(vouchers.home_of(rows), rows[0]["declared_cents"])
