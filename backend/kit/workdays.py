"""Business days in France: Monday to Friday, public holidays left out."""

from datetime import date, timedelta

from backend.kit.holidays import holiday

DAY = timedelta(days=1)


def is_open(day: date) -> bool:
    return day.weekday() < 5 and not is_holiday(day)


def is_holiday(day: date) -> bool:
    """A public holiday of the whole country."""
    return holiday(day) is not None


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
