"""Lists of items, copies and closures, from the bytes of a CSV to rows and what is wrong with them (L44).

Pure. What a spreadsheet was given by an export reads back as it was; columns of no use are ignored.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, time
from typing import TypeVar

import msgspec
from stdnum import isbn
from stdnum.exceptions import ValidationError

from backend.kit import hours
from backend.kit.errors import DomainError
from backend.kit.text import fold
from backend.lending.rules import ListKind
from backend.places.errors import ColumnsMissing, ColumnsRepeated, ListEmpty, RangeBackwards
from backend.places.imports import decode
from backend.places.rules import Rejected, check_closure

MOST_ROWS = {ListKind.ITEMS: 20_000, ListKind.COPIES: 20_000, ListKind.CLOSURES: 300}
LONGEST_CELL, LONGEST_CODE = 2_000, 60
PIECES = " | "

_ITEMS = (
    "CODE", "NOM", "CATEGORIE", "REGLES", "CONCIERGERIE", "DESCRIPTION", "VALEUR", "ISBN",
    "CAPACITE", "PIECES", "COMPTE",
)  # fmt: skip
_COPIES = ("CODE", "OBJET", "RAYON", "KILOMETRES", "RETIRE")
_CLOSURES = ("CODE", "CONCIERGERIE", "PREMIER_JOUR", "DERNIER_JOUR", "DE", "A", "RAISON")
COLUMNS = {ListKind.ITEMS: _ITEMS, ListKind.COPIES: _COPIES, ListKind.CLOSURES: _CLOSURES}
# Without these a list says nothing; any other column may be left out.
NEEDED = {
    ListKind.ITEMS: ("CODE", "NOM", "CATEGORIE", "REGLES", "CONCIERGERIE"),
    ListKind.COPIES: ("CODE", "OBJET"),
    ListKind.CLOSURES: ("CODE", "PREMIER_JOUR", "RAISON"),
}
_SEPARATORS = ";,\t"
_GUARDED = re.compile(r"'(?=\s*[=+\-@＝＋－＠\t\r\n])")
_MONEY = re.compile(r"(?P<euros>[0-9]{1,7})(?:[.,](?P<cents>[0-9]{1,2}))?")
_DAY = re.compile(r"(?P<d>[0-9]{1,2})/(?P<m>[0-9]{1,2})/(?P<y>[0-9]{4})")
_YES, _NO = {"oui", "o", "1"}, {"non", "n", "0"}

Cells = Mapping[str, str]
T = TypeVar("T")


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


Row = ItemRow | CopyRow | ClosureRow


class Read(msgspec.Struct, frozen=True):
    rows: list[Row]
    rejected: list[Rejected]


class _Wrong(Exception):
    """A cell that cannot be read: its column, and why in French."""

    def __init__(self, column: str, reason: str) -> None:
        self.column, self.reason = column, reason
        super().__init__(f"{column}: {reason}")


def read(kind: ListKind, content: bytes) -> Read:
    """Every row, or what is wrong with it. Raises an Invalid for what is no such list at all."""
    numbered = _rows(decode(content))
    names = _header(kind, numbered)
    found, seen = Read([], []), dict[str, int]()
    for line, cells in numbered:
        try:
            row = _row(kind, line, _named(names, cells))
            _check_first(row, seen)
            found.rows.append(row)
        except _Wrong as wrong:
            found.rejected.append(Rejected(line, wrong.column, wrong.reason))
    if len(found.rows) > MOST_ROWS[kind]:
        found.rejected.append(Rejected(0, "", f"Au plus {MOST_ROWS[kind]} lignes par fichier."))
    if not found.rows and not found.rejected:
        raise ListEmpty
    return found


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Cells with the number of the line they begin on; blank lines are passed over."""
    first = text.lstrip("\ufeff").split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=separator)
    line = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield line, [_GUARDED.sub("", cell, count=1).strip() for cell in cells]
        line = reader.line_num + 1


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
        raise _Wrong("", f"Cette ligne a {len(cells)} colonnes au lieu de {len(names)}.")
    named = dict(zip(names, cells, strict=False))
    for name, cell in named.items():
        if len(cell) > LONGEST_CELL:
            raise _Wrong(name, f"Cette case dépasse {LONGEST_CELL} signes.")
        if not cell.replace("\n", "").replace("\r", "").isprintable():
            raise _Wrong(name, "Cette case contient un signe interdit.")
    return named


