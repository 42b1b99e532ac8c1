"""A landlord's list, read from bytes."""

from datetime import date
from pathlib import Path

import pytest

from backend.kit.errors import Invalid
from backend.places import errors, imports
from backend.places.cells import COLUMNS, readable
from backend.places.rules import DwellingLine, Occupancy, Rejected
from tests.typography import as_typed

LIST = Path(__file__).parents[3] / "shared" / "data" / "logements.csv"
LINE = {
    "ID_LOGEMENT": "9306609F000000",
    "NUM_CONTRAT": "L/0100206",
    "CODE_RESIDENCE": "R009",
    "LIB_RESIDENCE": "LES QUATRE-MILLE",
    "NUM_VOIE": "27",
    "IND_REP": "B",
    "TYPE_VOIE": "BD",
    "NOM_VOIE": "DU BŒUF COURONNÉ",
    "BATIMENT": "F",
    "ESCALIER": "2",
    "ETAGE": "RDC",
    "PORTE": "001",
    "CODE_POSTAL": "93200",
    "COMMUNE": "Saint-Denis",
    "CODE_INSEE": "93066",
    "NB_PIECES": "T4",
    "SURF_HAB": "67,62",
    "QPV": "O",
    "CONVENTION": "2016/49",
    "DATE_ENTREE": "11/09/2016",
    "ETAT": "LOUE",
}


def row(separator: str = ";", **changes: str) -> str:
    return separator.join((LINE | changes)[column] for column in COLUMNS)


def a_list(*rows: str, separator: str = ";", end: str = "\r\n") -> str:
    return end.join([separator.join(COLUMNS), *rows, ""])


def read_one(**changes: str) -> DwellingLine:
    reading = imports.read(a_list(row(**changes)).encode())
    assert reading.rejected == []
    return reading.lines[0]


def rejected(**changes: str) -> Rejected:
    reading = imports.read(a_list(row(**changes)).encode())
    assert reading.lines == []
    return reading.rejected[0]


def test_a_dwelling_is_told_as_people_write_it_when_read() -> None:
    assert read_one() == DwellingLine(
        external_id="9306609F000000",
        contract_number="L/0100206",
        contract_folded="L0100206",
        residence_code="R009",
        residence_name="Les Quatre-Mille",
        street="27 bis boulevard du Bœuf Couronné",
        building="F",
        stair="2",
        floor="RDC",
        door="001",
        postcode="93200",
        town="Saint-Denis",
        insee_code="93066",
        rooms=4,
        surface_dm2=6762,
        priority_district=True,
        agreement="2016/49",
        entered_on=date(2016, 9, 11),
        occupancy=Occupancy.LET,
    )


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_a_list_is_read_when_its_encoding_and_line_ends_differ(encoding: str, end: str) -> None:
    """M8: cp1252 or UTF-8, with or without a mark."""
    reading = imports.read(a_list(row(), end=end).encode(encoding))
    assert reading.lines == [read_one()]
    assert reading.rejected == []


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_list_is_read_when_its_separator_differs(separator: str) -> None:
    """M8: `;` or `,`; a decimal comma is then in quotes."""
    surface = LINE["SURF_HAB"] if separator != "," else f'"{LINE["SURF_HAB"]}"'
    text = a_list(row(separator, SURF_HAB=surface), separator=separator)
    assert imports.read(text.encode()).lines == [read_one()]


def test_a_list_is_read_when_columns_are_moved_added_or_written_otherwise() -> None:
    names = ["Commentaire", *reversed(COLUMNS)]
    header = ";".join(names).replace("ID_LOGEMENT", "id logement").replace("QPV", '"Qpv "')
    cells = ["tout va bien", *(LINE[column] for column in reversed(COLUMNS))]
    reading = imports.read(f"{header}\n{';'.join(cells)};;\n".encode())
    assert reading.lines == [read_one()]


