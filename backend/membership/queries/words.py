"""What all reads of membership share: the SQL that gives what rules read, and rows as our own types."""

from datetime import date
from typing import Any

import msgspec

from backend.membership import rules
from backend.membership.rules import Category, Proof, Span, Status

# A household's living periods, as the spans that rules read.
SPANS = (
    "coalesce((SELECT json_agg(json_build_array(lower(q.during), upper(q.during) - 1,"
    " q.provisional_until) ORDER BY q.during) FROM period q"
    " WHERE q.household = h.id AND q.cancelled_at IS NULL), '[]')::text AS spans"
)
# After the term, a wish to renew has so many days to be charged; who was not is reminded like others.
WISH_DAYS = 7
# From so many days before the term it is known whether the notice came in time: who had none is
# reminded like others, from the ladder's usual first step on.
NOTICE_KNOWN = 28
# Of household h: that it asked to renew, and may still be charged or hear that it will be. Who pays
# nothing is charged nothing.
_RENEWS = f"""
EXISTS (SELECT 1 FROM renewal_wish w WHERE w.household = h.id AND w.ended_at IS NULL
  AND ({{1}} < {{0}} - {NOTICE_KNOWN}
    OR EXISTS (SELECT 1 FROM renewal y WHERE y.wish = w.id AND y.term = {{0}}
      AND (y.delivered_at AT TIME ZONE 'Europe/Paris')::date BETWEEN {{0}} - 90 AND {{0}} - 30))
  AND coalesce((SELECT c.month_cents FROM price c WHERE c.category = h.category
    AND c.during @> {{1}}), CASE h.category WHEN '{Category.FREE}' THEN 0 ELSE 1 END) > 0)
"""  # noqa: S608 - our own words
# Of household h and its last paid day: whether somebody must still pay. {0} is that day, {1} today.
UNPAID = f"""
h.ended_at IS NULL
AND EXISTS (SELECT 1 FROM period e WHERE e.household = h.id AND e.cancelled_at IS NULL
  AND e.provisional_until IS NULL AND upper(e.during) = {{0}} + 1)
AND NOT EXISTS (SELECT 1 FROM period l WHERE l.household = h.id AND l.cancelled_at IS NULL
  AND upper(l.during) > {{0}} + 1 AND (l.provisional_until IS NULL OR l.provisional_until >= {{1}}))
AND NOT EXISTS (SELECT 1 FROM monthly_plan n WHERE n.household = h.id AND n.ended_at IS NULL)
AND ({{1}} > {{0}} + {WISH_DAYS} OR NOT {_RENEWS})
"""  # noqa: S608 - our own words
# Of household h: its dues are paid or in grace. $1 is today.
IN_GOOD_STANDING = """
EXISTS (SELECT 1 FROM period q WHERE q.household = h.id AND q.cancelled_at IS NULL
  AND lower(q.during) <= $1::date
  AND upper(q.during) + coalesce((SELECT grace_days FROM club), 30)::int > $1::date
  AND (q.provisional_until IS NULL OR q.provisional_until >= $1::date))
"""
GRACE = "coalesce((SELECT grace_days FROM club), 30)::int AS grace_days"


class Standing(msgspec.Struct, frozen=True):
    """What a household may do today, in what follows from its periods.

    `provisional_until`: a debit is under way, and its days count until then (B6).
    """

    status: Status
    paid_until: date | None
    grace_until: date | None
    provisional_until: date | None = None


def standing_of(
    spans: tuple[Span, ...], grace_days: int, ended_on: date | None, on: date
) -> Standing:
    until = rules.paid_until(spans, on)
    return Standing(
        status=rules.status(spans, grace_days, on, ended_on),
        paid_until=until,
        grace_until=None if until is None else until + rules.DAY * grace_days,
        provisional_until=max(
            (span.provisional_until for span in spans if span.provisional_until), default=None
        ),
    )


def as_types(row: Any) -> dict[str, Any]:
    """A row's words and spans as our own types."""
    values = dict(row)
    values["spans"] = msgspec.json.decode(values["spans"], type=tuple[Span, ...])
    for name, kind in (("category", Category), ("proof", Proof)):
        if name in values:
            values[name] = kind(values[name])
    return values
