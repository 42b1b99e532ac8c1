"""Dates and words of membership, by tables."""

from datetime import UTC, date, datetime, timedelta

import pytest

from backend.kit import clock
from backend.membership import rules
from backend.membership.rules import CancelReason, Span, Status


def day(text: str) -> date:
    return date.fromisoformat(text)


YEAR = Span(day("2026-01-01"), day("2026-12-31"))
NEXT = Span(day("2027-01-01"), day("2027-12-31"))
DEBIT = Span(day("2026-01-01"), day("2026-12-31"), day("2026-01-14"))


@pytest.mark.parametrize(
    ("spans", "on", "expected"),
    [
        ([], "2026-06-01", Status.PROSPECT),
        ([YEAR], "2025-12-31", Status.PROSPECT),
        ([YEAR], "2026-01-01", Status.CURRENT),
        ([YEAR], "2026-12-31", Status.CURRENT),
        ([YEAR], "2027-01-01", Status.GRACE),
        ([YEAR], "2027-01-30", Status.GRACE),
        ([YEAR], "2027-01-31", Status.LAPSED),
        ([YEAR, NEXT], "2026-06-01", Status.CURRENT),
        ([YEAR, NEXT], "2027-06-01", Status.CURRENT),
        ([NEXT], "2026-06-01", Status.PROSPECT),
        ([DEBIT], "2026-01-14", Status.PROVISIONAL),
        ([DEBIT], "2026-01-15", Status.PROSPECT),
        ([YEAR, NEXT._replace(provisional_until=day("2027-01-10"))], "2027-01-05", "provisional"),
        ([YEAR, NEXT._replace(provisional_until=day("2027-01-10"))], "2027-01-11", Status.GRACE),
    ],
)
def test_status_follows_from_periods_and_a_day(spans, on, expected):
    """M1: status is a pure function of periods, the grace setting and a date."""
    assert rules.status(spans, 30, day(on)) == expected


def test_status_is_ended_when_the_household_left():
    """M1: also while its period still runs."""
    left = day("2026-03-01")
    assert rules.status([YEAR], 30, day("2026-02-28"), left) is Status.CURRENT
    assert rules.status([YEAR], 30, left, left) is Status.ENDED


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2026-11-21", 12, "2027-11-20"),
        ("2026-11-21", 1, "2026-12-20"),
        ("2026-01-01", 12, "2026-12-31"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", 48, "2032-02-28"),
        ("2027-02-28", 12, "2028-02-27"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-01-31", 3, "2026-04-30"),
        ("2026-01-31", 12, "2027-01-30"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-08-31", 24, "2028-08-30"),
    ],
)
def test_months_end_where_the_law_counts_them(start, months, expected):
    """M3: 29 February and 31 January included."""
    assert rules.last_day(day(start), months) == day(expected)


def test_one_month_after_another_from_the_31st_loses_no_day():
    """M3: twelve payments of a month cover at least the days of one payment of twelve."""
    start = end = day("2026-01-31")
    for _ in range(12):
        end = rules.last_day(start, 1)
        start = end + rules.DAY
    assert end >= rules.last_day(day("2026-01-31"), 12)


@pytest.mark.parametrize(
    ("old_end", "paid_on", "expected"),
    [
        (None, "2026-11-21", "2026-11-21"),
        ("2026-12-31", "2026-11-21", "2027-01-01"),
        ("2026-12-31", "2026-12-31", "2027-01-01"),
        ("2026-12-31", "2027-01-30", "2027-01-01"),
        ("2026-12-31", "2027-01-31", "2027-01-31"),
        ("2028-02-28", "2028-02-29", "2028-02-29"),
        ("2027-01-30", "2027-01-31", "2027-01-31"),
    ],
)
def test_renewal_goes_on_from_the_old_end_until_grace_is_over(old_end, paid_on, expected):
    """M3: before term or in grace from the old end + 1 day, after grace from the payment."""
    found = rules.first_day(old_end and day(old_end), 30, day(paid_on))
    assert found == day(expected)


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), "2026-12-31"),  # 23:59 in Paris
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "2027-01-01"),
        (datetime(2026, 7, 31, 21, 59, tzinfo=UTC), "2026-07-31"),  # 23:59, summer
        (datetime(2026, 7, 31, 22, 0, tzinfo=UTC), "2026-08-01"),
    ],
)
def test_a_payment_at_midnight_has_the_day_of_paris(instant, expected):
    """M3: 23:59 Europe/Paris belongs to the day that ends."""
    assert rules.first_day(None, 30, clock.paris(instant).date()) == day(expected)


@pytest.mark.parametrize(
    ("sums", "expected"),
    [
        ((1200, 0, 0), None),
        ((1200, 400, 0), None),
        ((1200, 1200, 0), CancelReason.REFUNDED),
        ((1200, 0, 1200), CancelReason.DISPUTED),
        ((1200, 400, 800), CancelReason.DISPUTED),
        ((0, 0, 0), None),
    ],
)
def test_money_given_back_ends_a_period(sums, expected):
    assert rules.cancel_reason(*sums) is expected


def test_another_payment_is_refused_when_a_year_is_already_ahead():
    today = day("2026-01-01")
    assert not rules.is_far_ahead([YEAR], today)
    assert rules.is_far_ahead([YEAR, NEXT], today)


def test_another_year_is_sold_online_in_the_last_three_months():
    """YEAR ends on its last day: 92 days before, the renewal opens."""
    opens = YEAR.end - rules.RENEWAL_OPENS
    assert rules.renewal_opens([YEAR], opens - rules.DAY) == opens
    assert rules.renewal_opens([YEAR], opens) is None
    assert rules.renewal_opens([], opens) is None


def test_shops_see_a_first_name_and_an_initial():
    """The rest of the name is nobody's business there."""
    assert rules.short_name("Samira", "belkacem") == "Samira B."
    assert rules.short_name("Samira", "") == "Samira"


def test_grace_may_be_none():
    assert rules.status([YEAR], 0, YEAR.end + timedelta(days=1)) is Status.LAPSED
