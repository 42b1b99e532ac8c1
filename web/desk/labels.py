"""Labels to print: copies of one model, one copy, or what a search finds (L33)."""

from typing import Any

import msgspec
from litestar import Response, get, post

from backend.http import forms
from backend.http.forms import Form
from backend.kit.translations import translated
from backend.kit.translations import translated as _
from backend.lending import labels
from backend.lending.queries import copies, stock
from backend.lending.queries.copies import Copy
from backend.places import queries as places
from web.desk import frame
from web.desk.frame import DESK, AnyRequest

HERE = "/comptoir/etiquettes"
LONGEST_SEARCH = 100
SHOWN, EVERY = 120, 2_000  # of a search; of one model


class Wish(msgspec.Struct, frozen=True):
    planche: str = "a4-40"
    place: int = 1


async def _page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    asked = request.query_params
    typed = str(asked.get("q", ""))[:LONGEST_SEARCH]
    here = await frame.place(request)
    ticked = await _ticked(request) if form else []
    named = str(asked.get("objet", ""))
    found = await _found(typed, named, str(asked.get("exemplaire", "")), here)
    return await frame.page(
        request,
        "desk/labels/index.html",
        title=_("Étiquettes"),
        here=here,
        focus=False,
        form=form,
        typed=typed,
        found=await copies.find_copies(ticked) if ticked else found,
        named=bool(ticked or named or asked.get("exemplaire")),
        most=0 if ticked or named else SHOWN,
        sheets=[(name, translated(sheet.name)) for name, sheet in labels.SHEETS.items()],
        back=named,
    )


@get(HERE, guards=[DESK])
async def index(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post(HERE, guards=[DESK], status_code=200)
@forms.again(_page)
async def create(request: AnyRequest) -> Response[Any]:
    """The paper; where one does not take them all, a page with a button for each part."""
    wish = await forms.read(request, Wish)
    ticked = await _ticked(request)
    parts = await labels.parts(ticked)
    if len(parts) > 1:
        return await _parts(request, wish, parts)
    return frame.pdf(await labels.print_labels(ticked, wish.planche, wish.place), "etiquettes")


async def _parts(request: AnyRequest, wish: Wish, parts: list[list[Copy]]) -> Response[str]:
    return await frame.page(
        request,
        "desk/labels/parts.html",
        title=_("Étiquettes"),
        focus=False,
        wish=wish,
        parts=parts,
        most=labels.MOST,
    )


async def _found(typed: str, resource: str, code: str, here: frame.Place) -> list[Copy]:
    if code:
        return await copies.find_copies([code])
    site_id = None if resource else here.site_id
    return await copies.all_copies(typed, site_id, resource, EVERY if resource else SHOWN)


async def _ticked(request: AnyRequest) -> list[str]:
    """Those that are ticked; or all that the filters find, as the office's list of copies may ask."""
    form = await request.form()
    if not form.get("all"):
        return [str(each) for each in form.getall("exemplaire", [])]
    site_ids = {site.slug: site.id for site in await places.sites()}
    search, sort, shelf = (
        str(form.get(name, ""))[:LONGEST_SEARCH] for name in ("q", "sorte", "rayon")
    )
    site_id = site_ids.get(str(form.get("point", "")))
    found = await stock.copies(search, sort, site_id, shelf, limit=EVERY)
    return [unit.code for unit in found]


HANDLERS = [index, create]
