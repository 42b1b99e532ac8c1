"""Tills of a shop: made with a link that opens once, and closed when a phone is lost (V24).

The link and the token are stored as hashes: the page after the POST is the only one that tells them.
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
from backend.kit.qr import qr_svg
from backend.kit.translations import translated as _
from backend.merchants import queries
from backend.merchants import service as merchants
from backend.merchants.errors import TillUnknown
from backend.merchants.queries import PartnerPage, TillCard
from web.office.shops import get_shop
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]


class TillForm(msgspec.Struct, frozen=True):
    name: str


class Told(msgspec.Struct, frozen=True):
    """Once: the code of the link, and of a new till its token."""

    code: str
    until: datetime
    token: str = ""


async def _again(request: AnyRequest, form: Form) -> Response[str]:
    """The partner's page cannot hold what was typed: the small form comes back alone."""
    return await page(
        request, "office/tills/new.html", title=_("Nouvelle caisse"), space="office", form=form
    )


@post("/gestion/points-de-vente/{public_id:str}/caisses", guards=[MANAGER])
@forms.again(_again)
async def create(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, TillForm)
    shop = await get_shop(public_id)
    made = await merchants.make_till(by(request), shop.id, wish.name)
    return _told(request, made.public_id, Told(made.enrol_code, made.enrol_until, made.token))


@get("/gestion/caisses/{public_id:str}", guards=[MANAGER])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    till = await _get(public_id)
    told = once.brought(request, Told)
    response = await _page(request, till, told)
    if told is not None:
        once.forget(request, response)
    return response


@post("/gestion/caisses/{public_id:str}/lien", guards=[MANAGER])
async def relink(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    till = await _get(public_id)
    code, until = await merchants.relink_till(by(request), till.id)
    return _told(request, public_id, Told(code, until))


@post("/gestion/caisses/{public_id:str}/fermeture", guards=[MANAGER])
async def revoke(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    till = await _get(public_id)
    await merchants.revoke_till(by(request), till.id)
    partner = await _partner(till)
    return redirect(request, f"/gestion/partenaires/{partner.public_id}", said="caisse-fermee")


def _told(request: AnyRequest, public_id: str, told: Told) -> Response[None]:
    to = f"/gestion/caisses/{public_id}"
    response = redirect(request, to)
    once.carry(request, response, to, told)
    return response


async def _page(request: AnyRequest, till: TillCard, told: Told | None) -> Response[str]:
    address = f"{around(request).settings.base_url}/caisse/inscription/{told.code}" if told else ""
    return await page(
        request,
        "office/tills/show.html",
        title=till.name,
        space="office",
        till=till,
        partner=await _partner(till),
        told=told,
        address=address,
        qr=qr_svg(address) if address else "",
    )


async def _get(public_id: str) -> TillCard:
    found = await queries.find_till(public_id)
    if found is None:
        raise TillUnknown
    return found


async def _partner(till: TillCard) -> PartnerPage:
    (partner,) = await queries.partners_of(frozenset({till.partner_id}))
    return partner
