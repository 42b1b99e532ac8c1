"""Charts of the office: round grids, marks in their place, and nothing to divide by zero."""

from web.office import charts

MONTHS = ("janv", "févr", "mars")


def test_bars_stand_on_zero_under_a_round_grid() -> None:
    chart = charts.bars(list(zip(MONTHS, (2140, 4320, 0), strict=True)), "€")
    assert [label for _, label in chart.grid] == ["0", "2\u202f000", "4\u202f000"]
    assert [mark.height for mark in chart.marks] == [61.92, 125.0, 0.0]
    assert chart.best is not None
    assert (chart.best.name, chart.best.text) == ("févr", "4\u202f320\u00a0€")
    assert [mark.x for mark in chart.marks] == [51.75, 87.25, 122.75]


def test_a_curve_starts_under_its_lowest_when_growth_is_slow() -> None:
    chart = charts.curve(list(zip(MONTHS, (742, 801, 903), strict=True)))
    assert [label for _, label in chart.grid] == ["700", "800", "900"]
    assert chart.path.startswith("M51.75 ")
    heights = [mark.height for mark in chart.marks]
    assert heights == sorted(heights)


def test_a_chart_is_flat_when_nothing_happened() -> None:
    for chart in (charts.bars([("janv", 0)]), charts.curve([("janv", 7), ("févr", 7)])):
        assert all(mark.height == 0 for mark in chart.marks)
        assert chart.best is None


def test_names_leave_some_out_when_they_would_touch() -> None:
    year = charts.bars([(name, 1) for name in MONTHS * 4])
    weeks = charts.bars([("25/05", 1)] * 26, across=charts.WIDE)
    assert (year.named, weeks.named) == (1, 2)
    assert weeks.marks[-1].x + weeks.bar / 2 < weeks.width
