"""What a year's report counts: the whole club for its funders, one landlord's tenants for a landlord.

For a landlord only households that were members on the report's last day count, in every figure, so
that two figures of one report never tell of those who are in one of them only.
"""

from datetime import date

import msgspec

from backend.insight import queries, rules
from backend.insight.queries import Landlord, Report
from backend.kit import clock
from backend.kit.database import fetch_as, fetch_one_as

FEWEST_HOUSEHOLDS = 20  # below it a share of households tells of single ones


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """`households`: members on its last day. None: about so few that it is not told."""

    first: date
    households: int | None
    uses: int | None
    saved_cents: int | None


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Of a year up to its report's last day. `used_by`: households that used something."""

    households: int
    people: int
    used_by: int
    users: int
    dues_cents: int
    partners: int

    @property
    def participation(self) -> int | None:
        """Households in a hundred that used something, to the nearest five; None for a few."""
        if self.households < FEWEST_HOUSEHOLDS:
            return None
        return 5 * round(20 * self.used_by / self.households)


async def months(landlord_id: int | None, first: date, until: date) -> list[Month]:
    """Each month of the year up to `until`; what is about fewer than five people is None."""
    rows = await fetch_as(
        _Row,
        _MONTHS,
        landlord_id,
        first,
        until,
        clock.start_of_day(first),
        clock.end_of_day(until),
    )
    silent = rules.hide_small([row.users for row in rows])
    return [
        Month(
            first=row.first,
            households=None if 0 < row.households < rules.FEWEST else row.households,
            uses=None if is_silent else row.uses,
            saved_cents=None if is_silent else row.saved_cents,
        )
        for row, is_silent in zip(rows, silent, strict=True)
    ]


async def totals(landlord_id: int | None, first: date, until: date) -> Totals:
    found = await fetch_one_as(
        Totals, _TOTALS, landlord_id, until, clock.start_of_day(first), clock.end_of_day(until)
    )
    assert found is not None
    return found


class Contracts(msgspec.Struct, frozen=True):
    """Insurance contracts that were signed, by how many people, and what they declared to save a year."""

    signed: int
    people: int
    saved_cents: int


async def contracts(landlord_id: int | None, first: date, until: date) -> Contracts:
    """By what members and agents said until today of those who signed in these days (I6)."""
    found = await fetch_one_as(
        Contracts,
        _CONTRACTS,
        landlord_id,
        until,
        clock.start_of_day(first),
        clock.end_of_day(until),
    )
    assert found is not None
    return found


async def residences(landlord: Landlord, first: date, until: date) -> Report:
    return await queries.report_of(landlord, first, until)


class Share(msgspec.Struct, frozen=True):
    """Member households of a landlord, or of none (`name` is ""); None: too few people."""

    name: str
    dwellings: int
    households: int
    people: int


async def by_landlord(until: date) -> list[Share]:
    """Every landlord, then those who are tenants of none of them."""
    return await fetch_as(Share, _BY_LANDLORD, until, clock.end_of_day(until))


class _Row(msgspec.Struct, frozen=True):
    first: date
    households: int
    uses: int
    users: int
    saved_cents: int


