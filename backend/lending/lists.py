"""Lists of items, copies and closures, from the bytes of a CSV to rows and what is wrong with them (L44).

Pure. What a spreadsheet was given by an export reads back as it was; columns of no use are ignored.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from datetime import date, time

import msgspec

from backend.kit.errors import DomainError
from backend.kit.text import fold
from backend.kit.translations import translated as _
from backend.lending import member_rows
from backend.lending.cells import (
    Cells,
    Wrong,
    needed,
    read_cell,
    read_count,
    read_day,
    read_hour,
    read_isbn,
    read_money,
    read_number,
    read_yes,
)
from backend.lending.member_rows import MemberRow
from backend.lending.rules import ListKind
from backend.lending.stock_errors import QuoteOpen
from backend.places.errors import ColumnsMissing, ColumnsRepeated, ListEmpty, RangeBackwards
from backend.places.imports import decode
from backend.places.rules import Rejected, check_closure

MOST_ROWS = {
    ListKind.ITEMS: 20_000,
    ListKind.COPIES: 20_000,
    ListKind.CLOSURES: 300,
    ListKind.MEMBERS: 20_000,
}
LONGEST_CELL, LONGEST_CODE = 2_000, 60
PIECES = " | "

_ITEMS = (
    "CODE", "NOM", "CATEGORIE", "REGLES", "CONCIERGERIE", "DESCRIPTION", "VALEUR", "ISBN",
    "CAPACITE", "PIECES", "COMPTE",
)  # fmt: skip
_COPIES = ("CODE", "OBJET", "RAYON", "KILOMETRES", "RETIRE")
_CLOSURES = ("CODE", "CONCIERGERIE", "PREMIER_JOUR", "DERNIER_JOUR", "DE", "A", "RAISON")
COLUMNS = {
    ListKind.ITEMS: _ITEMS,
    ListKind.COPIES: _COPIES,
    ListKind.CLOSURES: _CLOSURES,
    ListKind.MEMBERS: member_rows.COLUMNS,
}
# Without these a list says nothing; any other column may be left out.
NEEDED = {
    ListKind.ITEMS: ("CODE", "NOM", "CATEGORIE", "REGLES", "CONCIERGERIE"),
    ListKind.COPIES: ("CODE", "OBJET"),
    ListKind.CLOSURES: ("CODE", "PREMIER_JOUR", "RAISON"),
    ListKind.MEMBERS: member_rows.NEEDED,
}
# What a list says nothing of where its column is not there: it stays as it is.
FIELDS = {
    ListKind.ITEMS: {
        "DESCRIPTION": "description",
        "VALEUR": "replacement_cents",
        "ISBN": "isbn",
        "CAPACITE": "capacity",
        "PIECES": "pieces",
        "COMPTE": "counted",
    },
    ListKind.COPIES: {"RAYON": "shelf", "KILOMETRES": "kilometres", "RETIRE": "retired"},
    ListKind.CLOSURES: {"CONCIERGERIE": "site", "DE": "starts", "A": "ends"},
    ListKind.MEMBERS: {},
}
_SEPARATORS = ";,\t"
_GUARDED = re.compile(r"'(?=\s*[=+\-@＝＋－＠\t\r\n])")


class ItemRow(msgspec.Struct, frozen=True, kw_only=True):
    """`policy` and `site` as they are named in the file, folded."""

    line: int
    code: str
    name: str
    category: str
    policy: str
    site: str
    description: str
    replacement_cents: int | None
    isbn: str | None
    capacity: int | None
    pieces: tuple[str, ...]
    counted: bool


class CopyRow(msgspec.Struct, frozen=True, kw_only=True):
    """`item` is the code of its item."""

    line: int
    code: str
    item: str
    shelf: str
    kilometres: int | None
    retired: bool


class ClosureRow(msgspec.Struct, frozen=True, kw_only=True):
    """`site` "" is every site."""

    line: int
    code: str
    site: str
    first_on: date
    last_on: date
    starts: time | None
    ends: time | None
    reason: str


Row = ItemRow | CopyRow | ClosureRow | MemberRow


class Read(msgspec.Struct, frozen=True):
    """`unsaid`: the fields that have no column in this list."""

    rows: list[Row]
    rejected: list[Rejected]
    unsaid: frozenset[str]


def read(kind: ListKind, content: bytes) -> Read:
    """Every row, or what is wrong with it. Raises an Invalid for what is no such list at all."""
    numbered = _rows(decode(content))
    names = _header(kind, numbered)
    unsaid = (field for column, field in FIELDS[kind].items() if column not in names)
    found, seen = Read([], [], frozenset(unsaid)), dict[str, int]()
    for line, cells in numbered:
        try:
            row = _row(kind, line, _named(names, cells))
            _check_first(row, seen)
            found.rows.append(row)
        except Wrong as wrong:
            found.rejected.append(Rejected(line, wrong.column, wrong.reason))
    if len(found.rows) > MOST_ROWS[kind]:
        found.rejected.append(
            Rejected(0, "", _("Au plus %(most)s lignes par fichier.", most=MOST_ROWS[kind]))
        )
    if not found.rows and not found.rejected:
        raise ListEmpty
    return found


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Cells with the number of the line they begin on; blank lines are passed over."""
    first = text.lstrip("\ufeff").split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    file = io.StringIO(text.lstrip("\ufeff"), newline="")
    reader = csv.reader(file, delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, [_GUARDED.sub("", cell, count=1).strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error:
        raise QuoteOpen(line=line) from None


def _header(kind: ListKind, numbered: Iterator[tuple[int, list[str]]]) -> list[str]:
    _, cells = next(numbered, (0, list[str]()))
    if not cells:
        raise ListEmpty
    names = [fold(cell).replace(" ", "_").upper() for cell in cells]
    missing = [name for name in NEEDED[kind] if name not in names]
    if missing:
        raise ColumnsMissing(columns=", ".join(missing))
    repeated = sorted({name for name in names if name in COLUMNS[kind] and names.count(name) > 1})
    if repeated:
        raise ColumnsRepeated(columns=", ".join(repeated))
    return names


def _named(names: list[str], cells: list[str]) -> Cells:
    if len(cells) > len(names) and any(cells[len(names) :]):
        raise Wrong(
            "",
            _(
                "Cette ligne a %(found)s colonnes au lieu de %(wanted)s.",
                found=len(cells),
                wanted=len(names),
            ),
        )
    named = dict(zip(names, cells, strict=False))
    for name, cell in named.items():
        if len(cell) > LONGEST_CELL:
            raise Wrong(name, _("Cette case dépasse %(most)s signes.", most=LONGEST_CELL))
        if not all(map(_is_written, cell)):
            raise Wrong(name, _("Cette case contient un signe interdit."))
    return named


def _is_written(sign: str) -> bool:
    """What people type on a page: letters, spaces of every width, and new lines."""
    return sign.isprintable() or sign in "\n\r\t\u200d" or unicodedata.category(sign) == "Zs"


def _row(kind: ListKind, line: int, cells: Cells) -> Row:
    code = needed("CODE", cells)
    if len(code) > LONGEST_CODE:
        raise Wrong("CODE", _("Un code a %(most)s signes au plus.", most=LONGEST_CODE))
    match kind:
        case ListKind.ITEMS:
            return _item(line, code, cells)
        case ListKind.COPIES:
            return CopyRow(
                line=line,
                code=code,
                item=needed("OBJET", cells),
                shelf=cells.get("RAYON", ""),
                kilometres=read_cell("KILOMETRES", cells, read_number),
                retired=read_cell("RETIRE", cells, read_yes) or False,
            )
        case ListKind.CLOSURES:
            return _closure(line, code, cells)
        case ListKind.MEMBERS:
            return member_rows.read(line, code, cells)


def _item(line: int, code: str, cells: Cells) -> ItemRow:
    counted = read_cell("COMPTE", cells, read_yes)
    pieces = (part.strip() for part in cells.get("PIECES", "").split(PIECES.strip()))
    return ItemRow(
        line=line,
        code=code,
        name=needed("NOM", cells),
        category=needed("CATEGORIE", cells),
        policy=needed("REGLES", cells),
        site=needed("CONCIERGERIE", cells),
        description=cells.get("DESCRIPTION", ""),
        replacement_cents=read_cell("VALEUR", cells, read_money),
        isbn=read_cell("ISBN", cells, read_isbn),
        capacity=read_cell("CAPACITE", cells, read_count),
        pieces=tuple(part for part in pieces if part),
        counted=True if counted is None else counted,
    )


def _closure(line: int, code: str, cells: Cells) -> ClosureRow:
    needed("PREMIER_JOUR", cells)
    first_on = read_cell("PREMIER_JOUR", cells, read_day)
    assert first_on is not None
    row = ClosureRow(
        line=line,
        code=code,
        site=cells.get("CONCIERGERIE", ""),
        first_on=first_on,
        last_on=read_cell("DERNIER_JOUR", cells, read_day) or first_on,
        starts=read_cell("DE", cells, read_hour),
        ends=read_cell("A", cells, read_hour),
        reason=needed("RAISON", cells),
    )
    try:
        check_closure(row.first_on, row.last_on, row.starts, row.ends)
    except DomainError as refusal:
        column = "A" if isinstance(refusal, RangeBackwards) else "DERNIER_JOUR"
        raise Wrong(column, refusal.said()) from None
    return row


def _check_first(row: Row, seen: dict[str, int]) -> None:
    first = seen.setdefault(row.code, row.line)
    if first != row.line:
        raise Wrong("CODE", _("Ce code est déjà à la ligne %(line)s.", line=first))
