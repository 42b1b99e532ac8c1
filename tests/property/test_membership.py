"""Membership over any periods and days."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backend.membership import rules
from backend.membership.rules import Span, Status

DAYS = st.dates(date(2024, 1, 1), date(2032, 12, 31))
MONTHS = st.integers(1, 24)


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    """Periods as the database lets them be: one after another, never over another."""
    made, start = [], draw(DAYS)
    for months in draw(st.lists(MONTHS, max_size=5)):
        end = rules.last_day(start, months)
        until = start + timedelta(days=14) if draw(st.booleans()) else None
        made.append(Span(start, end, until))
        start = end + timedelta(days=1 + draw(st.integers(0, 60)))
    return made


@given(spans(), st.integers(0, 120), DAYS)
def test_status_agrees_with_its_meaning_day_by_day(periods, grace, on):
    """M1: each status says one thing about the periods and the day, whatever they are."""
    found = rules.status(periods, grace, on)
    settled = [span for span in periods if span.provisional_until is None and span.start <= on]
    covered = any(span.start <= on <= span.end for span in settled)
    assert (found is Status.CURRENT) == covered
    if found is Status.GRACE:
        last = max(span.end for span in settled)
        assert last < on <= last + timedelta(days=grace)
    if found is Status.LAPSED:
        assert settled
    if found is Status.PROSPECT:
        assert not settled


@given(spans(), st.integers(0, 120), DAYS)
def test_status_never_depends_on_the_order_of_rows(periods, grace, on):
    """M1: a pure function of a set of periods."""
    assert rules.status(periods, grace, on) is rules.status(periods[::-1], grace, on)


@given(DAYS, MONTHS)
def test_months_are_never_shorter_than_their_days(start, months):
    """M3: the day after the last one is the same day of the month, or the first after its end."""
    after = rules.last_day(start, months) + timedelta(days=1)
    assert after.day == start.day or (after.day == 1 and start.day > 28)
    assert (after.year * 12 + after.month) - (start.year * 12 + start.month) in {months, months + 1}


@given(DAYS, MONTHS, MONTHS)
def test_more_months_end_later(start, fewer, more):
    if fewer < more:
        assert rules.last_day(start, fewer) < rules.last_day(start, more)


@given(DAYS, st.integers(0, 120), DAYS)
def test_a_renewal_never_overlaps_nor_starts_before_the_payment_after_grace(old_end, grace, paid):
    """M3: it starts right after the old end, or on the day of the payment."""
    start = rules.first_day(old_end, grace, paid)
    assert start > old_end
    assert start == (old_end + timedelta(days=1) if paid <= old_end + timedelta(grace) else paid)
