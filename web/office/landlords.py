"""Landlords, and where their residences stand."""

import csv
import io
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit import coordinates
from backend.kit.errors import N_, Invalid
from backend.places import points, queries
from backend.places import service as places
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]


class Rename(msgspec.Struct, frozen=True):
    name: str


@get("/gestion/bailleurs", guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    return await page(
        request,
        "office/landlords/index.html",
        title="Bailleurs",
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
async def export(slug: FromPath[str]) -> Response[bytes]:
    """The residences as a spreadsheet opens them, to be filled in and sent back."""
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\r\n")
    rows.writerow(points.COLUMNS)
    for each in await queries.residences(slug):
        place = (coordinates.show(each.latitude), coordinates.show(each.longitude))
        rows.writerow([_plain(each.code), each.postcode, _plain(each.name), *place])
    return Response(
        b"\xef\xbb\xbf" + out.getvalue().encode(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="coordonnees-{slug}.csv"'},
    )


@post("/gestion/bailleurs/{slug:str}/coordonnees", guards=[MANAGER])
@forms.again(_with_points)
async def place(request: AnyRequest, slug: FromPath[str]) -> Response[Any]:
    """Shows at once what was set and what was refused: a list of faults fits no address."""
    brought = await forms.upload(request, "points")
    if brought is None:
        raise Invalid({"points": N_("Choisissez un fichier.")})
    found = await places.place_residences(slug, brought[1], by(request))
    return await _page(request, slug, placed=found)


def _plain(cell: str) -> str:
    """A cell that a spreadsheet will not run as a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell
