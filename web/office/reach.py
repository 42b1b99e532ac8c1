"""What the club reaches, residence by residence: sorted, filtered, taken away as a list."""

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get

from backend.http import exports
from backend.http.respond import page
from backend.insight import queries as insight
from backend.insight.queries import Landlord, Residence
from backend.insight.rules import FEWEST
from backend.kit import clock, text
from backend.kit.sheets import Column, Format, Kind, Sheet
from backend.kit.translations import translated as _
from web.office.staff import MANAGER

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/residences"
DISTRICT = "1"
# By which column; figures begin with the highest, names with A.
ORDERS: dict[str, Callable[[Residence], Any]] = {
    "residence": lambda each: text.fold(each.name),
    "logements": lambda each: each.dwellings,
    "part": lambda each: each.share,
    "personnes": lambda each: each.people,
    "utilisations": lambda each: each.uses,
    "economies": lambda each: each.saved_cents,
}
COLUMNS = (
    Column("Bailleur"),
    Column("Résidence"),
    Column("Code postal"),
    Column("Commune"),
    Column("Quartier prioritaire"),
    Column("Logements", Kind.NUMBER),
    Column("Foyers adhérents", Kind.NUMBER),
    Column("Part en %", Kind.NUMBER),
    Column("Personnes", Kind.NUMBER),
    Column("Utilisations", Kind.NUMBER),
    Column("Économies", Kind.CENTS),
    Column("Note"),
)
# Each row of so few people carries it, wherever the row is copied to.
NOTE = f"Usage interne : moins de {FEWEST} personnes, ne pas transmettre."


class Asked(msgspec.Struct, frozen=True):
    """Filters and order as they stand in the address; a word nobody knows changes nothing."""

    bailleur: str = ""
    quartier: str = ""
    tri: str = ""
    sens: str = ""

    @property
    def order(self) -> str:
        return self.tri if self.tri in ORDERS else "part"

    @property
    def falls(self) -> bool:
        """Highest first; names go the other way round."""
        return (self.order != "residence") != (self.sens == "inverse")

    def address(self, **more: str) -> str:
        said = {**msgspec.structs.asdict(self), **more}
        return urlencode({name: value for name, value in said.items() if value})

    def sorting(self, name: str) -> str:
        """The address that sorts by a column, the other way round if it does already."""
        again = self.order == name and self.sens != "inverse"
        return f"{HERE}?{self.address(tri=name, sens='inverse' if again else '')}"


@get(HERE, guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    asked, landlords = _asked(request), await insight.landlords()
    since = _since()
    rows = await _rows(asked, landlords)
    return await page(
        request,
        "office/reach/index.html",
        title=_("Résidences"),
        space="office",
        here=HERE,
        asked=asked,
        rows=rows,
        total=insight.add_up(rows),
        since=since,
        fewest=FEWEST,
        query=asked.address(),
        landlords=[(each.public_id, each.name) for each in landlords],
    )


@get(f"{HERE}/liste", guards=[MANAGER])
async def export(request: AnyRequest) -> Response[bytes]:
    asked = _asked(request)
    rows = await _rows(asked, await insight.landlords())
    chosen = Format.XLSX if request.query_params.get("format") == Format.XLSX else Format.CSV
    sheet = Sheet("residences", COLUMNS, [_cells(row) for row in rows])
    return await exports.send(request, sheet, chosen, filter=asked.address())


async def _rows(asked: Asked, landlords: list[Landlord]) -> list[Residence]:
    chosen = next((each.id for each in landlords if each.public_id == asked.bailleur), None)
    found = await insight.residences_now(chosen, clock.today())
    kept = [each for each in found if each.priority_district or asked.quartier != DISTRICT]
    return sorted(kept, key=ORDERS[asked.order], reverse=asked.falls)


def _since() -> date:
    return clock.today().replace(month=1, day=1)


def _asked(request: AnyRequest) -> Asked:
    params = request.query_params
    return Asked(**{name: str(params.get(name, ""))[:60] for name in Asked.__struct_fields__})


def _cells(row: Residence) -> tuple[object, ...]:
    return (
        row.landlord,
        row.name,
        row.postcode,
        row.town,
        "oui" if row.priority_district else "",
        row.dwellings,
        row.households,
        round(row.share, 1),
        row.people,
        row.uses,
        row.saved_cents,
        NOTE if 0 < row.people < FEWEST else "",
    )
