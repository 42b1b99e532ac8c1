"""What partners are on a day, computed from their contracts and never stored (P3)."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_as, fetch_one
from backend.merchants import rules
from backend.merchants.contracts import GRACE
from backend.merchants.errors import PartnerUnknown
from backend.merchants.rules import Dated, Standing
from backend.places.queries import LegalPage


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
    return _read(
        await fetch_as(_Fact, _FACTS, None if partner_ids is None else list(partner_ids), on), on
    )


async def standing_with_text(
    partner_id: int, on: date, version: int
) -> tuple[Standing, LegalPage | None]:
    """And the words of a contract, None for version 0, the house's own; one statement (PERF6).

    Raises PartnerUnknown.
    """
    row = await fetch_one(_WITH_TEXT, [partner_id], on, version)
    assert row is not None
    found = _read(msgspec.json.decode(row["facts"], type=list[_Fact]), on)
    if partner_id not in found:
        raise PartnerUnknown
    names = LegalPage.__struct_fields__
    text = None if row["slug"] is None else LegalPage(**{name: row[name] for name in names})
    return found[partner_id], text


class _Fact(msgspec.Struct, frozen=True, kw_only=True):
    """A partner with one of its contracts, or without any."""

    id: int
    closed_at: datetime | None
    applied: bool
    first_day: date | None
    until: date | None
    owed_on: date | None
    paid: bool
    ended_on: date | None
    waiting: bool
    grace: int


_FACTS = (
    "SELECT p.id, p.closed_at, EXISTS (SELECT 1 FROM partner_application a"  # noqa: S608 - constants of this file
    " WHERE a.partner = p.id) AS applied,"
    " lower(c.during) AS first_day, upper(c.during) AS until, c.owed_on,"
    f" c.paid_at IS NOT NULL AS paid, c.ended_on, {_waits('$2')} AS waiting, {GRACE} AS grace"
    " FROM partner p LEFT JOIN contract c ON c.partner = p.id AND c.accepted_at IS NOT NULL"
    " WHERE $1::bigint[] IS NULL OR p.id = ANY($1)"
)
_WITH_TEXT = (
    f"SELECT (SELECT coalesce(json_agg(f), '[]')::text FROM ({_FACTS}) f) AS facts,"  # noqa: S608 - as above
    " t.slug, t.title, t.version, t.body, t.published_at FROM (SELECT 1) one"
    " LEFT JOIN legal_text t ON t.slug = 'convention' AND t.version = $3"
)


def _read(facts: Iterable[_Fact], on: date) -> dict[int, Standing]:
    found: dict[int, list[_Fact]] = {}
    for fact in facts:
        found.setdefault(fact.id, []).append(fact)
    return {id_: _standing(own, on) for id_, own in found.items()}


def _standing(facts: list[_Fact], on: date) -> Standing:
    closed_at = facts[0].closed_at
    return rules.standing(
        [dated for fact in facts if (dated := _dated(fact)) is not None],
        on,
        timedelta(days=facts[0].grace),
        closed_on=None if closed_at is None else clock.paris(closed_at).date(),
        applied=facts[0].applied,
    )


def _dated(fact: _Fact) -> Dated | None:
    if fact.first_day is None or fact.until is None or fact.owed_on is None:
        return None
    return Dated(
        first_day=fact.first_day,
        until=fact.until,
        owed_on=fact.owed_on,
        paid=fact.paid,
        ended_on=fact.ended_on,
        waiting=fact.waiting,
    )


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
