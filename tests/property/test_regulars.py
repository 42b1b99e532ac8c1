"""What a partner reads of members who came back tells of nobody, by itself or beside another figure."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from backend.vouchers.regulars import FEWEST, Counted, Told, tell

MONTHS = 12
# One visit: the month, who, and on which of its days.
VISITS = st.lists(
    st.tuples(st.integers(1, MONTHS), st.integers(1, 14), st.integers(1, 3)), max_size=120
)
Visit = tuple[int, int, int]


def counted(visits: list[Visit]) -> list[Counted]:
    """As the database counts the closed months of a year."""
    return [
        Counted(
            date(2026, month, 1),
            len({who for at, who, _ in visits if at == month}),
            len(twice([visit for visit in visits if visit[0] == month])),
            len(twice([visit for visit in visits if visit[0] <= month])),
        )
        for month in range(1, MONTHS + 1)
    ]


def twice(visits: list[Visit]) -> set[int]:
    days = {(who, month, day) for month, who, day in visits}
    people = [who for who, _, _ in days]
    return {who for who in people if people.count(who) > 1}


@given(VISITS)
def test_no_figure_told_is_about_fewer_than_five(visits: list[Visit]):
    """V34: under five people nothing is said."""
    told = tell(counted(visits))
    figures = [each.came_back for each in told] + [each.came_back_year for each in told]
    assert all(figure is None or figure >= FEWEST for figure in figures)


@given(VISITS)
def test_no_two_figures_of_neighbouring_periods_differ_by_fewer_than_five(visits: list[Visit]):
    """V34: who subtracts a period from a wider one that is told learns of nobody, or of five at least."""
    told = tell(counted(visits))
    for at, wider in enumerate(told):
        if wider.came_back_year is None:
            continue
        for inside in inner(told[: at + 1]):
            difference = wider.came_back_year - inside
            assert difference == 0 or difference >= FEWEST


@given(VISITS)
def test_month_with_few_visitors_makes_no_year_figure_grow(visits: list[Visit]):
    """V34: where fewer than five came, a figure that grows would say who."""
    counts = counted(visits)
    for count, each in zip(counts, tell(counts), strict=True):
        if count.visitors < FEWEST:
            assert each.came_back_year is None


def test_figures_are_told_when_enough_people_stand_behind_each():
    counts = [
        Counted(date(2026, 1, 1), 20, 8, 8),
        Counted(date(2026, 2, 1), 20, 9, 11),
        Counted(date(2026, 3, 1), 20, 4, 16),
    ]
    assert tell(counts) == [
        Told(date(2026, 1, 1), 8, 8),
        Told(date(2026, 2, 1), 9, None),
        Told(date(2026, 3, 1), None, 16),
    ]


def inner(told: list[Told]) -> list[int]:
    months = [each.came_back for each in told]
    years = [each.came_back_year for each in told]
    return [figure for figure in (*months, *years) if figure is not None]
