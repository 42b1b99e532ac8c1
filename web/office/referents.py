"""Who speaks for a landlord: invited and let go, by a manager who proved it is them."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.callers import sudo
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.identity import referents
from backend.identity import service as identity
from backend.kit.translations import translated as _
from backend.places import queries
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/bailleurs/{slug:str}/referents"
GUARDS = [MANAGER, sudo]


class Wish(msgspec.Struct, frozen=True):
    given_name: str
    family_name: str
    email: str


class Gone(msgspec.Struct, frozen=True):
    person: str


async def _page(request: AnyRequest, slug: str, form: Form | None = None) -> Response[str]:
    landlord = await queries.get_landlord(slug)
    return await page(
        request,
        "office/referents/index.html",
        title=_("Référents du bailleur"),
        space="office",
        landlord=landlord,
        referents=await referents.referents_of(landlord.id),
        form=form,
    )


@get(HERE, guards=GUARDS)
async def index(request: AnyRequest, slug: FromPath[str]) -> Response[str]:
    return await _page(request, slug)


@post(HERE, guards=GUARDS)
@forms.again(_page)
async def create(request: AnyRequest, slug: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Wish)
    landlord = await queries.get_landlord(slug)
    await identity.invite_referent(
        by(request), landlord.id, wish.given_name, wish.family_name, wish.email
    )
    return redirect(request, f"/gestion/bailleurs/{slug}/referents", said="enregistre")


@post(f"{HERE}/retrait", guards=GUARDS)
async def destroy(request: AnyRequest, slug: FromPath[str]) -> Response[Any]:
    gone = await forms.read(request, Gone)
    landlord = await queries.get_landlord(slug)
    await identity.end_referent(by(request), landlord.id, gone.person)
    return redirect(request, f"/gestion/bailleurs/{slug}/referents", said="enregistre")
