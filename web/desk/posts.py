"""Where this computer stands, and leaving it."""

from datetime import timedelta
from typing import Any

import msgspec
from litestar import Response, get, post

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.scope import around
from backend.kit.errors import N_, Invalid
from backend.kit.translations import translated as _
from web.desk import frame
from web.desk.frame import DESK, SITE_COOKIE, AnyRequest

KEPT_FOR = timedelta(days=180)


class Wish(msgspec.Struct, frozen=True):
    site: str


async def _page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    return await frame.page(request, "desk/posts/edit.html", title=_("Mon poste"), form=form)


@get("/comptoir/poste", guards=[DESK])
async def edit(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post("/comptoir/poste", guards=[DESK])
@forms.again(_page)
async def update(request: AnyRequest) -> Response[Any]:
    wish = await forms.read(request, Wish)
    here = await frame.place(request)
    if wish.site not in {site.public_id for site in here.sites}:
        raise Invalid({"site": N_("Choisissez une conciergerie de la liste.")})
    response = redirect(request, "/comptoir", said="enregistre")
    response.set_cookie(
        SITE_COOKIE,
        wish.site,
        max_age=int(KEPT_FOR.total_seconds()),
        path="/comptoir",
        secure=around(request).settings.secure,
        httponly=True,
        samesite="lax",
    )
    return response
