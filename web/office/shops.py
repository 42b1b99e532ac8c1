"""Shops of a partner: where they are, when they open, how they look."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.bodies import MOST_FILE
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit import coordinates, hours, text
from backend.kit.errors import Missing
from backend.kit.translations import translated as _
from backend.merchants import queries
from backend.merchants import service as merchants
from backend.merchants.errors import ShopUnknown
from backend.merchants.queries import PartnerPage, ShopCard
from backend.merchants.service import ShopWish
from web.office.partners import get_partner
from web.office.sites import SiteForm
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]


async def _form(
    request: AnyRequest, partner: PartnerPage, shop: ShopCard | None, form: Form | None
) -> Response[str]:
    return await page(
        request,
        "office/shops/edit.html",
        title=shop.name if shop else _("Nouveau point de vente"),
        space="office",
        partner=partner,
        shop=shop,
        form=form,
        days=hours.DAYS,
    )


async def _new(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    partner = await get_partner(public_id)
    return await _form(request, partner, None, form or Form({"name": partner.name}))


async def _edit(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    shop = await get_shop(public_id)
    partner = await partner_of(shop)
    return await _form(request, partner, shop, form or Form(typed(shop)))


@get("/gestion/partenaires/{public_id:str}/points-de-vente/nouveau", guards=[MANAGER])
async def new(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _new(request, public_id)


@post(
    "/gestion/partenaires/{public_id:str}/points-de-vente",
    guards=[MANAGER],
    request_max_body_size=MOST_FILE,
)
@forms.again(_new)
async def create(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    partner = await get_partner(public_id)
    await merchants.open_shop(by(request), partner.id, await _wish(request))
    return redirect(request, f"/gestion/partenaires/{public_id}", said="enregistre")


@get("/gestion/points-de-vente/{public_id:str}", guards=[MANAGER])
async def edit(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _edit(request, public_id)


@post("/gestion/points-de-vente/{public_id:str}", guards=[MANAGER], request_max_body_size=MOST_FILE)
@forms.again(_edit)
async def update(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    shop = await get_shop(public_id)
    await merchants.change_shop(by(request), shop.id, await _wish(request))
    return await _to_partner(request, shop)


@post("/gestion/points-de-vente/{public_id:str}/fermeture", guards=[MANAGER])
async def close(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    shop = await get_shop(public_id)
    await merchants.close_shop(by(request), shop.id)
    return await _to_partner(request, shop)


@get("/gestion/points-de-vente/{public_id:str}/photo", guards=[MANAGER])
async def photo(public_id: FromPath[str]) -> Response[bytes]:
    found = await queries.photo_of(public_id)
    if found is None:
        raise Missing
    return Response(
        found.content, media_type=found.media_type, headers={"cache-control": "private, no-cache"}
    )


async def get_shop(public_id: str) -> ShopCard:
    found = await queries.find_shop(public_id)
    if found is None:
        raise ShopUnknown
    return found


async def partner_of(shop: ShopCard) -> PartnerPage:
    (partner,) = await queries.partners_of(frozenset({shop.partner_id}))
    return partner


def typed(shop: ShopCard) -> dict[str, str]:
    """The shop as its form shows it."""
    return {
        "name": shop.name,
        "street": shop.street,
        "postcode": shop.postcode,
        "town": shop.town,
        "phone": text.show_phone(shop.phone) if shop.phone else "",
        "latitude": coordinates.show(shop.latitude),
        "longitude": coordinates.show(shop.longitude),
        **{f"hours_{day}": hours.show_day(shop.hours, day) for day in range(7)},
    }


async def _wish(request: AnyRequest) -> ShopWish:
    form = await forms.read(request, SiteForm)
    brought = await forms.upload(request, "photo")
    latitude, longitude = coordinates.read(form.latitude, form.longitude) or (None, None)
    return ShopWish(
        name=form.name,
        street=form.street,
        postcode=form.postcode,
        town=form.town,
        phone=form.phone or None,
        latitude=latitude,
        longitude=longitude,
        hours=hours.read_week(form.week),
        photo=brought[1] if brought else None,
    )


async def _to_partner(request: AnyRequest, shop: ShopCard) -> Response[Any]:
    partner = await partner_of(shop)
    return redirect(request, f"/gestion/partenaires/{partner.public_id}", said="enregistre")
