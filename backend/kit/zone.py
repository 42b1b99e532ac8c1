"""The zone people live in: instants, days and wall time in Europe/Paris. Pure; no clock in here."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def paris(instant: datetime) -> datetime:
    """The wall time of Paris at this instant."""
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone is not an instant")
    return instant.astimezone(PARIS)


def start_of_day(day: date) -> datetime:
    return _at_wall_time(day, time.min)


def end_of_day(day: date) -> datetime:
    """The last microsecond of the day, so that its date in Paris is still `day`."""
    return _at_wall_time(day, time.max)


def parse_instant(text: str) -> datetime:
    """An RFC 3339 instant; ValueError when it is none. Without an offset it is the time of Paris."""
    instant = datetime.fromisoformat(text.strip())
    return (instant if instant.tzinfo else instant.replace(tzinfo=PARIS)).astimezone(UTC)


def find_day(text: str) -> date | None:
    """The day that a text in the form 2026-11-21 names; None when it names none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _at_wall_time(day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, tzinfo=PARIS).astimezone(UTC)
