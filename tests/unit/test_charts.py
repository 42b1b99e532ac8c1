"""Charts: shapes and words that a strict CSP lets pass, marks with their names, one value written."""

import re
import warnings
from xml.etree import ElementTree as ET

from backend.kit import charts

MONTHS = ("janv", "févr", "mars")
SVG = "{http://www.w3.org/2000/svg}"


def drawn(chart: charts.Chart) -> ET.Element:
    return ET.fromstring(chart.svg("Bons <b>", "Le tableau est plus bas."))


def written(root: ET.Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{SVG}text") if each.get("class") == "value"]


def scale(root: ET.Element) -> list[str]:
    for axis in root.iter(f"{SVG}g"):
        if axis.get("class", "").startswith("axis y"):
            return [each.text or "" for each in axis.iter(f"{SVG}text")]
    return []


def test_a_picture_brings_no_style_no_script_and_no_address() -> None:
    """D4: nothing is fetched from elsewhere; and nothing in it needs `unsafe-inline`."""
    for chart in (charts.bars([("janv", 4)]), charts.line([("a", 1), ("b", 9)], wide=True)):
        text = chart.svg("Bons", "")
        assert not re.search(r"<style|<script|style=|onload|xlink|<!--", text)
        addresses = re.findall(r"https?://[^\"]+", text)
        assert addresses == ["http://www.w3.org/2000/svg"]


def test_a_picture_is_named_for_who_listens_and_its_texts_are_escaped() -> None:
    root = drawn(charts.bars([("<i>", 4)]))
    assert (root.get("role"), root.get("id")) == ("img", None)
    assert root.get("aria-label") == "Bons <b>. Le tableau est plus bas."
    assert [each.text for each in root.iter(f"{SVG}title")] == ["<i>\u00a0: 4"]


def test_bars_stand_on_zero_and_the_highest_says_its_value() -> None:
    root = drawn(charts.bars(list(zip(MONTHS, (2140, 4320, 0), strict=True)), "€"))
    assert scale(root) == ["0", "2\u202f000", "4\u202f000"]
    assert written(root) == ["4\u202f320\u00a0€"]
    heights = [float(each.get("height", "")) for each in root.iter(f"{SVG}rect")]
    assert heights[1] > heights[0] > heights[2] == 0


def test_the_mark_that_is_not_over_is_marked() -> None:
    points = list(zip(MONTHS, (1, 2, 3), strict=True))
    for going_on, parts in ((-1, [0, 0, 1]), (0, [1, 0, 0]), (None, [0, 0, 0])):
        root = drawn(charts.bars(points, going_on=going_on))
        assert ["part" in each.get("class", "") for each in root.iter(f"{SVG}rect")] == parts


def test_a_line_begins_at_its_lowest_and_its_last_value_is_said() -> None:
    root = drawn(charts.line(list(zip(MONTHS, (742, 801, 903), strict=True))))
    assert all(700 < int(each) < 910 for each in scale(root))
    assert written(root) == ["903"]
    assert len(list(root.iter(f"{SVG}circle"))) == 3


def test_a_chart_is_drawn_when_nothing_happened() -> None:
    assert written(drawn(charts.bars([("janv", 0), ("févr", 0)]))) == []
    assert written(drawn(charts.line([("janv", 7)]))) == ["7"]
    assert written(drawn(charts.line([("janv", 0), ("févr", 0)]))) == []


def test_names_leave_some_out_when_they_would_touch() -> None:
    """Of the same name twice, each mark keeps its own."""
    years = drawn(charts.line([(name, 1) for name in MONTHS * 12], wide=True))
    names = [each.text for each in years.iter(f"{SVG}text") if each.get("class") == ""]
    assert names[-1] == "mars"
    assert len([each for each in names if each]) < 36
    assert len(list(years.iter(f"{SVG}title"))) == 36


def test_an_import_that_fails_still_only_fails() -> None:
    """The library's finder of plug-ins would warn at each of them, and a warning is an error here."""
    charts.bars([("janv", 1)]).svg("", "")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            import nowhere_to_be_found  # type: ignore[import-not-found]  # noqa: F401
        except ImportError as failed:
            found = failed
    assert found.name == "nowhere_to_be_found"


def test_a_paper_gets_its_own_style() -> None:
    text = charts.bars([("janv", 1)]).paper("text { fill: #000 }")
    assert text.count("<style>") == 1
    assert "aria-label" not in text
