"""The members' register, as the office reads it: who is in, filtered, page by page.

The status of a household is said here in SQL what `rules.status` says of its spans (M1); a test holds
both against each other on random periods.
"""

from datetime import date
from enum import StrEnum
from typing import Any

import msgspec

from backend.kit import clock, text
from backend.kit.database import fetch
from backend.membership.queries import GRACE
from backend.membership.rules import Category, Status

PAGE = 50
MOST_EXPORTED = 100_000


class Reached(StrEnum):
    """How a household's adults can be told something."""

    EMAIL = "email"
    PHONE = "phone"
    NOBODY = "nobody"


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for; nothing of it asks for everybody. `residence` is a public id.

    `member`: those who are members today, whether their payment has arrived or is under way.
    """

    q: str = ""
    member: bool = False
    status: Status | None = None
    category: Category | None = None
    residence: str = ""
    reached: Reached | None = None
    ending_until: date | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A household of the register. `person_public_id` is its first adult's, for their file."""

    id: int
    public_id: str
    person_public_id: str
    name: str
    people: int
    category: Category
    residence: str | None
    postcode: str
    town: str
    status: Status
    paid_until: date | None
    since: date | None
    email: str | None
    phone: str | None


class Found(msgspec.Struct, frozen=True):
    """One page, the newest households first. `older` is where the next page begins."""

    lines: list[Line]
    older: int | None


async def find(wanted: Filter, *, before: int | None = None, most: int = PAGE) -> Found:
    """One statement. A household that has ended is there when its status is asked for."""
    words = [f"% {word}%" for word in text.fold(wanted.q).split()]
    asked = (clock.today(), *_conditions(wanted, words), before, *words)
    rows = await fetch(_statement(wanted, most + 1, len(words)), *asked)
    lines = [_line(row) for row in rows[:most]]
    return Found(lines, lines[-1].id if len(rows) > most else None)


async def everybody(wanted: Filter) -> list[Line]:
    """The same list without pages, to be taken away."""
    return (await find(wanted, most=MOST_EXPORTED)).lines


def _statement(wanted: Filter, most: int, words: int) -> str:
    """How many stands in it as a number: the planner then walks from the newest and stops.

    What an index knows narrows first; the conditions of the statement decide all the same.
    """
    narrow = [] if wanted.status is None else [_NARROW.get(wanted.status, "")]
    if words:
        narrow.append(_NAMED.format(named=" AND ".join(map(_WORD.format, range(11, 11 + words)))))
    if wanted.ending_until is not None:
        narrow.append(_ENDING)
    if wanted.reached is not None:
        narrow.append(_BY.get(wanted.reached, ""))
    return f"{_FIND}{''.join(narrow)} ORDER BY h.id DESC LIMIT {int(most)}"


def _conditions(wanted: Filter, words: list[str]) -> list[Any]:
    return [
        wanted.q.strip().upper(),
        words,
        None if wanted.status is None else wanted.status.value,
        None if wanted.category is None else wanted.category.value,
        wanted.residence or None,
        None if wanted.reached is None else wanted.reached.value,
        wanted.ending_until,
        wanted.member,
    ]


def _line(row: Any) -> Line:
    values = dict(row)
    return Line(
        **{
            **values,
            "category": Category(values["category"]),
            "status": Status(values["status"]),
        }
    )


