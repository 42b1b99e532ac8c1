"""Business days as French banks and the law count them."""

from datetime import date

import pytest

from backend.kit import workdays


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-11-20", 1, "2026-11-23"),
        ("2026-11-21", 1, "2026-11-23"),
        ("2026-11-23", 5, "2026-11-30"),
        ("2026-12-21", 5, "2026-12-29"),
        ("2026-04-02", 2, "2026-04-07"),
        ("2027-05-05", 1, "2027-05-07"),
        ("2026-05-13", 1, "2026-05-15"),
        ("2026-07-13", 1, "2026-07-15"),
        ("2026-12-31", 1, "2027-01-04"),
        ("2026-11-23", 0, "2026-11-23"),
    ],
)
def test_weekends_and_public_holidays_are_left_out_when_days_are_counted(start, count, end):
    """B6: provisional access lasts a number of business days; Easter Monday, 14 July, Christmas."""
    assert workdays.after(date.fromisoformat(start), count) == date.fromisoformat(end)


@pytest.mark.parametrize(
    ("day", "open_on"),
    [
        ("2026-11-23", "2026-11-23"),
        ("2026-11-21", "2026-11-23"),
        ("2026-11-11", "2026-11-12"),
        ("2026-05-01", "2026-05-04"),
    ],
)
def test_a_delay_that_ends_on_a_closed_day_goes_on_to_the_next_open_one(day, open_on):
    """Code de la consommation L221-19: a Saturday, a Sunday or a holiday is no last day."""
    assert workdays.next_open(date.fromisoformat(day)) == date.fromisoformat(open_on)