@pytest.mark.parametrize(
    ("column", "written", "field", "read"),
    [
        ("COMMUNE", "Amiens  ", "town", "Amiens"),
        ("COMMUNE", "\u00a0L'ÎLE-SAINT-DENIS", "town", "L'Île-Saint-Denis"),
        ("NB_PIECES", "3", "rooms", 3),
        ("NB_PIECES", "f2", "rooms", 2),
        ("NB_PIECES", "T1 BIS", "rooms", 1),
        ("NB_PIECES", "Studio", "rooms", 1),
        ("QPV", "o", "priority_district", True),
        ("QPV", "NON", "priority_district", False),
        ("SURF_HAB", "", "surface_dm2", None),
        ("SURF_HAB", "67.6", "surface_dm2", 6760),
        ("SURF_HAB", "102", "surface_dm2", 10200),
        ("ETAGE", "R+3", "floor", "3"),
        ("ETAGE", "3ème", "floor", "3"),
        ("ETAGE", "rez-de-chaussée", "floor", "RDC"),
        ("ETAGE", "0", "floor", "RDC"),
        ("ETAGE", "-1", "floor", "-1"),
        ("ETAGE", "Combles", "floor", "Combles"),
        ("NUM_CONTRAT", "l/0175289", "contract_number", "L/0175289"),
        ("NUM_CONTRAT", " l / O175289", "contract_folded", "L0175289"),
        ("DATE_ENTREE", "", "entered_on", None),
        ("DATE_ENTREE", "1/2/2020", "entered_on", date(2020, 2, 1)),
        ("DATE_ENTREE", "2020-02-29", "entered_on", date(2020, 2, 29)),
        ("DATE_ENTREE", "29/02/2020 00:00:00", "entered_on", date(2020, 2, 29)),
        ("CODE_POSTAL", "1000", "postcode", "01000"),
        ("CODE_INSEE", "2a004", "insee_code", "2A004"),
        ("CODE_INSEE", "", "insee_code", ""),
        ("CODE_INSEE", "1004", "insee_code", "01004"),
        ("NUM_VOIE", "12-14", "street", "12-14 bis boulevard du Bœuf Couronné"),
        ("TYPE_VOIE", "", "street", "27 bis du Bœuf Couronné"),
        ("IND_REP", "", "street", "27 boulevard du Bœuf Couronné"),
        ("NOM_VOIE", "de l’Orme", "street", "27 bis boulevard de l’Orme"),
        ("ETAT", "Loué", "occupancy", Occupancy.LET),
    ],
)
def test_a_cell_is_understood_when_written_in_another_way(
    column: str, written: str, field: str, read: object
) -> None:
    """M8: what is certain is read; what is not known stays empty."""
    assert getattr(read_one(**{column: written}), field) == read


def test_a_contract_proves_nothing_when_the_dwelling_is_vacant() -> None:
    line = read_one(ETAT="VACANT")
    assert line.contract_number == "L/0100206"
    assert line.contract_folded is None


@pytest.mark.parametrize(
    ("column", "written", "reason"),
    [
        ("DATE_ENTREE", "00/00/0000", "n'est pas une date"),
        ("DATE_ENTREE", "31/02/2020", "n'est pas une date"),
        ("DATE_ENTREE", "11/09/16", "n'est pas une date"),
        ("DATE_ENTREE", "01/01/0001", "n'est pas une date"),
        ("DATE_ENTREE", "1٢/01/2020", "n'est pas une date"),
        ("SURF_HAB", "grand", "n'est pas une surface"),
        ("SURF_HAB", "-3", "n'est pas une surface"),
        ("SURF_HAB", "67,625", "n'est pas une surface"),
        ("NB_PIECES", "", "de T1 à T12"),
        ("NB_PIECES", "T0", "de T1 à T12"),
        ("NB_PIECES", "T13", "de T1 à T12"),
        ("NB_PIECES", "garage", "de T1 à T12"),
        ("QPV", "peut-être", "O ou N"),
        ("QPV", "", "O ou N"),
        ("ETAT", "VENDU", "LOUE ou VACANT"),
        ("ETAT", "", "LOUE ou VACANT"),
        ("CODE_POSTAL", "932", "5 chiffres"),
        ("CODE_POSTAL", "F-93200", "5 chiffres"),
        ("CODE_INSEE", "930661", "5 signes"),
        ("NUM_CONTRAT", "", "numéro de contrat"),
        ("NUM_CONTRAT", "/", "numéro de contrat"),
        ("ID_LOGEMENT", "", "est vide"),
        ("CODE_RESIDENCE", "", "est vide"),
        ("LIB_RESIDENCE", "", "est vide"),
        ("NOM_VOIE", " ", "est vide"),
        ("COMMUNE", "", "est vide"),
        ("PORTE", "0\x001", "signe interdit"),
        ("COMMUNE", "Saint\x1b[31m", "signe interdit"),
        ("COMMUNE", "Saint\u202eDenis", "signe interdit"),
        ("COMMUNE", "Saint-D\ufffdnis", "signe interdit"),
        ("CONVENTION", "x" * 101, "100 signes"),
    ],
)
def test_a_line_is_left_out_when_a_cell_is_wrong(column: str, written: str, reason: str) -> None:
    """M8: rejected with line, column and reason."""
    found = rejected(**{column: written})
    assert (found.line, found.column) == (2, column)
    assert reason in found.reason


