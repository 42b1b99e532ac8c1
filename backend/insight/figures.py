"""What each household adds to the club's figures, kept beside what it is counted from (PERF6).

To count everybody reads every period, every person and a year of uses. So each household is counted
when something of it changed, and those that are alike are added up in cells, of which a page reads a
few thousand. Whatever changes a household marks it in the same transaction (triggers of revision
0005); every few minutes `settle` counts the marked ones anew, and their cells with them. Until then a
page counts these few itself, and so is right at every instant, also while no worker runs: what is kept
makes it quick, never true. `check` looks at all of them by night.
"""

from datetime import date

import msgspec

from backend.kit import clock, locks
from backend.kit.database import fetch, fetch_as, transaction

CHUNK = 2_000


class Gap(msgspec.Struct, frozen=True):
    """A household whose kept figures were not those of its rows, by its key and its number.

    0 and "": the cells were not the sums of the households.
    """

    id: int
    household: str


async def settle() -> int:
    """Counts anew what changed, or what a new day changes; gives how many. Again, it changes nothing."""
    counted = 0
    while more := await _settle_some():
        counted += more
    return counted


async def _settle_some() -> int:
    async with transaction():
        if not await locks.first("figures"):
            return 0
        today, year = clock.today(), first_of_year(clock.today())
        rows = await fetch(_TAKE, today, CHUNK)
        if rows:
            await fetch(_KEEP, today, clock.start_of_day(year), [row["household"] for row in rows])
            await fetch(_ADD_UP)
    return len(rows)


async def check() -> list[Gap]:
    """Everybody anew: mends what is not as it was kept, and names it. Marked ones may differ."""
    await settle()
    gaps: list[Gap] = []
    today = clock.today()
    year, last = clock.start_of_day(first_of_year(today)), 0
    while ids := [row["id"] for row in await fetch(_NEXT, last, CHUNK)]:
        async with transaction():
            await locks.alone("figures")
            wrong = await fetch_as(Gap, _WRONG, today, year, ids)
            await fetch(_KEEP, today, year, [gap.id for gap in wrong])
            moved = await fetch(_ADD_UP)
        gaps += wrong or [Gap(0, "") for _ in moved]
        last = ids[-1]
    return gaps


def first_of_year(today: date) -> date:
    return today.replace(month=1, day=1)


