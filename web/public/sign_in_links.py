"""A link that the house gave to somebody of its staff: it opens once, by a button, never by being looked at."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post

from backend.http import forms
from backend.http.callers import public
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.scope import around
from backend.http.sessions import set_session
from backend.http.visits import visit
from backend.identity import service as identity
from backend.kit.translations import translated as _

AnyRequest = Request[Any, Any, Any]
PATH = "/connexion/equipe/lien"


class Followed(msgspec.Struct):
    jeton: str


async def _page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    token = form.values.get("jeton", "") if form else request.query_params.get("jeton", "")
    return await page(
        request,
        "public/sign_in_links/new.html",
        title=_("Votre lien d’équipe"),
        space="public",
        form=form,
        token=token,
    )


@get(PATH, guards=[public])
async def new(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post(PATH, guards=[public])
@forms.again(_page)
async def create(request: AnyRequest) -> Response[Any]:
    followed = await forms.read(request, Followed)
    entered = await identity.follow_link(visit(request), followed.jeton)
    response = redirect(request, "/connexion/equipe/facteurs")
    set_session(response, around(request), entered.token, entered.kind)
    return response


HANDLERS = [new, create]
