"""An empty calendar that telephones read (RFC 5545), with the zone of Paris by its rule."""

from datetime import datetime, timedelta

import icalendar

from backend.kit.zone import PARIS

REFRESH = "PT1H"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# The first changes under the rule of today, as clocks stood before them.
SPRING, AUTUMN = datetime(1997, 3, 30, 2), datetime(1996, 10, 27, 3)  # noqa: DTZ001 - on the wall


def begin(title: str, maker: str) -> icalendar.Calendar:
    """The caller adds its events; the same events give the same bytes."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", maker)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", title)
    calendar.add("x-wr-timezone", PARIS.key)
    calendar.add("x-published-ttl", REFRESH)
    calendar.add_component(_zone())
    return calendar


def _zone() -> icalendar.Timezone:
    """The zone by its rule, the last Sundays of March and October (Directive 2000/84/EC).

    Written as a list of dates, as a library does from its own tables, some readers see none of them.
    """
    zone = icalendar.Timezone()
    zone.add("tzid", PARIS.key)
    zone.add_component(_season(icalendar.TimezoneDaylight(), "CEST", SPRING))
    zone.add_component(_season(icalendar.TimezoneStandard(), "CET", AUTUMN))
    return zone


def _season(part: icalendar.cal.Component, name: str, begins: datetime) -> icalendar.cal.Component:
    """From `begins` on the wall before the change, each year; the offsets are those of the zone."""
    change = begins.replace(tzinfo=PARIS)
    part.add("dtstart", begins)
    part.add("rrule", {"freq": "yearly", "bymonth": begins.month, "byday": "-1SU"})
    part.add("tzname", name)
    part.add("tzoffsetfrom", (change - HOUR).utcoffset())
    part.add("tzoffsetto", (change + DAY).utcoffset())
    return part
