"""What a landlord reads tells of nobody (issue: no figure under five people)."""

from hypothesis import given
from hypothesis import strategies as st

from backend.insight.rules import FEWEST, about, hide_small, hide_split, may_total

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


SPLITS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=10)


@given(SPLITS)
def test_neither_side_of_a_split_is_small_nor_worked_out(splits: list[tuple[int, int]]):
    """A4: of those who take part and those who do not, no shown side is about a few, nor is what is left."""
    part, rest = [one for one, _ in splits], [other for _, other in splits]
    hidden = hide_split(part, rest)
    for one, other, away in zip(part, rest, hidden, strict=True):
        if not away:
            assert one == other == 0 or one >= FEWEST
            assert other == 0 or other >= FEWEST
    for side in (part, rest):
        left = sum(count for count, away in zip(side, hidden, strict=True) if away)
        told = any(count and not away for count, away in zip(side, hidden, strict=True))
        assert not (any(hidden) and told) or left >= FEWEST


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_figures_to_the_nearest_five_differ_by_five_or_not_at_all(one: int, other: int):
    """A4: taken from one another they never tell of one household."""
    assert abs(about(one) - one) <= 2
    assert (about(one) - about(other)) % 5 == 0
