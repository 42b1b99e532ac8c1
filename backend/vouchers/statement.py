"""What a partner reads of its own uses (V34): sums of a period, and each use without who it was (P5)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.offers.rules import Terms
from backend.vouchers.regulars import FEWEST, Counted, Told, tell
from backend.vouchers.rules import UseChannel
from backend.vouchers.savings import GUESSED, Brought, net

DAYS_BY_DAY = 62  # a longer period is told by month
CODE_END = 4


class Line(msgspec.Struct, frozen=True):
    """One day, or one month from its first day on."""

    first: date
    brought: Brought


class Statement(msgspec.Struct, frozen=True):
    """A period, both days included, and what it brought; days without a use are left out."""

    since: date
    until: date
    by_month: bool
    lines: list[Line]
    total: Brought


class Month(msgspec.Struct, frozen=True):
    """A month from its first day on; `came_back` None while it goes on or when too few did."""

    first: date
    brought: Brought
    closed: bool
    came_back: int | None


class Beside(msgspec.Struct, frozen=True):
    """`fee_cents`: a year's dues of the contract that holds, None without one."""

    told: list[Told]
    fee_cents: int | None


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """One use as its partner sees it. `code_end`: the last signs of a voucher's code, no more: a use
    that is undone gives the code its force back. `sales_cents` is guessed where no price was typed,
    and None, like `saving_cents`, when the use was undone: then it counts for nothing.
    """

    redemption: str
    at: datetime
    title: str
    shop: str
    till: str | None
    channel: UseChannel
    code_end: str
    receipt_ref: str | None
    sales_cents: int | None
    guessed: bool
    saving_cents: int | None
    undone_at: datetime | None


async def statement(partner_id: int, since: date, until: date) -> Statement:
    """From the sums of each day: as quick for a year of uses as for one (PERF6)."""
    by_month = (until - since).days >= DAYS_BY_DAY
    rows = await fetch(
        _LINES.format(first="date_trunc('month', used_on::timestamp)" if by_month else "used_on"),
        partner_id,
        since,
        until,
    )
    lines = [Line(row["first"], _brought(row)) for row in rows]
    return Statement(since, until, by_month, lines, together([line.brought for line in lines]))


async def beside(partner_id: int, year: int, on: date) -> Beside:
    """What stands beside the sums of a year: who came back, and the fee; one statement."""
    row = await fetch_one(_BESIDE, partner_id, date(year, 1, 1), date(year, 12, 31), on)
    assert row is not None, "a SELECT without FROM gives a row"
    counted = msgspec.json.decode(row["months"], type=list[Counted])
    return Beside(tell(counted), row["fee_cents"])


async def months(partner_id: int, today: date, count_: int = 12) -> list[Month]:
    """The months up to this one, those without a use too, and who came back; one statement."""
    rows = await fetch(_MONTHS, partner_id, today, count_)
    return [_month(row) for row in rows]


def together(all_: Sequence[Brought]) -> Brought:
    return Brought(
        sum(each.uses for each in all_),
        sum(each.paid_cents for each in all_),
        sum(each.saved_cents for each in all_),
        sum(each.guessed_cents for each in all_),
    )


async def passages(
    partner_id: int, since: date, until: date, limit: int, after: str = ""
) -> list[Passage]:
    """The uses of a period, newest first, those after the use `after` in that order."""
    rows = await fetch(
        _PASSAGES,
        partner_id,
        clock.start_of_day(since),
        clock.start_of_day(until + timedelta(days=1)),
        limit,
        after or None,
    )
    return [_passage(row) for row in rows]


async def count(partner_id: int, since: date, until: date) -> int:
    """How many uses a file of the period would have, undone ones too."""
    uses: int = await fetch_value(
        "SELECT coalesce(sum(uses), 0)::bigint FROM daily_savings WHERE partner = $1"
        " AND used_on BETWEEN $2 AND $3 AND NOT undone",
        partner_id,
        since,
        until,
    )
    return uses


