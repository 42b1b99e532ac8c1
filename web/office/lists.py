"""A long list on its way: how far it is, then the file. Only for who asked for it, for an hour."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from backend.audit import lists
from backend.http.callers import get_caller
from backend.http.exports import hand_out
from backend.http.respond import fragment, page, wants_fragment
from backend.kit.translations import translated as _
from web.office.settings import MONEY

AnyRequest = Request[Any, Any, Any]
LISTS = "/gestion/listes"


@get(f"{LISTS}/{{public_id:str}}", guards=[MONEY])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    found = await lists.get(public_id, get_caller(request).person_id)
    if wants_fragment(request):
        return await fragment(request, "office/lists/_progress.html", list=found)
    return await page(
        request, "office/lists/show.html", title=_("Votre liste"), space="office", list=found
    )


@get(f"{LISTS}/{{public_id:str}}/fichier", guards=[MONEY])
async def take(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    return hand_out(await lists.file(public_id, get_caller(request).person_id))
