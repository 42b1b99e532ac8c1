"""The record's verbs in the words of staff."""

from datetime import date, datetime
from typing import Any

import msgspec

from backend.audit.rules import Actor
from backend.kit import clock, formats
from backend.kit.errors import N_
from backend.people.queries import Act
from web.shell.acts import SAID


class Line(msgspec.Struct, frozen=True):
    """One act as it is read: what, which one, by whom: a `name`, or a word for who has none here."""

    what: str
    detail: str
    name: str
    word: str


def line(act: Act) -> Line:
    name = "" if act.own or act.actor is Actor.TILL else act.by
    return Line(said(act.verb), _detail(act.facts), name, _word(act))


def when(value: date | datetime) -> str:
    """Short, since a row has little room: the hour of today, "sam. 21 nov." of another day."""
    if isinstance(value, datetime):
        on = clock.paris(value).date()
        return formats.hour(value) if on == clock.today() else _short(on)
    return _short(value)


def _short(on: date) -> str:
    return formats.short_day(on, clock.today())


def said(verb: str) -> str:
    """A verb without words of its own is shown as it is: better than a silent gap."""
    return SAID.get(verb, verb)


def _detail(facts: dict[str, Any]) -> str:
    if "title" in facts:
        return str(facts["title"])
    return formats.euros(facts["amount_cents"]) if "amount_cents" in facts else ""


def _word(act: Act) -> str:
    if act.own:
        return N_("par la personne")
    return N_("à la caisse") if act.actor is Actor.TILL else N_("par le club")
