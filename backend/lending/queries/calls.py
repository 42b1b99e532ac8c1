"""Whom the desk calls: who has no address, who keeps a thing for long, whose thing is not back (L36, L10).

Whether it is still true is computed at each reading: who brought it back is on no list.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from backend.kit import clock, text
from backend.kit.database import fetch
from backend.kit.openings import Calendar
from backend.lending.bound import COLUMNS, LINES, OTHERS, Bound, as_bound
from backend.lending.schedule import Notice
from backend.membership.rules import short_name
from backend.places import queries as places
from backend.places.rules import Door

SHOWN = 20


class Call(Door, frozen=True, kw_only=True):
    """One person to call about some things with the same date: `ids` are the notices it settles.

    `about`: when they are due, or to be fetched. `phone` and `email` are "" where there is none.
    """

    ids: tuple[int, ...]
    kind: Notice
    since: datetime
    about: datetime
    names: str
    line: int
    person: str
    person_public_id: str
    household: str
    phone: str
    email: str
    street: str
    residence: str

    @property
    def said_phone(self) -> str:
        return text.show_phone(self.phone) if self.phone else ""


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """A call that somebody of the house noted."""

    at: datetime
    by: str
    person: str
    name: str
    note: str


async def waiting(site_id: int | None = None, calendar: Calendar | None = None) -> list[Call]:
    """What waits longest comes first. One statement where the caller knows the site's calendar."""
    now = clock.now()
    rows = await fetch(_WAITING, site_id)
    found = [(as_bound(row), row) for row in rows]
    calendars = await _calendars(site_id, calendar, [one.site_id for one, _ in found])
    true = [each for each in found if each[0].is_true(calendars[each[0].site_id], now)]
    groups: dict[tuple[int, Notice, datetime], list[tuple[Bound, Any]]] = {}
    for one, row in true:
        groups.setdefault((one.person, one.kind, one.about), []).append((one, row))
    told = [_call([one for one, _ in some], some[0][1]) for some in groups.values()]
    return sorted(told, key=lambda call: (call.since, call.ids))


async def _calendars(
    site_id: int | None, known: Calendar | None, sites: Sequence[int]
) -> dict[int, Calendar]:
    if site_id is not None and known is not None:
        return {site_id: known}
    return await places.calendars(sorted(set(sites))) if sites else {}


def _call(some: list[Bound], home: Any) -> Call:
    first = some[0]
    return Call(
        ids=tuple(one.id for one in some),
        kind=first.kind,
        since=min(one.made_at for one in some),
        about=first.about,
        names=", ".join(dict.fromkeys(one.name for one in some)),
        line=first.line,
        person=short_name(home["given_name"], home["family_name"]),
        phone=home["mobile"],
        **{name: home[name] for name in HOME},
    )


HOME = (
    "person_public_id",
    "email",
    "household",
    "street",
    "residence",
    "building",
    "stair",
    "floor",
    "door",
)
_ADDRESS = (
    "coalesce((SELECT c.value FROM contact_point c WHERE c.person = m.id AND c.ended_at IS NULL"
    " AND c.channel = '{0}' ORDER BY c.verified_at IS NULL, c.id LIMIT 1), '') AS {1}"
)
_WAITING = f"""
SELECT {COLUMNS}, m.public_id AS person_public_id, m.given_name, m.family_name,
       {_ADDRESS.format("sms", "mobile")}, {_ADDRESS.format("email", "email")},
       coalesce(h.public_id, '') AS household, coalesce(h.street, '') AS street,
       coalesce(e.name, '') AS residence, coalesce(d.building, '') AS building,
       coalesce(d.stair, '') AS stair, coalesce(d.floor, '') AS floor, coalesce(d.door, '') AS door
{LINES} JOIN person m ON m.id = b.person {OTHERS}
LEFT JOIN household h ON h.id = b.household LEFT JOIN dwelling d ON d.id = h.dwelling
LEFT JOIN residence e ON e.id = d.residence
WHERE n.told_at IS NULL AND n.withdrawn_at IS NULL AND n.way IN ('phone', 'task')
  AND ($1::bigint IS NULL OR r.site = $1)
ORDER BY l.id, n.id
"""


async def made_lately(site_id: int | None = None) -> list[Called]:
    """The newest first."""
    rows = await fetch(
        "SELECT n.told_at AS at, concat_ws(' ', b.given_name, b.family_name) AS by, p.given_name,"
        " p.family_name, r.name, coalesce(n.note, '') AS note FROM loan_notice n"
        " JOIN booking_line l ON l.id = n.line JOIN booking k ON k.id = l.booking"
        " JOIN person p ON p.id = k.person JOIN resource r ON r.id = l.resource"
        " JOIN person b ON b.id = n.told_by WHERE ($1::bigint IS NULL OR r.site = $1)"
        " AND l.state IN ('requested', 'confirmed', 'ready', 'checked_out', 'offered', 'lost')"
        " ORDER BY n.told_at DESC, n.id DESC LIMIT $2",
        site_id,
        SHOWN,
    )
    found = []
    for row in rows:
        said = dict(row)
        given, family = said.pop("given_name"), said.pop("family_name")
        found.append(Called(person=short_name(given, family), **said))
    return found
