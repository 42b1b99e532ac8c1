"""Dues that came in, and dues that are due: month by month, equal to the lists they come from."""

from datetime import date, timedelta

import msgspec

from backend.billing.rules import PayWay
from backend.insight import figures
from backend.kit import clock
from backend.kit.database import fetch, fetch_one_as
from backend.membership import queries as membership
from backend.membership.queries import GRACE
from backend.membership.rules import YEAR_MONTHS, Category

MONTHS = 12
SOON = timedelta(days=30)


class Received(msgspec.Struct, frozen=True):
    """What came in one month by each way, in cents; refunds and disputes are taken off."""

    first: date
    cents: dict[PayWay, int]

    @property
    def total_cents(self) -> int:
        return sum(self.cents.values())


class Due(msgspec.Struct, frozen=True):
    """Households whose last paid day falls in a month, and what they would bring at today's prices."""

    first: date
    households: int
    cents: int


class Now(msgspec.Struct, frozen=True):
    """Households to remind: in grace, and paid for thirty more days at most."""

    grace: int
    soon: int


async def received(today: date, months: int = MONTHS) -> list[Received]:
    """The months up to this one, those without a payment too; one statement."""
    rows = await fetch(
        "SELECT m::date AS first, y.way, coalesce(sum(y.net_cents), 0)::bigint AS cents"
        " FROM generate_series(date_trunc('month', $1::date::timestamp)"
        "  - make_interval(months => $2::int - 1), $1::date, interval '1 month') m"
        " LEFT JOIN (SELECT date_trunc('month', moved_on::timestamp) AS month, way,"
        "   sum(net_cents) AS net_cents FROM daily_money WHERE order_kind = 'dues'"
        "   AND moved_on >= (date_trunc('month', $1::date::timestamp)"
        "    - make_interval(months => $2::int - 1))::date GROUP BY 1, 2) y ON y.month = m"
        " GROUP BY m, y.way ORDER BY m",
        today,
        months,
    )
    found: dict[date, dict[PayWay, int]] = {}
    for row in rows:
        ways = found.setdefault(row["first"], {})
        if row["way"] is not None:
            ways[PayWay(row["way"])] = row["cents"]
    return [Received(first, ways) for first, ways in found.items()]


async def due(today: date, months: int = MONTHS) -> list[Due]:
    """The rest of this month, then the coming ones, those without an end too.

    Twelve months for each household; one month for who pays each month.
    """
    prices = await membership.month_prices(today)
    since = clock.start_of_day(figures.first_of_year(today))
    rows = await fetch(_DUE, today, since, months, YEAR_MONTHS)
    found: dict[date, Due] = {}
    for row in rows:
        before = found.get(row["first"], Due(row["first"], 0, 0))
        price = 0 if row["category"] is None else prices[Category(row["category"])]
        found[row["first"]] = Due(
            row["first"], before.households + row["households"], before.cents + price * row["sold"]
        )
    return list(found.values())


async def now() -> Now:
    """Those whom the register lists under « À renouveler » and « Finit sous 30 jours »; one statement."""
    today = clock.today()
    since = clock.start_of_day(figures.first_of_year(today))
    found = await fetch_one_as(Now, _NOW, today, since, today + SOON)
    assert found is not None
    return found


# $1 and $2 as figures.TOLD has them, $3 how many months, $4 how many months a renewal sells.
_DUE = f"""
WITH {figures.TOLD}, ends AS (
  SELECT last_month, category, sum(households) AS households,
    sum(households * CASE WHEN monthly THEN 1 ELSE $4::int END) AS sold
  FROM told WHERE last_month > 0 GROUP BY 1, 2 HAVING sum(households) > 0
)
SELECT m::date AS first, e.category, coalesce(e.households, 0)::bigint AS households,
  coalesce(e.sold, 0)::bigint AS sold
FROM generate_series(date_trunc('month', $1::date::timestamp), date_trunc('month', $1::date::timestamp)
  + make_interval(months => $3::int - 1), interval '1 month') m
LEFT JOIN ends e ON e.last_month = extract(year FROM m) * 100 + extract(month FROM m)
ORDER BY m, e.category
"""  # noqa: S608 - our own words
# $1 and $2 as figures.TOLD has them, $3 the last day that is soon. Grace: the last settled day is past, and not for too long.
_NOW = f"""
SELECT
  (SELECT count(*) FROM (SELECT q.household, max(upper(q.during)) AS after FROM period q
     WHERE q.cancelled_at IS NULL AND q.provisional_until IS NULL AND lower(q.during) <= $1::date
       AND upper(q.during) > $1::date - (SELECT {GRACE}) AND upper(q.during) <= $1::date
     GROUP BY q.household) l JOIN household h ON h.id = l.household AND h.ended_at IS NULL
   WHERE NOT EXISTS (SELECT 1 FROM period o WHERE o.household = h.id AND o.cancelled_at IS NULL
     AND o.during @> $1::date
     AND (o.provisional_until IS NULL OR o.provisional_until >= $1::date))) AS grace,
  ({figures.ENDING.format(first="$1::date", last="$3::date")}) AS soon
"""  # noqa: S608 - our own words
