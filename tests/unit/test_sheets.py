"""D3: lists as spreadsheets open them: typed, marked, and never a formula."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kit import sheets
from backend.kit.sheets import Column, Format, Kind, Sheet

MARK = "7KQ2-M0XD-WB5S, Nadia Comptoir, 21/11/2026 14:03"
COLUMNS = (
    Column("Nom"),
    Column("Foyers", Kind.NUMBER),
    Column("Payé", Kind.CENTS),
    Column("Jusqu'au", Kind.DAY),
    Column("Vu le", Kind.MOMENT),
)
SEEN = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
ROW = ("Chloé; « Petit »", 2, -1205, date(2027, 11, 21), SEEN)
SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
FORMULAS = ("=1+1", "+33 6", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "＝1")


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def cells(content: bytes) -> list[ET.Element]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return list(ET.fromstring(book.read("xl/worksheets/sheet1.xml")).iter(f"{SPACE}c"))


def words(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        found = ET.fromstring(book.read("xl/sharedStrings.xml")).iter(f"{SPACE}t")
        return [each.text or "" for each in found]


def test_csv_opens_in_a_french_spreadsheet_when_it_is_clicked():
    """D3: BOM, semicolons, decimal commas, days and hours of Paris; the mark is in each row."""
    content = sheets.render(Sheet("adherents", COLUMNS, [ROW, (None,) * 5]), Format.CSV, MARK)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == 3
    assert read_csv(content) == [
        ["Nom", "Foyers", "Payé", "Jusqu'au", "Vu le", "Export"],
        ["Chloé; « Petit »", "2", "-12,05", "21/11/2027", "02/07/2026 00:30", MARK],
        ["", "", "", "", "", MARK],
    ]


def test_xlsx_holds_numbers_and_days_when_columns_say_so():
    """D3: figures can be summed; the mark is in each row and at the foot of each printed page."""
    content = sheets.render(Sheet("adherents", COLUMNS, [ROW]), Format.XLSX, MARK)
    by_place = {cell.get("r"): cell for cell in cells(content)}
    assert by_place["A2"].get("t") == "s"
    assert [by_place[place].get("t") for place in ("B2", "C2", "D2", "E2")] == [None] * 4
    assert by_place["C2"].findtext(f"{SPACE}v") == "-12.05"
    assert by_place["D2"].findtext(f"{SPACE}v") == "46712"
    assert words(content).count(MARK) == 1  # one shared string, pointed to by F2
    assert by_place["F2"].get("t") == "s"
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert MARK in book.read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize("text", FORMULAS)
def test_text_is_no_formula_when_it_looks_like_one(text):
    """D3: what a member wrote never runs in the treasurer's spreadsheet."""
    table = Sheet("noms", (Column("Nom"),), [(text,)])
    assert read_csv(sheets.csv(table, MARK))[1][0] == f"'{text}"
    assert all(cell.find(f"{SPACE}f") is None for cell in cells(sheets.xlsx(table, MARK)))


@given(st.text(max_size=40))
def test_no_text_begins_like_a_formula_whatever_is_typed(text):
    """D3: any text at all, and its cell reads back as it was but for one apostrophe."""
    said = sheets.plain(text)
    assert not said.strip(" \u00a0").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert said.removeprefix("'") == text.removeprefix("'")


def test_number_keeps_its_comma_and_its_sign():
    """A longitude west of Greenwich is a number, not a formula: it goes out and comes back."""
    table = Sheet("points", (Column("LONGITUDE", Kind.NUMBER),), [(-1.5,), (48.0,), (7,)])
    assert [row[0] for row in read_csv(sheets.csv(table, MARK))[1:]] == ["-1,5", "48", "7"]


@pytest.mark.parametrize("name", ["", "a/b", "'[*]:?\\'", "x" * 40])
def test_tab_has_a_name_a_spreadsheet_takes_whatever_the_list_is_called(name):
    """D3: a landlord's name in the list's name breaks no file."""
    content = sheets.xlsx(Sheet(name, (Column("Nom"),), [("Alice",)]), MARK)
    assert words(content)[:2] == ["Nom", "Export"]
