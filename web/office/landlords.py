"""Landlords, and where their residences stand."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import exports, forms
from backend.http.bodies import MOST_FILE
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit.errors import N_, Invalid
from backend.kit.sheets import Column, Kind, Sheet
from backend.kit.translations import translated as _
from backend.places import points, queries
from backend.places import service as places
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
COLUMNS = tuple(
    Column(title, Kind.NUMBER if title in ("LATITUDE", "LONGITUDE") else Kind.TEXT)
    for title in points.COLUMNS
)


class Rename(msgspec.Struct, frozen=True):
    name: str


@get("/gestion/bailleurs", guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    return await page(
        request,
        "office/landlords/index.html",
        title=_("Bailleurs"),
        space="office",
        landlords=await queries.landlords(),
    )


async def _page(
    request: AnyRequest, slug: str, form: Form | None = None, status: int = 200, **context: Any
) -> Response[str]:
    landlord = await queries.get_landlord(slug)
    facts = {"placed": None, "points_form": None, **context}
    return await page(
        request,
        "office/landlords/show.html",
        title=landlord.name,
        space="office",
        status=status,
        landlord=landlord,
        residences=await queries.residences(slug),
        form=form or Form({"name": landlord.name}),
        **facts,
    )


async def _with_points(request: AnyRequest, slug: str, form: Form) -> Response[str]:
    return await _page(request, slug, points_form=form)


@get("/gestion/bailleurs/{slug:str}", guards=[MANAGER])
async def show(request: AnyRequest, slug: FromPath[str]) -> Response[str]:
    return await _page(request, slug)


@post("/gestion/bailleurs/{slug:str}", guards=[MANAGER])
@forms.again(_page)
async def update(request: AnyRequest, slug: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Rename)
    await places.rename_landlord(slug, wish.name, by(request))
    return redirect(request, f"/gestion/bailleurs/{slug}", said="enregistre")


@get("/gestion/bailleurs/{slug:str}/coordonnees.csv", guards=[MANAGER])
async def export(request: AnyRequest, slug: FromPath[str]) -> Response[bytes]:
    """The residences as a spreadsheet opens them, to be filled in and sent back."""
    landlord = await queries.get_landlord(slug)
    rows = [
        (each.code, each.postcode, each.name, each.latitude, each.longitude)
        for each in await queries.residences(landlord.slug)
    ]
    return await exports.send(request, Sheet(f"coordonnees-{landlord.slug}", COLUMNS, rows))


@post(
    "/gestion/bailleurs/{slug:str}/coordonnees", guards=[MANAGER], request_max_body_size=MOST_FILE
)
@forms.again(_with_points)
async def place(request: AnyRequest, slug: FromPath[str]) -> Response[Any]:
    """Shows at once what was set and what was refused: a list of faults fits no address."""
    brought = await forms.upload(request, "points")
    if brought is None:
        raise Invalid({"points": N_("Choisissez un fichier.")})
    found = await places.place_residences(slug, brought[1], by(request))
    return await _page(request, slug, placed=found)
