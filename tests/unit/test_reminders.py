"""The ladder of reminders, by tables (N5)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kit.errors import Invalid
from backend.membership import errors
from backend.membership.reminders import (
    FIRST_LADDER,
    Channel,
    Step,
    check_ladder,
    choose_channel,
    due_steps,
)

TERM = date(2027, 2, 28)
MAIL, SMS, PRINT, DOOR = Channel


@pytest.mark.parametrize(
    ("today", "due"),
    [
        (date(2027, 1, 28), []),
        (date(2027, 1, 29), [-30]),
        (date(2027, 2, 4), [-30]),
        (date(2027, 2, 5), []),
        (date(2027, 2, 21), [-7]),
        (date(2027, 2, 28), [0]),
        (date(2027, 3, 6), [0]),
        (date(2027, 3, 7), [7]),
        (date(2027, 3, 21), [21]),
        (date(2027, 3, 28), []),
    ],
)
def test_a_step_is_due_from_its_day_on(today: date, due: list[int]) -> None:
    """N5: each step of the ladder is due on its day and the six days after, then says nothing new."""
    assert [step.offset_days for step in due_steps(FIRST_LADDER, TERM, today)] == due


def test_each_step_stays_itself_when_two_are_due() -> None:
    """N5: the earlier is not swallowed by the later one, as it would be where only the last is sent."""
    ladder = (Step(2, (PRINT,)), Step(-1, (MAIL,)), Step(0, (SMS,)))
    due = due_steps(ladder, TERM, TERM + timedelta(days=2))
    assert [step.offset_days for step in due] == [-1, 0, 2]


@pytest.mark.parametrize(("paid", "due"), [(-31, [-30]), (-30, []), (-20, []), (None, [-30])])
def test_nobody_is_reminded_of_a_day_before_the_payment(paid: int | None, due: list[int]) -> None:
    since = None if paid is None else TERM + timedelta(days=paid)
    steps = due_steps(FIRST_LADDER, TERM, TERM - timedelta(days=28), since=since)
    assert [step.offset_days for step in steps] == due


@given(st.dates(date(2024, 1, 1), date(2040, 12, 31)))
def test_every_step_is_due_once_and_on_its_day_when_a_term_goes_by(term: date) -> None:
    """N5: told on the first day it is due, each step is told once, on its own day."""
    told: dict[int, date] = {}
    for offset in range(-90, 181):
        today = term + timedelta(days=offset)
        for step in due_steps(FIRST_LADDER, term, today):
            told.setdefault(step.offset_days, today)
    assert told == {step.offset_days: step.falls_on(term) for step in FIRST_LADDER}


@pytest.mark.parametrize(
    ("channels", "reachable", "chosen"),
    [
        ((MAIL, SMS, PRINT), {MAIL, SMS}, MAIL),
        ((MAIL, SMS, PRINT), {SMS}, SMS),
        ((MAIL, SMS, PRINT), set(), PRINT),
        ((DOOR, MAIL), {MAIL}, DOOR),
        ((MAIL, SMS), set(), None),
    ],
)
def test_the_first_possible_channel_is_chosen(
    channels: tuple[Channel, ...], reachable: set[Channel], chosen: Channel | None
) -> None:
    """N5: who has no e-mail and no telephone comes on the list of letters or of visits."""
    assert choose_channel(Step(0, channels), reachable) is chosen


def test_our_own_ladder_reaches_everybody() -> None:
    check_ladder(FIRST_LADDER)
    assert [step.offset_days for step in FIRST_LADDER] == [-30, -7, 0, 7, 21]


@pytest.mark.parametrize(
    ("steps", "refusal"),
    [
        ((), errors.LadderEmpty),
        ((Step(-91, (PRINT,)),), errors.LadderFar),
        ((Step(181, (PRINT,)),), errors.LadderFar),
        (tuple(Step(day, (PRINT,)) for day in range(13)), errors.LadderFar),
        ((Step(1, (PRINT,)), Step(1, (MAIL,))), errors.LadderTwice),
        ((Step(1, (PRINT,)), Step(2, ())), errors.LadderMute),
        ((Step(1, (MAIL, SMS)),), errors.LadderMute),
    ],
)
def test_a_ladder_is_refused_when_it_would_not_hold(
    steps: tuple[Step, ...], refusal: type[Invalid]
) -> None:
    """N5: a ladder by e-mail and SMS alone would leave people out."""
    with pytest.raises(refusal):
        check_ladder(steps)
