"""Lists as a spreadsheet opens them: CSV or XLSX, each cell what its column says, never a formula.

CSV is what a French spreadsheet reads at a double click: BOM, semicolons, decimal commas, CRLF.
"""

import csv as standard
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec

from backend.kit import money, zone

MARK = "Export"
# A cell that begins so is a formula to a spreadsheet (OWASP, CSV injection); some look past spaces,
# and read the wide signs of East Asian keyboards alike.
_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_CONTROLS = ("\t", "\r", "\n")


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


class Kind(StrEnum):
    """What a column's cells are: text; int or float; int cents of a euro; date; aware datetime."""

    TEXT = "text"
    NUMBER = "number"
    CENTS = "cents"
    DAY = "day"
    MOMENT = "moment"


class Column(msgspec.Struct, frozen=True):
    title: str
    kind: Kind = Kind.TEXT


class Sheet(msgspec.Struct, frozen=True):
    """`name` names the file and the list in the record; a row has a cell for each column, or None."""

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Any]]


# Rows from which a file is not made while its reader waits for the answer.
LONG = {Format.CSV: 20_000, Format.XLSX: 3_000}
STEP = 500  # rows between two words about how far it is
Tell = Callable[[int], None]
MEDIA = {
    Format.CSV: "text/csv",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def is_long(sheet: Sheet, chosen: Format) -> bool:
    return len(sheet.rows) > LONG[chosen]


def pack(sheet: Sheet, chosen: Format, mark: str) -> bytes:
    """All that `unpacked` needs to make the file later, elsewhere."""
    return msgspec.msgpack.encode((sheet, chosen, mark))


def unpacked(packed: bytes) -> tuple[Sheet, Format, str]:
    """Days come back as days: packed they are words."""
    sheet, chosen, mark = msgspec.msgpack.decode(packed, type=tuple[Sheet, Format, str])
    kinds = [column.kind for column in sheet.columns]
    rows = [
        [_day(cell) if kind is Kind.DAY else cell for kind, cell in zip(kinds, row, strict=True)]
        for row in sheet.rows
    ]
    return Sheet(sheet.name, sheet.columns, rows), chosen, mark


def _day(cell: Any) -> Any:
    return cell if cell is None else date.fromisoformat(cell)


def _silent(_: int) -> None:
    """Nobody asks how far it is."""


def render(sheet: Sheet, chosen: Format, mark: str, tell: Tell = _silent) -> bytes:
    """The file; `mark` stands in a last column of every row, so that a copied part keeps it.

    `tell` hears now and then how many rows are done.
    """
    return csv(sheet, mark, tell) if chosen is Format.CSV else xlsx(sheet, mark, tell)


def _told(rows: Sequence[Sequence[Any]], tell: Tell) -> Iterator[Sequence[Any]]:
    for at, row in enumerate(rows):
        if at % STEP == 0:
            tell(at)
        yield row


def csv(sheet: Sheet, mark: str, tell: Tell = _silent) -> bytes:
    out = io.StringIO()
    lines = standard.writer(out, delimiter=";", lineterminator="\r\n")
    lines.writerow([plain(column.title) for column in sheet.columns] + [MARK])
    for row in _told(sheet.rows, tell):
        lines.writerow([*_written(sheet.columns, row), plain(mark)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def plain(text: str) -> str:
    """Text that a spreadsheet does not run: an apostrophe before what looks like a formula."""
    risky = text.startswith(_CONTROLS) or text.strip().startswith(_STARTS)
    return f"'{text}" if risky else text


def _written(columns: Iterable[Column], row: Sequence[Any]) -> list[str]:
    return [_word(column.kind, cell) for column, cell in zip(columns, row, strict=True)]


def _word(kind: Kind, cell: Any) -> str:
    if cell is None:
        return ""
    match kind:
        case Kind.NUMBER:
            return _decimal(cell)
        case Kind.CENTS:
            return money.plain(cell)
        case Kind.DAY:
            return f"{cell:%d/%m/%Y}"
        case Kind.MOMENT:
            return f"{zone.paris(cell):%d/%m/%Y %H:%M}"
    return plain(str(cell))


def _decimal(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    return f"{value:.6f}".rstrip("0").rstrip(".").replace(".", ",")


_LOOKS = {
    Kind.NUMBER: "General",
    Kind.CENTS: '#,##0.00 "€"',
    Kind.DAY: "dd/mm/yyyy",
    Kind.MOMENT: "dd/mm/yyyy hh:mm",
}


def xlsx(sheet: Sheet, mark: str, tell: Tell = _silent) -> bytes:
    """Cells are typed, so text needs no apostrophe: what begins with "=" stays text.

    Of a long list each row is written down before the next is made; its columns have one width.
    """
    import xlsxwriter  # only who exports carries it

    out = io.BytesIO()
    flows = is_long(sheet, Format.XLSX)
    kept = {"constant_memory": True} if flows else {"in_memory": True}
    book = xlsxwriter.Workbook(out, {**kept, "remove_timezone": True})
    book.set_properties({"title": sheet.name, "comments": mark})
    looks = {kind: book.add_format({"num_format": look}) for kind, look in _LOOKS.items()}
    page = book.add_worksheet(_tab(sheet.name))
    bold = book.add_format({"bold": True, "bottom": 1})
    if flows:
        page.set_column(0, len(sheet.columns), WIDTH)
    for at, title in enumerate([column.title for column in sheet.columns] + [MARK]):
        page.write_string(0, at, title, bold)
    for line, row in enumerate(_told(sheet.rows, tell), start=1):
        for at, (column, cell) in enumerate(zip(sheet.columns, row, strict=True)):
            _put(page, line, at, column.kind, cell, looks.get(column.kind))
        page.write_string(line, len(sheet.columns), mark)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(len(sheet.rows), 1), len(sheet.columns))
    page.repeat_rows(0)
    page.set_footer(f"&L{mark.replace('&', '&&')}&R&P / &N")
    if not flows:
        page.autofit()
    book.close()
    return out.getvalue()


WIDTH = 18  # letters


def _tab(name: str) -> str:
    """The name of the one tab, without the signs a spreadsheet refuses there."""
    return re.sub(r"[\[\]:*?/\\']", " ", name)[:31].strip() or MARK


def _put(page: Any, line: int, at: int, kind: Kind, cell: Any, look: Any) -> None:
    if cell is None:
        return
    match kind:
        case Kind.NUMBER:
            page.write_number(line, at, cell, look)
        case Kind.CENTS:
            page.write_number(line, at, cell / 100, look)
        case Kind.DAY:
            page.write_datetime(line, at, cell, look)
        case Kind.MOMENT:
            page.write_datetime(line, at, zone.paris(cell), look)
        case _:
            page.write_string(line, at, str(cell)[:32_767])
