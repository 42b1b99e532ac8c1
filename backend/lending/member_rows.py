"""A person of a list of members (L44): who they are, with whom they live, how to reach them."""

from datetime import date

import msgspec

from backend.kit.text import fold_contract
from backend.kit.translations import translated as _
from backend.lending.cells import (
    Cells,
    Wrong,
    needed,
    read_cell,
    read_day,
    read_email,
    read_mobile,
    read_name,
    read_tariff,
    read_yes,
)
from backend.membership.rules import Category

COLUMNS = (
    "CODE", "FOYER", "PRENOM", "NOM", "TARIF", "CONTRAT", "RUE", "CODE_POSTAL", "VILLE", "EMAIL",
    "MOBILE", "NAISSANCE", "ENFANT",
)  # fmt: skip
NEEDED = ("CODE", "PRENOM", "NOM")
SAID = {
    Category.TENANT: "locataire",
    Category.NEIGHBOUR: "voisin",
    Category.REDUCED: "réduit",
    Category.FREE: "gratuit",
}


class MemberRow(msgspec.Struct, frozen=True, kw_only=True):
    """`home`: the code of the first of the household; without one, the person's own.

    None is nothing said: the household's price, an adult, or what stands.
    """

    line: int
    code: str
    home: str
    given_name: str
    family_name: str
    category: Category | None
    contract: str
    street: str
    postcode: str
    town: str
    email: str
    phone: str
    born_on: date | None
    child: bool | None


def read(line: int, code: str, cells: Cells) -> MemberRow:
    """Raises Wrong."""
    home, child = cells.get("FOYER", "") or code, read_cell("ENFANT", cells, read_yes)
    if child and home == code:
        raise Wrong("ENFANT", _("Un foyer commence par un adulte."))
    for column in ("PRENOM", "NOM"):
        needed(column, cells)
    return MemberRow(
        line=line,
        code=code,
        home=home,
        given_name=read_cell("PRENOM", cells, read_name) or "",
        family_name=read_cell("NOM", cells, read_name) or "",
        category=read_cell("TARIF", cells, read_tariff),
        contract=fold_contract(cells.get("CONTRAT", "")),
        street=cells.get("RUE", ""),
        postcode=cells.get("CODE_POSTAL", ""),
        town=cells.get("VILLE", ""),
        email=read_cell("EMAIL", cells, read_email) or "",
        phone=read_cell("MOBILE", cells, read_mobile) or "",
        born_on=read_cell("NAISSANCE", cells, read_day),
        child=child,
    )
