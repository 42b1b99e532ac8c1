"""Charts as SVG for a page or a paper: pygal draws, our own styles colour.

pygal puts a style sheet, a script and a hidden tip into each picture. They are taken out again, and
what is left is shapes and words with classes: a strict CSP lets it pass, tokens colour it light and
dark, it needs no script and prints. Its table stands on the same page.
"""

import sys
from collections.abc import Sequence
from enum import StrEnum
from math import ceil
from typing import Any

import msgspec
from markupsafe import Markup

from backend.kit import formats

Points = Sequence[tuple[str, int]]
# Units of the picture. Half a page is drawn for a phone, where a unit is a little less than a pixel.
NARROW, WIDE, HEIGHT = 360, 900, 220
LETTERS = 16  # how high letters are there, with which room is kept for them
LETTER = 0.62  # how wide one is of its height
DOT = 4.5
LIFTED = 9  # how far above its dot the last value stands
MARKS = {"bar", "dots"}  # pygal's words for the group of one value


class Kind(StrEnum):
    BARS = "bars"
    LINE = "line"


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """`points`: name and whole value, from the first to the last. `unit` follows each value.

    `going_on` is the index of the mark that is not over yet. `wide` is for a whole page.
    """

    kind: Kind
    points: Points
    unit: str = ""
    wide: bool = False
    going_on: int | None = None

    def words(self, at: int) -> str:
        """A value with its unit, as it is read."""
        value = formats.number(self.points[at][1])
        return f"{value}\u00a0{self.unit}" if self.unit else value

    @property
    def told(self) -> int:
        """Which value is written: of bars the highest, of a line the last."""
        values = [value for _, value in self.points]
        return len(values) - 1 if self.kind is Kind.LINE else values.index(max(values))

    def svg(self, label: str, more: str) -> Markup:
        """The picture for a page; `label` is its name, `more` what else a screen reader says."""
        root, etree = _drawn(self)
        root.set("role", "img")
        root.set("aria-label", f"{label}. {more}")
        return Markup(etree.tostring(root, encoding="unicode"))  # noqa: S704 - texts were escaped as it was written

    def paper(self, style: str) -> str:
        """The picture for a paper, which has no style sheet of its own."""
        root, etree = _drawn(self)
        sheet = etree.Element("style")
        sheet.text = style
        root.insert(0, sheet)
        return str(etree.tostring(root, encoding="unicode"))


def bars(points: Points, unit: str = "", *, wide: bool = False, going_on: int | None = -1) -> Chart:
    """From zero up; the last one is going on, unless said otherwise."""
    at = None if going_on is None else going_on % len(points)
    return Chart(kind=Kind.BARS, points=points, unit=unit, wide=wide, going_on=at)


def line(points: Points, *, wide: bool = False) -> Chart:
    """From its lowest value, so that a slow growth is seen."""
    return Chart(kind=Kind.LINE, points=points, wide=wide)


def _drawn(chart: Chart) -> tuple[Any, Any]:
    """The root of the picture, and the library that writes it."""
    pygal = _pygal()
    width = WIDE if chart.wide else NARROW
    style = pygal.style.Style(label_font_size=LETTERS, value_font_size=LETTERS)
    draws = {Kind.BARS: pygal.Bar, Kind.LINE: pygal.Line}[chart.kind]
    drawing = draws(
        width=width,
        height=HEIGHT,
        style=style,
        css=[],
        js=[],
        classes=[],
        no_prefix=True,
        show_legend=False,
        margin=0,
        margin_top=LETTERS,
        margin_right=LETTERS,
        margin_bottom=LETTERS // 2,
        spacing=LETTERS // 2,
        order_min=0,
        min_scale=2,
        max_scale=4,
        truncate_label=-1,
        dots_size=DOT,
        print_values=True,
        print_values_position="top",
        value_formatter=lambda value: formats.number(round(value)),
        x_labels=_names(chart, width),
    )
    drawing.add("", [_mark(chart, at) for at in range(len(chart.points))])
    etree = pygal.etree.etree
    return _cleaned(chart, drawing.render_tree()), etree


def _pygal() -> Any:
    """Only who draws carries it. Its finder of maps is taken away: it makes imports that fail warn."""
    import pygal
    import pygal.style

    sys.meta_path[:] = [each for each in sys.meta_path if type(each).__module__ != "pygal"]
    return pygal


def _names(chart: Chart, width: int) -> list[str]:
    """The names below, as many as fit: the last one stands, and then every so many before it."""
    names = [name for name, _ in chart.points]
    longest = max(map(len, names)) + 1
    every = ceil(longest * LETTERS * LETTER * len(names) / (width * 0.85))
    last = len(names) - 1
    return [name if (last - at) % every == 0 else "" for at, name in enumerate(names)]


def _mark(chart: Chart, at: int) -> dict[str, Any]:
    part = {"node": {"class": "rect part"}} if at == chart.going_on else {}
    return {"value": chart.points[at][1], "formatter": lambda _: chart.words(at), **part}


def _cleaned(chart: Chart, root: Any) -> Any:
    """Without what only pygal's own script and sheet need; marks are named, one value is written."""
    root.attrib.pop("id", None)
    root.set("class", "wide" if chart.wide else "narrow")
    for parent in list(root.iter()):
        for child in list(parent):
            if _is_idle(child):
                parent.remove(child)
    groups = [each for each in root.iter("g") if each.get("class") in MARKS]
    for at, group in enumerate(groups):
        _name_mark(group, f"{chart.points[at][0]}\u00a0: {chart.words(at)}")
    _keep_one_value(chart, root)
    return root


def _is_idle(node: Any) -> bool:
    if not isinstance(node.tag, str):  # a comment
        return True
    css = node.get("class", "").split()
    return node.tag in {"defs", "title", "desc"} or "tooltip" in css or "background" in css


def _name_mark(group: Any, words: str) -> None:
    """What the pointer shows of a mark, without a script."""
    title = group.makeelement("title", {})
    title.text = words
    group.insert(0, title)


def _keep_one_value(chart: Chart, root: Any) -> None:
    written = [each for each in root.iter("text") if each.get("class") == "value"]
    series = next(each for each in root.iter() if written[0] in list(each))
    for at, text in enumerate(written):
        if at != chart.told or chart.points[at][1] == 0:
            series.remove(text)
        elif chart.kind is Kind.LINE:
            _lift(text, root)


def _lift(text: Any, root: Any) -> None:
    """The last value of a line ends over its dot; beside it there is no room."""
    *_, dot = root.iter("circle")
    text.set("x", str(float(dot.get("cx")) + DOT))
    text.set("y", str(float(dot.get("cy")) - LIFTED))
    text.set("text-anchor", "end")
