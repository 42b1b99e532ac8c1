"""Where a time stands on the plan: half days of a week, or half hours of one day.

Columns are cut from instants, so that a day of 23 or 25 hours has as many half hours as it has (L15).
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import msgspec

from backend.kit.clock import paris, start_of_day
from backend.kit.openings import Calendar
from backend.kit.zone import at_wall_time
from backend.lending.queries import LineView
from backend.lending.queries.plan import Row
from backend.lending.rules import BOOKED, Period

DAY, HALF_HOUR = timedelta(days=1), timedelta(minutes=30)
NOON, MORNING, EVENING = time(13), time(7), time(22)
Span = tuple[int, int]  # from a grid line to another, the first is 1


class Head(msgspec.Struct, frozen=True):
    """What stands over some columns: a day, or an hour."""

    at: Span
    starts_at: datetime
    why_closed: str | None = None


class Bar(msgspec.Struct, frozen=True):
    """A line on the plan. `before` and `after` are its buffers, which only staff see (L20)."""

    line: LineView
    at: Span
    before: Span | None
    after: Span | None
    movable: bool


class Lane(msgspec.Struct, frozen=True):
    """One copy with its bars."""

    row: Row
    bars: tuple[Bar, ...]


class Grid(msgspec.Struct, frozen=True):
    """`shut`: where the door is closed."""

    within: Period
    count: int
    heads: tuple[Head, ...]
    shut: tuple[Span, ...]
    lanes: tuple[Lane, ...]


def week_of(day: date) -> date:
    """Its Monday."""
    return day - timedelta(days=day.weekday())


def of_week(monday: date, calendar: Calendar, rows: Iterable[Row], now: datetime) -> Grid:
    days = [monday + n * DAY for n in range(7)]
    cuts = [cut for day in days for cut in (start_of_day(day), at_wall_time(day, NOON))]
    columns = _columns([*cuts, start_of_day(monday + 7 * DAY)])
    heads = [
        Head((2 * n + 1, 2 * n + 3), start_of_day(day), calendar.why_closed(day))
        for n, day in enumerate(days)
    ]
    return _grid(columns, heads, calendar, rows, now)


def of_day(day: date, calendar: Calendar, rows: Sequence[Row], now: datetime) -> Grid:
    """From seven to ten, and farther where something begins or ends earlier or later."""
    whole = Period(start_of_day(day), start_of_day(day + DAY))
    marks = [
        mark
        for row in rows
        for line in row.lines
        for mark in (line.occupied.start, line.occupied.end)
        if whole.start < mark < whole.end
    ]
    start = min([at_wall_time(day, MORNING), *marks])
    end = max([at_wall_time(day, EVENING), *marks])
    first = whole.start + (start - whole.start) // (2 * HALF_HOUR) * 2 * HALF_HOUR
    cuts = [first]
    while cuts[-1] < end or len(cuts) % 2 == 0:  # whole hours
        cuts.append(cuts[-1] + HALF_HOUR)
    columns = _columns(cuts)
    heads = [
        Head((n + 1, min(n + 3, len(columns) + 1)), column.start)
        for n, column in enumerate(columns)
        if paris(column.start).minute == 0
    ]
    return _grid(columns, heads, calendar, rows, now)


def span(columns: Sequence[Period], period: Period) -> Span | None:
    """The columns that a time touches; None where it touches none."""
    touched = [n for n, column in enumerate(columns, start=1) if column.overlaps(period)]
    return (touched[0], touched[-1] + 1) if touched else None


def _columns(cuts: Sequence[datetime]) -> list[Period]:
    return [Period(start, end) for start, end in pairwise(cuts)]


def _grid(
    columns: Sequence[Period],
    heads: Iterable[Head],
    calendar: Calendar,
    rows: Iterable[Row],
    now: datetime,
) -> Grid:
    within = Period(columns[0].start, columns[-1].end)
    return Grid(
        within=within,
        count=len(columns),
        heads=tuple(heads),
        shut=tuple(_shut(columns, calendar)),
        lanes=tuple(Lane(row, tuple(_bars(columns, row, now))) for row in rows),
    )


def _shut(columns: Sequence[Period], calendar: Calendar) -> Iterable[Span]:
    """Each column without an open moment; neighbours are one."""
    closed = [not calendar.open_for(each.start, each.end) for each in columns]
    start: int | None = None
    for n, shut in enumerate([*closed, False], start=1):
        if shut and start is None:
            start = n
        elif not shut and start is not None:
            yield (start, n)
            start = None


def _bars(columns: Sequence[Period], row: Row, now: datetime) -> Iterable[Bar]:
    for line in row.lines:
        until = max(line.period.end, now) if line.overdue else line.period.end
        at = span(columns, Period(line.period.start, until))
        if at is None:
            continue
        yield Bar(
            line,
            at,
            _beside(columns, Period(line.occupied.start, line.period.start), at),
            _beside(columns, Period(line.period.end, line.occupied.end), at),
            line.state in BOOKED,
        )


def _beside(columns: Sequence[Period], buffer: Period, at: Span) -> Span | None:
    """What a buffer takes of columns that its own bar leaves."""
    found = span(columns, buffer) if buffer.start < buffer.end else None
    if found is None:
        return None
    early = found[0] < at[0]
    start, end = (found[0], min(found[1], at[0])) if early else (max(found[0], at[1]), found[1])
    return (start, end) if start < end else None
