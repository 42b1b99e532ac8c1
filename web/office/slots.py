"""How many people may come to a desk in each period of its day."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit.translations import translated as _
from backend.lending.queries import visits as looks
from backend.lending.service import visits
from backend.lending.slots import Capacity
from backend.places import queries as places
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]


class CapacityForm(msgspec.Struct, frozen=True):
    """`most` None: nobody is counted."""

    minutes: int
    most: int | None = None


async def _edit(request: AnyRequest, slug: str, form: Form | None = None) -> Response[str]:
    site = await places.get_site(slug)
    capacity = await looks.find_capacity(site.id)
    typed = {"minutes": "30"}
    if capacity is not None:
        typed = {"minutes": str(capacity.minutes), "most": str(capacity.most)}
    return await page(
        request,
        "office/slots/edit.html",
        title=_("Créneaux du comptoir"),
        space="office",
        site=site,
        form=form or Form(typed),
        lengths=visits.LENGTHS,
    )


@get("/gestion/points/{slug:str}/creneaux", guards=[MANAGER])
async def edit(request: AnyRequest, slug: FromPath[str]) -> Response[str]:
    return await _edit(request, slug)


@post("/gestion/points/{slug:str}/creneaux", guards=[MANAGER])
@forms.again(_edit)
async def update(request: AnyRequest, slug: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, CapacityForm)
    capacity = None if wish.most is None else Capacity(wish.minutes, wish.most)
    await visits.set_capacity(by(request), slug, capacity)
    return redirect(request, f"/gestion/points/{slug}", said="enregistre")


HANDLERS = [edit, update]
