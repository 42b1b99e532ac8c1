"""Bookings as a calendar that a telephone reads: values in, an iCalendar file out (L42).

RFC 5545: an event keeps its UID, and its SEQUENCE grows with each change of its booking. What was
cancelled stays, as cancelled. No name of a tenant stands in any of them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import icalendar
import msgspec

from backend.kit import ical
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.kit.zone import PARIS
from backend.lending.rules import DONE, LineState, Period

S = LineState
GONE = frozenset({S.CANCELLED_BY_TENANT, S.CANCELLED_BY_STAFF, S.REJECTED, S.NO_SHOW})
# Drafts, offers and waits are no appointments.
SHOWN = (
    frozenset({S.REQUESTED, S.CONFIRMED, S.READY, S.CHECKED_OUT, S.LOST, S.BLOCKED}) | DONE | GONE
)
MAKER = "-//Palier//Prêts//FR"
YEAR = timedelta(days=366)  # what is out of use until somebody says when


class About(StrEnum):
    """Whose calendar it is: a tenant's household, one thing, or the desk of a site."""

    PERSON = "person"
    RESOURCE = "resource"
    SITE = "site"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `version` is its booking's; `changed_at` when it was last written."""

    line: int
    version: int
    name: str
    unit: str
    state: LineState
    period: Period
    place: str
    changed_at: datetime


def render(title: str, host: str, about: About, events: Sequence[Event]) -> bytes:
    """The same events give the same bytes, so that a reader is told when nothing changed."""
    calendar = ical.begin(title, MAKER)
    for each in events:
        calendar.add_component(_event(host, about, each))
    written: bytes = calendar.to_ical()
    return written


def _event(host: str, about: About, told: Event) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", f"pret-{told.line}@{host}")
    event.add("sequence", told.version)
    event.add("dtstamp", told.changed_at)
    event.add("last-modified", told.changed_at)
    event.add("dtstart", told.period.start.astimezone(PARIS))
    event.add("dtend", min(told.period.end, told.period.start + YEAR).astimezone(PARIS))
    event.add("summary", _summary(about, told))
    event.add("location", told.place)
    event.add("status", _status(told.state))
    event.add("transp", "TRANSPARENT" if told.state in GONE else "OPAQUE")
    return event


def _summary(about: About, told: Event) -> str:
    """What a tenant has; what a thing is; which copy of what for the desk."""
    word = _(WORDS[told.state])
    if about is About.PERSON:
        return f"{told.name} ({word})"
    copy = f" {told.unit}" if told.unit else ""
    return f"{word.capitalize()} : {told.name}{copy}"


def _status(state: LineState) -> str:
    if state in GONE:
        return "CANCELLED"
    return "TENTATIVE" if state is S.REQUESTED else "CONFIRMED"


WORDS = {
    S.REQUESTED: N_("demandé"),
    S.CONFIRMED: N_("réservé"),
    S.READY: N_("prêt"),
    S.CHECKED_OUT: N_("prêté"),
    S.RETURNED: N_("rendu"),
    S.CLOSED: N_("rendu"),
    S.LOST: N_("perdu"),
    S.BLOCKED: N_("hors service"),
    S.CANCELLED_BY_TENANT: N_("annulé"),
    S.CANCELLED_BY_STAFF: N_("annulé"),
    S.REJECTED: N_("refusé"),
    S.NO_SHOW: N_("pas venu"),
}
