"""The cells of a landlord's line, read one by one.

An empty cell that nothing depends on means "not known". A cell that says something we cannot read
is never guessed: it raises CellRefused, and its line is left out and listed.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import TypeVar

from backend.kit.text import fold, fold_contract
from backend.kit.translations import translated as _
from backend.places.rules import DwellingLine, Occupancy

COLUMNS = (
    "ID_LOGEMENT",
    "NUM_CONTRAT",
    "CODE_RESIDENCE",
    "LIB_RESIDENCE",
    "NUM_VOIE",
    "IND_REP",
    "TYPE_VOIE",
    "NOM_VOIE",
    "BATIMENT",
    "ESCALIER",
    "ETAGE",
    "PORTE",
    "CODE_POSTAL",
    "COMMUNE",
    "CODE_INSEE",
    "NB_PIECES",
    "SURF_HAB",
    "QPV",
    "CONVENTION",
    "DATE_ENTREE",
    "ETAT",
)
LONGEST_CELL = 100
MOST_ROOMS = 12
FIRST_YEAR = 1900

Cells = Mapping[str, str]
T = TypeVar("T")

_REPEATS = {"b": "bis", "t": "ter", "q": "quater"}
_STREETS = {
    "all": "allée", "allee": "allée", "av": "avenue", "ave": "avenue", "bd": "boulevard",
    "bld": "boulevard", "bvd": "boulevard", "ch": "chemin", "che": "chemin", "chem": "chemin",
    "crs": "cours", "imp": "impasse", "pas": "passage", "pl": "place", "qu": "quai",
    "r": "rue", "res": "résidence", "rte": "route", "sq": "square",
}  # fmt: skip
_SMALL = frozenset(
    {"à", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "sous", "sur"}
)
_GROUND = frozenset({"rdc", "rc", "rez", "rez de chaussee", "0", "00", "r 0"})
_YES, _NO = frozenset({"o", "oui", "1"}), frozenset({"n", "non", "0"})
_STATES = {"loue": Occupancy.LET, "vacant": Occupancy.VACANT}

_POSTCODE = re.compile(r"[0-9]{4,5}")
_INSEE = re.compile(r"[0-9]{4}|[0-9][0-9AB][0-9]{3}")
_ROOMS = re.compile(r"(?:t|f)? ?(?P<rooms>[0-9]{1,2})(?: ?bis)?")
_SURFACE = re.compile(r"(?P<whole>[0-9]{1,4})(?:[.,](?P<part>[0-9]{1,2}))?")
_FRENCH_DAY = re.compile(
    r"(?P<d>[0-9]{1,2})[/.-](?P<m>[0-9]{1,2})[/.-](?P<y>[0-9]{4})(?: 0?0[:h]00(?::00)?)?"
)
_ISO_DAY = re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})(?:[ T]00:00(?::00)?)?")
_FLOOR = re.compile(r"(?:r ?\+ ?)?(?P<floor>-?[0-9]{1,2}) ?(?:er|e|eme|ème)?", re.IGNORECASE)


class CellRefused(Exception):
    """The column and the reason, in French."""

    def __init__(self, column: str, reason: str) -> None:
        self.column = column
        self.reason = reason
        super().__init__(f"{column}: {reason}")


def dwelling(cells: Cells) -> DwellingLine:
    """The dwelling of one line of trimmed cells. Raises CellRefused at the first that is wrong."""
    for column in COLUMNS:
        _check_cell(column, cells[column])
    occupancy = _read("ETAT", cells, _occupancy)
    contract = _contract(cells, occupancy)
    return DwellingLine(
        external_id=_needed("ID_LOGEMENT", cells),
        contract_number=contract,
        contract_folded=fold_contract(contract) if occupancy is Occupancy.LET else None,
        residence_code=_needed("CODE_RESIDENCE", cells),
        residence_name=readable(_needed("LIB_RESIDENCE", cells)),
        street=_street(cells),
        building=cells["BATIMENT"],
        stair=cells["ESCALIER"],
        floor=_floor(cells["ETAGE"]),
        door=cells["PORTE"],
        postcode=_read("CODE_POSTAL", cells, _postcode),
        town=readable(_needed("COMMUNE", cells)),
        insee_code=_read("CODE_INSEE", cells, _insee),
        rooms=_read("NB_PIECES", cells, _rooms),
        surface_dm2=_read("SURF_HAB", cells, _surface),
        priority_district=_read("QPV", cells, _yes),
        agreement=cells["CONVENTION"],
        entered_on=_read("DATE_ENTREE", cells, _day),
        occupancy=occupancy,
    )


@lru_cache(maxsize=4096)
def readable(text: str, *, first_small: bool = False) -> str:
    """LE CLOS SAINT-LAZARE as "Le Clos Saint-Lazare"; what has small letters already stays."""
    if text != text.upper():
        return text
    words = re.split(r"([ '’-])", text.lower())
    return "".join(
        word if word in _SMALL and (at or first_small) else word[:1].upper() + word[1:]
        for at, word in enumerate(words)
    )


def _check_cell(column: str, cell: str) -> None:
    if len(cell) > LONGEST_CELL:
        raise CellRefused(column, _("Ce texte dépasse %(most)s signes.", most=LONGEST_CELL))
    if not cell.isprintable() or "\ufffd" in cell:
        raise CellRefused(column, _("Cette case contient un signe interdit."))


def _needed(column: str, cells: Cells) -> str:
    if not cells[column]:
        raise CellRefused(column, _("Cette case est vide."))
    return cells[column]


def _read(column: str, cells: Cells, parse: Callable[[str], T]) -> T:
    try:
        return parse(cells[column])
    except ValueError as refusal:
        raise CellRefused(column, str(refusal)) from None


def _occupancy(cell: str) -> Occupancy:
    state = _STATES.get(fold(cell))
    if state is None:
        raise ValueError(_("« %(cell)s » n'est pas un état connu : LOUE ou VACANT.", cell=cell))
    return state


def _contract(cells: Cells, occupancy: Occupancy) -> str:
    number = cells["NUM_CONTRAT"].upper()
    if occupancy is Occupancy.LET and not fold_contract(number):
        raise CellRefused("NUM_CONTRAT", _("Un logement loué a un numéro de contrat."))
    return number


def _street(cells: Cells) -> str:
    """27 / B / BD / DE L'ORME as "27 bis boulevard de l'Orme"."""
    kind = fold(cells["TYPE_VOIE"])
    repeat = cells["IND_REP"].lower()
    words = (
        cells["NUM_VOIE"],
        _REPEATS.get(repeat, repeat),
        _STREETS.get(kind, cells["TYPE_VOIE"].lower()),
        readable(_needed("NOM_VOIE", cells), first_small=True),
    )
    return " ".join(word for word in words if word)


