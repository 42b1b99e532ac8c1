"""One cell of a list, read as what it must be: never guessed, and wrong in French (L44)."""

import re
from collections.abc import Callable, Mapping
from datetime import date, time
from typing import TypeVar

from stdnum import isbn
from stdnum.exceptions import ValidationError

from backend.kit import hours
from backend.kit.errors import N_, DomainError
from backend.kit.text import fold, normalise_email, normalise_own_name
from backend.kit.translations import translated as _
from backend.kit.zone import is_near
from backend.membership.rules import Category
from backend.people.rules import Channel, read_address

_MONEY = re.compile(r"(?P<euros>[0-9]{1,7})(?:[.,](?P<cents>[0-9]{1,2}))?")
_DAY = re.compile(r"(?P<d>[0-9]{1,2})/(?P<m>[0-9]{1,2})/(?P<y>[0-9]{4})")
_YES, _NO = {"oui", "o", "1"}, {"non", "n", "0"}
TARIFFS = {
    "locataire": Category.TENANT,
    "voisin": Category.NEIGHBOUR,
    "reduit": Category.REDUCED,
    "gratuit": Category.FREE,
}

Cells = Mapping[str, str]
T = TypeVar("T")


class Wrong(Exception):
    """A cell that cannot be read: its column, and why in French."""

    def __init__(self, column: str, reason: str) -> None:
        self.column, self.reason = column, reason
        super().__init__(f"{column}: {reason}")


def needed(column: str, cells: Cells) -> str:
    if not cells.get(column, ""):
        raise Wrong(column, _("Cette case est vide."))
    return cells[column]


def read_cell(column: str, cells: Cells, reads: Callable[[str], T]) -> T | None:
    """None for an empty cell; what cannot be read is never guessed."""
    cell = cells.get(column, "")
    if not cell:
        return None
    try:
        return reads(cell)
    except (ValueError, ValidationError, DomainError):
        raise Wrong(column, _(REASONS[reads])) from None


def read_number(cell: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", cell):
        raise ValueError(cell)
    return int(cell)


def read_count(cell: str) -> int:
    if read_number(cell) < 1:
        raise ValueError(cell)
    return int(cell)


def read_money(cell: str) -> int:
    found = _MONEY.fullmatch(cell.replace("€", "").strip())
    if found is None:
        raise ValueError(cell)
    return int(found["euros"]) * 100 + int((found["cents"] or "0").ljust(2, "0"))


def read_isbn(cell: str) -> str:
    return str(isbn.validate(cell, convert=True))


def read_yes(cell: str) -> bool:
    if fold(cell) not in _YES | _NO:
        raise ValueError(cell)
    return fold(cell) in _YES


def read_day(cell: str) -> date:
    found = _DAY.fullmatch(cell)
    day = date.fromisoformat(cell) if found is None else date(*map(int, found.group("y", "m", "d")))
    if not is_near(day):
        raise ValueError(cell)
    return day


def read_hour(cell: str) -> time:
    return hours.read_hour(cell)


def read_tariff(cell: str) -> Category:
    found = TARIFFS.get(fold(cell))
    if found is None:
        raise ValueError(cell)
    return found


def read_name(cell: str) -> str:
    return normalise_own_name(cell)


def read_email(cell: str) -> str:
    return normalise_email(cell)


def read_mobile(cell: str) -> str:
    """As it is stored; a number at home is no mobile."""
    address = read_address(cell)
    if address.channel is not Channel.SMS:
        raise ValueError(cell)
    return address.value


REASONS: dict[Callable[[str], object], str] = {
    read_number: N_("Écrivez un nombre entier."),
    read_count: N_("Écrivez un nombre au-dessus de zéro."),
    read_money: N_("Écrivez un montant, par exemple 45,90."),
    read_isbn: N_("Ce numéro ISBN n'est pas juste."),
    read_yes: N_("Écrivez oui ou non."),
    read_day: N_("Écrivez un jour, par exemple 24/12/2026."),
    read_hour: N_("Écrivez une heure, par exemple 14h30."),
    read_tariff: N_("Écrivez locataire, voisin, réduit ou gratuit."),
    read_name: N_("Ce nom ne se lit pas, est trop long, ou dit une adresse."),
    read_email: N_("Cette adresse e-mail ne se lit pas."),
    read_mobile: N_("Écrivez un numéro de mobile."),
}
