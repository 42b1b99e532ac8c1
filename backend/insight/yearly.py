"""What a year's report counts: the whole club for its funders, one landlord's tenants for a landlord.

For a landlord only households that were members on the report's last day count, in every figure, so
that two figures of one report never tell of those who are in one of them only.
"""

from datetime import date, timedelta

import msgspec

from backend.insight import figures, rules
from backend.insight.budget import YEAR, Year
from backend.kit import clock
from backend.kit.database import fetch_as, fetch_one, fetch_one_as, fetch_value
from backend.membership import office as membership
from backend.vouchers.savings import net

NEWEST = 200  # uses that are looked at for how many people stand behind a figure
FEWEST_HOUSEHOLDS = 20  # below it a share of households tells of single ones


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """`households`: members on its last day. None: about so few that it is not told."""

    first: date
    households: int | None
    uses: int | None
    saved_cents: int | None


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Of a year up to its report's last day. `used_by`: households that used something.

    `payers`: those who paid the dues; `dues_on`: to a landlord, up to when they were told.
    """

    households: int
    people: int
    used_by: int
    users: int
    dues_cents: int
    partners: int
    payers: int = 0
    dues_on: date | None = None

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


async def totals(
    landlord_id: int | None, first: date, until: date, dues_on: date | None = None
) -> Totals:
    """Dues are counted after the day they were told on."""
    found = await fetch_one_as(
        Totals,
        _TOTALS,
        landlord_id,
        until,
        clock.start_of_day(first),
        clock.end_of_day(until),
        clock.start_of_day(dues_on + timedelta(days=1) if dues_on else first),
    )
    assert found is not None
    return found


async def dues(year: int) -> int:
    """What members paid, by the day it moved, whenever it was booked."""
    cents: int = await fetch_value(
        "SELECT coalesce(sum(net_cents), 0)::bigint FROM daily_money"
        " WHERE order_kind = 'dues' AND moved_on BETWEEN $1 AND $2",
        date(year, 1, 1),
        date(year, 12, 31),
    )
    return cents


async def share(landlord: str, first: date, until: date) -> int | None:
    """Households in a hundred that took part in something; of a landlord, or of the club ("") (A4)."""
    found: int | None = await fetch_value(
        f"SELECT {SHARE.format(whose='$1::text', first='$2', until='$3')}",
        landlord,
        first,
        until,
    )
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


class Share(msgspec.Struct, frozen=True):
    """Member households of a landlord, or of none (`name` is ""); None: too few people."""

    name: str
    dwellings: int
    households: int
    people: int


async def by_landlord(until: date) -> list[Share]:
    """Every landlord, then those who are tenants of none of them."""
    return await fetch_as(Share, _BY_LANDLORD, until, clock.end_of_day(until))


class SoFar(msgspec.Struct, frozen=True, kw_only=True):
    """The club's year, so far or to its end.

    `share`: households in a hundred that took part in something, of the last month that was counted.
    """

    club: str
    share: int | None
    totals: Totals
    contracts: Contracts
    money: Year


async def so_far(today: date) -> SoFar:
    """As `totals`, `contracts` and `budget.year` count them, from what is kept; one statement (PERF6).

    `users` are those of the newest uses: where these are few, nothing is told of them.
    """
    first = figures.first_of_year(today)
    row = await fetch_one(
        _SO_FAR,
        today,
        clock.start_of_day(first),
        clock.end_of_day(today),
        first,
        date(today.year, 12, 31),
        today.year,
        rules.CEILING_CENTS,
        NEWEST,
    )
    assert row is not None
    values = dict(row)
    money = Year(**{name: values.pop(name) for name in Year.__struct_fields__})
    signed = Contracts(
        values.pop("signed"), values.pop("signed_people"), values.pop("signed_cents")
    )
    club, share = values.pop("club"), values.pop("share")
    return SoFar(club=club, share=share, totals=Totals(**values), contracts=signed, money=money)


async def ended(number: int, totals: Totals) -> SoFar:
    """A year that is over, beside the totals it was closed with; two statements."""
    first, last = date(number, 1, 1), date(number, 12, 31)
    row = await fetch_one(_ENDED, first, last, number, rules.CEILING_CENTS)
    assert row is not None
    values = dict(row)
    club, share = values.pop("club"), values.pop("share")
    signed = await contracts(None, first, last)
    return SoFar(club=club, share=share, totals=totals, contracts=signed, money=Year(**values))


async def months_so_far(today: date) -> list[Month]:
    """As `months` of the whole club; two statements."""
    members = await membership.members_by_month(today, today.month)
    uses = await fetch_as(_Used, _USED, figures.first_of_year(today), today, NEWEST)
    silent = rules.hide_small([each.users for each in uses])
    return [
        Month(
            first=each.first,
            households=None if 0 < at.households < rules.FEWEST else at.households,
            uses=None if is_silent else each.uses,
            saved_cents=None if is_silent else each.saved_cents,
        )
        for each, at, is_silent in zip(uses, members, silent, strict=True)
    ]


async def shares_now(today: date) -> list[Share]:
    """As `by_landlord`."""
    since = clock.start_of_day(figures.first_of_year(today))
    return await fetch_as(Share, _SHARES, today, since)


class _Used(msgspec.Struct, frozen=True):
    first: date
    uses: int
    saved_cents: int
    users: int


class _Row(msgspec.Struct, frozen=True):
    first: date
    households: int
    uses: int
    users: int
    saved_cents: int


# As participation.py kept it of the last month between two days: {whose} is a landlord or '' for the club.
SHARE = (
    "(SELECT (figures->'shares'->>{whose})::bigint FROM closed_report WHERE key = 'participation'"
    " AND until BETWEEN {first} AND {until} ORDER BY until DESC LIMIT 1)"
)
# Members on a day, as what was known at its end says: {day} a date, {end} its last instant.
MEMBER = (
    "(h.ended_at IS NULL OR h.ended_at > {end}) AND EXISTS (SELECT 1 FROM period q"
    " WHERE q.household = h.id AND q.created_at <= {end} AND (q.cancelled_at IS NULL"
    "  OR q.cancelled_at > {end}) AND q.during @> {day}::date"
    "  AND (q.provisional_until IS NULL OR q.provisional_until >= {day}::date))"
)
# Of one landlord those who proved their dwelling there; of the club everybody.
_THEIRS = "($1::bigint IS NULL OR (h.proof = 'proved' AND d.landlord = $1))"
# Behind a contract of which it is forgotten who signed it stands somebody all the same (D2).
_SIGNER = "coalesce(r.person, -r.id)"
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
# $1 landlord or null, $2 last day, $3 first instant, $4 last instant, $5 from when on dues count.
_TOTALS = f"""
WITH scope AS MATERIALIZED (
  SELECT h.id, h.payer FROM household h LEFT JOIN dwelling d ON d.id = h.dwelling
  WHERE {_THEIRS} AND {MEMBER.format(day="$2", end="$4")}
), used AS (
  SELECT count(DISTINCT x.household) AS used_by, count(DISTINCT x.person) AS users
  FROM redemption x JOIN scope s ON s.id = x.household WHERE x.at >= $3 AND x.at <= $4
    AND NOT EXISTS (SELECT 1 FROM reversal v WHERE v.redemption = x.id AND v.at <= $4)
), paid AS (
  SELECT count(DISTINCT o.payer) AS payers,
    coalesce(sum(CASE WHEN y.kind IN ('payment', 'reinstated', 'returned') THEN y.amount_cents
      ELSE -y.amount_cents END), 0)::bigint AS dues_cents
  FROM payment y JOIN pay_order o ON o.id = y.pay_order AND o.kind = 'dues'
  WHERE y.received_at >= $5 AND y.received_at <= $4
    AND ($1::bigint IS NULL OR o.payer IN (SELECT payer FROM scope))
)
SELECT (SELECT count(*) FROM scope) AS households,
  (SELECT count(*) FROM scope s JOIN household_member m ON m.household = s.id
    AND m.joined_on <= $2::date AND (m.left_on IS NULL OR m.left_on > $2::date)) AS people,
  used.used_by, used.users, paid.payers, paid.dues_cents,
  (SELECT count(*) FROM partner t WHERE t.created_at <= $4
     AND (t.closed_at IS NULL OR t.closed_at > $4)) AS partners
