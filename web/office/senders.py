"""Under which name the club writes."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.kit.translations import translated as _
from backend.places import queries
from backend.places import service as places
from backend.places.service import SenderWish
from web.office.settings import CLUB, shown
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
HERE = f"{CLUB}/messages"


async def _page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    voice = await queries.voice()
    return await shown(
        request,
        "office/senders/edit.html",
        title=_("Messages du club"),
        form=form or Form(msgspec.structs.asdict(voice)),
        voice=voice,
    )


@get(HERE, guards=[MANAGER])
async def edit(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post(HERE, guards=[MANAGER])
@forms.again(_page)
async def update(request: AnyRequest) -> Response[Any]:
    await places.save_senders(await forms.read(request, SenderWish), by(request))
    return redirect(request, HERE, said="enregistre")