def test_the_other_lines_are_read_when_one_is_rejected() -> None:
    """M8: rejected lines are left out and listed, all others go."""
    good = [row(ID_LOGEMENT=f"D{n}", NUM_CONTRAT=f"L/{n}") for n in range(3)]
    text = a_list(good[0], "", row(ID_LOGEMENT="BAD", QPV="?"), good[1], "  ;;  ", good[2])
    reading = imports.read(text.encode())
    assert [line.external_id for line in reading.lines] == ["D0", "D1", "D2"]
    assert [(one.line, one.column) for one in reading.rejected] == [(4, "QPV")]
    assert reading.mentioned == {"D0", "D1", "D2", "BAD"}


def test_a_dwelling_is_still_mentioned_when_its_line_is_broken() -> None:
    """M8: a line left out does not make its dwelling go."""
    broken = [row(ID_LOGEMENT="D1")[:-5], row(ID_LOGEMENT="D2") + '"', row(ID_LOGEMENT="D3") + ";x"]
    text = a_list(*broken, row(ID_LOGEMENT="D4", LIB_RESIDENCE='"L') + "x" * 5000, '"D5";"x;')
    assert imports.read(text.encode()).mentioned == {"D1", "D2", "D3", "D4", "D5"}


def test_the_second_is_read_when_the_first_of_its_name_was_rejected() -> None:
    reading = imports.read(a_list(row(QPV="?"), row()).encode())
    assert len(reading.lines) == 1
    assert [one.line for one in reading.rejected] == [2]


def test_the_second_is_left_out_when_a_dwelling_comes_twice() -> None:
    """M8: the reason names the first line."""
    reading = imports.read(a_list(row(), row(NUM_CONTRAT="L/2")).encode())
    assert len(reading.lines) == 1
    assert reading.rejected == [Rejected(3, "ID_LOGEMENT", "Ce logement est déjà à la ligne 2.")]


def test_the_second_is_left_out_when_a_contract_comes_twice() -> None:
    """M8: compared as a tenant's is: without spaces, case, and O for 0."""
    reading = imports.read(a_list(row(), row(ID_LOGEMENT="D2", NUM_CONTRAT="l/o1oo206")).encode())
    assert reading.rejected == [
        Rejected(3, "NUM_CONTRAT", "Ce numéro de contrat est déjà à la ligne 2.")
    ]


def test_a_contract_may_come_back_when_the_first_dwelling_is_vacant() -> None:
    reading = imports.read(a_list(row(ETAT="VACANT"), row(ID_LOGEMENT="D2")).encode())
    assert len(reading.lines) == 2


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (row()[:-5], "20 colonnes au lieu de 21"),
        (row() + ";x", "22 colonnes au lieu de 21"),
        (row(LIB_RESIDENCE='"LES ORMES'), "guillemet"),
        (row(LIB_RESIDENCE='"LES" ORMES'), "guillemet"),
        (row() + "x" * 5000, "4000 signes"),
        ('"x;', "guillemet"),
    ],
)
def test_only_its_line_is_lost_when_the_shape_is_broken(line: str, reason: str) -> None:
    """M8: a forgotten quote or separator does not swallow what follows."""
    reading = imports.read(a_list(line, row(ID_LOGEMENT="NEXT")).encode())
    assert [one.external_id for one in reading.lines] == ["NEXT"]
    assert [(one.line, one.column) for one in reading.rejected] == [(2, "")]
    assert reason in reading.rejected[0].reason


