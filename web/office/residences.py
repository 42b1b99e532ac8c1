"""One residence: its place on the map and its district."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit import coordinates
from backend.places import queries
from backend.places import service as places
from backend.places.service import ResidenceWish
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]


class ResidenceForm(msgspec.Struct, frozen=True):
    latitude: str = ""
    longitude: str = ""
    district: bool = False


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    residence = await queries.get_residence(public_id)
    typed = {
        "latitude": coordinates.show(residence.latitude),
        "longitude": coordinates.show(residence.longitude),
        "district": "1" if residence.priority_district else "",
    }
    return await page(
        request,
        "office/residences/edit.html",
        title=residence.name,
        space="office",
        residence=residence,
        form=form or Form(typed),
    )


@get("/gestion/residences/{public_id:str}", guards=[MANAGER])
async def edit(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


@post("/gestion/residences/{public_id:str}", guards=[MANAGER])
@forms.again(_page)
async def update(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    form = await forms.read(request, ResidenceForm)
    point = coordinates.read(form.latitude, form.longitude)
    await places.change_residence(public_id, ResidenceWish(point, form.district), by(request))
    residence = await queries.get_residence(public_id)
    return redirect(request, f"/gestion/bailleurs/{residence.landlord_slug}", said="enregistre")
