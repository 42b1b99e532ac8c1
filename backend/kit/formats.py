"""Money, days and moments as people read them: French unless another locale is asked for."""

from datetime import date, datetime
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
    """As in « 21 novembre 2026 »."""
    return str(format_date(value, "long", locale=locale))


def moment(instant: datetime, locale: str = "fr") -> str:
    """As in « 21 novembre 2026 à 14:05 », on the clock of Paris."""
    return f"{day(zone.paris(instant).date(), locale)} à {hour(instant, locale)}"


def hour(instant: datetime, locale: str = "fr") -> str:
    """As in « 14:05 », on the clock of Paris."""
    return str(format_time(zone.paris(instant).timetz(), "short", locale=locale))