def test_quotes_are_taken_away_when_they_pair() -> None:
    line = read_one(LIB_RESIDENCE='"LES ""ORMES"" ; BÂTIMENT"')
    assert line.residence_name == 'Les "ormes" ; Bâtiment'


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\r\n \r\n", b";;;\n", a_list().encode()])
def test_a_list_is_refused_when_it_is_empty(data: bytes) -> None:
    with pytest.raises(errors.ListEmpty):
        imports.read(data)


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0rest", b"%PDF-1.7", b"\x1f\x8b\x08"]
)
def test_a_list_is_refused_when_it_is_another_kind_of_file(data: bytes) -> None:
    with pytest.raises(errors.ListNotText):
        imports.read(data)


def test_the_missing_columns_are_named_when_the_header_is_wrong() -> None:
    header = ";".join(COLUMNS).replace("ETAGE;", "").replace("QPV", "ZUS")
    with pytest.raises(errors.ColumnsMissing, match=r"colonnes : ETAGE, QPV\."):
        imports.read(header.encode())


@pytest.mark.parametrize(
    "data", [b"\x00" * 5000, bytes(range(256)) * 10, b'"' * 9000, b"x" * 99999]
)
def test_a_list_is_refused_clearly_when_it_is_noise(data: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        imports.read(data)
    assert refusal.value.slug != Invalid.slug


def test_the_repeated_columns_are_named_when_the_header_has_them_twice() -> None:
    with pytest.raises(errors.ColumnsRepeated, match=r"deux fois : ETAT\."):
        imports.read((";".join(COLUMNS) + ";Etat").encode())


def test_a_list_is_refused_when_its_accents_are_damaged() -> None:
    good = a_list(row(), row(ID_LOGEMENT="D2", NUM_CONTRAT="L/2"))
    for broken in (good.encode() + b"\xe9\n", good.encode("cp1252") + b"\x81\n"):
        with pytest.raises(errors.ListGarbled, match=r"à la ligne \d"):
            imports.read(broken)


def test_a_list_is_refused_when_it_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(errors.ListTooLarge, match="32 Mo"):
        imports.decode(bytes(imports.MOST_BYTES + 1))
    monkeypatch.setattr(imports, "MOST_LINES", 3)
    with pytest.raises(errors.ListTooLarge):
        imports.read(a_list(row(), row(), row()).encode())


def test_names_keep_their_small_words_when_made_readable() -> None:
    assert readable("LE CLOS DE L'ÉTANG-SUR-MER") == "Le Clos de l'Étang-sur-Mer"
    assert readable("Résidence des IRIS") == "Résidence des IRIS"


@pytest.mark.skipif(not LIST.exists(), reason="a landlord's real list is not beside this clone")
def test_the_real_list_is_read_when_it_is_there() -> None:
    """M8: 18,000 dwellings, with what real lists have in them."""
    reading = imports.read(LIST.read_bytes())
    assert len(reading.lines) == 17_999
    said = [Rejected(one.line, one.column, as_typed(one.reason)) for one in reading.rejected]
    assert said == [
        Rejected(1205, "DATE_ENTREE", "« 00/00/0000 » n'est pas une date : écrivez 21/11/2026."),
        Rejected(7003, "ID_LOGEMENT", "Ce logement est déjà à la ligne 7002."),
    ]
    assert len(reading.mentioned) == 18_000
    assert sum(line.occupancy is Occupancy.VACANT for line in reading.lines) == 515
    assert {line.rooms for line in reading.lines} == {1, 2, 3, 4, 5, 6}
    assert {line.town for line in reading.lines if line.postcode == "80000"} == {"Amiens"}
