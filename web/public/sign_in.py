"""The three doors: an e-mail or a mobile in, a code out."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post

from backend.http import forms
from backend.http.callers import public
from backend.http.doors import ADDRESSES, is_local, with_return
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.scope import around
from backend.http.visits import sending, visit
from backend.identity import service as identity
from backend.identity.rules import Purpose, SessionKind
from backend.kit.errors import N_
from backend.kit.translations import translated as _

AnyRequest = Request[Any, Any, Any]
KINDS = {address: kind for kind, address in ADDRESSES.items()}
TITLES = {
    SessionKind.TENANT: N_("Se connecter"),
    SessionKind.MERCHANT: N_("Espace partenaire"),
    SessionKind.STAFF: N_("Espace de l’équipe"),
}


class Wish(msgspec.Struct):
    address: str
    suite: str = ""


async def _page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    kind = KINDS[request.url.path]
    return await page(
        request,
        "public/sign_in/new.html",
        title=_(TITLES[kind]),
        space="public",
        form=form,
        kind=kind,
        suite=_suite(request, form),
        signed_in=around(request).caller,
        doors=ADDRESSES,
        sms="sms" in visit(request).channels,
    )


@get([*KINDS], guards=[public])
async def new(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post([*KINDS], guards=[public])
@forms.again(_page)
async def create(request: AnyRequest) -> Response[Any]:
    wish = await forms.read(request, Wish)
    kind = KINDS[request.url.path]
    asked = await identity.ask_code(visit(request), wish.address, Purpose.LOGIN, kind)
    target = with_return(f"/connexion/code?demande={asked.ticket}", wish.suite)
    return sending(request, redirect(request, target), asked.letter)


def _suite(request: AnyRequest, form: Form | None) -> str:
    """Where to go on; what is no path of ours is left out of the page too."""
    given = form.values.get("suite", "") if form else request.query_params.get("suite", "")
    return given if is_local(given) else ""


HANDLERS = [new, create]
