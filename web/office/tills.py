"""Tills of a shop: made with a link that opens once, and closed when a phone is lost (V24)."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.scope import around
from backend.kit.qr import qr_svg
from backend.merchants import queries
from backend.merchants import service as merchants
from backend.merchants.errors import TillUnknown
from backend.merchants.queries import PartnerPage, TillCard
from web.office.shops import get_shop, partner_of
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]


class TillForm(msgspec.Struct, frozen=True):
    name: str


async def _again(request: AnyRequest, form: Form) -> Response[str]:
    """The partner's page cannot hold what was typed: the small form comes back alone."""
    return await page(
        request, "office/tills/new.html", title="Nouvelle caisse", space="office", form=form
    )


@post("/gestion/points-de-vente/{public_id:str}/caisses", guards=[MANAGER])
@forms.again(_again)
async def create(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """Shown at once and never again: the link and the token are stored as hashes."""
    wish = await forms.read(request, TillForm)
    shop = await get_shop(public_id)
    made = await merchants.make_till(by(request), shop.id, wish.name)
    partner = await partner_of(shop)
    return await _once(
        request, partner, wish.name, made.enrol_code, made.enrol_until, token=made.token
    )


@post("/gestion/caisses/{public_id:str}/lien", guards=[MANAGER])
async def relink(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    till = await _get(public_id)
    code, until = await merchants.relink_till(by(request), till.id)
    return await _once(request, await _partner(till), till.name, code, until)


@post("/gestion/caisses/{public_id:str}/fermeture", guards=[MANAGER])
async def revoke(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    till = await _get(public_id)
    await merchants.revoke_till(by(request), till.id)
    partner = await _partner(till)
    return redirect(request, f"/gestion/partenaires/{partner.public_id}", said="caisse-fermee")


async def _once(
    request: AnyRequest,
    partner: PartnerPage,
    name: str,
    code: str,
    until: datetime,
    token: str = "",
) -> Response[str]:
    address = f"{around(request).settings.base_url}/caisse/inscription/{code}"
    return await page(
        request,
        "office/tills/show.html",
        title=name,
        space="office",
        partner=partner,
        address=address,
        qr=qr_svg(address),
        until=until,
        token=token,
    )


async def _get(public_id: str) -> TillCard:
    found = await queries.find_till(public_id)
    if found is None:
        raise TillUnknown
    return found


async def _partner(till: TillCard) -> PartnerPage:
    (partner,) = await queries.partners_of(frozenset({till.partner_id}))
    return partner
