"""What the club asks of partners, and the list of its territories."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.kit import money
from backend.kit.translations import translated as _
from backend.merchants import contracts
from backend.merchants import service as merchants
from backend.merchants.rules import Terms
from backend.places import queries as places
from web.office.settings import CLUB, shown
from web.office.staff import MANAGER, by
from web.shell import firms

AnyRequest = Request[Any, Any, Any]
HERE = f"{CLUB}/partenaires"
LANDLORD = "bailleur_"


class TermsForm(msgspec.Struct, frozen=True):
    """Euros as typed, days as numbers."""

    shop: str
    firm: str
    association: str
    campaigns_a_year: int
    grace_days: int
    renew_days: int
    offer_days: int
    hold_days: int
    vat_text: str


class TerritoryForm(msgspec.Struct, frozen=True):
    territory: str


async def _page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    return await shown(
        request,
        "office/partner_terms/edit.html",
        title=_("Partenaires"),
        form=form or Form(await _typed()),
        territories=await contracts.territories(),
        landlords=await places.landlords(),
    )


async def _with_territory(request: AnyRequest, form: Form) -> Response[str]:
    return await _page(request, Form({**await _typed(), **form.values}, form.errors))


async def _typed() -> dict[str, str]:
    terms = await contracts.terms()
    values = forms.shown(terms)
    for name in ("shop", "firm", "association"):
        values[name] = firms.typed_euros(getattr(terms, f"{name}_cents"))
    return values


@get(HERE, guards=[MANAGER])
async def edit(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post(HERE, guards=[MANAGER])
@forms.again(_page)
async def update(request: AnyRequest) -> Response[Any]:
    typed = await forms.read(request, TermsForm)
    wanted = Terms(
        shop_cents=money.parse(typed.shop, field="shop"),
        firm_cents=money.parse(typed.firm, field="firm"),
        association_cents=money.parse(typed.association, field="association"),
        campaigns_a_year=typed.campaigns_a_year,
        grace_days=typed.grace_days,
        renew_days=typed.renew_days,
        offer_days=typed.offer_days,
        hold_days=typed.hold_days,
        vat_text=typed.vat_text,
    )
    await merchants.set_terms(by(request), wanted)
    return redirect(request, HERE, said="enregistre")


@post(f"{HERE}/territoires", guards=[MANAGER])
@forms.again(_with_territory)
async def create(request: AnyRequest) -> Response[Any]:
    typed = await forms.read(request, TerritoryForm)
    values = await forms.typed_values(request)
    slugs = [name.removeprefix(LANDLORD) for name in values if name.startswith(LANDLORD)]
    chosen = [one.public_id for slug in slugs for one in await places.residences(slug)]
    await merchants.make_territory(by(request), typed.territory, chosen)
    return redirect(request, HERE, said="enregistre")


HANDLERS = [edit, update, create]
