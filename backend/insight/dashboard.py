"""What stands on the club's first page of figures beside its charts: people, dues and the year's money.

Each figure is that of the list it links to: the register's members, the dues of twelve months, the
year's costs. One statement for all of them (PERF6).
"""

from datetime import date

import msgspec

from backend.insight.budget import YEAR, Year
from backend.insight.dues import MONTHS
from backend.insight.rules import CEILING_CENTS
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
    row = await fetch_one(_NOW, first, last, today.year, CEILING_CENTS, today, MONTHS)
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
    row = await fetch_one(_MEMBERS.replace("$5", "$1"), today)
    assert row is not None
    return Members(**row)


# A household is a member while a period of it runs, one under way as long as it may still arrive.
_MEMBERS = """
SELECT count(DISTINCT q.household) AS households, count(m.id) AS people,
  count(m.id) FILTER (WHERE m.adult) AS adults
FROM period q JOIN household h ON h.id = q.household AND h.ended_at IS NULL
LEFT JOIN household_member m ON m.household = h.id AND m.left_on IS NULL
WHERE q.cancelled_at IS NULL AND q.during @> $5::date
  AND (q.provisional_until IS NULL OR q.provisional_until >= $5::date)
"""
# $1 to $4 as in the year's own statement, $5 today, $6 how many months of dues.
_NOW = f"""
SELECT y.*, w.*, (SELECT coalesce(sum(CASE WHEN p.kind IN ('payment', 'reinstated', 'returned')
    THEN p.amount_cents ELSE -p.amount_cents END), 0)::bigint
  FROM payment p JOIN pay_order o ON o.id = p.pay_order AND o.kind = 'dues'
  WHERE p.received_at >= (date_trunc('month', $5::date::timestamp)
      - make_interval(months => $6::int - 1)) AT TIME ZONE 'Europe/Paris') AS dues_cents
FROM ({YEAR}) y CROSS JOIN ({_MEMBERS}) w
"""  # noqa: S608 - our own words