# Members on a day, as what was known at its end says: {day} a date, {end} its last instant.
MEMBER = (
    "(h.ended_at IS NULL OR h.ended_at > {end}) AND EXISTS (SELECT 1 FROM period q"
    " WHERE q.household = h.id AND q.created_at <= {end} AND (q.cancelled_at IS NULL"
    "  OR q.cancelled_at > {end}) AND q.during @> {day}::date"
    "  AND (q.provisional_until IS NULL OR q.provisional_until >= {day}::date))"
)
# Of one landlord those who proved their dwelling there; of the club everybody.
_THEIRS = "($1::bigint IS NULL OR (h.proof = 'proved' AND d.landlord = $1))"
# $1 landlord or null, $2 first day, $3 last day, $4 and $5 their instants.
_MONTHS = f"""
WITH scope AS MATERIALIZED (
  SELECT h.id, h.ended_at, {MEMBER.format(day="$3", end="$5")} AS member
  FROM household h LEFT JOIN dwelling d ON d.id = h.dwelling WHERE {_THEIRS}
), paid AS MATERIALIZED (
  SELECT lower(q.during) AS first, least(upper(q.during), q.provisional_until + 1,
    (s.ended_at AT TIME ZONE 'Europe/Paris')::date) AS after, count(*) AS households
  FROM period q JOIN scope s ON s.id = q.household WHERE q.cancelled_at IS NULL
    AND q.created_at <= $5 GROUP BY 1, 2
), used AS (
  SELECT date_trunc('month', x.at AT TIME ZONE 'Europe/Paris')::date AS month, count(*) AS uses,
    count(DISTINCT x.person) AS users, sum(x.saving_cents) AS saved_cents
  FROM redemption x JOIN scope s ON s.id = x.household AND ($1::bigint IS NULL OR s.member)
  WHERE x.at >= $4 AND x.at <= $5
    AND NOT EXISTS (SELECT 1 FROM reversal v WHERE v.redemption = x.id AND v.at <= $5) GROUP BY 1
)
SELECT m.month AS first, CASE WHEN m.on = $3 THEN (SELECT count(*) FROM scope WHERE member)
    ELSE (SELECT coalesce(sum(p.households), 0) FROM paid p WHERE p.first <= m.on AND m.on < p.after)
  END::bigint AS households, coalesce(u.uses, 0)::bigint AS uses,
  coalesce(u.users, 0)::bigint AS users, coalesce(u.saved_cents, 0)::bigint AS saved_cents
FROM (SELECT g::date AS month, least((g + interval '1 month')::date - 1, $3::date) AS on
  FROM generate_series($2::date::timestamp, $3::date::timestamp, interval '1 month') g) m
LEFT JOIN used u ON u.month = m.month ORDER BY m.month
"""  # noqa: S608 - our own words
# $1 landlord or null, $2 last day, $3 first instant, $4 last instant.
_TOTALS = f"""
WITH scope AS MATERIALIZED (
  SELECT h.id, h.payer FROM household h LEFT JOIN dwelling d ON d.id = h.dwelling
  WHERE {_THEIRS} AND {MEMBER.format(day="$2", end="$4")}
), used AS (
  SELECT count(DISTINCT x.household) AS used_by, count(DISTINCT x.person) AS users
  FROM redemption x JOIN scope s ON s.id = x.household WHERE x.at >= $3 AND x.at <= $4
    AND NOT EXISTS (SELECT 1 FROM reversal v WHERE v.redemption = x.id AND v.at <= $4)
)
SELECT (SELECT count(*) FROM scope) AS households,
  (SELECT count(*) FROM scope s JOIN household_member m ON m.household = s.id
    AND m.joined_on <= $2::date AND (m.left_on IS NULL OR m.left_on > $2::date)) AS people,
  used.used_by, used.users,
  (SELECT coalesce(sum(CASE WHEN y.kind IN ('payment', 'reinstated', 'returned') THEN y.amount_cents
     ELSE -y.amount_cents END), 0)::bigint FROM payment y
   JOIN pay_order o ON o.id = y.pay_order AND o.kind = 'dues'
   WHERE y.received_at >= $3 AND y.received_at <= $4
     AND ($1::bigint IS NULL OR o.payer IN (SELECT payer FROM scope))) AS dues_cents,
  (SELECT count(*) FROM partner t WHERE t.created_at <= $4
     AND (t.closed_at IS NULL OR t.closed_at > $4)) AS partners
FROM used
"""  # noqa: S608 - our own words
# As above. Of the club every contract counts, also of who has left it since.
_CONTRACTS = f"""
SELECT count(*) AS signed, count(DISTINCT r.person) AS people,
  coalesce(sum(r.saving_cents), 0)::bigint AS saved_cents
FROM referral r LEFT JOIN household h ON h.id = r.household LEFT JOIN dwelling d ON d.id = h.dwelling
WHERE r.kind = 'insurer' AND r.state = 'signed' AND r.changed_at >= $3 AND r.changed_at <= $4
  AND {_THEIRS} AND ($1::bigint IS NULL OR ({MEMBER.format(day="$2", end="$4")}))
"""  # noqa: S608 - our own words
# $1 last day, $2 its last instant.
_BY_LANDLORD = f"""
WITH member AS (
  SELECT h.id, CASE WHEN h.proof = 'proved' THEN d.landlord END AS landlord
  FROM household h LEFT JOIN dwelling d ON d.id = h.dwelling
  WHERE {MEMBER.format(day="$1", end="$2")}
), counted AS (
  SELECT c.landlord, count(DISTINCT c.id) AS households, count(m.id) AS people
  FROM member c LEFT JOIN household_member m ON m.household = c.id AND m.joined_on <= $1::date
    AND (m.left_on IS NULL OR m.left_on > $1::date) GROUP BY c.landlord
)
SELECT l.name, (SELECT count(*) FROM dwelling w WHERE w.landlord = l.id AND w.gone_at IS NULL)
    AS dwellings, coalesce(c.households, 0) AS households, coalesce(c.people, 0) AS people
FROM landlord l LEFT JOIN counted c ON c.landlord = l.id
UNION ALL
SELECT '' AS name, 0 AS dwellings, c.households, c.people FROM counted c WHERE c.landlord IS NULL
ORDER BY 1 DESC
"""  # noqa: S608 - our own words
