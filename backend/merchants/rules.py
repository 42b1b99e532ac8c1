"""Words of partners, and what can be decided about them without looking anything up."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise

import msgspec
from stdnum.exceptions import ValidationError
from stdnum.fr import siret

from backend.kit import hours as weekly
from backend.merchants.errors import HoursWrong, PlaceWrong, SiretWrong

Hours = weekly.Hours
ENROL_FOR = timedelta(hours=24)
UNUSED_FOR = timedelta(days=180)
# A device that is used says so once in this time, not at each scan.
SEEN_EVERY = timedelta(hours=1)


class PartnerKind(StrEnum):
    SHOP = "shop"
    FIRM = "firm"
    ASSOCIATION = "association"


class PartnerCategory(StrEnum):
    """Shelves of the catalogue."""

    FOOD = "food"
    HOME = "home"
    TRADES = "trades"
    HEALTH = "health"
    MOBILITY = "mobility"
    CULTURE = "culture"
    SERVICES = "services"


class Opening(msgspec.Struct, frozen=True):
    """A shop at an instant: open until, or closed until a day and an hour."""

    until: time | None = None
    next_on: date | None = None
    next_at: time | None = None

    @property
    def is_open(self) -> bool:
        return self.until is not None


def normalise_siret(text: str | None) -> str | None:
    """The 14 digits, their check digits right; None when nothing was typed."""
    if not text or not text.strip():
        return None
    try:
        return str(siret.validate(text))
    except ValidationError:
        raise SiretWrong().at("siret") from None


def check_place(latitude: float | None, longitude: float | None) -> None:
    if latitude is None and longitude is None:
        return
    if latitude is None or longitude is None or not (-90 <= latitude <= 90):
        raise PlaceWrong().at("latitude")
    if not -180 <= longitude <= 180:
        raise PlaceWrong().at("longitude")


def check_hours(hours: Sequence[Hours]) -> None:
    """Each range ends after it begins, on a day of the week, and none overlaps the next."""
    ordered = sorted(hours, key=lambda each: (each.weekday, each.opens))
    if any(not 0 <= each.weekday <= 6 or each.opens >= each.closes for each in ordered):
        raise HoursWrong().at("hours")
    if any(a.weekday == b.weekday and b.opens < a.closes for a, b in pairwise(ordered)):
        raise HoursWrong().at("hours")


def is_dormant(last_used_at: datetime, now: datetime) -> bool:
    """A till nobody used for 180 days is closed: its phone may be anywhere (SEC4)."""
    return now >= last_used_at + UNUSED_FOR


def opening(hours: Sequence[Hours], day: date, wall: time) -> Opening | None:
    """Open or closed on a day at a wall time of Paris; None where no hours are known."""
    for each in hours:
        if each.weekday == day.weekday() and each.opens <= wall < each.closes:
            return Opening(until=each.closes)
    for ahead in range(8):
        on = day + timedelta(days=ahead)
        starts = [each.opens for each in hours if each.weekday == on.weekday()]
        later = [start for start in starts if ahead or start > wall]
        if later:
            return Opening(next_on=on, next_at=min(later))
    return None
