"""The zone people live in: instants, days and wall time in Europe/Paris. Pure; no clock in here."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
MINUTE = timedelta(minutes=1)
# What people mean by a year: with a day before or after, nothing can be counted.
FIRST_YEAR, LAST_YEAR = 1900, 2199


def paris(instant: datetime) -> datetime:
    """The wall time of Paris at this instant."""
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone is not an instant")
    return instant.astimezone(PARIS)


def at_wall_time(day: date, wall: time) -> datetime:
    """The first instant of this day at which clocks in Paris show `wall` or later.

    When clocks go forward, a time they skip is the instant of the change; when they go back, a time
    they show twice is the first of the two. So a later wall time never gives an earlier instant.
    """
    instant = datetime.combine(day, wall, tzinfo=PARIS).astimezone(UTC)
    if paris(instant).time() == wall:
        return instant
    return _change_before(instant)


def start_of_day(day: date) -> datetime:
    return at_wall_time(day, time.min)


def end_of_day(day: date) -> datetime:
    """The last microsecond of the day, so that its date in Paris is still `day`."""
    return at_wall_time(day, time.max)


def parse_instant(text: str) -> datetime:
    """An RFC 3339 instant; ValueError when it is none. Without an offset it is the time of Paris."""
    instant = datetime.fromisoformat(text.strip())
    return (instant if instant.tzinfo else instant.replace(tzinfo=PARIS)).astimezone(UTC)


def is_near(day: date) -> bool:
    """Whether anybody means this day, and not a slip of the hand: of an instant too."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def find_day(text: str) -> date | None:
    """The day that a text in the form 2026-11-21 names; None when it names none, or none near us."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if is_near(day) else None


def find_wall(text: str) -> time | None:
    """An hour on the wall as a form gives it, "14:30"; None for what is none."""
    try:
        said = time.fromisoformat(text.strip())
    except ValueError:
        return None
    return said.replace(second=0, microsecond=0, tzinfo=None)


def _change_before(instant: datetime) -> datetime:
    """The change of clocks just before an instant that stands for a skipped time."""
    moment = instant.replace(second=0, microsecond=0)
    while paris(moment - MINUTE).utcoffset() == paris(moment).utcoffset():
        moment -= MINUTE
    return moment
