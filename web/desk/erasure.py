"""Erasing somebody who asks for it at the counter; staff give their second factor again first."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.callers import sudo
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.scope import around
from backend.http.visits import acting
from backend.membership import desk
from backend.privacy import erasing
from backend.privacy.errors import NotSure
from backend.privacy.rules import ErasureWay
from web.desk import people
from web.desk.frame import DESK, AnyRequest


class Sure(msgspec.Struct, frozen=True):
    sure: bool = False


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    file = await people.opened(request, public_id)
    return await people.tab(
        request,
        "erasure",
        file,
        focus=False,
        form=form,
        asked=await erasing.look(file.member.person_id),
        erased=erasing.ERASED,
        kept=erasing.KEPT,
    )


@get("/comptoir/personnes/{public_id:str}/effacement", guards=[DESK, sudo])
async def new(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


@post("/comptoir/personnes/{public_id:str}/effacement", guards=[DESK, sudo])
@forms.again(_page)
async def create(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    typed = await forms.read(request, Sure)
    if not typed.sure:
        raise NotSure().at("sure")
    file = await desk.open_file(public_id)
    certificate = await erasing.erase(
        acting(request),
        file.member.person_id,
        ErasureWay.DESK,
        base_url=around(request).settings.base_url,
    )
    return redirect(request, f"/certificats/{certificate}")


HANDLERS = [new, create]
