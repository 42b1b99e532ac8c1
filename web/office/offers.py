"""Offers: written, published, paused, ended, and changed by a new version."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit import clock, money
from backend.kit.text import read_number
from backend.kit.translations import translated as _
from backend.merchants import queries as merchants
from backend.merchants.queries import PartnerPage
from backend.offers import queries
from backend.offers import service as offers
from backend.offers.errors import OfferUnknown
from backend.offers.queries import OfferPage
from backend.offers.rules import Delivery, LimitPer, LimitPeriod, OfferKind
from backend.offers.service import OfferWish
from backend.places import queries as places
from web.office import words
from web.office.partners import get_partner
from web.office.staff import MANAGER, by
from web.shell.pictures import KNOWN, check_known

AnyRequest = Request[Any, Any, Any]
AMOUNTS = ("typical_cents", "amount_cents", "price_cents", "public_price_cents")
PLAIN = (
    "kind", "delivery", "percent", "title", "summary", "conditions", "voucher_days", "stock",
    "limit_count", "limit_period", "limit_per", "picture",
)  # fmt: skip


class OfferForm(msgspec.Struct, frozen=True):
    """Amounts in euros as typed; which of them are needed depends on the kind."""

    title: str
    kind: OfferKind
    starts_on: date
    summary: str = ""
    conditions: str = ""
    delivery: Delivery = Delivery.VOUCHER
    percent: int | None = None
    typical_cents: str = ""
    amount_cents: str = ""
    price_cents: str = ""
    public_price_cents: str = ""
    ends_on: date | None = None
    voucher_days: int = 30
    stock: int | None = None
    limit_count: int = 1
    limit_period: LimitPeriod = LimitPeriod.MONTH
    limit_per: LimitPer = LimitPer.HOUSEHOLD
    priority_district_only: bool = False
    picture: str | None = None


@get("/gestion/avantages", guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    return await page(
        request,
        "office/offers/index.html",
        title=_("Avantages"),
        space="office",
        offers=await queries.offers_of(),
        words=words,
    )


async def _form(
    request: AnyRequest, partner: PartnerPage, offer: OfferPage | None, form: Form
) -> Response[str]:
    return await page(
        request,
        "office/offers/edit.html",
        title=offer.terms.title if offer else _("Nouvel avantage"),
        space="office",
        partner=partner,
        offer=offer,
        form=form,
        words=words,
        pictures=sorted(KNOWN),
        shops=await merchants.shops_of(partner.id),
        sites=await places.sites(),
        landlords=await places.landlords(),
    )


async def _new(request: AnyRequest, partenaire: str, form: Form | None = None) -> Response[str]:
    fresh = Form({"starts_on": clock.today().isoformat(), "kind": OfferKind.PERCENT.value})
    return await _form(request, await get_partner(partenaire), None, form or fresh)


async def _edit(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    offer = await get_offer(public_id)
    partner = await get_partner(offer.partner_public_id)
    return await _form(request, partner, offer, form or Form(typed(offer)))


@get("/gestion/avantages/nouveau", guards=[MANAGER])
async def new(request: AnyRequest, partenaire: FromQuery[str] = "") -> Response[str]:
    return await _new(request, partenaire)


@post("/gestion/avantages", guards=[MANAGER])
@forms.again(_new)
async def create(request: AnyRequest, partenaire: FromQuery[str] = "") -> Response[Any]:
    partner = await get_partner(partenaire)
    public_id = await offers.draft(by(request), partner.id, await _wish(request))
    return redirect(request, f"/gestion/avantages/{public_id}", said="enregistre")


@get("/gestion/avantages/{public_id:str}", guards=[MANAGER])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


@get("/gestion/avantages/{public_id:str}/modifier", guards=[MANAGER])
async def edit(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _edit(request, public_id)


@post("/gestion/avantages/{public_id:str}/modifier", guards=[MANAGER])
@forms.again(_edit)
async def update(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """A new version; vouchers that are out keep the terms they were taken under."""
    offer = await get_offer(public_id)
    await offers.revise(by(request), offer.id, await _wish(request))
    return redirect(request, f"/gestion/avantages/{public_id}", said="enregistre")


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    offer = await get_offer(public_id)
    return await page(
        request,
        "office/offers/show.html",
        title=offer.terms.title,
        space="office",
        offer=offer,
        form=form,
        words=words,
        open=offer.is_open(clock.today()),
        sites=[site.name for site in await places.sites() if site.id in offer.target.site_ids],
        landlords=[
            each.name for each in await places.landlords() if each.id in offer.target.landlord_ids
        ],
    )


@post("/gestion/avantages/{public_id:str}/publication", guards=[MANAGER])
@forms.again(_page)
async def publish(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await offers.publish(by(request), (await get_offer(public_id)).id)
    return redirect(request, f"/gestion/avantages/{public_id}", said="avantage-publie")


@post("/gestion/avantages/{public_id:str}/pause", guards=[MANAGER])
@forms.again(_page)
async def pause(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await offers.pause(by(request), (await get_offer(public_id)).id)
    return redirect(request, f"/gestion/avantages/{public_id}", said="enregistre")


@post("/gestion/avantages/{public_id:str}/reprise", guards=[MANAGER])
@forms.again(_page)
async def resume(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await offers.resume(by(request), (await get_offer(public_id)).id)
    return redirect(request, f"/gestion/avantages/{public_id}", said="avantage-publie")


@post("/gestion/avantages/{public_id:str}/fin", guards=[MANAGER])
@forms.again(_page)
async def end(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await offers.end(by(request), (await get_offer(public_id)).id)
    return redirect(request, f"/gestion/avantages/{public_id}", said="enregistre")


async def get_offer(public_id: str) -> OfferPage:
    found = await queries.find_offer(public_id)
    if found is None:
        raise OfferUnknown
    return found


def typed(offer: OfferPage) -> dict[str, str]:
    """The offer as its form shows it."""
    sources = (offer.terms, offer)
    plain = {name: _first(sources, name) for name in PLAIN}
    amounts = {name: _euros(getattr(offer.terms, name)) for name in AMOUNTS}
    ticked = [
        *(f"shop_{number}" for number in offer.terms.shop_ids),
        *(f"site_{number}" for number in offer.target.site_ids),
        *(f"landlord_{number}" for number in offer.target.landlord_ids),
        *(["priority_district_only"] if offer.target.priority_district_only else []),
    ]
    days = {
        "starts_on": offer.since.isoformat(),
        "ends_on": offer.until.isoformat() if offer.until else "",
    }
    return {**plain, **amounts, **days, **dict.fromkeys(ticked, "1")}


async def _wish(request: AnyRequest) -> OfferWish:
    form = await forms.read(request, OfferForm)
    check_known(form.picture)
    values = msgspec.structs.asdict(form)
    for name in AMOUNTS:
        values[name] = money.parse(values[name], field=name) if values[name] else None
    ticked = await forms.typed_values(request)
    return OfferWish(
        **values,
        shop_ids=_numbers(ticked, "shop_"),
        site_ids=_numbers(ticked, "site_"),
        landlord_ids=_numbers(ticked, "landlord_"),
    )


def _numbers(ticked: dict[str, str], start: str) -> tuple[int, ...]:
    """The numbers of the boxes "shop_12" that are ticked."""
    ends = (name.removeprefix(start) for name in ticked if name.startswith(start))
    return tuple(number for number in map(read_number, ends) if number is not None)


def _first(sources: tuple[object, ...], name: str) -> str:
    value = next(getattr(source, name) for source in sources if hasattr(source, name))
    return "" if value is None else str(value)


def _euros(cents: int | None) -> str:
    return "" if cents is None else money.plain(cents)
