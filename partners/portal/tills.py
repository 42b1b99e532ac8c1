"""A merchant's own tills: a link that opens once, a name, an end (V24).

The link is stored as a hash: the page after the POST is the only one that tells it.
"""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms, once
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.scope import around
from backend.http.visits import acting
from backend.kit.qr import qr_svg
from backend.kit.translations import translated as _
from backend.merchants import service as merchants
from partners.portal.own import MERCHANT, own_shop, own_till

AnyRequest = Request[Any, Any, Any]
HERE = "/partenaire/caisses"
BACK = "/partenaire/points-de-vente"


class TillForm(msgspec.Struct, frozen=True):
    name: str


class Told(msgspec.Struct, frozen=True):
    """Once: the code of the link, and of a new till its token."""

    code: str
    until: datetime
    token: str = ""


async def _again(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    shop = await own_shop(request, public_id)
    return await page(
        request,
        "portal/tills/new.html",
        title=_("Nouvelle caisse"),
        space="portal",
        shop=shop,
        form=form,
    )


@get(BACK + "/{public_id:str}/caisses/nouvelle", guards=[MERCHANT])
async def new(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _again(request, public_id)


@post(BACK + "/{public_id:str}/caisses", guards=[MERCHANT])
@forms.again(_again)
async def create(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, TillForm)
    shop = await own_shop(request, public_id)
    made = await merchants.make_till(acting(request), shop.id, wish.name)
    return _told(request, made.public_id, Told(made.enrol_code, made.enrol_until, made.token))


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    till = await own_till(request, public_id)
    told = once.brought(request, Told)
    address = f"{around(request).settings.base_url}/caisse/inscription/{told.code}" if told else ""
    response = await page(
        request,
        "portal/tills/show.html",
        title=till.name,
        space="portal",
        till=till,
        form=form or Form({"name": till.name}),
        told=told,
        address=address,
        qr=qr_svg(address) if address else "",
    )
    if told is not None:
        once.forget(request, response)
    return response


@get(HERE + "/{public_id:str}", guards=[MERCHANT])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


@post(HERE + "/{public_id:str}/nom", guards=[MERCHANT])
@forms.again(_page)
async def rename(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    till = await own_till(request, public_id)
    wish = await forms.read(request, TillForm)
    await merchants.rename_till(acting(request), till.id, wish.name)
    return redirect(request, f"{HERE}/{public_id}", said="enregistre")


@post(HERE + "/{public_id:str}/lien", guards=[MERCHANT])
@forms.again(_page)
async def relink(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    till = await own_till(request, public_id)
    code, until = await merchants.relink_till(acting(request), till.id)
    return _told(request, public_id, Told(code, until))


@post(HERE + "/{public_id:str}/fermeture", guards=[MERCHANT])
async def revoke(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    till = await own_till(request, public_id)
    await merchants.revoke_till(acting(request), till.id)
    return redirect(request, BACK, said="caisse-fermee")


def _told(request: AnyRequest, public_id: str, told: Told) -> Response[None]:
    to = f"{HERE}/{public_id}"
    response = redirect(request, to)
    once.carry(request, response, to, told)
    return response


HANDLERS = [new, create, show, rename, relink, revoke]
