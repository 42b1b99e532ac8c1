"""Lists of items, copies and closures as bytes: what is read, and what is wrong by line and column."""

from datetime import date, time

import pytest

from backend.kit.errors import Invalid
from backend.lending.lists import CopyRow, ItemRow, read
from backend.lending.rules import ListKind
from backend.lending.stock_errors import QuoteOpen
from backend.places.errors import ColumnsMissing, ColumnsRepeated, ListEmpty

ITEMS = "CODE;NOM;CATEGORIE;REGLES;CONCIERGERIE;VALEUR;ISBN;CAPACITE;PIECES;COMPTE"
COPIES, CLOSURES = "CODE;OBJET;KILOMETRES;RETIRE", "CODE;PREMIER_JOUR;DERNIER_JOUR;DE;A;RAISON"


def test_a_row_is_read_as_a_spreadsheet_writes_it() -> None:
    """L44: semicolons or commas, accents of Windows, euros with a comma, a guarded formula."""
    line = "P-1;'=Perceuse;Outils;Prêt;Orme;45,90 €;;2;mèche | chargeur;non"
    [row] = read(ListKind.ITEMS, f"{ITEMS}\r\n{line}\r\n".encode("cp1252")).rows
    assert row == ItemRow(
        line=2,
        code="P-1",
        name="=Perceuse",
        category="Outils",
        policy="Prêt",
        site="Orme",
        description="",
        replacement_cents=4590,
        isbn=None,
        capacity=2,
        pieces=("mèche", "chargeur"),
        counted=False,
    )


def test_a_cell_may_hold_lines_and_the_next_row_keeps_its_number() -> None:
    """L44: errors are named by the line that an editor shows."""
    header = "code,nom,catégorie,règles,conciergerie,description"
    found = read(ListKind.ITEMS, f'{header}\n1,A,B,C,D,"deux\nlignes"\n\n,A,B,C,D,\n'.encode())
    assert [row.line for row in found.rows] == [2]
    assert isinstance(found.rows[0], ItemRow)
    assert found.rows[0].description == "deux\nlignes"
    assert [(wrong.line, wrong.column) for wrong in found.rejected] == [(5, "CODE")]


@pytest.mark.parametrize(
    ("kind", "text", "column"),
    [
        (ListKind.ITEMS, f"{ITEMS}\n1;A;B;C;D;vingt;;;;", "VALEUR"),
        (ListKind.ITEMS, f"{ITEMS}\n1;A;B;C;D;;9782070360025;;;", "ISBN"),
        (ListKind.ITEMS, f"{ITEMS}\n1;A;B;C;D;;;0;;", "CAPACITE"),
        (ListKind.ITEMS, f"{ITEMS}\n1;A;B;C;D;;;;;peut-être", "COMPTE"),
        (ListKind.ITEMS, f"{ITEMS}\n1;A;;C;D;;;;;", "CATEGORIE"),
        (ListKind.ITEMS, f"{ITEMS}\n1;A\x07;B;C;D;;;;;", "NOM"),
        (ListKind.ITEMS, f"{ITEMS}\n1;A;B;C;D;;;;;;;trop", ""),
        (ListKind.ITEMS, f"{ITEMS}\n1;{'A' * 2001};B;C;D;;;;;", "NOM"),
        (ListKind.COPIES, f"{COPIES}\n{'1' * 61};A;;", "CODE"),
        (ListKind.COPIES, f"{COPIES}\n1;A;-3;", "KILOMETRES"),
        (ListKind.CLOSURES, f"{CLOSURES}\n1;hier;;;;Fête", "PREMIER_JOUR"),
        (ListKind.CLOSURES, f"{CLOSURES}\n1;31/12/9999;;;;Fête", "PREMIER_JOUR"),
        (ListKind.CLOSURES, f"{CLOSURES}\n1;24/12/2026;23/12/2026;;;Fête", "DERNIER_JOUR"),
        (ListKind.CLOSURES, f"{CLOSURES}\n1;24/12/2026;;14h;9h;Fête", "A"),
        (ListKind.CLOSURES, f"{CLOSURES}\n1;24/12/2026;;tôt;;Fête", "DE"),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column(kind: ListKind, text: str, column: str) -> None:
    """L44: row errors; what cannot be read is never guessed."""
    found = read(kind, text.encode())
    assert found.rows == []
    assert [(wrong.line, wrong.column) for wrong in found.rejected] == [(2, column)]


def test_a_code_stands_once_in_a_list() -> None:
    found = read(ListKind.COPIES, f"{COPIES}\n1;A;;\n1;B;;".encode())
    assert found.rows == [
        CopyRow(line=2, code="1", item="A", shelf="", kilometres=None, retired=False)
    ]
    assert found.rejected[0].reason == "Ce code est déjà à la ligne 2."


def test_a_closure_of_one_day_needs_no_last_one() -> None:
    """L44: the whole day where no hour is given, every site where none is named."""
    [row] = read(ListKind.CLOSURES, f"{CLOSURES}\n1;2026-12-24;;16h30;;Fête".encode()).rows
    assert (row.first_on, row.last_on) == (date(2026, 12, 24), date(2026, 12, 24))  # type: ignore[union-attr]
    assert (row.starts, row.ends, row.site) == (time(16, 30), None, "")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", ListEmpty),
        (COPIES, ListEmpty),
        ("CODE;RAYON\n1;A", ColumnsMissing),
        ("CODE;OBJET;OBJET\n1;A;B", ColumnsRepeated),
        ('CODE;OBJET;RAYON\n1;A;"B\n2;A;C\n', QuoteOpen),
        ('CODE;OBJET;RAYON\n1;A;"B\n' + "2;A;C\n" * 30_000, QuoteOpen),
    ],
)
def test_a_file_is_refused_when_it_is_no_such_list(text: str, refusal: type[Invalid]) -> None:
    with pytest.raises(refusal):
        read(ListKind.COPIES, text.encode())
