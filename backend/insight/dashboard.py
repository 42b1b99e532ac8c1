"""What stands on the club's first page of figures beside its charts: people, dues and the year's money.

Each figure is that of the list it links to: the register's members, the dues of twelve months, the
year's costs. One statement for all of them, from what is kept of each household and day (PERF6).
"""

from datetime import date

import msgspec

from backend.insight import figures
from backend.insight.budget import YEAR, Year
from backend.insight.dues import MONTHS
from backend.insight.rules import CEILING_CENTS
from backend.kit import clock
from backend.kit.database import fetch_one


class Now(msgspec.Struct, frozen=True):
    """`households` are members today and `people` live in them, `adults` of them grown up."""

    households: int
    people: int
    adults: int
    dues_cents: int
    year: Year


async def now(today: date) -> Now:
    """Dues are those of the months up to this one, as `dues.received` adds them up."""
    first, last = date(today.year, 1, 1), date(today.year, 12, 31)
    row = await fetch_one(
        _NOW, today, clock.start_of_day(first), first, last, today.year, CEILING_CENTS, MONTHS
    )
    assert row is not None
    values = dict(row)
    year = Year(**{name: values.pop(name) for name in Year.__struct_fields__})
    return Now(**values, year=year)


class Members(msgspec.Struct, frozen=True):
    """Households that are members on a day, and who lives there."""

    households: int
    people: int
    adults: int


async def members(today: date) -> Members:
    """As many as the register lists under « Adhérents aujourd’hui »."""
    since = clock.start_of_day(figures.first_of_year(today))
    row = await fetch_one(f"WITH {figures.TOLD} {_MEMBERS}", today, since)
    assert row is not None
    return Members(**row)


_MEMBERS = """
SELECT coalesce(sum(households), 0)::bigint AS households,
  coalesce(sum(people), 0)::bigint AS people, coalesce(sum(adults), 0)::bigint AS adults
FROM told WHERE member
"""
# $1 and $2 as figures.TOLD has them; of the year its days, its number and the ceiling as budget.YEAR;
# last how many months of dues.
_NOW = f"""
WITH {figures.TOLD}
SELECT y.*, w.*, (SELECT coalesce(sum(net_cents), 0)::bigint FROM daily_money
  WHERE order_kind = 'dues' AND moved_on >= (date_trunc('month', $1::date::timestamp)
      - make_interval(months => $7::int - 1))::date) AS dues_cents
FROM ({YEAR.format(first="$3", last="$4", number="$5", ceiling="$6")}) y CROSS JOIN ({_MEMBERS}) w
"""  # noqa: S608 - our own words
