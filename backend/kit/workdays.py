"""Business days in France: Monday to Friday, public holidays left out."""

from datetime import date, timedelta
from functools import cache

DAY = timedelta(days=1)


def is_open(day: date) -> bool:
    return day.weekday() < 5 and not is_holiday(day)


def is_holiday(day: date) -> bool:
    """A public holiday of the whole country."""
    return day in _holidays(day.year)


def after(day: date, count: int) -> date:
    """The day that is `count` business days later, as banks count."""
    for _ in range(count):
        day = next_open(day + DAY)
    return day


def next_open(day: date) -> date:
    """The day itself, or the next one that is open (a legal delay that ends on a Sunday: C. conso. L221-19)."""
    while not is_open(day):
        day += DAY
    return day


@cache
def _holidays(year: int) -> frozenset[date]:
    """The library is loaded by the first who asks: few processes count business days."""
    from holidays.countries.france import France

    return frozenset(France(years=year))  # type: ignore[no-untyped-call]
