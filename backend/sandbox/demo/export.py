"""Landlords' lists in the format of their exports, of places that do not exist."""

from collections.abc import Iterator
from typing import NamedTuple

from backend.places.cells import COLUMNS
from backend.sandbox.demo.dice import Dice

A_RESIDENCE = 180
NAMES = (
    "LE CLOS", "LA COUR", "LES JARDINS", "LE HAMEAU", "LES TERRASSES", "LE MAIL", "LES ALLÉES",
    "LA CITÉ", "LES COTTAGES", "LE SQUARE",
)  # fmt: skip
WHAT = (
    "DES ORMES", "DU LAVOIR", "AUX MERLES", "DES TUILIERS", "DU CARILLON", "DES MÛRIERS",
    "DE LA NORIA", "DES GRILLONS", "DU CADRAN", "AUX CERISES",
)  # fmt: skip
WAYS = ("RUE", "ALLÉE", "AVENUE", "PLACE", "IMPASSE", "CHEMIN")
STREETS = (
    "DES CARREAUX BLEUS", "DU PALIER", "DES TROIS LUNES", "DE LA MARELLE", "DES VIEUX FOURS",
    "DU GRAND PÉTRIN", "DES CERFS-VOLANTS", "DE LA LANTERNE", "DES SEPT FONTAINES", "DU HÉRISSON",
    "DES PAS PERDUS", "DE L'ALOUETTE", "DU BEAU TEMPS", "DES QUATRE SAISONS",
)  # fmt: skip
SURFACES = {1: 27, 2: 43, 3: 61, 4: 76, 5: 92, 6: 108}


class Town(NamedTuple):
    name: str
    postcode: str
    insee: str
    latitude: float
    longitude: float


class Estate(NamedTuple):
    """A landlord and how its list is made. Each `broken` line has one fault a real list had."""

    slug: str
    name: str
    letter: str
    dwellings: int
    towns: tuple[Town, ...]
    broken: int


class Stand(NamedTuple):
    """A residence and where it stands."""

    code: str
    name: str
    street: tuple[str, str]
    town: Town
    priority_district: bool
    latitude: float
    longitude: float


ORMEVAL = Town("Ormeval", "80930", "80901", 49.9120, 2.2810)
BRAYELLE = Town("Brayelle-sur-Vaire", "80940", "80902", 49.9040, 2.3160)
VERTE_CROIX = Town("La Verte-Croix", "80950", "80903", 49.8870, 2.2950)
ESTATES = (
    Estate("orme-habitat", "Orme Habitat", "L", 18_000, (ORMEVAL, BRAYELLE, VERTE_CROIX), 14),
    Estate("logis-du-vallon", "Logis du Vallon", "V", 2_400, (BRAYELLE, VERTE_CROIX), 0),
)
FAULTS = (
    ("NB_PIECES", "T0"),
    ("CODE_POSTAL", "80"),
    ("ETAT", "INCONNU"),
    ("DATE_ENTREE", "31/02/2019"),
    ("SURF_HAB", "soixante"),
    ("LIB_RESIDENCE", ""),
    ("QPV", "?"),
)


def landlord_list(estate: Estate) -> bytes:
    """The whole list, as a spreadsheet of a landlord saves it: Windows-1252, semicolons."""
    lines = [";".join(COLUMNS)]
    lines += [";".join(line[column] for column in COLUMNS) for line in _lines(estate)]
    return ("\r\n".join(lines) + "\r\n").encode("cp1252")


def coordinates_list(estate: Estate) -> bytes:
    """Where its residences stand, as staff would bring it."""
    lines = ["CODE_RESIDENCE;LATITUDE;LONGITUDE"]
    lines += [f"{each.code};{each.latitude:.5f};{each.longitude:.5f}" for each in stands(estate)]
    return "\r\n".join(lines).encode()


def free_line(estate: Estate) -> dict[str, str]:
    """The last let dwelling of three rooms, which the demo gives to nobody."""
    last = stands(estate)[-1]
    lines = (_line(estate, last, number) for number in reversed(range(estate.dwellings)))
    return next(line for line in lines if line["NB_PIECES"] == "T3" and line["ETAT"] == "LOUE")


def stands(estate: Estate) -> list[Stand]:
    count = -(-estate.dwellings // A_RESIDENCE)
    return [_stand(estate, number) for number in range(count)]


def _stand(estate: Estate, number: int) -> Stand:
    dice = Dice("residence", estate.slug, number)
    town = estate.towns[number % len(estate.towns)]
    return Stand(
        code=f"R{number + 1:03d}",
        name=f"{NAMES[number % len(NAMES)]} {WHAT[number // len(NAMES) % len(WHAT)]}",
        street=(dice.pick(WAYS), dice.pick(STREETS)),
        town=town,
        priority_district=dice.chance(30),
        latitude=town.latitude + dice.between(-90, 90) / 10_000,
        longitude=town.longitude + dice.between(-130, 130) / 10_000,
    )


def _lines(estate: Estate) -> Iterator[dict[str, str]]:
    all_stands = stands(estate)
    every = estate.dwellings // estate.broken if estate.broken else 0
    for number in range(estate.dwellings):
        line = _line(estate, all_stands[number // A_RESIDENCE], number)
        if every and number % every == every // 2:
            column, wrong = FAULTS[number // every % len(FAULTS)]
            line[column] = wrong
        yield line


def _line(estate: Estate, stand: Stand, number: int) -> dict[str, str]:
    dice = Dice("dwelling", estate.slug, number)
    door = number % A_RESIDENCE
    floor = door // 4 % 6
    rooms = dice.weighted((1, 8), (2, 22), (3, 36), (4, 24), (5, 9), (6, 1))
    vacant = dice.chance(4)
    return {
        "ID_LOGEMENT": f"{stand.town.insee}{estate.letter}{number:07d}",
        "NUM_CONTRAT": "" if vacant else f"{estate.letter}/{100_200 + number * 7:07d}",
        "CODE_RESIDENCE": stand.code,
        "LIB_RESIDENCE": stand.name,
        "NUM_VOIE": str(1 + door // 24 * 2),
        "IND_REP": "B" if dice.chance(4) else "",
        "TYPE_VOIE": stand.street[0],
        "NOM_VOIE": stand.street[1],
        "BATIMENT": "ABCDEFGH"[door // 24],
        "ESCALIER": str(1 + door // 12 % 2),
        "ETAGE": "RDC" if floor == 0 else str(floor),
        "PORTE": f"{floor}{door % 4 + 1:02d}",
        "CODE_POSTAL": stand.town.postcode,
        "COMMUNE": stand.town.name,
        "CODE_INSEE": stand.town.insee,
        "NB_PIECES": f"T{rooms}",
        "SURF_HAB": f"{SURFACES[rooms] + dice.between(-4, 6)},{dice.between(0, 99):02d}",
        "QPV": "O" if stand.priority_district else "N",
        "CONVENTION": f"20{dice.between(10, 24)}/{dice.between(10, 99)}",
        "DATE_ENTREE": "" if vacant else _day(dice),
        "ETAT": "VACANT" if vacant else "LOUE",
    }


def _day(dice: Dice) -> str:
    return f"{dice.between(1, 28):02d}/{dice.between(1, 12):02d}/{dice.between(2004, 2024)}"