def _floor(cell: str) -> str:
    if fold(cell) in _GROUND:
        return "RDC"
    match = _FLOOR.fullmatch(cell)
    return str(int(match["floor"])) if match else cell


def _postcode(cell: str) -> str:
    if not _POSTCODE.fullmatch(cell):
        raise ValueError(_("Un code postal a 5 chiffres."))
    return cell.zfill(5)  # a spreadsheet takes the first 0 away


def _insee(cell: str) -> str:
    code = cell.upper()
    if code and not _INSEE.fullmatch(code):
        raise ValueError(_("Un code INSEE a 5 signes."))
    return code and code.zfill(5)


def _rooms(cell: str) -> int:
    match = _ROOMS.fullmatch(cell.lower())
    rooms = 1 if fold(cell) == "studio" else int(match["rooms"]) if match else 0
    if not 1 <= rooms <= MOST_ROOMS:
        raise ValueError(_("Le nombre de pièces va de T1 à T%(most)s.", most=MOST_ROOMS))
    return rooms


def _surface(cell: str) -> int | None:
    if not cell:
        return None
    match = _SURFACE.fullmatch(cell)
    if match is None:
        raise ValueError(_("« %(cell)s » n'est pas une surface : écrivez 67,62.", cell=cell))
    return int(match["whole"]) * 100 + int((match["part"] or "").ljust(2, "0"))


def _yes(cell: str) -> bool:
    answer = fold(cell)
    if answer not in _YES | _NO:
        raise ValueError(_("Écrivez O ou N."))
    return answer in _YES


def _day(cell: str) -> date | None:
    if not cell:
        return None
    match = _FRENCH_DAY.fullmatch(cell) or _ISO_DAY.fullmatch(cell)
    try:
        day = date(int(match["y"]), int(match["m"]), int(match["d"])) if match else None
    except ValueError:
        day = None
    if day is None or day.year < FIRST_YEAR:
        raise ValueError(_("« %(cell)s » n'est pas une date : écrivez 21/11/2026.", cell=cell))
    return day
