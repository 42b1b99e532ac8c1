"""A landlord's list, from the bytes of a file to dwellings and rejected lines (M8).

Lines are split before quotes are looked at: a quote somebody forgot costs its own line, not the
rest of the file.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator

from backend.kit.errors import N_
from backend.kit.text import fold
from backend.kit.translations import translated as _
from backend.places.cells import COLUMNS, CellRefused, dwelling
from backend.places.errors import (
    ColumnsMissing,
    ColumnsRepeated,
    ListEmpty,
    ListGarbled,
    ListNotText,
    ListTooLarge,
)
from backend.places.rules import DwellingLine, Reading, Rejected

MOST_BYTES = 32 * 2**20
MOST_LINES = 200_000
LONGEST_LINE = 4_000
TWICE = N_("Ce logement est déjà à la ligne %(line)s.")
CONTRACT_TWICE = N_("Ce numéro de contrat est déjà à la ligne %(line)s.")
COLUMNS_OFF = N_("Cette ligne a %(found)s colonnes au lieu de %(wanted)s.")

_SEPARATORS = ";,\t"
_UTF_8_MARK, _UTF_16_MARKS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
# Workbooks (zipped and old), PDF, gzip.
_OTHER_FORMATS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b")
# UTF-8 read as Windows-1252: no French word has these.
_GARBLED = re.compile("Ã[\u00a0-\u00bf©¨ª«®¯´¹»¢§€‰ˆ]|â€")


def read(data: bytes) -> Reading:
    """What the file says. Raises an Invalid of `errors` when it is not such a list at all."""
    numbered = lines(decode(data))
    separator, names = _header(numbered)
    reading = _Reading(separator, names)
    for number, line in numbered:
        reading.take(number, line)
    return reading.done()


def decode(data: bytes) -> str:
    """UTF-8 with or without a mark, else Windows-1252."""
    if len(data) > MOST_BYTES:
        raise _too_large()
    if data.startswith(_OTHER_FORMATS):
        raise ListNotText
    try:
        if data.startswith(_UTF_16_MARKS):
            return data.decode("utf-16")
        return data.removeprefix(_UTF_8_MARK).decode()
    except UnicodeDecodeError:
        return _decode_windows(data)


def _decode_windows(data: bytes) -> str:
    try:
        text = data.removeprefix(_UTF_8_MARK).decode("cp1252")
    except UnicodeDecodeError as fault:
        raise ListGarbled(line=data.count(b"\n", 0, fault.start) + 1) from None
    garbled = _GARBLED.search(text)
    if garbled:
        raise ListGarbled(line=text.count("\n", 0, garbled.start()) + 1)
    return text


def lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines with their numbers, as an editor counts them; blank ones are passed over."""
    found = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(found) > MOST_LINES:
        raise _too_large()
    return (
        (number, line)
        for number, line in enumerate(found, 1)
        if line.strip(f'{_SEPARATORS} "\u00a0')
    )


def _header(numbered: Iterator[tuple[int, str]]) -> tuple[str, list[str]]:
    _, line = next(numbered, (0, ""))
    if not line:
        raise ListEmpty
    separator = max(_SEPARATORS, key=line.count)
    known = {fold(column): column for column in COLUMNS}
    names = [known.get(fold(cell), cell) for cell in cells(line[:LONGEST_LINE], separator) or []]
    missing = [column for column in COLUMNS if column not in names]
    if missing:
        raise ColumnsMissing(columns=", ".join(missing))
    repeated = [name for name, times in Counter(names).items() if times > 1 and name in COLUMNS]
    if repeated:
        raise ColumnsRepeated(columns=", ".join(repeated))
    return separator, names


def cells(line: str, separator: str) -> list[str] | None:
    """The trimmed cells of a line; None when its quotes do not pair."""
    if len(line) > LONGEST_LINE:
        return []
    if '"' not in line:
        return [_trimmed(cell) for cell in line.split(separator)]
    try:
        (row,) = csv.reader([line], delimiter=separator, strict=True)
    except csv.Error:
        return None
    return [_trimmed(cell) for cell in row]


def _trimmed(cell: str) -> str:
    return " ".join(cell.split())


class _Reading:
    """The lines so far, and the line where each dwelling and contract was accepted."""

    def __init__(self, separator: str, names: list[str]) -> None:
        self.separator = separator
        self.names = names
        self.lines: list[DwellingLine] = []
        self.rejected: list[Rejected] = []
        self.mentioned: set[str] = set()
        self.dwellings: dict[str, int] = {}
        self.contracts: dict[str, int] = {}

    def take(self, number: int, line: str) -> None:
        row = cells(line, self.separator)
        self._mention(row or line[:LONGEST_LINE].split(self.separator))
        try:
            found = dwelling(self._named(row))
            _check_first("ID_LOGEMENT", TWICE, self.dwellings.get(found.external_id))
            if found.contract_folded:
                first = self.contracts.get(found.contract_folded)
                _check_first("NUM_CONTRAT", CONTRACT_TWICE, first)
                self.contracts[found.contract_folded] = number
            self.dwellings[found.external_id] = number
            self.lines.append(found)
        except CellRefused as refusal:
            self.rejected.append(Rejected(number, refusal.column, refusal.reason))

    def done(self) -> Reading:
        if not self.lines and not self.rejected:
            raise ListEmpty
        return Reading(self.lines, self.rejected, frozenset(self.mentioned))

    def _mention(self, row: list[str]) -> None:
        """Also where the line is broken: a dwelling whose line cannot be read has not gone."""
        at = self.names.index("ID_LOGEMENT")
        if at < len(row):
            self.mentioned.add(row[at].strip('" '))

    def _named(self, row: list[str] | None) -> dict[str, str]:
        if row is None:
            raise CellRefused("", _("Un guillemet est ouvert et jamais fermé."))
        if not row:
            raise CellRefused("", _("Cette ligne dépasse %(most)s signes.", most=LONGEST_LINE))
        if len(row) < len(self.names) or any(row[len(self.names) :]):
            said = _(COLUMNS_OFF, found=len(row), wanted=len(self.names))
            raise CellRefused("", said)
        return dict(zip(self.names, row, strict=False))


def _check_first(column: str, said: str, first: int | None) -> None:
    if first is not None:
        raise CellRefused(column, _(said, line=first))


def _too_large() -> ListTooLarge:
    return ListTooLarge(megabytes=MOST_BYTES // 2**20, lines=MOST_LINES)
