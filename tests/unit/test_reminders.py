"""The ladder of reminders, by tables (N5)."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kit.errors import Invalid
from backend.membership import errors
from backend.membership.reminders import (
    ENDED,
    FIRST_LADDER,
    Adult,
    Channel,
    Step,
    Term,
    check_ladder,
    choose_channel,
    due_steps,
    due_to_tell,
    former_days,
    recipients,
    step_to_tell,
    terms_in_reach,
)
from backend.notifications.rules import waking
from backend.people import rules as people

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
        ((MAIL, SMS, PRINT), {MAIL, SMS, PRINT}, MAIL),
        ((MAIL, SMS, PRINT), {SMS, PRINT}, SMS),
        ((MAIL, SMS, PRINT), {PRINT, DOOR}, PRINT),
        ((DOOR, MAIL), {MAIL, DOOR}, DOOR),
        ((MAIL, SMS), {PRINT, DOOR}, None),
    ],
)
def test_the_first_possible_channel_is_chosen(
    channels: tuple[Channel, ...], reachable: set[Channel], chosen: Channel | None
) -> None:
    """N5: who has no e-mail and no telephone comes on the list of letters or of visits."""
    assert choose_channel(Step(0, channels), reachable) is chosen


def adult(person_id: int, *ways: Channel) -> Adult:
    return Adult(person_id, "Alice", dict.fromkeys(ways, "x"))


@pytest.mark.parametrize(
    ("adults", "reached"),
    [
        ([adult(1, MAIL, PRINT), adult(2, SMS, PRINT)], [(1, MAIL), (2, SMS)]),
        ([adult(1, PRINT), adult(2, MAIL, PRINT)], [(2, MAIL)]),
        ([adult(1, PRINT, DOOR), adult(2, PRINT, DOOR)], [(1, PRINT)]),
        ([adult(1), adult(2, PRINT)], [(2, PRINT)]),
        ([adult(1), adult(2, DOOR)], []),
        ([], []),
    ],
)
def test_every_adult_is_told_or_the_home_gets_one_sheet(
    adults: list[Adult], reached: list[tuple[int, Channel]]
) -> None:
    """N4, N5: each adult whom the step reaches; where none, one paper for all."""
    found = recipients(Step(0, (MAIL, SMS, PRINT)), adults)
    assert [(one.person_id, channel) for one, channel in found] == reached


DAILY = tuple(Step(day, (MAIL,)) for day in range(-3, 1))


@pytest.mark.parametrize(
    ("after", "told", "told_on", "step"),
    [
        (0, {-3}, None, -2),
        (0, {-3, -2}, -1, -1),
        (0, {-3, -2}, 0, None),
        (0, {-3, -2, -1, 0}, -1, None),
        (5, set(), None, -1),
        (30, set(), None, None),
        (31, set(), None, ENDED),
        (37, {0}, None, ENDED),
        (38, {0}, None, None),
        (32, {ENDED}, 31, None),
    ],
)
def test_one_step_a_day_is_told_the_earliest_first(
    after: int, told: set[int], told_on: int | None, step: int | None
) -> None:
    """N5: nights that were missed are made up for, a day for each step; the end is told once."""
    day = None if told_on is None else TERM + timedelta(days=told_on)
    term = Term(TERM, 30, TERM - timedelta(days=365), frozenset(told), day)
    due = due_to_tell(DAILY, term, TERM + timedelta(days=after))
    found = step_to_tell(DAILY, term, due, [adult(1, MAIL)])
    assert (found and found.offset_days) == step


@pytest.mark.parametrize(
    ("offsets", "told"), [((-30, -7, 0, 7), -7), ((0, 7), 0), ((14, 7), 7), ((-3,), -3)]
)
def test_who_pays_nothing_hears_of_one_step_and_the_end(
    offsets: tuple[int, ...], told: int
) -> None:
    """N5: the last one before the day, where there is none the first one after it."""
    ladder = [Step(offset, (MAIL,)) for offset in offsets]
    assert heard(ladder, adult(1, MAIL, PRINT, DOOR)) == [(told, 0), (ENDED, 31)]


@pytest.mark.parametrize(
    ("steps", "by_mail", "on_paper"),
    [
        ([(-30, (MAIL, PRINT)), (-7, (MAIL,)), (7, (DOOR,))], -7, -30),
        ([(-8, (MAIL, PRINT)), (-7, (MAIL,))], -7, -8),
        ([(-7, (MAIL,)), (7, (MAIL, DOOR))], -7, 7),
        ([(-3, (MAIL,)), (1, (PRINT,))], -3, 1),
        ([(-30, (MAIL,)), (-7, (PRINT,))], -7, -7),
    ],
)
def test_who_pays_nothing_and_has_no_address_hears_by_the_step_with_paper(
    steps: list[tuple[int, tuple[Channel, ...]]], by_mail: int, on_paper: int
) -> None:
    """N5: on its own day, in time for the list of letters or visits; the others hear when they did."""
    ladder = [Step(offset, channels) for offset, channels in steps]
    assert heard(ladder, adult(1, MAIL, PRINT, DOOR)) == [(by_mail, 0), (ENDED, 31)]
    assert heard(ladder, adult(1, PRINT, DOOR)) == [(on_paper, 0), (ENDED, 31)]


def heard(ladder: list[Step], one: Adult) -> list[tuple[int, int]]:
    """What a free household hears, night after night, and how many days after its step."""
    found, known = list[tuple[int, int]](), set[int]()
    for day in range(-40, 45):
        term = Term(TERM, 30, TERM - timedelta(days=365), frozenset(known), None, free=True)
        due = due_to_tell(ladder, term, TERM + timedelta(days=day))
        step = step_to_tell(ladder, term, due, [one])
        if step is not None and recipients(step, [one]):
            late = day if step.offset_days == ENDED else day - step.offset_days
            found.append((step.offset_days, late))
            known.add(step.offset_days)
    return found


@given(st.dates(date(2024, 1, 1), date(2040, 12, 31)), st.integers(0, 120))
def test_no_term_is_out_of_reach_on_a_day_something_is_due(term: date, grace: int) -> None:
    """N5: the terms a night looks at are those for which a step or the end may be due."""
    for offset in range(-90, 190):
        today = term + timedelta(days=offset)
        paid_on = term - timedelta(days=400)
        due = due_to_tell(FIRST_LADDER, Term(term, grace, paid_on), today)
        assert not due or term in terms_in_reach(FIRST_LADDER, grace, today)


@pytest.mark.parametrize(
    ("moment", "leaves"),
    [
        ("2027-01-02T19:59:59+01:00", "2027-01-02T19:59:59+01:00"),
        ("2027-01-02T20:00:00+01:00", "2027-01-03T08:00:00+01:00"),
        ("2027-01-03T07:59:59+01:00", "2027-01-03T08:00:00+01:00"),
        ("2027-01-03T08:00:00+01:00", "2027-01-03T08:00:00+01:00"),
        ("2027-03-27T23:00:00+01:00", "2027-03-28T08:00:00+02:00"),  # an hour less
        ("2026-10-24T22:00:00+02:00", "2026-10-25T08:00:00+01:00"),  # an hour more
        ("2026-10-25T02:30:00+01:00", "2026-10-25T08:00:00+01:00"),
    ],
)
def test_an_sms_waits_for_eight_in_paris(moment: str, leaves: str) -> None:
    """N5: also in the nights when the clocks change; a mail rings nobody and waits for nothing."""
    at = datetime.fromisoformat(moment)
    assert waking(people.Channel.SMS, at) == datetime.fromisoformat(leaves)
    assert waking(people.Channel.EMAIL, at) == at


@pytest.mark.parametrize(
    ("ladders", "had"),
    [
        ([(-30, -7, 0)], {}),
        ([(-30, -7, 0), (-28, -7, 0)], {-28: {-30}}),
        ([(-30, -7, 0), (-35, -10, 0)], {-35: {-30}, -10: {-7}}),
        ([(-30, -7, 0), (-28, -7, 0), (-25, -7, 0)], {-25: {-30, -28}}),
        ([(-30, -7, 0), (-7, 0)], {}),
        ([(-30, -7, 0), (-30, -14, -7, 0)], {}),
        ([(-30, -7, 0), (-30, -7, -3, 0, 7)], {}),
        ([(-30, -7, 0), (-28, -14, -7, 0)], {-28: {-30}}),
        ([(-30, -7, 0), (-7, 0, 7)], {}),
        ([(-30, -7), (-28, -7), (-30, -28, -7)], {}),
        ([(-30, -7), (-28, -7), (-30, -28, -7), (-28, -7)], {}),
    ],
)
def test_a_step_that_is_moved_is_the_same(
    ladders: list[tuple[int, ...]], had: dict[int, set[int]]
) -> None:
    """N5: one that comes or goes moves no other; nor is it another's because of its day."""
    found = former_days([[Step(day, (MAIL,)) for day in ladder] for ladder in ladders])
    assert {day: old for day, old in found.items() if old} == had


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
