"""Territories and the residences in them, as the office reads them."""

import msgspec

from backend.kit.database import fetch, fetch_one
from backend.kit.text import slug
from backend.merchants.errors import TerritoryUnknown


class TerritoryPage(msgspec.Struct, frozen=True):
    """`used`: some contract, also of years ago, is for it."""

    id: int
    public_id: str
    name: str
    used: bool


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """A residence to choose. `inside`: it lies in the territory; `elsewhere`: the name of another."""

    public_id: str
    name: str
    inside: bool
    elsewhere: str


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """A landlord's residences of one postcode."""

    landlord: str
    postcode: str
    town: str
    spots: list[Spot]

    @property
    def key(self) -> str:
        """Of this landlord and postcode, in a form."""
        return f"{slug(self.landlord)}-{self.postcode}"

    @property
    def inside(self) -> int:
        return sum(spot.inside for spot in self.spots)


async def get_territory(public_id: str) -> TerritoryPage:
    """Raises TerritoryUnknown."""
    row = await fetch_one(
        "SELECT t.id, t.public_id, t.name, EXISTS (SELECT 1 FROM contract_trade x"
        "  WHERE x.territory = t.id) AS used FROM territory t WHERE t.public_id = $1",
        public_id,
    )
    if row is None:
        raise TerritoryUnknown
    return TerritoryPage(**row)


async def areas(territory_id: int) -> list[Area]:
    """Every residence there is, by landlord and postcode."""
    rows = await fetch(
        "SELECT l.name AS landlord, r.postcode, r.town, r.public_id, r.name,"
        " t.id IS NOT NULL AND t.id = $1 AS inside,"
        " CASE WHEN t.id <> $1 THEN t.name ELSE '' END AS elsewhere"
        " FROM residence r JOIN landlord l ON l.id = r.landlord"
        " LEFT JOIN territory_residence x ON x.residence = r.id"
        " LEFT JOIN territory t ON t.id = x.territory"
        " ORDER BY l.name, r.postcode, r.name, r.id",
        territory_id,
    )
    found: dict[tuple[str, str], Area] = {}
    for row in rows:
        values = dict(row)
        landlord, postcode, town = (values.pop(name) for name in ("landlord", "postcode", "town"))
        area = Area(landlord=landlord, postcode=postcode, town=town, spots=[])
        found.setdefault((landlord, postcode), area).spots.append(
            Spot(**{**values, "elsewhere": values["elsewhere"] or ""})
        )
    return list(found.values())
