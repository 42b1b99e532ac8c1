"""Where a time stands on the staff's plan."""

from datetime import date, datetime, timedelta

import pytest

from backend.lending.queries import LineView
from backend.lending.queries.plan import Row
from backend.lending.rules import LineState, Period
from tests.lending import CALENDAR, day
from web.desk import plan_grid
from web.desk.plan_grid import Grid

MONDAY, NOW = date(2026, 11, 23), day("2026-11-23", 8)


def line(start: datetime, end: datetime, **said: object) -> LineView:
    period = Period(start, end)
    values: dict[str, object] = dict.fromkeys(LineView.__struct_fields__, None)
    values |= {"period": period, "occupied": period, "state": LineState.CONFIRMED, "overdue": False}
    return LineView(**{**values, **said})  # type: ignore[arg-type]


def lane(*lines: LineView) -> Row:
    return Row(code="A1", shelf="", resource="r", name="Salle", by_hour=True, lines=lines)


def week(*lines: LineView, now: datetime = NOW) -> Grid:
    return plan_grid.of_week(MONDAY, CALENDAR, [lane(*lines)], now)


def test_bar_runs_over_its_half_days_when_a_week_is_shown():
    """L20: from the morning of the first day to the evening of the last."""
    grid = week(line(day("2026-11-24"), day("2026-11-26", 18)))
    assert grid.count == 14
    assert [bar.at for bar in grid.lanes[0].bars] == [(3, 9)]
    assert [head.why_closed for head in grid.heads] == ["", None, None, None, None, None, ""]
    assert grid.shut == ((1, 3), (13, 15))


def test_late_loan_reaches_now_and_others_leave_the_week():
    """L38: what is not back takes its copy until now."""
    late = line(day("2026-11-20"), day("2026-11-21", 18), state=LineState.CHECKED_OUT, overdue=True)
    over = line(day("2026-11-20"), day("2026-11-21", 18))
    grid = week(late, over, now=day("2026-11-25", 10))
    assert [bar.at for bar in grid.lanes[0].bars] == [(1, 6)]
    assert not grid.lanes[0].bars[0].movable


def test_buffers_stand_beside_their_bar_on_the_day():
    """L20: only staff see them."""
    told = line(
        day("2026-11-24", 14),
        day("2026-11-24", 16),
        occupied=Period(day("2026-11-24", 13, 30), day("2026-11-24", 17)),
    )
    grid = plan_grid.of_day(MONDAY + plan_grid.DAY, CALENDAR, [lane(told)], day("2026-11-23"))
    bar = grid.lanes[0].bars[0]
    assert (grid.count, bar.before, bar.at, bar.after) == (30, (14, 15), (15, 19), (19, 21))
    assert grid.shut == ((1, 5), (11, 15), (23, 31))
    assert week(told).lanes[0].bars[0].after is None


@pytest.mark.parametrize(
    ("on", "halves", "hours"),
    [
        (date(2026, 3, 29), 46, ["0:00", "1:00", "3:00"]),
        (date(2026, 10, 25), 50, ["0:00", "1:00", "2:00", "2:00", "3:00"]),
        (date(2026, 10, 26), 48, ["0:00", "1:00", "2:00"]),
    ],
)
def test_day_has_as_many_half_hours_as_pass(on: date, halves: int, hours: list[str]):
    """L15: 23 hours in March, 25 in October; a bar from evening to noon is as long as it is."""
    start = plan_grid.start_of_day(on)
    end = plan_grid.start_of_day(on + plan_grid.DAY)
    told = line(start + timedelta(minutes=30), end - timedelta(minutes=30))
    grid = plan_grid.of_day(on, CALENDAR, [lane(told)], start)
    assert grid.within == Period(start, end)
    assert grid.count == halves
    assert grid.lanes[0].bars[0].at == (2, halves)
    shown = [f"{plan_grid.paris(head.starts_at):%-H:%M}" for head in grid.heads]
    assert shown[: len(hours)] == hours
