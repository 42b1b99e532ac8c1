"""A list between its choice and its yes: what it would do, line by line."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.identity.queries import SignedIn
from backend.kit import formats
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.places import service as places
from backend.places.rules import Changed, Occupancy
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
SHOWN = 50
NAMES = {
    "contract_number": N_("Contrat"),
    "residence_code": N_("Code de résidence"),
    "residence_name": N_("Résidence"),
    "street": N_("Rue"),
    "building": N_("Bâtiment"),
    "stair": N_("Escalier"),
    "floor": N_("Étage"),
    "door": N_("Porte"),
    "postcode": N_("Code postal"),
    "town": N_("Commune"),
    "insee_code": N_("Code INSEE"),
    "rooms": N_("Pièces"),
    "surface_dm2": N_("Surface"),
    "priority_district": N_("Quartier prioritaire"),
    "agreement": N_("Convention"),
    "entered_on": N_("Entrée"),
    "occupancy": N_("État"),
}
STATES = {Occupancy.LET: N_("Loué"), Occupancy.VACANT: N_("Vacant")}


class Move(msgspec.Struct, frozen=True):
    """One cell of one dwelling, before and after."""

    external_id: str
    name: str
    before: str
    after: str


class Yes(msgspec.Struct, frozen=True):
    confirmed: bool = False


async def _page(
    request: AnyRequest, public_id: str, caller: SignedIn, form: Form | None = None
) -> Response[str]:
    wish, outcome = await places.look_at_draft(public_id, caller.person_id)
    return await page(
        request,
        "office/drafts/show.html",
        title=_("Vérifier la liste"),
        space="office",
        form=form,
        file_name=wish.file_name,
        outcome=outcome,
        moves=moves(outcome.plan.changed[:SHOWN]),
        most=SHOWN,
        address=f"/gestion/imports/apercu/{public_id}",
    )


@get("/gestion/imports/apercu/{public_id:str}", guards=[MANAGER])
async def show(
    request: AnyRequest, public_id: FromPath[str], caller: NamedDependency[SignedIn]
) -> Response[str]:
    return await _page(request, public_id, caller)


@post("/gestion/imports/apercu/{public_id:str}", guards=[MANAGER])
@forms.again(_page)
async def create(
    request: AnyRequest, public_id: FromPath[str], caller: NamedDependency[SignedIn]
) -> Response[Any]:
    yes = await forms.read(request, Yes)
    outcome = await places.apply_draft(
        public_id, caller.person_id, by(request), caller.name, confirmed=yes.confirmed
    )
    return redirect(request, f"/gestion/imports/{outcome.batch}", said="liste-appliquee")


def moves(changed: list[Changed]) -> list[Move]:
    return [
        Move(moved.after.external_id, NAMES[field], *_cells(moved, field))
        for moved in changed
        for field in moved.fields
        if field in NAMES
    ]


def _cells(moved: Changed, field: str) -> tuple[str, str]:
    return _cell(field, getattr(moved.before, field)), _cell(field, getattr(moved.after, field))


def _cell(field: str, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("Oui") if value else _("Non")
    if isinstance(value, Occupancy):
        return _(STATES[value])
    if isinstance(value, date):
        return formats.day(value)
    return (
        f"{formats.number(Decimal(value) / 100)}\u00a0m²" if field == "surface_dm2" else str(value)
    )
