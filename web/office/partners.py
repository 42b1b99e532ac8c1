"""Partners of the club, with their shops, tills and offers."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit import hours, text
from backend.kit.translations import translated as _
from backend.merchants import contracts, queries
from backend.merchants import service as merchants
from backend.merchants.errors import PartnerUnknown
from backend.merchants.queries import PartnerPage
from backend.merchants.rules import PartnerCategory, PartnerKind
from backend.merchants.service import PartnerWish
from backend.offers import queries as offers
from web.office import words
from web.office.staff import MANAGER, by
from web.shell.pictures import KNOWN, check_known

AnyRequest = Request[Any, Any, Any]


class PartnerForm(msgspec.Struct, frozen=True):
    name: str
    kind: PartnerKind
    category: PartnerCategory
    siret: str | None = None
    story: str = ""
    email: str | None = None
    phone: str | None = None
    picture: str | None = None


@get("/gestion/partenaires", guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    return await page(
        request,
        "office/partners/index.html",
        title=_("Partenaires"),
        space="office",
        partners=await queries.partners(),
        closed=await queries.partners(closed=True),
        words=words,
    )


async def _form(
    request: AnyRequest, partner: PartnerPage | None, form: Form | None
) -> Response[str]:
    return await page(
        request,
        "office/partners/edit.html",
        title=partner.name if partner else _("Nouveau partenaire"),
        space="office",
        partner=partner,
        form=form,
        words=words,
        pictures=sorted(KNOWN),
    )


async def _new(request: AnyRequest, form: Form | None = None) -> Response[str]:
    return await _form(request, None, form)


async def _edit(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    partner = await get_partner(public_id)
    return await _form(request, partner, form or Form(typed(partner)))


@get("/gestion/partenaires/nouveau", guards=[MANAGER])
async def new(request: AnyRequest) -> Response[str]:
    return await _new(request)


@post("/gestion/partenaires", guards=[MANAGER])
@forms.again(_new)
async def create(request: AnyRequest) -> Response[Any]:
    made = await merchants.register_partner(by(request), await _wish(request))
    return redirect(request, f"/gestion/partenaires/{made.public_id}", said="enregistre")


@get("/gestion/partenaires/{public_id:str}", guards=[MANAGER])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    partner = await get_partner(public_id)
    shops = await queries.shops_of(partner.id)
    return await page(
        request,
        "office/partners/show.html",
        title=partner.name,
        space="office",
        partner=partner,
        shops=shops,
        weeks={shop.public_id: hours.show_week(shop.hours) for shop in shops},
        tills=await queries.tills_of(partner.id),
        offers=await offers.offers_of(frozenset({partner.id})),
        contracts=await contracts.contracts_of(partner.id),
        words=words,
        phone=text.show_phone(partner.phone) if partner.phone else "",
    )


@get("/gestion/partenaires/{public_id:str}/modifier", guards=[MANAGER])
async def edit(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _edit(request, public_id)


@post("/gestion/partenaires/{public_id:str}/modifier", guards=[MANAGER])
@forms.again(_edit)
async def update(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    partner = await get_partner(public_id)
    await merchants.change_partner(by(request), partner.id, await _wish(request))
    return redirect(request, f"/gestion/partenaires/{public_id}", said="enregistre")


@post("/gestion/partenaires/{public_id:str}/fermeture", guards=[MANAGER])
async def close(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    partner = await get_partner(public_id)
    await merchants.close_partner(by(request), partner.id)
    return redirect(request, f"/gestion/partenaires/{public_id}", said="enregistre")


@post("/gestion/partenaires/{public_id:str}/reouverture", guards=[MANAGER])
async def reopen(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    partner = await get_partner(public_id)
    await merchants.reopen_partner(by(request), partner.id)
    return redirect(request, f"/gestion/partenaires/{public_id}", said="enregistre")


async def get_partner(public_id: str) -> PartnerPage:
    found = await queries.find_partner(public_id)
    if found is None:
        raise PartnerUnknown
    return found


def typed(partner: PartnerPage) -> dict[str, str]:
    """The partner as its form shows it."""
    names = ("name", "kind", "category", "siret", "story", "email", "picture")
    values = {name: str(getattr(partner, name) or "") for name in names}
    return {**values, "phone": text.show_phone(partner.phone) if partner.phone else ""}


async def _wish(request: AnyRequest) -> PartnerWish:
    form = await forms.read(request, PartnerForm)
    check_known(form.picture)
    return PartnerWish(**msgspec.structs.asdict(form))
