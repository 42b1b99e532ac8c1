"""A list of coordinates: which residence stands where, from a spreadsheet saved as CSV."""

from collections.abc import Collection

import msgspec

from backend.kit import coordinates
from backend.kit.coordinates import CoordinatesUnreadable, Point
from backend.kit.text import fold
from backend.kit.translations import translated as _
from backend.places import imports
from backend.places.errors import ColumnsMissing, ListEmpty
from backend.places.rules import Rejected

COLUMNS = ("CODE_RESIDENCE", "CODE_POSTAL", "NOM", "LATITUDE", "LONGITUDE")
NEEDED = ("CODE_RESIDENCE", "LATITUDE", "LONGITUDE")


class PointLine(msgspec.Struct, frozen=True):
    """`postcode` "" means every residence of that code."""

    line: int
    code: str
    postcode: str
    point: Point


class Points(msgspec.Struct, frozen=True):
    lines: list[PointLine]
    rejected: list[Rejected]


def read(content: bytes) -> Points:
    """The lines that give coordinates; those that give none are passed over."""
    numbered = imports.lines(imports.decode(content))
    header = next(numbered, (0, ""))[1]
    if not header:
        raise ListEmpty
    separator = max(";,\t", key=header.count)
    names = [
        fold(name).replace(" ", "_").upper() for name in imports.cells(header, separator) or []
    ]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise ColumnsMissing(columns=", ".join(missing))
    found = Points([], [])
    for number, line in numbered:
        row = imports.cells(line, separator)
        if row:
            _take(found, number, dict(zip(names, row, strict=False)))
        else:
            found.rejected.append(Rejected(number, "", _("Cette ligne ne se lit pas.")))
    return found


def without_unknown(points: Points, known: Collection[str]) -> Points:
    """The same, with the lines whose residence is not the landlord's among the rejected."""
    unknown = [
        Rejected(line.line, "CODE_RESIDENCE", _("Ce bailleur n'a pas cette résidence."))
        for line in points.lines
        if line.code not in known
    ]
    right = [line for line in points.lines if line.code in known]
    return Points(right, sorted(points.rejected + unknown, key=lambda one: one.line))


def _take(found: Points, number: int, cells: dict[str, str]) -> None:
    code, postcode = cells.get("CODE_RESIDENCE", ""), cells.get("CODE_POSTAL", "")
    if not (code + postcode).isprintable():
        column = "CODE_POSTAL" if code.isprintable() else "CODE_RESIDENCE"
        found.rejected.append(Rejected(number, column, _("Cette case contient un signe interdit.")))
        return
    try:
        point = coordinates.read(cells.get("LATITUDE", ""), cells.get("LONGITUDE", ""))
    except CoordinatesUnreadable as refusal:
        column = next(iter(refusal.fields)).upper()
        found.rejected.append(Rejected(number, column, refusal.said()))
        return
    if point is not None and code:
        found.lines.append(PointLine(number, code, postcode.zfill(5) if postcode else "", point))
