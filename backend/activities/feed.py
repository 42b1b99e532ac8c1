"""The agenda as a calendar that any telephone reads: public, without a name but the leader's (A3)."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import icalendar

from backend.activities import queries
from backend.activities.queries import Session
from backend.activities.queries.agenda import AHEAD_DAYS, KEPT_DAYS
from backend.kit import clock, ical
from backend.kit.translations import translated as _
from backend.kit.zone import PARIS
from backend.notifications.surroundings import link
from backend.places import queries as places

MAKER = "-//Palier//Agenda//FR"


# As last rendered in this process, and of what: a year takes a second to write, and telephones ask hourly.
_kept: dict[str, bytes] = {}


async def read(host: str) -> bytes:
    """What is to come and what was of late; cancelled sessions stay, as cancelled."""
    today = clock.today()
    days = today - timedelta(days=KEPT_DAYS), today + timedelta(days=AHEAD_DAYS)
    title = await places.club_name()
    stamp = f"{host} {title} {today} {await queries.stamp(*days)}"
    if stamp not in _kept:
        body = await asyncio.to_thread(render, title, host, await queries.agenda(*days))
        _kept.clear()
        _kept[stamp] = body
    return _kept[stamp]


def render(title: str, host: str, sessions: Sequence[Session]) -> bytes:
    """The same sessions give the same bytes. A session keeps its UID; its SEQUENCE grows."""
    calendar = ical.begin(title, MAKER)
    for each in sessions:
        calendar.add_component(_event(host, each))
    written: bytes = calendar.to_ical()
    return written


def _event(host: str, told: Session) -> icalendar.Event:
    event, gone = icalendar.Event(), told.cancelled_at is not None
    event.add("uid", f"activite-{told.public_id}@{host}")
    event.add("sequence", told.sequence)
    event.add("dtstamp", told.changed_at)
    event.add("last-modified", told.changed_at)
    event.add("dtstart", told.starts_at.astimezone(PARIS))
    event.add("dtend", told.ends_at.astimezone(PARIS))
    event.add("summary", _("Annulé : %(title)s", title=told.title) if gone else told.title)
    event.add("location", ", ".join(filter(None, (told.place, told.where))))
    event.add("categories", [told.kind])
    event.add("url", link(f"/agenda/{told.public_id}"))
    event.add("status", "CANCELLED" if gone else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if gone else "OPAQUE")
    return event