_NEXT = "SELECT id FROM household WHERE id > $1 ORDER BY id LIMIT $2"
# $1 today, $2 how many. What is marked meanwhile stays marked.
_TAKE = """
WITH few AS (SELECT DISTINCT household FROM household_mark LIMIT $2),
gone AS (DELETE FROM household_mark WHERE household IN (SELECT household FROM few))
SELECT household FROM few UNION
(SELECT household FROM household_figure WHERE look_on <= $1 LIMIT $2)
"""
_COLUMNS = (
    "household, residence, landlord, category, monthly, counted_on, counts_from, counts_to, last_on,"
    " look_on, people, adults, year, uses, saved_cents"
)
# A household counts in a period from its first day to its last, of one under way to the last day that
# it may still arrive on. $1 today, $2 the first instant of its year; `one` (household) whom.
_COUNT = """
SELECT h.id AS household, d.residence, d.landlord, h.category, m.id IS NOT NULL AS monthly,
  $1::date AS counted_on, s.counts_from, s.counts_to, s.last_on, s.look_on, coalesce(p.people, 0) AS people,
  coalesce(p.adults, 0) AS adults, extract(year FROM $1::date)::bigint AS year,
  coalesce(u.uses, 0) AS uses, coalesce(u.saved_cents, 0)::bigint AS saved_cents
FROM one JOIN LATERAL (SELECT * FROM household WHERE id = one.household OFFSET 0) h ON true
LEFT JOIN dwelling d ON d.id = h.dwelling AND h.proof = 'proved'
LEFT JOIN monthly_plan m ON m.household = h.id AND m.ended_at IS NULL
LEFT JOIN LATERAL (
  SELECT min(q.first) FILTER (WHERE q.first < q.after AND q.after > $1) AS counts_from,
    min(q.after) FILTER (WHERE q.first < q.after AND q.after > $1) AS counts_to,
    max(q.last) FILTER (WHERE q.last >= $1 AND q.after > $1) AS last_on,
    least(min(q.after) FILTER (WHERE q.after > $1), min(q.first) FILTER (WHERE q.first > $1)) AS look_on
  FROM (SELECT lower(during) AS first, upper(during) - 1 AS last,
      least(upper(during), provisional_until + 1) AS after
    FROM period WHERE household = h.id AND cancelled_at IS NULL) q
) s ON h.ended_at IS NULL
LEFT JOIN LATERAL (
  SELECT count(*) AS people, count(*) FILTER (WHERE adult) AS adults
  FROM household_member WHERE household = h.id AND left_on IS NULL
) p ON true
LEFT JOIN LATERAL (
  SELECT count(*) AS uses, sum(x.saving_cents) AS saved_cents FROM redemption x
  WHERE x.household = h.id AND x.at >= $2
    AND NOT EXISTS (SELECT 1 FROM reversal v WHERE v.redemption = x.id)
) u ON true
"""
# $3 whom.
_ASKED = f"WITH one AS (SELECT unnest($3::bigint[]) AS household) {_COUNT}"
_KEEP = (
    f"INSERT INTO household_figure ({_COLUMNS}) SELECT {_COLUMNS} FROM ({_ASKED}) c"  # noqa: S608 - our own words
    " ON CONFLICT ON CONSTRAINT household_figure_once DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS.split(", ")[1:])
)
# Of those that nothing marked since: the difference is nobody's change but a fault.
_WRONG = f"""
SELECT h.id, h.public_id AS household FROM ({_ASKED}) c JOIN household h ON h.id = c.household
LEFT JOIN household_figure f ON f.household = c.household
WHERE NOT EXISTS (SELECT 1 FROM household_mark k WHERE k.household = c.household)
  AND (c.residence, c.landlord, c.category, c.monthly, c.counts_from, c.counts_to, c.last_on,
    c.look_on, c.people, c.adults, c.uses, c.saved_cents) IS DISTINCT FROM
    (f.residence, f.landlord, f.category, f.monthly, f.counts_from, f.counts_to, f.last_on,
    f.look_on, f.people, f.adults, CASE WHEN f.year = c.year THEN f.uses ELSE 0 END,
    CASE WHEN f.year = c.year THEN f.saved_cents ELSE 0 END)
ORDER BY h.id
"""  # noqa: S608 - our own words
# A household as a row of the cells: with the uses of its year, a member on the day it was counted.
_AS_CELL = (
    "coalesce(residence, 0) AS residence, coalesce(landlord, 0) AS landlord, category, monthly,"
    " coalesce(counts_from <= counted_on AND counts_to > counted_on, false) AS member,"
    " coalesce(extract(year FROM last_on) * 100 + extract(month FROM last_on), 0)::bigint AS last_month,"
    " year, 1 AS households, people, adults, CASE WHEN uses > 0 THEN 1 ELSE 0 END AS used_by, uses,"
    " saved_cents"
)
_KEY = "residence, landlord, category, monthly, member, last_month, year"
_SUMS = ("households", "people", "adults", "used_by", "uses", "saved_cents")
# The cells that are not as they were are written, and told.
_ADD_UP = f"""
WITH fresh AS MATERIALIZED (
  SELECT {_KEY}, {", ".join(f"sum({name})::bigint AS {name}" for name in _SUMS)}
  FROM (SELECT {_AS_CELL} FROM household_figure) f GROUP BY {_KEY}
), gone AS (
  DELETE FROM figure_cell c WHERE NOT EXISTS (SELECT 1 FROM fresh f WHERE
    {" AND ".join(f"f.{name.strip()} = c.{name.strip()}" for name in _KEY.split(","))}) RETURNING c.id
), kept AS (
  INSERT INTO figure_cell ({_KEY}, {", ".join(_SUMS)}) SELECT {_KEY}, {", ".join(_SUMS)} FROM fresh
  ON CONFLICT ON CONSTRAINT figure_cell_once
  DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _SUMS)}
  WHERE ({", ".join(f"figure_cell.{name}" for name in _SUMS)}) IS DISTINCT FROM
    ({", ".join(f"excluded.{name}" for name in _SUMS)}) RETURNING id
)
SELECT id FROM gone UNION ALL SELECT id FROM kept
"""  # noqa: S608 - our own words
# For a statement that adds up everybody: the CTEs `one` and `told`. What is kept of a household that
# changed is taken off its cell, and what it is now is added. $1 and $2 as above.
_ONE = """
one AS MATERIALIZED (
  SELECT household FROM household_mark
  UNION SELECT household FROM household_figure WHERE look_on <= $1::date
)
"""
_OLD = "FROM one JOIN LATERAL (SELECT * FROM household_figure WHERE household = one.household OFFSET 0) f ON true"
TOLD = f"""
{_ONE}, every AS NOT MATERIALIZED (
  SELECT 1 AS sign, {_KEY}, {", ".join(_SUMS)} FROM figure_cell
  UNION ALL SELECT -1, {_AS_CELL} {_OLD}
  UNION ALL SELECT 1, {_AS_CELL} FROM ({_COUNT}) c
), told AS NOT MATERIALIZED (
  SELECT residence, landlord, category, monthly, member, last_month,
    {", ".join(f"sign * {name} AS {name}" for name in _SUMS[:3])},
    {
    ", ".join(
        f"CASE WHEN year = extract(year FROM $1::date) THEN sign * {name} ELSE 0 END AS {name}"
        for name in _SUMS[3:]
    )
}
  FROM every
)
"""  # noqa: S608 - our own words
# How many households end between two days: {first} and {last}. The same way, from the households.
ENDING = f"""
WITH {_ONE}
SELECT (SELECT count(*) FROM household_figure WHERE last_on BETWEEN {{first}} AND {{last}})
  - (SELECT count(*) {_OLD} WHERE last_on BETWEEN {{first}} AND {{last}})
  + (SELECT count(*) FROM ({_COUNT}) c WHERE last_on BETWEEN {{first}} AND {{last}})
"""  # noqa: S608 - our own words
