"""Weekly opening hours, as people write and read them: "9h-12h30, 14h-19h". Wall time in Paris."""

import re
from collections.abc import Iterable, Sequence
from datetime import time
from itertools import pairwise

import msgspec

from backend.kit.errors import N_, Invalid

DAYS = (
    N_("Lundi"),
    N_("Mardi"),
    N_("Mercredi"),
    N_("Jeudi"),
    N_("Vendredi"),
    N_("Samedi"),
    N_("Dimanche"),
)
_CLOSED = {"", "fermé", "ferme", "-", "–"}
_AND = re.compile(r"\s*(?:,|;|/|\bet\b)\s*")
_RANGE = re.compile(r"(?:de )?(?P<opens>[^-–à]+?)\s*(?:-|–|à)\s*(?P<closes>[^-–à]+)")
_HOUR = re.compile(r"(?P<hour>[0-9]{1,2})\s?(?:h|:|\.)?\s?(?P<minute>[0-9]{2})?")


class HoursUnreadable(Invalid):
    slug = "hours_unreadable"
    sentence = N_("Nous ne comprenons pas ces heures.")
    next = N_("Écrivez par exemple 9h-12h30, 14h-19h.")


class Hours(msgspec.Struct, frozen=True, order=True):
    """One range of one day; `weekday` 0 is Monday."""

    weekday: int
    opens: time
    closes: time


def read_week(typed: Sequence[str]) -> tuple[Hours, ...]:
    """Seven days as typed, Monday first. Each wrong day is named by its field, `hours_0` to `hours_6`."""
    week: list[Hours] = []
    wrong: dict[str, str] = {}
    for weekday, text in enumerate(typed):
        try:
            week += read_day(weekday, text)
        except HoursUnreadable as refusal:
            wrong[f"hours_{weekday}"] = f"{refusal.said()} {refusal.advice()}"
    if wrong:
        raise HoursUnreadable(wrong)
    return tuple(week)


def read_day(weekday: int, text: str) -> list[Hours]:
    """The ranges of one day in order; none when it is closed. Raises HoursUnreadable."""
    said = text.strip().lower()
    if said in _CLOSED:
        return []
    ranges = sorted(_range(weekday, part) for part in _AND.split(said) if part)
    if any(each.opens >= each.closes for each in ranges):
        raise HoursUnreadable
    if any(after.opens < before.closes for before, after in pairwise(ranges)):
        raise HoursUnreadable
    return ranges


def read_hour(text: str, field: str = "") -> time:
    """As in "9h", "9h30" or "09:30". Raises HoursUnreadable, at the field where one is named."""
    match = _HOUR.fullmatch(text.strip())
    if match is None or int(match["hour"]) > 23 or int(match["minute"] or 0) > 59:
        raise HoursUnreadable().at(field) if field else HoursUnreadable
    return time(int(match["hour"]), int(match["minute"] or 0))


def show_day(week: Iterable[Hours], weekday: int) -> str:
    """As `read_day` reads it back: "9h-12h30, 14h-19h", or "" when it is closed."""
    ranges = sorted(each for each in week if each.weekday == weekday)
    return ", ".join(f"{_show(each.opens)}-{_show(each.closes)}" for each in ranges)


def show_week(week: Iterable[Hours]) -> list[tuple[str, str]]:
    """The days that are open, with their hours."""
    days = sorted(week)
    told = [(name, show_day(days, weekday)) for weekday, name in enumerate(DAYS)]
    return [(name, text) for name, text in told if text]


def _range(weekday: int, text: str) -> Hours:
    match = _RANGE.fullmatch(text)
    if match is None:
        raise HoursUnreadable
    return Hours(weekday, read_hour(match["opens"]), read_hour(match["closes"]))


def _show(hour: time) -> str:
    return f"{hour.hour}h{hour.minute:02d}" if hour.minute else f"{hour.hour}h"
