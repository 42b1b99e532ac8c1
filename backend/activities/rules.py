"""What may be done with sessions and seats, and on which days a series falls: pure, no clock."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import msgspec
from dateutil import rrule

from backend.activities.errors import (
    AgeOutside,
    PlanWrong,
    SessionCancelled,
    SessionOver,
    TooManyOfHousehold,
)
from backend.kit.errors import N_
from backend.kit.openings import Calendar
from backend.kit.text import fold
from backend.kit.zone import at_wall_time, paris

MOST_SESSIONS = 60  # of one series: a weekly one for a year, and some
LONGEST = timedelta(days=400)
MOST_SEATS = 500
GROWN_AT = 18
# Words are so long at most, and what is said of longer ones.
LENGTHS = {
    "kind": 40,
    "title": 80,
    "place": 80,
    "leader_name": 80,
    "material": 300,
    "details": 2000,
}
TOO_LONG = {
    40: N_("40 lettres au plus."),
    80: N_("80 lettres au plus."),
    300: N_("300 lettres au plus."),
    2000: N_("2000 lettres au plus."),
}
# Staff note who came from so long before a session begins.
DOORS = timedelta(hours=2)
# Whoever led it reads the names so long after its end, and no longer.
LIST_KEPT = timedelta(days=7)


class SeatState(StrEnum):
    WAITING = "waiting"
    TAKEN = "taken"
    CANCELLED = "cancelled"


class Rhythm(StrEnum):
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"  # the same weekday of the month: the second Tuesday, the last Friday


class Scope(StrEnum):
    """What a change is about: one occurrence, or it and those after it."""

    THIS = "this"
    REST = "rest"


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a session. `site`, `room` and `leader` are public ids, or ""."""

    kind: str
    title: str
    details: str = ""
    site: str = ""
    place: str = ""
    room: str = ""
    leader: str = ""
    leader_name: str = ""
    age_from: int | None = None
    age_to: int | None = None
    material: str = ""
    price_cents: int = 0
    capacity: int
    household_most: int | None = None
    cancel_hours: int = 24


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """When, on the wall in Paris; it ends on the day on which it begins."""

    day: date
    starts: time
    ends: time

    def at(self, day: date) -> tuple[datetime, datetime]:
        """The two instants of these hours on a day, right on both sides of a change of clocks."""
        return at_wall_time(day, self.starts), at_wall_time(day, self.ends)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions to be made: one, or a series until a day. `on_closed`: also when the site is closed."""

    details: Details
    hours: Hours
    rhythm: Rhythm | None = None
    until: date | None = None
    on_closed: bool = False


class Day(msgspec.Struct, frozen=True):
    """One day of a plan. `closed`: why the site is closed that day, or ""."""

    day: date
    closed: str


def check_plan(plan: Plan) -> None:
    """Names every wrong field at once. Raises PlanWrong."""
    wrong = _wrong_words(plan.details) | _wrong_numbers(plan.details) | _wrong_hours(plan.hours)
    if plan.rhythm is not None and (
        plan.until is None or not plan.hours.day <= plan.until <= plan.hours.day + LONGEST
    ):
        wrong["until"] = N_("Donnez le dernier jour, dans les 13 mois.")
    if wrong:
        raise PlanWrong(wrong)


def check_day(day: date, today: date) -> None:
    """A year that was mistyped. Raises PlanWrong."""
    if abs(day - today) > LONGEST:
        raise PlanWrong({"day": N_("Choisissez un jour à moins de 13 mois.")})


def check_to_come(starts_at: datetime, now: datetime) -> None:
    """Nobody would hear of a session that moved to a day that is over. Raises PlanWrong."""
    if starts_at <= now:
        raise PlanWrong({"day": N_("Choisissez un moment qui vient.")})


def _wrong_words(said: Details) -> dict[str, str]:
    wrong = {
        name: TOO_LONG[most] for name, most in LENGTHS.items() if len(getattr(said, name)) > most
    }
    empty = N_("Remplissez ce champ.")
    wrong |= {name: empty for name in ("kind", "title") if not getattr(said, name)}
    if not said.site and not said.place and not said.room:
        wrong["place"] = N_("Dites où cela se passe.")
    return wrong


def _wrong_numbers(said: Details) -> dict[str, str]:
    wrong = {}
    if not 1 <= said.capacity <= MOST_SEATS:
        wrong["capacity"] = N_("De 1 à 500 places.")
    if not 0 <= (said.age_from or 0) <= (120 if said.age_to is None else said.age_to) <= 120:
        wrong["age_to"] = N_("Ces âges ne vont pas ensemble.")
    if said.household_most is not None and said.household_most < 1:
        wrong["household_most"] = N_("Une place au moins.")
    if not 0 <= said.cancel_hours <= 720:
        wrong["cancel_hours"] = N_("De 0 à 720 heures.")
    if said.price_cents < 0:
        wrong["price"] = N_("Un prix n'est pas négatif.")
    return wrong


def _wrong_hours(hours: Hours) -> dict[str, str]:
    late = N_("La fin vient après le début, le même jour.")
    return {} if hours.starts < hours.ends else {"ends": late}


def days_of(plan: Plan, calendar: Calendar | None) -> list[Day]:
    """Its days in order, the closed ones said; at most MOST_SESSIONS. Raises PlanWrong."""
    days = _days(plan.hours.day, plan.rhythm, plan.until)
    if len(days) > MOST_SESSIONS:
        raise PlanWrong({"until": N_("60 séances au plus.")})
    return [Day(day, _closed(calendar, day)) for day in days]


def _days(first: date, rhythm: Rhythm | None, until: date | None) -> list[date]:
    if rhythm is None or until is None:
        return [first]
    begin = datetime.combine(first, time.min)
    end = datetime.combine(until, time.min)
    if rhythm is Rhythm.MONTHLY:
        found = rrule.rrule(rrule.MONTHLY, byweekday=_nth(first), dtstart=begin, until=end)
    else:
        every = 2 if rhythm is Rhythm.FORTNIGHTLY else 1
        found = rrule.rrule(rrule.WEEKLY, interval=every, dtstart=begin, until=end)
    return [each.date() for each in found]


def _nth(day: date) -> rrule.weekday:
    """The weekday of the month: the fifth is the last, since few months have one."""
    nth = (day.day - 1) // 7 + 1
    return rrule.weekdays[day.weekday()](nth if nth < 5 else -1)


def _closed(calendar: Calendar | None, day: date) -> str:
    said = None if calendar is None else calendar.why_closed(day)
    return "" if said is None else said or N_("Fermé ce jour-là")


def kept_days(plan: Plan, days: Sequence[Day]) -> list[date]:
    """Those on which there is a session. Raises PlanWrong where none is left."""
    kept = [each.day for each in days if plan.on_closed or not each.closed]
    if not kept:
        raise PlanWrong({"day": N_("Le lieu est fermé ces jours-là.")})
    return kept


def spelled(kind: str, known: Sequence[str]) -> str:
    """A kind as it is written already, so that « cuisine » and « Cuisine » are one."""
    return next((each for each in known if fold(each) == fold(kind)), kind)


def check_open(cancelled_at: datetime | None, starts_at: datetime, now: datetime) -> None:
    """Seats are taken and left until it begins."""
    if cancelled_at is not None:
        raise SessionCancelled
    if now >= starts_at:
        raise SessionOver


def check_household(most: int | None, has: int, wanted: int) -> None:
    if most is not None and has + wanted > most:
        raise TooManyOfHousehold(most=most)


def check_age(
    name: str,
    born_on: date | None,
    on: date,
    ages: tuple[int | None, int | None],
    *,
    adult: bool = True,
) -> None:
    """Somebody whose age nobody knows may come, but for a child among adults."""
    least, most = ages
    if born_on is None:
        if not adult and least is not None and least >= GROWN_AT:
            raise AgeOutside(name=name)
        return
    age = age_on(born_on, on)
    if (least is not None and age < least) or (most is not None and age > most):
        raise AgeOutside(name=name)


def age_on(born_on: date, on: date) -> int:
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def cancel_until(starts_at: datetime, cancel_hours: int) -> datetime:
    """So long a seat is given back without it being late."""
    return starts_at - timedelta(hours=cancel_hours)


def is_late(
    starts_at: datetime, cancel_hours: int, taken_at: datetime | None, now: datetime
) -> bool:
    """Nobody is late with a seat that they got when it was late already."""
    until = cancel_until(starts_at, cancel_hours)
    return now > until and taken_at is not None and taken_at <= until


def moved(starts_at: datetime, hours: Hours, days: int) -> tuple[datetime, datetime]:
    """A session under new hours, so many days later: by the clock on the wall."""
    return hours.at(paris(starts_at).date() + timedelta(days=days))