def cost_per_use(fee_cents: int, first: date, last: date, uses: int) -> int | None:
    """What one use cost the partner, from the share of its yearly fee that the days take.

    Cents, rounded up: we do not flatter ourselves. None without a use.
    """
    if uses <= 0:
        return None
    share = fee_cents * ((last - first).days + 1)
    return -(-share // (365 * uses))


_SUMS = (
    f"coalesce({net('uses')}, 0)::bigint AS uses,"
    f" coalesce({net('paid_cents')}, 0)::bigint AS paid_cents,"
    f" coalesce({net('saved_cents')}, 0)::bigint AS saved_cents,"
    f" coalesce({net('guessed_cents')}, 0)::bigint AS guessed_cents"
)
_LINES = (
    "SELECT {first}::date AS first, " + _SUMS + " FROM daily_savings"  # noqa: S608 - constants
    " WHERE partner = $1 AND used_on BETWEEN $2 AND $3 GROUP BY 1 HAVING sum(uses) > 0 ORDER BY 1"
)
_MONTHS = f"""
SELECT m::date AS first, c.came_back, {_SUMS}
FROM generate_series(date_trunc('month', $2::date::timestamp) - make_interval(months => $3::int - 1),
                     $2::date, interval '1 month') m
LEFT JOIN daily_savings d ON d.partner = $1 AND d.used_on >= m::date
  AND d.used_on < (m + interval '1 month')::date
LEFT JOIN closed_month c ON c.partner = $1 AND c.month = m::date
GROUP BY m, c.came_back ORDER BY m
"""  # noqa: S608 - constants
_BESIDE = """
SELECT coalesce((SELECT json_agg(json_build_object('month', month, 'visitors', visitors,
         'came_back', came_back, 'came_back_year', came_back_year) ORDER BY month)
         FROM closed_month WHERE partner = $1 AND month BETWEEN $2 AND $3), '[]')::text AS months,
       (SELECT c.dues_cents FROM contract c WHERE c.partner = $1 AND c.during @> $4::date
         AND c.accepted_at IS NOT NULL AND (c.ended_on IS NULL OR $4 < c.ended_on)
         ORDER BY c.id DESC LIMIT 1) AS fee_cents
"""
# Shop by shop, so that the index of a shop's uses gives the newest ones without reading the others.
_PASSAGES = f"""
SELECT r.public_id AS redemption, r.at, t.terms, s.name AS shop, l.name AS till, r.channel,
       v.code, r.receipt_ref, r.paid_cents, r.saving_cents, {GUESSED} AS guessed_cents,
       u.at AS undone_at
FROM redemption r JOIN shop s ON s.id = r.shop
JOIN offer_version t ON t.offer = r.offer AND t.version = r.offer_version
LEFT JOIN voucher v ON v.id = r.voucher LEFT JOIN till l ON l.id = r.till
LEFT JOIN reversal u ON u.redemption = r.id
WHERE r.id = ANY(ARRAY(SELECT n.id FROM shop h CROSS JOIN LATERAL (
    SELECT x.id FROM redemption x WHERE x.shop = h.id AND x.at >= $2 AND x.at < $3
      AND ($5::text IS NULL OR (x.at, x.id) < (SELECT a.at, a.id FROM redemption a
           WHERE a.public_id = $5 AND a.partner = $1))
    ORDER BY x.at DESC, x.id DESC LIMIT $4) n WHERE h.partner = $1))
ORDER BY r.at DESC, r.id DESC LIMIT $4
"""  # noqa: S608 - constants


def _brought(row: Any) -> Brought:
    return Brought(row["uses"], row["paid_cents"], row["saved_cents"], row["guessed_cents"])


def _month(row: Any) -> Month:
    closed = row["came_back"] is not None
    few = closed and row["came_back"] < FEWEST
    return Month(row["first"], _brought(row), closed, None if few else row["came_back"])


def _passage(row: Any) -> Passage:
    terms = msgspec.json.decode(row["terms"], type=Terms)
    undone = row["undone_at"] is not None
    typed = row["paid_cents"] is not None
    return Passage(
        redemption=row["redemption"],
        at=row["at"],
        title=terms.title,
        shop=row["shop"],
        till=row["till"],
        channel=UseChannel(row["channel"]),
        code_end=(row["code"] or "")[-CODE_END:],
        receipt_ref=row["receipt_ref"],
        sales_cents=None if undone else row["paid_cents"] if typed else row["guessed_cents"],
        guessed=not typed and row["guessed_cents"] > 0,
        saving_cents=None if undone else row["saving_cents"],
        undone_at=row["undone_at"],
    )
