"""When one may order, and what may become of an order (S2, S3)."""

from datetime import date, datetime, time, timedelta
from itertools import islice

import pytest

from backend.kit.zone import paris
from backend.orders import rules
from backend.orders.rules import MOVES, Delivery, Made, PayAt, Schedule, TicketState, Verb
from tests.lending import day

S = TicketState
THURSDAY = Schedule(delivery=3, cutoff_day=1, cutoff_at=time(18))
TODAY = date(2026, 11, 23)


def first(at: datetime, schedule: Schedule = THURSDAY) -> Delivery:
    return next(rules.deliveries(schedule, at, paris(at).date(), lambda _: True))


@pytest.mark.parametrize(
    ("at", "on"),
    [
        (day("2026-11-23", 10), "2026-11-26"),
        (day("2026-11-24", 17, 59), "2026-11-26"),
        (day("2026-11-24", 18), "2026-12-03"),
        (day("2026-11-26", 9), "2026-12-03"),
        (day("2026-11-29", 23), "2026-12-03"),
    ],
)
def test_next_delivery_is_the_first_whose_cutoff_is_to_come(at: datetime, on: str) -> None:
    """S3: at the hour of the cut-off it is over."""
    assert first(at).on.isoformat() == on


def test_cutoff_on_the_day_of_delivery_is_a_week_before() -> None:
    """S3: bread ordered until Saturday noon comes on the next Saturday."""
    saturday = Schedule(delivery=5, cutoff_day=5, cutoff_at=time(12))
    found = first(day("2026-11-23", 10), saturday)
    assert (found.on.isoformat(), found.cutoff_at) == ("2026-12-05", day("2026-11-28", 12))


def test_cutoff_keeps_its_hour_on_the_wall_when_the_clocks_change() -> None:
    """S3: the clocks go back on Sunday, 25 October."""
    sunday = Schedule(delivery=2, cutoff_day=6, cutoff_at=time(18))
    assert paris(sunday.cutoff(date(2026, 10, 28))).hour == 18
    assert sunday.cutoff(date(2026, 10, 28)) - sunday.cutoff(date(2026, 10, 21)) == timedelta(
        days=7, hours=1
    )


def test_closed_weeks_are_passed_over_and_a_site_that_never_opens_has_none() -> None:
    """S3: nothing is promised before a closed door."""
    open_ = {date(2026, 12, 10), date(2026, 12, 17)}
    at = day("2026-11-23", 10)
    found = rules.deliveries(THURSDAY, at, TODAY, lambda on: on in open_)
    assert [each.on for each in islice(found, 5)] == sorted(open_)
    assert list(rules.deliveries(THURSDAY, at, TODAY, lambda _: False)) == []


@pytest.mark.parametrize(
    ("made", "on"),
    [
        (Made(1, date(2026, 11, 27), day("2026-11-24", 18), gone=False), date(2026, 11, 27)),
        (Made(1, date(2026, 11, 28), day("2026-11-24", 18), gone=False), date(2026, 12, 3)),
        (Made(1, date(2026, 11, 26), day("2026-11-24", 18), gone=True), date(2026, 12, 3)),
        (Made(1, date(2026, 11, 26), day("2026-11-23", 9), gone=False), date(2026, 12, 3)),
    ],
)
def test_a_delivery_is_where_its_round_is(made: Made, on: date) -> None:
    """S3: on the day it was put off to, if that is open; none that is called off, or whose own cut-off
    is past though its service has another one now.
    """
    closed = date(2026, 11, 28)
    at = day("2026-11-23", 10)
    found = next(rules.deliveries(THURSDAY, at, TODAY, lambda on: on != closed, [made]))
    assert found.on == on
    assert found.usual_on in {date(2026, 11, 26), on}


def test_every_state_has_its_moves() -> None:
    """S2: the seven states are all reached, and a refunded order goes nowhere."""
    assert {end for _, end in MOVES.values()} | {S.ORDERED} == set(S)
    assert [verb for verb in Verb if rules.may_move(S.REFUNDED, verb)] == []
    assert [verb for verb in Verb if rules.may_move(S.COLLECTED, verb)] == [Verb.UNDO, Verb.REFUND]


@pytest.mark.parametrize(
    ("pay_at", "wished", "cents", "first_"),
    [
        (PayAt.ORDER, False, 800, True),
        (PayAt.EITHER, True, 800, True),
        (PayAt.EITHER, False, 800, False),
        (PayAt.COLLECTION, True, 800, False),
        (PayAt.NOTHING, True, 800, False),
        (PayAt.ORDER, True, 0, False),
    ],
)
def test_order_waits_for_its_money_where_it_is_paid_first(
    pay_at: PayAt, wished: bool, cents: int, first_: bool
) -> None:
    """S6: and one that costs nothing waits for nothing."""
    assert rules.pays_first(pay_at, wished=wished, cents=cents) is first_


def test_member_cancels_alone_only_before_it_leaves() -> None:
    """S2: what is with the partner, or past its cut-off, is the counter's to decide."""
    at = day("2026-11-23", 10)
    assert rules.may_cancel_alone(S.CONFIRMED, None, at)
    assert rules.may_cancel_alone(S.ORDERED, at + timedelta(seconds=1), at)
    assert not rules.may_cancel_alone(S.CONFIRMED, at, at)
    assert not rules.may_cancel_alone(S.WITH_PARTNER, None, at)


def test_words_of_one_line_are_tidied() -> None:
    assert rules.tidy("  bleue,\n tache  au col ") == "bleue, tache au col"
    assert rules.tidy("abcdef", 3) == "abc"
