"""What a household was last reminded of, as its own page says it (N5)."""

from datetime import date

import msgspec

from backend.kit.database import fetch_one_as, fetch_value
from backend.membership.reminders import Channel


class Told(msgspec.Struct, frozen=True):
    """The newest reminder of a term; a paper counts once it was handed over."""

    on: date
    channel: Channel


async def last_told(household_id: int, term_on: date | None) -> Told | None:
    """None without a term, or where nothing was told of it."""
    return await fetch_one_as(
        Told,
        "SELECT coalesce((r.handed_at AT TIME ZONE 'Europe/Paris')::date, r.told_on) AS on,"
        " r.channel FROM reminder r WHERE r.household = $1 AND r.term_on = $2"
        " AND r.withdrawn_at IS NULL AND (r.handed_at IS NOT NULL OR r.channel IN ('email', 'sms'))"
        " ORDER BY r.id DESC LIMIT 1",
        household_id,
        term_on,
    )


async def failed_renewal(household_id: int, until: date | None) -> date | None:
    """The day a renewal by itself was given up, while its term is still the last paid day."""
    failed: date | None = await fetch_value(
        "SELECT (o.failed_at AT TIME ZONE 'Europe/Paris')::date FROM renewal r"
        " JOIN renewal_wish w ON w.id = r.wish JOIN pay_order o ON o.id = r.pay_order"
        " WHERE w.household = $1 AND r.term = $2 AND o.failed_at IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.pay_order = o.id)",
        household_id,
        until,
    )
    return failed