FROM used, paid
"""  # noqa: S608 - our own words
# As above. Of the club every contract counts, also of who has left it since.
_CONTRACTS = f"""
SELECT count(*) AS signed, count(DISTINCT {_SIGNER}) AS people,
  coalesce(sum(r.saving_cents), 0)::bigint AS saved_cents
FROM referral r LEFT JOIN household h ON h.id = r.household LEFT JOIN dwelling d ON d.id = h.dwelling
WHERE r.kind = 'insurer' AND r.state = 'signed' AND r.changed_at >= $3 AND r.changed_at <= $4
  AND {_THEIRS} AND ($1::bigint IS NULL OR ({MEMBER.format(day="$2", end="$4")}))
"""  # noqa: S608 - our own words
# Whose were the newest uses of some days; {first} and {end} their instants, {most} how many uses.
_USERS = (
    "SELECT count(DISTINCT person) FROM (SELECT x.person FROM redemption x"
    " WHERE x.at >= {first} AND x.at < {end}"
    "  AND NOT EXISTS (SELECT 1 FROM reversal v WHERE v.redemption = x.id)"
    " ORDER BY x.at DESC LIMIT {most}) newest"
)
# $1 and $2 as figures.TOLD has them, $3 the last instant of today, $4 to $7 as budget.YEAR, $8 how
# many uses are looked at.
_SO_FAR = f"""
WITH {figures.TOLD}, member AS (
  SELECT coalesce(sum(households), 0)::bigint AS households,
    coalesce(sum(people), 0)::bigint AS people, coalesce(sum(used_by), 0)::bigint AS used_by
  FROM told WHERE member
), signed AS (
  SELECT count(*) AS signed, count(DISTINCT {_SIGNER}) AS signed_people,
    coalesce(sum(r.saving_cents), 0)::bigint AS signed_cents
  FROM referral r WHERE r.kind = 'insurer' AND r.state = 'signed' AND r.changed_at >= $2
    AND r.changed_at <= $3
)
SELECT coalesce((SELECT name FROM club), '') AS club, {SHARE.format(whose="''", first="$4", until="$1")} AS share, member.*, signed.*, y.*,
  ({_USERS.format(first="$2", end="$3", most="$8")}) AS users,
  (SELECT coalesce(sum(net_cents), 0)::bigint FROM daily_money
   WHERE order_kind = 'dues' AND moved_on BETWEEN $4 AND $1) AS dues_cents,
  (SELECT count(*) FROM partner t WHERE t.created_at <= $3
     AND (t.closed_at IS NULL OR t.closed_at > $3)) AS partners
