"""Dues that came in, and dues that are due: month by month, equal to the lists they come from."""

from datetime import date, timedelta

import msgspec

from backend.billing.rules import PayWay
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
        "SELECT m::date AS first, y.way, coalesce(sum(CASE WHEN y.kind IN"
        "  ('payment', 'reinstated', 'returned') THEN y.amount_cents ELSE -y.amount_cents END), 0)"
        "  ::bigint AS cents FROM generate_series(date_trunc('month', $1::date::timestamp)"
        "  - make_interval(months => $2::int - 1), $1::date, interval '1 month') m"
        " LEFT JOIN (payment y JOIN pay_order o ON o.id = y.pay_order AND o.kind = 'dues')"
        "  ON y.received_at >= m AT TIME ZONE 'Europe/Paris'"
        "  AND y.received_at < (m + interval '1 month') AT TIME ZONE 'Europe/Paris'"
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
    rows = await fetch(_DUE, today, months, YEAR_MONTHS)
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
    found = await fetch_one_as(Now, _NOW, today, today + SOON)
    assert found is not None
    return found


# Of each household the last day that counts; a debit under way counts while it may still arrive.
_LAST = """
SELECT q.household, max(upper(q.during)) - 1 AS last FROM period q
WHERE q.cancelled_at IS NULL AND upper(q.during) > $1::date
  AND (q.provisional_until IS NULL OR least(q.provisional_until, upper(q.during) - 1) >= $1::date)
GROUP BY q.household
"""
# $1 today, $2 how many months, $3 how many months a renewal sells.
_DUE = f"""
WITH ends AS (
  SELECT date_trunc('month', l.last::timestamp) AS month, h.category, count(*) AS households,
    sum(CASE WHEN p.id IS NULL THEN $3::int ELSE 1 END) AS sold
  FROM ({_LAST}) l JOIN household h ON h.id = l.household AND h.ended_at IS NULL
  LEFT JOIN monthly_plan p ON p.household = h.id AND p.ended_at IS NULL GROUP BY 1, 2
)
SELECT m::date AS first, e.category, coalesce(e.households, 0)::bigint AS households,
  coalesce(e.sold, 0)::bigint AS sold
FROM generate_series(date_trunc('month', $1::date::timestamp), date_trunc('month', $1::date::timestamp)
  + make_interval(months => $2::int - 1), interval '1 month') m LEFT JOIN ends e ON e.month = m
ORDER BY m, e.category
"""  # noqa: S608 - our own words
# $1 today, $2 the last day that is soon. Grace: the last settled day is past, and not for too long.
_NOW = f"""
SELECT
  (SELECT count(*) FROM (SELECT q.household, max(upper(q.during)) AS after FROM period q
     WHERE q.cancelled_at IS NULL AND q.provisional_until IS NULL AND lower(q.during) <= $1::date
       AND upper(q.during) > $1::date - (SELECT {GRACE}) AND upper(q.during) <= $1::date
     GROUP BY q.household) l JOIN household h ON h.id = l.household AND h.ended_at IS NULL
   WHERE NOT EXISTS (SELECT 1 FROM period o WHERE o.household = h.id AND o.cancelled_at IS NULL
     AND o.during @> $1::date
     AND (o.provisional_until IS NULL OR o.provisional_until >= $1::date))) AS grace,
  (SELECT count(*) FROM (SELECT DISTINCT q.household FROM period q WHERE q.cancelled_at IS NULL
       AND upper(q.during) > $1::date AND upper(q.during) <= $2::date + 1
       AND (q.provisional_until IS NULL
         OR least(q.provisional_until, upper(q.during) - 1) >= $1::date)) l
   JOIN household h ON h.id = l.household AND h.ended_at IS NULL
   WHERE NOT EXISTS (SELECT 1 FROM period o WHERE o.household = h.id AND o.cancelled_at IS NULL
     AND upper(o.during) > $2::date + 1 AND (o.provisional_until IS NULL
       OR least(o.provisional_until, upper(o.during) - 1) >= $1::date))) AS soon
"""  # noqa: S608 - our own words
