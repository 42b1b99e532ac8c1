"""Labels to print: copies of one model, one copy, or what a search finds (L33)."""

from typing import Any

import msgspec
from litestar import Response, get, post

from backend.http import forms
from backend.http.forms import Form
from backend.kit.translations import translated
from backend.kit.translations import translated as _
from backend.lending import labels
from backend.lending.queries import copies
from backend.lending.queries.copies import Copy
from web.desk import frame
from web.desk.frame import DESK, AnyRequest

HERE = "/comptoir/etiquettes"
LONGEST_SEARCH = 100
SHOWN = 120


class Wish(msgspec.Struct, frozen=True):
    planche: str = "a4-40"
    place: int = 1


async def _page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    asked = request.query_params
    typed = str(asked.get("q", ""))[:LONGEST_SEARCH]
    here = await frame.place(request)
    ticked = await _ticked(request) if form else []
    found = await _found(typed, str(asked.get("objet", "")), str(asked.get("exemplaire", "")), here)
    return await frame.page(
        request,
        "desk/labels/index.html",
        title=_("Étiquettes"),
        here=here,
        focus=False,
        form=form,
        typed=typed,
        found=await copies.find_copies(ticked) if ticked else found,
        named=bool(ticked or asked.get("objet") or asked.get("exemplaire")),
        sheets=[(name, translated(sheet.name)) for name, sheet in labels.SHEETS.items()],
        back=str(asked.get("objet", "")),
    )


@get(HERE, guards=[DESK])
async def index(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post(HERE, guards=[DESK])
@forms.again(_page)
async def create(request: AnyRequest) -> Response[Any]:
    wish = await forms.read(request, Wish)
    paper = await labels.print_labels(await _ticked(request), wish.planche, wish.place)
    return frame.pdf(paper, "etiquettes")


async def _found(typed: str, resource: str, code: str, here: frame.Place) -> list[Copy]:
    if code:
        return await copies.find_copies([code])
    site_id = None if resource else here.site_id
    return await copies.all_copies(typed, site_id, resource, SHOWN)


async def _ticked(request: AnyRequest) -> list[str]:
    return [str(each) for each in (await request.form()).getall("exemplaire", [])]


HANDLERS = [index, create]
