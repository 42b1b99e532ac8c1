"""What a landlord reads tells of nobody (issue: no figure under five people)."""

from hypothesis import given
from hypothesis import strategies as st

from backend.insight.rules import FEWEST, hide_small, may_total

ROWS = st.lists(st.integers(min_value=0, max_value=40), max_size=12)


@given(ROWS)
def test_no_small_figure_is_shown_and_none_can_be_worked_out(people: list[int]):
    """Neither in its own row, nor by taking the shown rows from the total."""
    hidden = hide_small(people)
    assert not any(
        0 < count < FEWEST for count, away in zip(people, hidden, strict=True) if not away
    )
    rest = sum(count for count, away in zip(people, hidden, strict=True) if away)
    if may_total(people) and any(hidden):
        assert rest >= FEWEST


@given(ROWS)
def test_nothing_is_hidden_without_need(people: list[int]):
    """Where no row is small, all are shown."""
    small = any(0 < count < FEWEST for count in people)
    assert any(hide_small(people)) == small


def test_the_smallest_other_row_hides_a_single_small_one():
    assert hide_small([3, 40, 7, 0]) == [True, False, True, False]
    assert hide_small([3, 2]) == [True, True]
    assert hide_small([3]) == [True]
    assert not may_total([3])
    assert may_total([0, 0])
