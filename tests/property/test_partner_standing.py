"""What a partner is on a day, over any contracts."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backend.merchants.rules import GIVING, Dated, Standing, standing, year_from

START = date(2026, 1, 1)
DAYS = st.integers(0, 1200).map(lambda count: START + timedelta(days=count))
GRACE = timedelta(days=30)


@st.composite
def contracts(draw: st.DrawFn) -> list[Dated]:
    """Years one after another, as the database lets them stand."""
    found, first = [], draw(DAYS)
    for _ in range(draw(st.integers(0, 3))):
        first, until = year_from(first)
        paid = draw(st.booleans())
        # A yes that came late, or money that was lost again: owed from then on.
        owed = first + timedelta(days=draw(st.integers(0, 90)))
        found.append(Dated(first_day=first, until=until, owed_on=owed, paid=paid))
        first = until
    return found


def on_day(found: list[Dated], day: date, *, applied: bool = True) -> Standing:
    return standing(found, day, GRACE, closed_on=None, applied=applied)


@given(contracts(), DAYS)
def test_offers_hold_when_a_paid_year_covers_the_day(found, day):
    """P3: whoever paid for today gives today, whatever else is owed."""
    covered = any(one.paid and one.first_day <= day < one.until for one in found)
    assert (on_day(found, day) is Standing.ACTIVE) == covered


@given(contracts(), DAYS)
def test_offers_stop_when_grace_is_over(found, day):
    """P3: thirty days after the last day that was paid, or owed, nothing holds any more."""
    owed = [one.until if one.paid else one.owed_on for one in found]
    near = any(start <= day < start + GRACE for start in owed)
    covered = any(one.paid and one.first_day <= day < one.until for one in found)
    assert (on_day(found, day) in GIVING) == (covered or near)


@given(contracts(), DAYS)
def test_nothing_holds_when_the_firm_closed(found, day):
    """P3: a firm that closed gives nothing, also when it paid."""
    assert standing(found, day, GRACE, closed_on=day, applied=True) is Standing.CLOSED


@given(DAYS)
def test_partner_of_before_is_active_when_it_has_no_contract(day):
    """P3: partners whom the club wrote down by hand go on; a firm that applied waits for its contract."""
    assert on_day([], day, applied=False) is Standing.ACTIVE
    assert on_day([], day, applied=True) is Standing.PENDING


@given(DAYS)
def test_a_year_ends_on_its_own_day(day):
    first, until = year_from(day)
    assert first == day
    assert timedelta(days=365) <= until - first <= timedelta(days=366)
