"""Opening hours as people type them."""

from datetime import time

import pytest

from backend.kit.hours import Hours, HoursUnreadable, read_day, read_hour, read_week, show_day

MORNING = Hours(1, time(9), time(12, 30))
AFTERNOON = Hours(1, time(14), time(19))


@pytest.mark.parametrize(
    "typed",
    [
        "9h-12h30, 14h-19h",
        "14h-19h, 9h-12h30",
        "9:00-12:30 / 14:00-19:00",
        "09.00 – 12.30 et 14.00 – 19.00",
        "de 9h à 12h30 et de 14h à 19h",
        "9 h - 12 h 30 ; 14 - 19",
        "0900-1230, 1400-1900",
    ],
)
def test_two_ranges_are_read_when_written_in_the_ways_people_do(typed: str) -> None:
    assert read_day(1, typed) == [MORNING, AFTERNOON]
    assert show_day(read_day(1, typed), 1) == "9h-12h30, 14h-19h"


@pytest.mark.parametrize("typed", ["", "  ", "fermé", "Fermé", "-"])
def test_a_day_is_closed_when_nothing_is_said(typed: str) -> None:
    assert read_day(0, typed) == []
    assert show_day([MORNING], 0) == ""


@pytest.mark.parametrize(
    "typed",
    ["9h", "19h-14h", "9h-9h", "9h-12h, 11h-14h", "25h-26h", "9h70-10h", "toujours", "9h-12h-14h"],
)
def test_hours_are_refused_when_they_cannot_be(typed: str) -> None:
    with pytest.raises(HoursUnreadable):
        read_day(2, typed)


def test_each_wrong_day_is_named_when_a_week_is_read() -> None:
    with pytest.raises(HoursUnreadable) as refused:
        read_week(["9h-12h", "midi", "", "", "", "", "8"])
    assert list(refused.value.fields) == ["hours_1", "hours_6"]
    assert "Écrivez par exemple" in refused.value.fields["hours_1"]


@pytest.mark.parametrize(
    ("typed", "hour"), [("9h", time(9)), ("14:30", time(14, 30)), ("7h05", time(7, 5))]
)
def test_one_hour_is_read_when_typed_alone(typed: str, hour: time) -> None:
    assert read_hour(typed) == hour
    with pytest.raises(HoursUnreadable) as refused:
        read_hour(f"{typed} pile", "opens")
    assert list(refused.value.fields) == ["opens"]
