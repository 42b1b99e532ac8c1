"""The club's name, address and rules, and its dated prices."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get, post

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit import clock, money, text
from backend.kit.errors import N_, Invalid
from backend.membership import office
from backend.membership import queries as membership_queries
from backend.membership import service as membership
from backend.membership.rules import Category
from backend.places import queries
from backend.places import service as places
from backend.places.queries import Club
from backend.places.service import ClubWish
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
CATEGORIES = {
    Category.TENANT: N_("Locataire"),
    Category.NEIGHBOUR: N_("Voisin"),
    Category.REDUCED: N_("Prix réduit"),
    Category.FREE: N_("Gratuit"),
}


class PriceForm(msgspec.Struct, frozen=True):
    """Euros a month, as typed, from a day on."""

    category: Category
    month: str
    since: date


async def _page(
    request: AnyRequest, form: Form | None = None, price_form: Form | None = None
) -> Response[str]:
    club = await queries.find_club()
    today = clock.today()
    return await page(
        request,
        "office/club/edit.html",
        title="Le club",
        space="office",
        form=form or Form(typed(club)),
        price_form=price_form or Form({"since": today.isoformat()}),
        now=await membership_queries.month_prices(today),
        prices=await office.prices(),
        categories=CATEGORIES,
        choices=[each for each in CATEGORIES.items() if each[0] is not Category.FREE],
        today=today,
    )


async def _with_price(request: AnyRequest, form: Form) -> Response[str]:
    return await _page(request, price_form=form)


@get("/gestion/club", guards=[MANAGER])
async def edit(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post("/gestion/club", guards=[MANAGER])
@forms.again(_page)
async def update(request: AnyRequest) -> Response[Any]:
    await places.save_club(await forms.read(request, ClubWish), by(request))
    return redirect(request, "/gestion/club", said="enregistre")


@post("/gestion/club/prix", guards=[MANAGER])
@forms.again(_with_price)
async def set_price(request: AnyRequest) -> Response[Any]:
    """From today on at the earliest: what was sold keeps its price (M10)."""
    wish = await forms.read(request, PriceForm)
    if wish.since < clock.today():
        raise Invalid({"since": N_("Choisissez aujourd'hui ou un jour à venir.")})
    cents = money.parse(wish.month, field="month")
    await membership.set_price(by(request), wish.category, cents, wish.since)
    return redirect(request, "/gestion/club", said="enregistre")


def typed(club: Club | None) -> dict[str, str]:
    """The club as its form shows it; what a new one begins with."""
    if club is None:
        return {"grace_days": str(ClubWish(name="").grace_days)}
    values = {name: str(getattr(club, name) or "") for name in Club.__struct_fields__}
    return {**values, "phone": text.show_phone(club.phone) if club.phone else ""}
