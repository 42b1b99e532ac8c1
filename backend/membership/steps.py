"""Members by day, summed as periods are written (PERF6).

A household is a member from the first day of a period to its last. Years of periods are too many to be
counted for a chart, so triggers (revision 0005) write each end of one as a step, in the transaction
that writes the period, cancels it or ends its household. `settle` holds them nightly against the
periods, which alone say what is true.
"""

from backend.billing.sums import Gap
from backend.kit import locks
from backend.kit.database import fetch, fetch_as, within


async def settle() -> list[Gap]:
    """Contribution: makes the steps say what the periods say, tells where they did not, and folds.

    `of` a gap is the category of its members.
    """
    within()
    await locks.alone("steps")
    gaps = await fetch_as(Gap, _SETTLE)
    await fetch(_FOLD)
    return gaps


_SETTLE = """
WITH span AS (
  SELECT q.category, lower(q.during) AS first, least(upper(q.during), q.provisional_until + 1,
    (h.ended_at AT TIME ZONE 'Europe/Paris')::date) AS after
  FROM period q JOIN household h ON h.id = q.household WHERE q.cancelled_at IS NULL
), counted AS (
  SELECT on_day, category, sum(change) AS change FROM (
    SELECT first AS on_day, category, 1 AS change FROM span WHERE first < after
    UNION ALL SELECT after, category, -1 FROM span WHERE first < after) ends GROUP BY 1, 2
), gap AS (
  SELECT on_day, category, coalesce(s.change, 0)::bigint AS claimed,
    coalesce(c.change, 0)::bigint AS counted
  FROM (SELECT on_day, category, sum(change) AS change FROM member_step GROUP BY 1, 2) s
  FULL JOIN counted c USING (on_day, category)
), mended AS (
  INSERT INTO member_step (on_day, category, change)
  SELECT on_day, category, counted - claimed FROM gap WHERE counted <> claimed
)
SELECT on_day AS "on", category AS of, claimed::text, counted::text FROM gap WHERE counted <> claimed ORDER BY 1, 2
"""
_FOLD = """
WITH many AS (SELECT on_day, category FROM member_step GROUP BY 1, 2 HAVING count(*) > 1),
gone AS (
  DELETE FROM member_step d USING many m WHERE (d.on_day, d.category) = (m.on_day, m.category)
  RETURNING d.*
)
INSERT INTO member_step (on_day, category, change)
SELECT on_day, category, sum(change) FROM gone GROUP BY 1, 2 HAVING sum(change) <> 0
"""
