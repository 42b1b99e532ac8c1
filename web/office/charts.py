"""Charts as numbers for an SVG: the template draws, and its table stands beside it."""

import math
from collections.abc import Sequence

import msgspec

from backend.kit import formats

LEFT, TOP, BOTTOM, STEP, BAR = 34.0, 45.0, 170.0, 35.5, 24.0
Points = Sequence[tuple[str, int]]


class Mark(msgspec.Struct, frozen=True):
    """One month: where it stands, from top to foot, its name and its value in words."""

    x: float
    y: float
    height: float
    name: str
    text: str


class Chart(msgspec.Struct, frozen=True):
    """`grid`: (y, label) of the lines behind; `best`: the highest mark, None when all are 0."""

    marks: list[Mark]
    grid: list[tuple[float, str]]
    best: Mark | None

    @property
    def path(self) -> str:
        """The marks joined by a line."""
        points = [f"{mark.x:g} {mark.y:g}" for mark in self.marks]
        return "M" + "L".join(points)


def bars(points: Points, unit: str = "") -> Chart:
    """From zero up."""
    return _chart(points, 0, unit)


def curve(points: Points) -> Chart:
    """From a round number under the lowest, so that a slow growth is seen."""
    values = [value for _, value in points]
    lowest = min(values, default=0)
    spread = max(values, default=0) - lowest
    return _chart(points, max(0, lowest - spread) // _round(spread) * _round(spread), "")


def _chart(points: Points, low: int, unit: str) -> Chart:
    high = low + 2 * _round(math.ceil((max((value for _, value in points), default=0) - low) / 2))
    marks = [
        _mark(at, name, value, (value - low) / (high - low), unit)
        for at, (name, value) in enumerate(points)
    ]
    steps = (low, (low + high) // 2, high)
    grid = [(_y((step - low) / (high - low)), _words(step, "")) for step in steps]
    best = max(marks, key=lambda mark: mark.height, default=None)
    return Chart(marks, grid, best if best is not None and best.height > 0 else None)


def _mark(at: int, name: str, value: int, share: float, unit: str) -> Mark:
    x = LEFT + 17 + at * STEP
    y = _y(share)
    return Mark(round(x, 2), y, round(BOTTOM - y, 2), name, _words(value, unit))


def _y(share: float) -> float:
    return round(BOTTOM - share * (BOTTOM - TOP), 2)


def _round(value: int) -> int:
    """The next 1, 2 or 5 with zeros: what a person reads off a grid."""
    if value <= 1:
        return 1
    size: int = 10 ** int(math.log10(value))
    return next(size * each for each in (1, 2, 5, 10) if size * each >= value)


def _words(value: int, unit: str) -> str:
    return f"{formats.number(value)}\u00a0{unit}" if unit else formats.number(value)
