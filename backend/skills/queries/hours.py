"""Accounts of hours, and what two people did not agree on."""

from datetime import datetime

import msgspec

from backend.kit import clock
from backend.kit.database import fetch_as, fetch_one_as, fetch_value
from backend.skills import rules


class Hours(msgspec.Struct, frozen=True):
    """What was said of an exchange's time. `moved`: the accounts have followed."""

    minutes: int
    claimed_by: int
    claimed_at: datetime
    refused_at: datetime | None
    decided_at: datetime | None
    moved: bool

    def waits_for(self, person_id: int) -> bool:
        """Whether this one may still confirm."""
        late = clock.now() > self.claimed_at + rules.CONFIRM_WITHIN
        settled = self.moved or self.refused_at or self.decided_at
        return not (settled or late or self.claimed_by == person_id)


class Undecided(msgspec.Struct, frozen=True):
    """Hours that wait for staff: refused, or not confirmed in time (X6)."""

    exchange: str
    title: str
    giver: str
    receiver: str
    minutes: int
    claimed_at: datetime
    refused_at: datetime | None


async def balance_of(person_id: int) -> int:
    """Minutes given less minutes received."""
    found: int | None = await fetch_value(
        "SELECT minutes FROM hours_account WHERE person = $1", person_id
    )
    return found or 0


async def hours_of(exchange_id: int) -> Hours | None:
    return await fetch_one_as(
        Hours,
        "SELECT coalesce((SELECT v.minutes FROM hours_move v WHERE v.exchange = c.exchange), c.minutes)"
        " AS minutes, c.claimed_by, c.claimed_at, c.refused_at, c.decided_at,"
        " EXISTS (SELECT 1 FROM hours_move v WHERE v.exchange = c.exchange) AS moved"
        " FROM hours_claim c WHERE c.exchange = $1",
        exchange_id,
    )


async def undecided() -> list[Undecided]:
    """The oldest first."""
    return await fetch_as(Undecided, UNDECIDED, clock.now() - rules.CONFIRM_WITHIN)


# $1 until when it had to be claimed.
UNDECIDED = (
    "SELECT e.public_id AS exchange, l.title,"
    " trim(concat_ws(' ', g.given_name, g.family_name)) AS giver,"
    " trim(concat_ws(' ', r.given_name, r.family_name)) AS receiver,"
    " c.minutes, c.claimed_at, c.refused_at FROM hours_claim c"
    " JOIN exchange e ON e.id = c.exchange JOIN listing l ON l.id = e.listing"
    " JOIN person g ON g.id = c.giver JOIN person r ON r.id = c.receiver"
    " WHERE (c.refused_at IS NOT NULL OR c.claimed_at < $1) AND c.decided_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM hours_move v WHERE v.exchange = c.exchange)"
    " ORDER BY c.claimed_at"
)
