"""What the club's office reads: savings and uses, month by month."""

from datetime import date

import msgspec

from backend.kit.database import fetch_as
from backend.vouchers.savings import net


class Month(msgspec.Struct, frozen=True):
    """Uses of one month of Europe/Paris that were not undone."""

    first: date
    uses: int
    saved_cents: int


class Year(msgspec.Struct, frozen=True):
    """All the months asked for; `partners`: how many had a use in them."""

    months: list[Month]
    partners: int

    @property
    def uses(self) -> int:
        return sum(month.uses for month in self.months)

    @property
    def saved_cents(self) -> int:
        return sum(month.saved_cents for month in self.months)


async def savings_by_month(today: date, months: int = 12) -> Year:
    """The months up to this one, those without a use too."""
    rows = await fetch_as(
        _Row,
        "WITH u AS (SELECT date_trunc('month', used_on::timestamp) AS month, partner,"  # noqa: S608
        f"   {net('uses')} AS uses, {net('saved_cents')} AS cents FROM daily_savings"
        "  WHERE used_on >= (date_trunc('month', $1::date::timestamp)"
        "   - make_interval(months => $2::int - 1))::date GROUP BY 1, 2)"
        " SELECT m::date AS first, coalesce(sum(u.uses), 0)::bigint AS uses,"
        " coalesce(sum(u.cents), 0)::bigint AS saved_cents,"
        " (SELECT count(DISTINCT partner) FROM u WHERE uses > 0) AS partners"
        " FROM generate_series(date_trunc('month', $1::date::timestamp)"
        "  - make_interval(months => $2::int - 1), $1::date, interval '1 month') m"
        " LEFT JOIN u ON u.month = m GROUP BY m ORDER BY m",
        today,
        months,
    )
    return Year([Month(row.first, row.uses, row.saved_cents) for row in rows], rows[0].partners)


class Week(msgspec.Struct, frozen=True):
    """Uses of one week from Monday on, in Europe/Paris, that were not undone."""

    first: date
    uses: int
    saved_cents: int


async def uses_by_week(today: date, weeks: int = 26) -> list[Week]:
    """The weeks up to this one, those without a use too."""
    return await fetch_as(
        Week,
        "SELECT w::date AS first, coalesce(sum(u.uses), 0)::bigint AS uses,"  # noqa: S608
        " coalesce(sum(u.cents), 0)::bigint AS saved_cents"
        " FROM generate_series(date_trunc('week', $1::date::timestamp)"
        "  - make_interval(weeks => $2::int - 1), $1::date, interval '1 week') w"
        " LEFT JOIN (SELECT date_trunc('week', used_on::timestamp) AS week,"
        f"   {net('uses')} AS uses, {net('saved_cents')} AS cents FROM daily_savings"
        "  WHERE used_on >= (date_trunc('week', $1::date::timestamp)"
        "   - make_interval(weeks => $2::int - 1))::date AND used_on <= $1 GROUP BY 1) u"
        " ON u.week = w GROUP BY w ORDER BY w",
        today,
        weeks,
    )


class _Row(msgspec.Struct, frozen=True):
    first: date
    uses: int
    saved_cents: int
    partners: int
