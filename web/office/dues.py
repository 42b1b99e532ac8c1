"""What membership costs, from which day on, and the ways to pay it (M10, B1)."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get, post

from backend.billing import ways
from backend.billing.ways import NAMES, Way
from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.kit import clock, money
from backend.kit.errors import N_, Invalid
from backend.kit.translations import options
from backend.kit.translations import translated as _
from backend.membership import office, queries
from backend.membership import service as membership
from backend.membership.rules import Category
from web.office.settings import CLUB, MONEY, shown
from web.office.staff import by

AnyRequest = Request[Any, Any, Any]
HERE = f"{CLUB}/cotisations"
CATEGORIES = {
    Category.TENANT: N_("Locataire"),
    Category.NEIGHBOUR: N_("Voisin"),
    Category.REDUCED: N_("Prix réduit"),
    Category.FREE: N_("Gratuit"),
}
DETAILS = {
    Way.ONLINE: N_("Une fois pour l'année, par carte."),
    Way.MONTHLY: N_("Chaque mois, par carte, sans engagement."),
    Way.SEPA: N_("En plus de la carte, sur la page de paiement."),
    Way.CASH: N_("Au comptoir."),
    Way.CHEQUE: N_("Au comptoir."),
    Way.TRANSFER: N_("Avec le compte bancaire du club."),
}


class PriceForm(msgspec.Struct, frozen=True):
    """Euros a month, as typed, from a day on."""

    category: Category
    month: str
    since: date


async def _page(
    request: AnyRequest, form: Form | None = None, price_form: Form | None = None
) -> Response[str]:
    today = clock.today()
    now = await queries.month_prices(today)
    return await shown(
        request,
        "office/dues/edit.html",
        title=_("Cotisations"),
        form=form or Form(dict.fromkeys(await ways.ways(), "1")),
        price_form=price_form or Form({"since": today.isoformat()}),
        now=now,
        others=await office.plans_at_another_price(now),
        prices=await office.prices(),
        categories=CATEGORIES,
        choices=[each for each in options(CATEGORIES) if each[0] is not Category.FREE],
        ways=[(way, NAMES[way], DETAILS[way]) for way in Way],
        today=today,
    )


async def _with_price(request: AnyRequest, form: Form) -> Response[str]:
    return await _page(request, price_form=form)


@get(HERE, guards=[MONEY])
async def edit(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post(f"{CLUB}/prix", guards=[MONEY])
@forms.again(_with_price)
async def set_price(request: AnyRequest) -> Response[Any]:
    """From today on at the earliest: what was sold keeps its price (M10)."""
    wish = await forms.read(request, PriceForm)
    if wish.since < clock.today():
        raise Invalid({"since": N_("Choisissez aujourd'hui ou un jour à venir.")})
    cents = money.parse(wish.month, field="month")
    await membership.set_price(by(request), wish.category, cents, wish.since)
    return redirect(request, HERE, said="enregistre")


@post(f"{CLUB}/moyens", guards=[MONEY])
@forms.again(_page)
async def set_ways(request: AnyRequest) -> Response[Any]:
    typed = await forms.typed_values(request)
    await ways.set_ways(by(request), frozenset(way for way in Way if typed.get(way) == "1"))
    return redirect(request, HERE, said="enregistre")