def _row(kind: ListKind, line: int, cells: Cells) -> Row:
    code = _needed("CODE", cells)
    if len(code) > LONGEST_CODE:
        raise _Wrong("CODE", f"Un code a {LONGEST_CODE} signes au plus.")
    match kind:
        case ListKind.ITEMS:
            return _item(line, code, cells)
        case ListKind.COPIES:
            return CopyRow(
                line=line,
                code=code,
                item=_needed("OBJET", cells),
                shelf=cells.get("RAYON", ""),
                kilometres=_read("KILOMETRES", cells, _number),
                retired=_read("RETIRE", cells, _yes) or False,
            )
        case ListKind.CLOSURES:
            return _closure(line, code, cells)


def _item(line: int, code: str, cells: Cells) -> ItemRow:
    counted = _read("COMPTE", cells, _yes)
    pieces = (part.strip() for part in cells.get("PIECES", "").split(PIECES.strip()))
    return ItemRow(
        line=line,
        code=code,
        name=_needed("NOM", cells),
        category=_needed("CATEGORIE", cells),
        policy=_needed("REGLES", cells),
        site=_needed("CONCIERGERIE", cells),
        description=cells.get("DESCRIPTION", ""),
        replacement_cents=_read("VALEUR", cells, _money),
        isbn=_read("ISBN", cells, _isbn),
        capacity=_read("CAPACITE", cells, _count),
        pieces=tuple(part for part in pieces if part),
        counted=True if counted is None else counted,
    )


def _closure(line: int, code: str, cells: Cells) -> ClosureRow:
    _needed("PREMIER_JOUR", cells)
    first_on = _read("PREMIER_JOUR", cells, _day)
    assert first_on is not None
    row = ClosureRow(
        line=line,
        code=code,
        site=cells.get("CONCIERGERIE", ""),
        first_on=first_on,
        last_on=_read("DERNIER_JOUR", cells, _day) or first_on,
        starts=_read("DE", cells, _hour),
        ends=_read("A", cells, _hour),
        reason=_needed("RAISON", cells),
    )
    try:
        check_closure(row.first_on, row.last_on, row.starts, row.ends)
    except DomainError as refusal:
        column = "A" if isinstance(refusal, RangeBackwards) else "DERNIER_JOUR"
        raise _Wrong(column, refusal.said()) from None
    return row


def _check_first(row: Row, seen: dict[str, int]) -> None:
    first = seen.setdefault(row.code, row.line)
    if first != row.line:
        raise _Wrong("CODE", f"Ce code est déjà à la ligne {first}.")


def _needed(column: str, cells: Cells) -> str:
    if not cells.get(column, ""):
        raise _Wrong(column, "Cette case est vide.")
    return cells[column]


def _read(column: str, cells: Cells, reads: Callable[[str], T]) -> T | None:
    """None for an empty cell; what cannot be read is never guessed."""
    cell = cells.get(column, "")
    if not cell:
        return None
    try:
        return reads(cell)
    except (ValueError, ValidationError, DomainError):
        raise _Wrong(column, _REASONS[reads]) from None


def _number(cell: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", cell):
        raise ValueError(cell)
    return int(cell)


def _count(cell: str) -> int:
    if _number(cell) < 1:
        raise ValueError(cell)
    return int(cell)


def _money(cell: str) -> int:
    found = _MONEY.fullmatch(cell.replace("€", "").strip())
    if found is None:
        raise ValueError(cell)
    return int(found["euros"]) * 100 + int((found["cents"] or "0").ljust(2, "0"))


def _isbn(cell: str) -> str:
    return str(isbn.validate(cell, convert=True))


def _yes(cell: str) -> bool:
    if fold(cell) not in _YES | _NO:
        raise ValueError(cell)
    return fold(cell) in _YES


def _day(cell: str) -> date:
    found = _DAY.fullmatch(cell)
    if found is None:
        return date.fromisoformat(cell)
    return date(int(found["y"]), int(found["m"]), int(found["d"]))


def _hour(cell: str) -> time:
    return hours.read_hour(cell)


_REASONS: dict[Callable[[str], object], str] = {
    _number: "Écrivez un nombre entier.",
    _count: "Écrivez un nombre au-dessus de zéro.",
    _money: "Écrivez un montant, par exemple 45,90.",
    _isbn: "Ce numéro ISBN n'est pas juste.",
    _yes: "Écrivez oui ou non.",
    _day: "Écrivez un jour, par exemple 24/12/2026.",
    _hour: "Écrivez une heure, par exemple 14h30.",
}
