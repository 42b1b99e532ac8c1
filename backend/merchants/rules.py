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
# A place is kept so long for whoever is about to pay online; then its page at Stripe is closed (V12).
HOLD_FOR = timedelta(hours=1)


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


class Standing(StrEnum):
    """What a partner is on a day: follows from its contracts, never stored (P3).

    PENDING: it signs up, or waits for a place. ACTIVE and GRACE: its offers hold. SUSPENDED: unpaid
    or expired past the grace; what was issued is honoured. CLOSED: it left, or closed its doors.
    """

    PENDING = "pending"
    ACTIVE = "active"
    GRACE = "grace"
    SUSPENDED = "suspended"
    CLOSED = "closed"


# Whose offers can be claimed and whose standing discounts hold.
GIVING = frozenset({Standing.ACTIVE, Standing.GRACE})


class AcceptedHow(StrEnum):
    ONLINE = "online"
    PAPER = "paper"


class EndReason(StrEnum):
    """Why a contract ended before its last day, or never began."""

    LEFT = "left"
    CLUB = "club"
    ABANDONED = "abandoned"
    UNPAID = "unpaid"


class PlaceState(StrEnum):
    """A place is one trade in one territory. All but FREED keep it from others (P1).

    HELD: its sign-up is being paid, until an instant. OFFERED: to the first of the waiting list,
    until an instant. TAKEN: by a contract that holds.
    """

    HELD = "held"
    OFFERED = "offered"
    TAKEN = "taken"
    FREED = "freed"


class WaitEnd(StrEnum):
    """How waiting ended: with the place, with an offer that ran out, or because the firm left."""

    TAKEN = "taken"
    LAPSED = "lapsed"
    LEFT = "left"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the club asks of partners, from its settings; a contract keeps what it was drawn with.

    `grace_days`: offers hold so long without payment. `renew_days`: the next contract is drawn so
    long before the end. `offer_days`: a freed place is kept for the first who waits. `hold_days`:
    and for whoever pays by transfer.
    """

    shop_cents: int = 10_000
    firm_cents: int = 100_000
    association_cents: int = 0
    campaigns_a_year: int = 4
    grace_days: int = 30
    renew_days: int = 60
    offer_days: int = 7
    hold_days: int = 15
    vat_text: str = "TVA non applicable, art. 293 B du CGI"

    def dues_cents(self, kind: PartnerKind) -> int:
        """A year's dues (P2)."""
        return {
            PartnerKind.SHOP: self.shop_cents,
            PartnerKind.FIRM: self.firm_cents,
            PartnerKind.ASSOCIATION: self.association_cents,
        }[kind]


class Dated(msgspec.Struct, frozen=True, kw_only=True):
    """What standing asks of one accepted contract: from a day to a day (not included), paid or not.

    `owed_on`: the day its dues were due. `waiting`: no place is free for any of its trades yet.
    """

    first_day: date
    until: date
    owed_on: date
    paid: bool
    ended_on: date | None = None
    waiting: bool = False


def standing(
    contracts: Sequence[Dated], on: date, grace: timedelta, *, closed_on: date | None, applied: bool
) -> Standing:
    """Of its accepted contracts. A partner of before there were contracts is active without one (P3)."""
    if closed_on is not None and closed_on <= on:
        return Standing.CLOSED
    if not contracts:
        return Standing.PENDING if applied else Standing.ACTIVE
    running = [one for one in contracts if one.ended_on is None or on < one.ended_on]
    if not running:
        return Standing.CLOSED
    paid = [one for one in running if one.paid]
    if any(one.first_day <= on < one.until for one in paid):
        return Standing.ACTIVE
    behind = [one.until for one in paid if one.until <= on]
    behind += [one.owed_on for one in running if not one.paid and not one.waiting]
    behind = [day for day in behind if day <= on]
    if not behind:
        return Standing.PENDING
    return Standing.GRACE if on < max(behind) + grace else Standing.SUSPENDED


def year_from(day: date) -> tuple[date, date]:
    """A year's contract: from a day to the same day of the next year, which is not in it any more."""
    if (day.month, day.day) == (2, 29):
        return day, date(day.year + 1, 3, 1)
    return day, day.replace(year=day.year + 1)
