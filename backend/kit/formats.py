"""Money, days and moments as people read them: French unless another locale is asked for."""

import re
from datetime import date, datetime, time
from decimal import Decimal

from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal

from backend.kit import zone


def euros(cents: int, locale: str = "fr") -> str:
    """1250 as "12,50 €", with no-break spaces so that an amount never wraps."""
    return str(format_currency(Decimal(cents) / 100, "EUR", locale=locale))


def number(value: Decimal | int, locale: str = "fr") -> str:
    """1234567 as "1 234 567", with narrow no-break spaces."""
    return str(format_decimal(value, locale=locale))


def day(value: date, locale: str = "fr") -> str:
    """As in « 21 novembre 2026 », and « 1er décembre 2026 » in French."""
    return _first(str(format_date(value, "long", locale=locale)), locale)


def weekday(value: date, today: date, locale: str = "fr") -> str:
    """As in « lundi 30 novembre »; the year is said when it is not that of `today`."""
    pattern = "EEEE d MMMM" if value.year == today.year else "EEEE d MMMM y"
    return _first(str(format_date(value, pattern, locale=locale)), locale)


def _first(said: str, locale: str) -> str:
    """The first of a month is an ordinal in French, the other days are not."""
    return re.sub(r"(?<!\d)1 (?=[^\W\d])", "1er ", said, count=1) if locale == "fr" else said


def short_day(value: date, today: date, locale: str = "fr") -> str:
    """As in « sam. 21 nov. », for a row of a table; the year is said when it is not that of `today`."""
    pattern = "EEE d MMM" if value.year == today.year else "d MMM y"
    return _first(str(format_date(value, pattern, locale=locale)), locale)


def month(value: date, locale: str = "fr") -> str:
    """A month in few letters, as under a chart: « nov », « févr »."""
    return str(format_date(value, "MMM", locale=locale)).rstrip(".")


def moment(instant: datetime, locale: str = "fr") -> str:
    """As in « 21 novembre 2026 à 14:05 », on the clock of Paris."""
    return f"{day(zone.paris(instant).date(), locale)} à {hour(instant, locale)}"


def hour(instant: datetime, locale: str = "fr") -> str:
    """As in « 14:05 », on the clock of Paris."""
    return str(format_time(zone.paris(instant).timetz(), "short", locale=locale))


def planned(instant: datetime, today: date, locale: str = "fr") -> str:
    """What is still to come, as in « mardi 24 novembre à 17 h », on the clock of Paris."""
    at = zone.paris(instant)
    return f"{weekday(at.date(), today, locale)} à {wall(at.time())}"


def wall(value: time) -> str:
    """An hour of a timetable, as in « 19 h 30 » or « 17 h »."""
    return f"{value.hour}\u00a0h" + (f"\u00a0{value.minute:02d}" if value.minute else "")
