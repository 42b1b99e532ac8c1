"""Figures that names are needed for, kept before the names go (L43, L45)."""

from backend.kit import clock
from backend.kit.database import fetch, once_more, transaction

# Loans lose their names in the fifth month; by then a month is counted, with all that was back-dated.
SETTLED_MONTHS = 3


@once_more
async def keep_months() -> int:
    """Each month that is settled, once; the number of rows that were made."""
    async with transaction():
        rows = await fetch(
            "INSERT INTO loan_month (site, first_on, loans, households)"
            " SELECT x.site, x.first_on, count(*), count(DISTINCT x.household) FROM ("
            "  SELECT r.site, c.household,"
            "   date_trunc('month', c.out_at AT TIME ZONE 'Europe/Paris')::date AS first_on"
            "  FROM custody c JOIN booking_line l ON l.id = c.line"
            "  JOIN resource r ON r.id = l.resource WHERE c.undone_at IS NULL"
            "  AND c.out_at < (date_trunc('month', $1::date::timestamp)"
            "   - make_interval(months => $2::int)) AT TIME ZONE 'Europe/Paris') x"
            " WHERE NOT EXISTS (SELECT 1 FROM loan_month k WHERE k.first_on = x.first_on)"
            " GROUP BY GROUPING SETS ((x.site, x.first_on), (x.first_on)) RETURNING id",
            clock.today(),
            SETTLED_MONTHS,
        )
    return len(rows)
