"""A merchant's own shops: seen, and changed alone or by asking the club."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.bodies import MOST_FILE
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.visits import acting
from backend.kit import hours, text
from backend.kit.errors import Missing
from backend.kit.translations import translated as _
from backend.merchants import changes
from backend.merchants import queries as merchants
from backend.merchants.changes import ShopDetails
from backend.merchants.queries import ShopCard
from partners.portal import words
from partners.portal.own import MERCHANT, chosen, own_shop

AnyRequest = Request[Any, Any, Any]
HERE = "/partenaire/points-de-vente"


class ShopForm(msgspec.Struct, frozen=True):
    phone: str = ""
    hours_0: str = ""
    hours_1: str = ""
    hours_2: str = ""
    hours_3: str = ""
    hours_4: str = ""
    hours_5: str = ""
    hours_6: str = ""

    @property
    def week(self) -> list[str]:
        return [getattr(self, f"hours_{day}") for day in range(7)]


@get(HERE, guards=[MERCHANT])
async def index(request: AnyRequest) -> Response[str]:
    """Shops with their tills: the one page about places and devices."""
    partner, partners = await chosen(request)
    shops = await merchants.shops_of(partner.id)
    return await page(
        request,
        "portal/shops/index.html",
        title=_("Points de vente et caisses"),
        space="portal",
        partner=partner,
        partners=partners,
        here=HERE,
        shops=shops,
        weeks={shop.id: hours.show_week(shop.hours) for shop in shops},
        tills=await merchants.tills_of(partner.id),
    )


async def _edit(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    shop = await own_shop(request, public_id)
    return await page(
        request,
        "portal/shops/edit.html",
        title=shop.name,
        space="portal",
        shop=shop,
        form=form or Form(typed(shop)),
        days=hours.DAYS,
        free=await changes.free_parts(),
        asked=await changes.of_shop(shop.id),
        show_week=hours.show_week,
        show_phone=text.show_phone,
        words=words,
    )


@get(HERE + "/{public_id:str}", guards=[MERCHANT])
async def edit(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _edit(request, public_id)


@post(HERE + "/{public_id:str}", guards=[MERCHANT], request_max_body_size=MOST_FILE)
@forms.again(_edit)
async def update(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    shop = await own_shop(request, public_id)
    form = await forms.read(request, ShopForm)
    brought = await forms.upload(request, "photo")
    wish = ShopDetails(
        hours=hours.read_week(form.week),
        phone=form.phone or None,
        photo=brought[1] if brought else None,
    )
    outcome = await changes.ask(acting(request), shop, wish)
    said = "changement-demande" if outcome.waiting else "enregistre"
    return redirect(request, f"{HERE}/{public_id}", said=said)


@get(HERE + "/{public_id:str}/photo", guards=[MERCHANT])
async def photo(request: AnyRequest, public_id: FromPath[str]) -> Response[bytes]:
    shop = await own_shop(request, public_id)
    found = await merchants.photo_of(shop.public_id)
    if found is None:
        raise Missing
    return Response(
        found.content, media_type=found.media_type, headers={"cache-control": "private, no-cache"}
    )


def typed(shop: ShopCard) -> dict[str, str]:
    """The shop as its form shows it."""
    return {
        "phone": text.show_phone(shop.phone) if shop.phone else "",
        **{f"hours_{day}": hours.show_day(shop.hours, day) for day in range(7)},
    }


HANDLERS = [index, edit, update, photo]
