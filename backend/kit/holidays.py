"""Public holidays of France by zone: Alsace and Moselle keep two more (C. trav. L3134-13)."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cache


class Zone(StrEnum):
    METROPOLITAN = "metropolitan"
    ALSACE_MOSELLE = "alsace_moselle"


# What the library calls them; Moselle keeps the same days as Alsace.
_SUBDIVISIONS = {Zone.METROPOLITAN: None, Zone.ALSACE_MOSELLE: "6AE"}


def holiday(day: date, zone: Zone = Zone.METROPOLITAN) -> str | None:
    """How the holiday of this day is called in French; None on any other day."""
    return _holidays(day.year, zone).get(day)


@cache
def _holidays(year: int, zone: Zone) -> Mapping[date, str]:
    """The library is loaded by the first who asks: few processes need it."""
    from holidays.countries.france import France

    found = France(years=year, subdiv=_SUBDIVISIONS[zone], language="fr")  # type: ignore[no-untyped-call]
    return dict(found)
