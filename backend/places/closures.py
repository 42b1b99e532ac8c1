"""Closures and exceptional openings as the office reads them, and what one would take away."""

from datetime import date, datetime, time

import msgspec

from backend.kit.database import fetch_as, fetch_one_as
from backend.kit.errors import Missing

SHOWN = 200


class ClosureCard(msgspec.Struct, frozen=True, kw_only=True):
    """`site_name` None: every site. Without `starts` and `ends` the whole day."""

    id: int
    public_id: str
    site: int | None
    site_name: str | None
    first_on: date
    last_on: date
    starts: time | None
    ends: time | None
    reason: str
    made_at: datetime
    withdrawn_at: datetime | None


class ExtraCard(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    public_id: str
    site: int
    site_name: str
    opens_on: date
    opens: time
    closes: time
    reason: str


async def closures(today: date) -> list[ClosureCard]:
    """Those that are not over, the next first."""
    return await fetch_as(
        ClosureCard,
        f"{_CLOSURE} WHERE c.last_on >= $1 AND c.withdrawn_at IS NULL"
        " ORDER BY c.first_on, c.id LIMIT $2",
        today,
        SHOWN,
    )


async def past_closures(today: date) -> list[ClosureCard]:
    """Those that are over or withdrawn, the newest first."""
    return await fetch_as(
        ClosureCard,
        f"{_CLOSURE} WHERE c.last_on < $1 OR c.withdrawn_at IS NOT NULL"
        " ORDER BY c.first_on DESC, c.id DESC LIMIT $2",
        today,
        SHOWN,
    )


async def get_closure(public_id: str) -> ClosureCard:
    found = await fetch_one_as(ClosureCard, f"{_CLOSURE} WHERE c.public_id = $1", public_id)
    if found is None:
        raise Missing
    return found


async def extras(today: date) -> list[ExtraCard]:
    """Exceptional openings from today on, the next first."""
    return await fetch_as(
        ExtraCard,
        "SELECT e.id, e.public_id, e.site, s.name AS site_name, e.opens_on, e.opens, e.closes,"
        " e.reason FROM extra_opening e JOIN site s ON s.id = e.site"
        " WHERE e.opens_on >= $1 AND e.withdrawn_at IS NULL"
        " ORDER BY e.opens_on, e.opens, e.id LIMIT $2",
        today,
        SHOWN,
    )


_CLOSURE = (
    "SELECT c.id, c.public_id, c.site, s.name AS site_name, c.first_on, c.last_on, c.starts,"
    " c.ends, c.reason, c.made_at, c.withdrawn_at"
    " FROM site_closure c LEFT JOIN site s ON s.id = c.site"
)
