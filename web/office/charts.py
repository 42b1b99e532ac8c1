"""Charts as numbers for an SVG: the template draws, and its table stands beside it."""

from collections.abc import Sequence
from itertools import count
from math import ceil

import msgspec

from backend.kit import formats

LEFT, TOP, BOTTOM = 34.0, 45.0, 170.0
NARROW, WIDE = 426.0, 900.0  # what all marks share, for half a page and for a whole one
LETTER = 7.5  # how wide a letter of a name is, with some air
FEWEST = 12  # marks: fewer of them stand no further apart
Points = Sequence[tuple[str, int]]


class Mark(msgspec.Struct, frozen=True):
    """One month: where it stands, from top to foot, its name and its value in words."""

    x: float
    y: float
    height: float
    name: str
    text: str


class Chart(msgspec.Struct, frozen=True):
    """`grid`: (y, label) of the lines behind; `best`: the highest mark, None when all are 0.

    `step`: how far apart the marks stand; `named`: one name is written under so many marks.
    """

    marks: list[Mark]
    grid: list[tuple[float, str]]
    best: Mark | None
    step: float
    named: int

    @property
    def width(self) -> int:
        return round(LEFT + self.step * len(self.marks) + 10)

    @property
    def bar(self) -> float:
        return round(self.step * 0.68, 2)

    @property
    def path(self) -> str:
        """The marks joined by a line."""
        points = [f"{mark.x:g} {mark.y:g}" for mark in self.marks]
        return "M" + "L".join(points)


def bars(points: Points, unit: str = "", across: float = NARROW) -> Chart:
    """From zero up."""
    step = _step(0, [value for _, value in points])
    return _chart(points, 0, step, unit, across)


def curve(points: Points, across: float = NARROW) -> Chart:
    """From a round number under the lowest, so that a slow growth is seen."""
    values = [value for _, value in points]
    lowest = min(values, default=0)
    step = _step(lowest, values)
    return _chart(points, lowest // step * step, step, "", across)


def _chart(points: Points, low: int, step: int, unit: str, across: float) -> Chart:
    high = max(low + 2 * step, *(value for _, value in points), low)
    apart = round(across / max(len(points), FEWEST), 2)
    marks = [
        _mark(at, name, value, (value - low) / (high - low), unit, apart)
        for at, (name, value) in enumerate(points)
    ]
    lines = (low, low + step, low + 2 * step)
    grid = [(_y((line - low) / (high - low)), _words(line, "")) for line in lines]
    best = max(marks, key=lambda mark: mark.height, default=None)
    shown = best if best is not None and best.height > 0 else None
    longest = max((len(name) for name, _ in points), default=1)
    return Chart(marks, grid, shown, apart, max(1, ceil(LETTER * longest / apart)))


def _mark(at: int, name: str, value: int, share: float, unit: str, apart: float) -> Mark:
    x = LEFT + (at + 0.5) * apart
    y = _y(share)
    return Mark(round(x, 2), y, round(BOTTOM - y, 2), name, _words(value, unit))


def _y(share: float) -> float:
    return round(BOTTOM - share * (BOTTOM - TOP), 2)


def _step(lowest: int, values: Sequence[int]) -> int:
    """The smallest round step of which two reach the highest value, or nearly."""
    highest = max(values, default=0)
    steps = (int(each * 10**size) for size in count() for each in (1, 2, 5))
    return next(step for step in steps if lowest // step * step + 2.2 * step >= highest)


def _words(value: int, unit: str) -> str:
    return f"{formats.number(value)}\u00a0{unit}" if unit else formats.number(value)