# $1 today, $2 the number typed, $3 words of a name, $4 status, $5 category, $6 residence,
# $7 how reached, $8 last day of a term, $9 members only, $10 before which household, $11 and on each
# word of a name.
_FIND = f"""
SELECT h.id, h.public_id, f.public_id AS person_public_id, f.name, f.people, h.category,
       r.name AS residence, h.postcode, h.town, s.status, s.paid_until, s.since, f.email, f.phone
FROM household h
JOIN LATERAL (
  SELECT CASE
      WHEN h.ended_at IS NOT NULL THEN 'ended'
      WHEN bool_or(q.provisional_until IS NULL AND q.during @> $1::date) THEN 'current'
      WHEN bool_or(q.provisional_until >= $1::date AND q.during @> $1::date) THEN 'provisional'
      WHEN max(q.last) FILTER (WHERE q.provisional_until IS NULL AND q.first <= $1::date) IS NULL
        THEN 'prospect'
      WHEN max(q.last) FILTER (WHERE q.provisional_until IS NULL AND q.first <= $1::date)
        + (SELECT {GRACE}) >= $1::date THEN 'grace'
      ELSE 'lapsed' END AS status,
    max(q.last) FILTER (WHERE q.provisional_until IS NULL
      OR least(q.provisional_until, q.last) >= $1::date) AS paid_until,
    min(q.first) AS since
  FROM (SELECT during, provisional_until, lower(during) AS first, upper(during) - 1 AS last
        FROM period WHERE household = h.id AND cancelled_at IS NULL) q
) s ON true
JOIN LATERAL (
  SELECT (array_agg(p.public_id ORDER BY m.adult DESC, m.id))[1] AS public_id,
    (array_agg(concat_ws(' ', p.given_name, p.family_name) ORDER BY m.adult DESC, m.id))[1] AS name,
    count(DISTINCT m.id) AS people,
    min(c.value) FILTER (WHERE c.channel = 'email') AS email,
    min(c.value) FILTER (WHERE c.channel = 'sms') AS phone,
    bool_or(h.public_id = $2 OR ' ' || p.search LIKE ALL ($3::text[])) AS named
  FROM household_member m JOIN person p ON p.id = m.person
  LEFT JOIN contact_point c ON c.person = p.id AND c.ended_at IS NULL AND m.adult
  WHERE m.household = h.id AND (m.left_on IS NULL OR h.ended_at IS NOT NULL)
) f ON f.public_id IS NOT NULL
LEFT JOIN dwelling d ON d.id = h.dwelling LEFT JOIN residence r ON r.id = d.residence
WHERE ($10::bigint IS NULL OR h.id < $10)
  AND ($4::text IS NULL AND h.ended_at IS NULL OR s.status = $4)
  AND ($5::text IS NULL OR h.category = $5)
  AND ($6::text IS NULL OR r.public_id = $6)
  AND (cardinality($3::text[]) = 0 OR f.named)
  AND ($7::text IS NULL OR ($7 = 'email' AND f.email IS NOT NULL)
    OR ($7 = 'phone' AND f.phone IS NOT NULL)
    OR ($7 = 'nobody' AND f.email IS NULL AND f.phone IS NULL))
  AND ($8::date IS NULL OR s.paid_until BETWEEN $1::date AND $8::date)
  AND (NOT $9::bool OR s.status IN ('current', 'provisional'))
"""  # noqa: S608 - our own words
_HAS_PAID = "h.id IN (SELECT household FROM period WHERE cancelled_at IS NULL"
_PAID = f" AND {_HAS_PAID}"
# Who they are is known from an index of few (entries.py), and looked up from the newest on: an array
# keeps their order, where a join would look at all of them first.
_AMONG = " AND h.id = ANY (ARRAY({}))"
_NARROW = {
    Status.ENDED: " AND h.ended_at IS NOT NULL",
    Status.PROVISIONAL: f"{_PAID} AND provisional_until IS NOT NULL AND provisional_until >= $1)",
    Status.GRACE: f"{_PAID} AND provisional_until IS NULL AND upper(during) <= $1"
    f" AND upper(during) > $1::date - (SELECT {GRACE}))",
    Status.LAPSED: f"{_PAID} AND provisional_until IS NULL"
    f" AND upper(during) <= $1::date - (SELECT {GRACE}))",
    Status.PROSPECT: _AMONG.format(
        "SELECT household FROM register_entry WHERE paid_from IS NULL"
        " UNION ALL SELECT household FROM register_entry WHERE paid_from > $1::date"
    ),
}
# A name that nobody has is known from one look at the people, before any household is: each word by
# itself, since an array of them costs three times as much for each person.
_WORD = "' ' || p.search LIKE ${}"
_NAMED = (
    " AND (EXISTS (SELECT FROM household WHERE public_id = $2)"
    " OR EXISTS (SELECT FROM person p WHERE {named}))"
    " AND (h.public_id = $2 OR h.id IN (SELECT m.household FROM household_member m"
    " JOIN person p ON p.id = m.person WHERE {named}))"
)
# Where only some are reached so: who they are is known from their addresses, before their people are read.
_BY = {
    Reached.PHONE: " AND h.id IN (SELECT m.household FROM contact_point c"
    " JOIN household_member m ON m.person = c.person"
    " WHERE c.channel = 'sms' AND c.ended_at IS NULL AND m.adult)",
    Reached.NOBODY: _AMONG.format("SELECT household FROM register_entry WHERE NOT reached"),
}
_ENDING = f"{_PAID} AND upper(during) > $1::date AND upper(during) <= $8::date + 1)"
