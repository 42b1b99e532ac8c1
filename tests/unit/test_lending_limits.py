"""What a household may have, and refusals that say all of it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from backend.lending import limit_errors
from backend.lending.limit_errors import LimitReached
from backend.lending.limits import Counted, Wish, check_holds, check_limits
from backend.lending.rules import LineState as S
from backend.lending.rules import Period
from tests.lending import policy

MORNING = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # a Friday
DAY = timedelta(days=1)
ALICE, BOB = 1, 2


def span(first: int, last: int) -> Period:
    """From so many days from now to so many, in days."""
    return Period(MORNING + first * DAY, MORNING + last * DAY)


def line(period: Period, state: S = S.CONFIRMED, person: int = ALICE, **said: object) -> Counted:
    values: dict[str, object] = {"booking": f"B{period.start:%d%H}", "name": "Perceuse"}
    values |= {"policy_id": 1, "person_id": person, "state": state, "period": period, **said}
    return Counted(**values)  # type: ignore[arg-type]


def wish(period: Period, strikes: int = 0, **limits: object) -> Wish:
    return Wish(
        policy=policy(**limits), person_id=ALICE, period=period, now=MORNING, strikes=strikes
    )


def refusal(asked: Wish, *lines: Counted) -> LimitReached:
    with pytest.raises(LimitReached) as heard:
        check_limits(asked, lines)
    return heard.value


@pytest.mark.parametrize(
    ("limit", "slug"),
    [
        ("household_loans", "limit_household_loans"),
        ("person_loans", "limit_person_loans"),
        ("household_bookings", "limit_household_bookings"),
        ("person_bookings", "limit_person_bookings"),
    ],
)
def test_refusal_names_rule_bookings_and_next_day(limit: str, slug: str):
    """L21, L22: two at a time, and two open ones there are."""
    mine = (line(span(1, 4)), line(span(2, 6), S.CHECKED_OUT))
    heard = refusal(wish(span(3, 5), **{limit: 2}), *mine)
    assert heard.slug == heard.facts["rule"] == slug
    assert heard.facts["counted"] == [each.told() for each in mine]
    assert heard.facts["next_on"] == date(2026, 11, 24)
    assert "24 novembre 2026" in heard.advice()
    check_limits(wish(span(3, 5), **{limit: 3}), mine)


def test_loans_count_only_when_they_meet():
    """L21: simultaneous loans."""
    check_limits(wish(span(4, 6), household_loans=1), [line(span(1, 4)), line(span(6, 7))])


def test_person_is_counted_apart_from_the_household():
    """L21: per household and per person."""
    theirs = line(span(1, 4), person=BOB)
    check_limits(wish(span(2, 3), person_loans=1, person_bookings=1), [theirs])
    assert refusal(wish(span(2, 3), household_loans=1), theirs).slug == "limit_household_loans"


def test_other_policies_and_finished_loans_do_not_count():
    """L21: what is back, and what other rules govern, is no open loan."""
    over, other = line(span(1, 4), S.CLOSED), line(span(1, 4), policy_id=2)
    check_limits(wish(span(2, 3), household_loans=1, household_bookings=1), [over, other])


def test_late_loan_still_counts():
    """L21, L38: a thing that was due yesterday is still at home."""
    late = line(span(-5, -1), S.CHECKED_OUT)
    assert refusal(wish(span(0, 2), household_loans=1), late).slug == "limit_household_loans"


def test_days_are_counted_over_a_rolling_window():
    """L21: five days in ten, with what was returned; the day when it fits again is named."""
    used = line(span(-4, -1), S.CLOSED)
    heard = refusal(wish(span(1, 2), most_days=5, window_days=10), used)
    assert heard.slug == "limit_days"
    free_on = heard.facts["next_on"]
    later = span((free_on - MORNING.date()).days, (free_on - MORNING.date()).days + 1)
    check_limits(wish(later, most_days=5, window_days=10), [used])
    before = Period(later.start - DAY, later.end - DAY)
    assert refusal(wish(before, most_days=5, window_days=10), used).slug == "limit_days"


def test_days_before_and_after_count_together_only_when_one_window_has_both():
    """L21: a week that is long over and a week far ahead are in no thirty days on end."""
    limits = {"most_days": 14, "window_days": 30}
    used = [line(span(-26, -19), S.CLOSED), line(span(25, 32))]
    check_limits(wish(span(1, 2), **limits), used)
    near = [line(span(-12, -5), S.CLOSED), line(span(9, 16))]
    assert refusal(wish(span(1, 2), **limits), *near).facts["counted"] == [
        each.told() for each in near
    ]


def test_peak_hours_are_shared():
    """L21: one Saturday evening a month."""
    limits = {"most_peaks": 1, "peak_weekdays": (5,), "peak_from": time(18)}
    evening = Period(MORNING + DAY + timedelta(hours=9), MORNING + DAY + timedelta(hours=11))
    used = line(Period(evening.start - 7 * DAY, evening.end - 7 * DAY), S.CLOSED)
    assert refusal(wish(evening, **limits), used).slug == "limit_peak"
    check_limits(wish(span(1, 2), **limits), [used])
    check_limits(wish(evening, **limits), [line(span(-6, -5), S.CLOSED)])


def test_horizon_comes_nearer_after_two_strikes():
    """L25: two strikes limit advance booking, never a loan of today."""
    check_limits(wish(span(30, 31), advance_days=30, strikes=1), [])
    heard = refusal(wish(span(31, 32), advance_days=30), line(span(1, 2)))
    assert (heard.slug, heard.facts["next_on"]) == ("limit_advance", date(2026, 11, 21))
    heard = refusal(wish(span(8, 9), strikes=2))
    assert (heard.slug, heard.facts["next_on"]) == ("limit_advance_strikes", date(2026, 11, 21))
    check_limits(wish(span(0, 3), strikes=9), [])
    check_limits(wish(span(300, 301), strikes=1), [])


def test_desk_is_named_when_no_day_would_do():
    """L22: a limit of none never passes, and no day is invented."""
    heard = refusal(wish(span(1, 2), household_loans=0))
    assert heard.facts["next_on"] is None
    assert heard.advice() == "Demandez au comptoir."


def test_drafts_are_capped():
    """L13: two at a time for a household, whatever they are for."""
    held = [line(span(1, 2), S.HELD, policy_id=7), line(span(2, 3), S.HELD, policy_id=8)]
    check_holds(policy(), held[:1])
    check_holds(policy(), [held[0], line(span(4, 5))])
    with pytest.raises(limit_errors.TooManyHolds) as heard:
        check_holds(policy(), held)
    assert len(heard.value.facts["counted"]) == 2
