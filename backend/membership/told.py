"""What a household was last reminded of, as its own page says it (N5)."""

from datetime import date

import msgspec

from backend.kit.database import fetch_one_as
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
