"""The period that a statement is asked for: a word for the usual ones, or two days."""

from collections.abc import Mapping
from datetime import date

import msgspec

from backend.kit import zone
from backend.kit.errors import N_

TODAY, MONTH, YEAR, OTHER = "jour", "mois", "annee", ""
NAMES = {TODAY: N_("Aujourd'hui"), MONTH: N_("Ce mois"), YEAR: N_("Cette année")}
OLDEST = date(2000, 1, 1)


class Period(msgspec.Struct, frozen=True):
    """Both days included; `word` is one of the names, or empty for two days."""

    word: str
    since: date
    until: date

    @property
    def query(self) -> str:
        if self.word:
            return f"periode={self.word}"
        return f"du={self.since.isoformat()}&au={self.until.isoformat()}"


def read(asked: Mapping[str, str], today: date) -> Period:
    """What the address asks for. Days that cannot be read, or stand the wrong way round, are mended:
    a statement is only looked at.
    """
    since, until = zone.find_day(asked.get("du", "")), zone.find_day(asked.get("au", ""))
    if since is not None or until is not None:
        first, last = since or until or today, until or today
        return Period(OTHER, *sorted((max(first, OLDEST), max(last, OLDEST))))
    return named(asked.get("periode", MONTH), today)


def named(word: str, today: date) -> Period:
    if word == TODAY:
        return Period(TODAY, today, today)
    if word == YEAR:
        return Period(YEAR, today.replace(month=1, day=1), today)
    return Period(MONTH, today.replace(day=1), today)
