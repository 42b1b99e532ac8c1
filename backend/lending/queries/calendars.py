"""What a secret address shows, and which addresses there are (L42)."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_as, fetch_one, fetch_value
from backend.lending import feeds
from backend.lending.errors import CalendarUnknown
from backend.lending.feeds import About, Event
from backend.lending.rules import LineState, Period

KEPT = timedelta(days=90)  # so long what is over stays in a calendar


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """One address in the office's list. `name` is the thing's or the site's."""

    about: About
    public_id: str
    name: str
    made_at: datetime


async def read(secret: str, host: str) -> bytes:
    """The calendar behind an address. Raises CalendarUnknown, also for one that was ended."""
    row = await fetch_one(_FEED, codes.hash_token(secret))
    if row is None:
        raise CalendarUnknown
    about = About(row["about"])
    found = await fetch(
        f"{_EVENT}{_OF[about]}{_WHICH}",
        row["target"],
        clock.now() - KEPT,
        [state.value for state in feeds.SHOWN],
    )
    return feeds.render(row["name"], host, about, [_event(each) for each in found])


def _event(row: Any) -> Event:
    values = dict(row)
    period = Period(values.pop("start"), values.pop("stop"))
    return Event(**{**values, "period": period, "state": LineState(values["state"])})


async def made_at(about: About, public_id: str) -> datetime | None:
    """Since when somebody or something has an address; None where there is none."""
    found: datetime | None = await fetch_value(
        f"SELECT f.made_at FROM calendar_feed f JOIN {about} o ON o.id = f.{about}"  # noqa: S608
        " WHERE o.public_id = $1 AND f.ended_at IS NULL",
        public_id,
    )
    return found


async def of_the_club() -> list[Feed]:
    """Those of sites and things; a tenant's own is theirs."""
    return await fetch_as(
        Feed,
        "SELECT 'site' AS about, s.public_id, s.name, f.made_at FROM calendar_feed f"
        " JOIN site s ON s.id = f.site WHERE f.ended_at IS NULL UNION ALL"
        " SELECT 'resource', r.public_id, r.name, f.made_at FROM calendar_feed f"
        " JOIN resource r ON r.id = f.resource WHERE f.ended_at IS NULL ORDER BY about DESC, name",
    )


_FEED = """
SELECT coalesce(f.person, f.resource, f.site) AS target,
       CASE WHEN f.person IS NOT NULL THEN 'person' WHEN f.resource IS NOT NULL THEN 'resource'
       ELSE 'site' END AS about,
       coalesce(r.name, s.name, (SELECT name FROM club LIMIT 1), 'Palier') AS name
FROM calendar_feed f LEFT JOIN resource r ON r.id = f.resource LEFT JOIN site s ON s.id = f.site
WHERE f.secret_hash = $1 AND f.ended_at IS NULL
"""
# What a ticket blocks has another end once the ticket is closed.
_EVENT = """
SELECT l.id AS line, coalesce(b.version, (t.closed_at IS NOT NULL)::int) AS version, r.name, coalesce(u.code, '') AS unit,
       CASE WHEN EXISTS (SELECT 1 FROM custody c WHERE c.line = l.id AND c.outcome = 'lost')
         THEN 'lost' ELSE l.state END AS state, lower(l.during) AS start, upper(l.during) AS stop,
       concat_ws(', ', s.name, nullif(s.street, ''), s.town) AS place, l.changed_at
FROM booking_line l JOIN resource r ON r.id = l.resource JOIN site s ON s.id = r.site
LEFT JOIN booking b ON b.id = l.booking LEFT JOIN unit u ON u.id = l.unit
LEFT JOIN ticket t ON t.id = l.ticket
"""
_WHICH = " AND upper(l.during) > $2 AND l.state = ANY($3) ORDER BY lower(l.during), l.id"
_HOUSEHOLD = (
    "(SELECT m.household FROM household_member m WHERE m.person = $1 AND m.left_on IS NULL)"
)
_OF = {
    About.PERSON: f"WHERE b.household = {_HOUSEHOLD}",
    About.RESOURCE: "WHERE l.resource = $1",
    About.SITE: "WHERE r.site = $1",
}
