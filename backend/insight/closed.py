"""Figures of days that are over: counted once, and never again (PERF6).

What was true on a day is counted from every period, person and use, which takes seconds in a large
club. It is what was known at the end of that day, and no two days may be compared to learn of somebody: the
night after, or the first to ask, counts it, and everybody reads what was kept. Only the club's money
is read as it is booked now: a transfer of December may be found in January.
"""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import TypeVar

import msgspec

from backend.insight import queries, told, yearly
from backend.insight.queries import Landlord, Report
from backend.insight.told import Tenants
from backend.insight.yearly import Month, Share, Totals
from backend.kit import clock
from backend.kit.database import fetch, fetch_value, transaction

T = TypeVar("T")
YEARS = 3  # that are over and may be asked for


class Club(msgspec.Struct, frozen=True):
    """A year of the whole club."""

    months: list[Month]
    totals: Totals
    shares: list[Share]


async def of_club(year: int) -> Club:
    """A year that is over."""

    async def count() -> Club:
        first, until = date(year, 1, 1), date(year, 12, 31)
        return Club(
            await yearly.months(None, first, until),
            await yearly.totals(None, first, until),
            await yearly.by_landlord(until),
        )

    kept = await counted("club", date(year, 12, 31), Club, count)
    cents = await yearly.dues(year)
    return msgspec.structs.replace(
        kept, totals=msgspec.structs.replace(kept.totals, dues_cents=cents)
    )


async def report(landlord: Landlord, today: date) -> Report:
    """What a landlord's referent may read: the year so far, up to the end of last month."""
    until = last_day(today)
    return (await of_landlord(landlord, date(until.year, 1, 1), until)).report


async def of_landlord(landlord: Landlord, first: date, until: date) -> Tenants:
    """A landlord's tenants, of a year or of as much of it as is over."""
    key = f"landlord:{landlord.public_id}"

    async def count() -> Tenants:
        found = await fetch_value(_BEFORE, key, until)
        last = msgspec.json.decode(found, type=Tenants) if found else None
        return await told.tenants(landlord, first, until, last)

    return await counted(key, until, Tenants, count)


def last_day(today: date) -> date:
    """Of the month before."""
    return today.replace(day=1) - timedelta(days=1)


async def close() -> None:
    """What is over and nobody has asked for yet: the club's years, the landlords' month."""
    today = clock.today()
    for before in range(1, YEARS + 1):
        await of_club(today.year - before)
    for landlord in await queries.landlords():
        await report(landlord, today)


async def counted(key: str, until: date, kind: type[T], count: Callable[[], Awaitable[T]]) -> T:
    """Two who count at once read what the first of them kept."""
    found = await fetch_value(_READ, key, until)
    if found is None:
        made = msgspec.json.encode(await count()).decode()
        async with transaction():
            await fetch(_KEEP, key, until, made, clock.now())
        found = await fetch_value(_READ, key, until)
    return msgspec.json.decode(found, type=kind)


_READ = "SELECT figures FROM closed_report WHERE key = $1 AND until = $2"
_BEFORE = (
    "SELECT figures FROM closed_report WHERE key = $1 AND until < $2 ORDER BY until DESC LIMIT 1"
)
_KEEP = (
    "INSERT INTO closed_report (key, until, figures, counted_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT ON CONSTRAINT closed_report_once DO NOTHING"
)
