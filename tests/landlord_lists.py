"""A landlord's export as one would get it, of any size: no real dwelling, no name."""

from backend.places.cells import COLUMNS

LINE = {
    "ID_LOGEMENT": "",
    "NUM_CONTRAT": "",
    "CODE_RESIDENCE": "R001",
    "LIB_RESIDENCE": "LE BŒUF COURONNÉ",
    "NUM_VOIE": "27",
    "IND_REP": "",
    "TYPE_VOIE": "ALLÉE",
    "NOM_VOIE": "DES TILLEULS",
    "BATIMENT": "A",
    "ESCALIER": "1",
    "ETAGE": "3",
    "PORTE": "",
    "CODE_POSTAL": "93200",
    "COMMUNE": "Saint-Denis",
    "CODE_INSEE": "93066",
    "NB_PIECES": "T3",
    "SURF_HAB": "61,50",
    "QPV": "N",
    "CONVENTION": "2016/49",
    "DATE_ENTREE": "11/09/2016",
    "ETAT": "LOUE",
}
Row = dict[str, str]


def rows(count: int, **changes: str) -> list[Row]:
    """`count` dwellings, every tenth vacant, in a residence for each 500."""
    return [
        LINE
        | {
            "ID_LOGEMENT": f"93066{number:06d}",
            "NUM_CONTRAT": "" if number % 10 == 9 else f"L/{number:07d}",
            "ETAT": "VACANT" if number % 10 == 9 else "LOUE",
            "CODE_RESIDENCE": f"R{number // 500:03d}",
            "PORTE": f"{number % 500:03d}",
        }
        | changes
        for number in range(count)
    ]


def export(
    rows: list[Row], *, separator: str = ";", encoding: str = "cp1252", end: str = "\r\n"
) -> bytes:
    lines = [separator.join(COLUMNS)]
    lines += [separator.join(_cell(row[name], separator) for name in COLUMNS) for row in rows]
    return (end.join(lines) + end).encode(encoding)


def _cell(cell: str, separator: str) -> str:
    return f'"{cell}"' if separator in cell else cell
