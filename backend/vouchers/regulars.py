"""How many members came back to a partner, told so that nobody is found in it (V34).

A member came back who used something there on two days or more. Figures under five are not told, nor
one that differs from another by fewer than five people: who came on that one day more would be known
to have come before. That is why they are counted by whole months, once, when the month is over.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_as, fetch_value, transaction

FEWEST = 5
OLDEST = timedelta(days=730)


class Counted(msgspec.Struct, frozen=True):
    """One closed month of a partner, as it was counted; for no other eyes than `tell`'s."""

    month: date
    visitors: int
    came_back: int
    came_back_year: int


class Told(msgspec.Struct, frozen=True):
    """What may be said of a month, and of its year up to its end; None: not told."""

    month: date
    came_back: int | None
    came_back_year: int | None


def tell(year: Sequence[Counted]) -> list[Told]:
    """The closed months of one calendar year, in order.

    A year so far holds its months and the years so far before it: it is told when it differs from
    each of those that were told by nobody or by five people at least, and when five at least came in
    its last month, since only they can have made it grow.
    """
    said: list[int] = []
    told: list[Told] = []
    for each in year:
        month = each.came_back if each.came_back >= FEWEST else None
        said += [] if month is None else [month]
        whole = each.came_back_year
        alone = any(whole != one and whole - one < FEWEST for one in said)
        so_far = None if whole < FEWEST or each.visitors < FEWEST or alone else whole
        said += [] if so_far is None else [so_far]
        told.append(Told(each.month, month, so_far))
    return told


async def told(partner_id: int, year: int) -> list[Told]:
    """The closed months of a year that had a use, in order."""
    counted = await fetch_as(
        Counted,
        "SELECT month, visitors, came_back, came_back_year FROM closed_month WHERE partner = $1"
        " AND month BETWEEN $2 AND $3 ORDER BY month",
        partner_id,
        date(year, 1, 1),
        date(year, 12, 31),
    )
    return tell(counted)


async def close_months() -> None:
    """Counts each month that is over and was not counted; whoever comes second changes nothing."""
    first = await _first_open()
    while first is not None and _next(first) <= clock.today():
        async with transaction():
            await fetch(
                _CLOSE,
                first,
                clock.start_of_day(first.replace(month=1)),
                clock.start_of_day(_next(first)),
                clock.now(),
            )
        first = _next(first)


async def _first_open() -> date | None:
    """The month after the last that was counted, else that of the first use; two years at most."""
    last: date | None = await fetch_value("SELECT max(month) FROM closed_month")
    if last is not None:
        return _next(last)
    used = await fetch_value("SELECT min(used_on) FROM daily_savings")
    return None if used is None else max(used, clock.today() - OLDEST).replace(day=1)


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


# $1 the month, $2 its year's first instant, $3 the first instant after it.
_CLOSE = """
WITH seen AS (
  SELECT DISTINCT r.partner, r.person, (r.at AT TIME ZONE 'Europe/Paris')::date AS day
  FROM redemption r WHERE r.at >= $2 AND r.at < $3
    AND NOT EXISTS (SELECT 1 FROM reversal u WHERE u.redemption = r.id)
), came AS (
  SELECT partner, person, count(*) AS in_year, count(*) FILTER (WHERE day >= $1) AS in_month
  FROM seen GROUP BY 1, 2
)
INSERT INTO closed_month (partner, month, visitors, came_back, came_back_year, counted_at)
SELECT partner, $1, count(*) FILTER (WHERE in_month > 0), count(*) FILTER (WHERE in_month > 1),
       count(*) FILTER (WHERE in_year > 1), $4::timestamptz
FROM came GROUP BY partner
ON CONFLICT ON CONSTRAINT closed_month_once DO NOTHING
"""