FROM member, signed, ({YEAR.format(first="$4", last="$5", number="$6", ceiling="$7")}) y
"""  # noqa: S608 - our own words
# $1 to $4 as budget.YEAR.
_ENDED = f"""
SELECT coalesce((SELECT name FROM club), '') AS club,
  {SHARE.format(whose="''", first="$1", until="$2")} AS share, y.*
FROM ({YEAR.format(first="$1", last="$2", number="$3", ceiling="$4")}) y
"""  # noqa: S608 - our own words
# $1 the first day of the year, $2 today, $3 how many uses are looked at.
_USED = f"""
WITH summed AS (
  SELECT date_trunc('month', used_on::timestamp) AS month, {net("uses")} AS uses,
    {
    net("saved_cents")
} AS saved_cents FROM daily_savings WHERE used_on BETWEEN $1 AND $2 GROUP BY 1
)
SELECT m::date AS first, coalesce(s.uses, 0)::bigint AS uses,
  coalesce(s.saved_cents, 0)::bigint AS saved_cents, u.users
FROM generate_series($1::date::timestamp, $2::date::timestamp, interval '1 month') m
LEFT JOIN summed s ON s.month = m
JOIN LATERAL ({
    _USERS.format(
        first="m AT TIME ZONE 'Europe/Paris'",
        end="(m + interval '1 month') AT TIME ZONE 'Europe/Paris'",
        most="$3",
    )
}) u (users) ON true
ORDER BY m
"""  # noqa: S608 - our own words
# $1 and $2 as figures.TOLD has them.
_SHARES = f"""
WITH {figures.TOLD}, counted AS (
  SELECT landlord, sum(households)::bigint AS households, sum(people)::bigint AS people
  FROM told WHERE member GROUP BY landlord HAVING sum(households) > 0
)
SELECT l.name, (SELECT count(*) FROM dwelling w WHERE w.landlord = l.id AND w.gone_at IS NULL)
    AS dwellings, coalesce(c.households, 0) AS households, coalesce(c.people, 0) AS people
FROM landlord l LEFT JOIN counted c ON c.landlord = l.id
UNION ALL
SELECT '' AS name, 0 AS dwellings, c.households, c.people FROM counted c WHERE c.landlord = 0
ORDER BY 1 DESC
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
