"""What partners are on a day, computed from their contracts and never stored (P3)."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from backend.kit import clock
from backend.kit.database import fetch
from backend.merchants import rules
from backend.merchants.errors import PartnerUnknown
from backend.merchants.rules import Dated, Standing

# The club's own, or the house's until it sets one.
GRACE = f"coalesce((SELECT g.grace_days FROM partner_setting g), {rules.Terms().grace_days})::int"  # noqa: S608 - constants of ours


def _waits(day: str) -> str:
    """No place of any of its trades on a day, or one it never said yes to: nothing is asked of it yet,
    and it gives nothing. A place that was kept until an hour of that day is still of that day.
    """
    return (
        "EXISTS (SELECT 1 FROM contract_trade x WHERE x.contract = c.id) AND NOT EXISTS"  # noqa: S608
        " (SELECT 1 FROM trade_place s WHERE s.contract = c.id AND s.state IN ('held', 'taken')"
        f" AND (s.until IS NULL OR s.until > {day}::date::timestamp AT TIME ZONE 'Europe/Paris'))"
    )


async def standing(partner_id: int, on: date) -> Standing:
    """Raises PartnerUnknown."""
    found = await standings([partner_id], on)
    if partner_id not in found:
        raise PartnerUnknown
    return found[partner_id]


async def is_giving(partner_id: int, on: date) -> bool:
    """Whether its standing discounts hold; one statement, for tills."""
    asked = f"SELECT {gives('$2')} AS gives FROM partner p WHERE p.id = $1"  # noqa: S608 - as above
    row = await fetch(asked, partner_id, on)
    return bool(row and row[0]["gives"])


async def standings(partner_ids: Collection[int] | None, on: date) -> dict[int, Standing]:
    """Of these partners, or of all of them (None); one statement."""
    rows = await fetch(
        "SELECT p.id, p.closed_at, EXISTS (SELECT 1 FROM partner_application a"  # noqa: S608 - constants of this file
        " WHERE a.partner = p.id) AS applied,"
        " lower(c.during) AS first_day, upper(c.during) AS until, c.owed_on,"
        f" c.paid_at IS NOT NULL AS paid, c.ended_on, {_waits('$2')} AS waiting, {GRACE} AS grace"
        " FROM partner p LEFT JOIN contract c ON c.partner = p.id AND c.accepted_at IS NOT NULL"
        " WHERE $1::bigint[] IS NULL OR p.id = ANY($1)",
        None if partner_ids is None else list(partner_ids),
        on,
    )
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row["id"], []).append(row)
    return {id_: _standing(own, on) for id_, own in found.items()}


def _standing(rows: list[Any], on: date) -> Standing:
    closed_at = rows[0]["closed_at"]
    return rules.standing(
        [_dated(row) for row in rows if row["first_day"] is not None],
        on,
        timedelta(days=rows[0]["grace"]),
        closed_on=None if closed_at is None else clock.paris(closed_at).date(),
        applied=rows[0]["applied"],
    )


def _dated(row: Any) -> Dated:
    names = ("first_day", "until", "owed_on", "paid", "ended_on", "waiting")
    return Dated(**{name: row[name] for name in names})


def gives(day: str) -> str:
    """The same decision as an expression over a partner `p` and a day, for lists of thousands.

    A property test holds it to `rules.standing`: true exactly where that says active or in grace.
    """
    return (
        "(p.closed_at IS NULL AND CASE WHEN NOT EXISTS (SELECT 1 FROM contract c"  # noqa: S608
        " WHERE c.partner = p.id AND c.accepted_at IS NOT NULL) THEN NOT EXISTS"
        " (SELECT 1 FROM partner_application a WHERE a.partner = p.id)"
        " ELSE EXISTS (SELECT 1 FROM contract c WHERE c.partner = p.id"
        f" AND c.accepted_at IS NOT NULL AND (c.ended_on IS NULL OR {day}::date < c.ended_on)"
        f" AND CASE WHEN c.paid_at IS NOT NULL THEN lower(c.during) <= {day}::date"
        f" AND {day}::date < upper(c.during) + {GRACE}"
        f" ELSE c.owed_on <= {day}::date AND {day}::date < c.owed_on + {GRACE}"
        f" AND NOT ({_waits(day)}) END) END)"
    )
