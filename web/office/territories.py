"""One territory of the club's map: its name, its residences, its end."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.merchants import service as merchants
from backend.merchants import territories
from backend.merchants.territories import Area, TerritoryPage
from web.office import partner_terms
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
HERE = f"{partner_terms.HERE}/territoires/{{public_id:str}}"
RESIDENCE, AREA = "residence_", "secteur_"


class Named(msgspec.Struct, frozen=True):
    territory: str


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    territory = await territories.get_territory(public_id)
    areas = await territories.areas(territory.id)
    return await page(
        request,
        "office/partner_terms/territory.html",
        title=territory.name,
        space="office",
        territory=territory,
        areas=areas,
        form=form or Form(_typed(territory, areas)),
    )


async def _kept(request: AnyRequest, public_id: str, form: Form) -> Response[str]:
    """Why it stays, over the territory as it is."""
    territory = await territories.get_territory(public_id)
    typed = _typed(territory, await territories.areas(territory.id))
    return await _page(request, public_id, Form(typed, form.errors))


def _typed(territory: TerritoryPage, areas: list[Area]) -> dict[str, str]:
    spots = [spot for area in areas for spot in area.spots if spot.inside]
    return {"territory": territory.name, **{f"{RESIDENCE}{one.public_id}": "1" for one in spots}}


@get(HERE, guards=[MANAGER])
async def edit(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


@post(HERE, guards=[MANAGER])
@forms.again(_page)
async def update(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """Residences one by one, and all of a postcode where its box is ticked."""
    typed = await forms.read(request, Named)
    values = await forms.typed_values(request)
    areas = await territories.areas((await territories.get_territory(public_id)).id)
    chosen = [
        spot.public_id
        for area in areas
        for spot in area.spots
        if f"{RESIDENCE}{spot.public_id}" in values or f"{AREA}{area.key}" in values
    ]
    await merchants.change_territory(by(request), public_id, typed.territory, chosen)
    return redirect(request, partner_terms.HERE, said="enregistre")


@post(f"{HERE}/fin", guards=[MANAGER])
@forms.again(_kept)
async def destroy(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await merchants.remove_territory(by(request), public_id)
    return redirect(request, partner_terms.HERE, said="territoire-retire")


HANDLERS = [edit, update, destroy]
