"""A partner's offers, and what it writes for the club to publish."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.visits import acting
from backend.kit import clock, money
from backend.kit.translations import translated as _
from backend.merchants import queries as merchants
from backend.merchants.queries import PartnerPage
from backend.offers import proposals, queries
from backend.offers.errors import OfferUnknown
from backend.offers.proposals import Proposal
from backend.offers.queries import OfferPage
from backend.offers.rules import Delivery, LimitPer, LimitPeriod, OfferKind
from backend.offers.service import OfferWish
from partners.portal import words
from partners.portal.own import MERCHANT, chosen, scopes

AnyRequest = Request[Any, Any, Any]
HERE = "/partenaire/avantages"
WRITTEN = "/partenaire/propositions"
AMOUNTS = ("typical_cents", "amount_cents", "price_cents", "public_price_cents")
PLAIN = (
    "kind", "delivery", "percent", "title", "summary", "conditions", "voucher_days", "stock",
    "limit_count", "limit_period", "limit_per",
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


@get(HERE, guards=[MERCHANT])
async def index(request: AnyRequest) -> Response[str]:
    partner, partners = await chosen(request)
    return await page(
        request,
        "portal/offers/index.html",
        title=_("Mes avantages"),
        space="portal",
        partner=partner,
        partners=partners,
        here=HERE,
        offers=await queries.offers_of(frozenset({partner.id})),
        written=await proposals.of_partner(partner.id),
        words=words,
    )


@get(HERE + "/{public_id:str}", guards=[MERCHANT])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    offer = await own_offer(request, public_id)
    return await page(
        request,
        "portal/offers/show.html",
        title=offer.terms.title,
        space="portal",
        offer=offer,
        versions=await proposals.versions(offer.id),
        words=words,
    )


async def _form(
    request: AnyRequest, partner: PartnerPage, form: Form, action: str, **more: Any
) -> Response[str]:
    return await page(
        request,
        "portal/offers/edit.html",
        title=more.pop("title"),
        space="portal",
        partner=partner,
        form=form,
        action=action,
        shops=await merchants.shops_of(partner.id),
        words=words,
        **more,
    )


async def _new(request: AnyRequest, form: Form | None = None) -> Response[str]:
    partner, _others = await chosen(request)
    fresh = Form({"starts_on": clock.today().isoformat(), "kind": OfferKind.PERCENT.value})
    action = f"{WRITTEN}?partenaire={partner.public_id}"
    return await _form(
        request, partner, form or fresh, action, title=_("Nouvel avantage"), offer=None
    )


@get(HERE + "/nouveau", guards=[MERCHANT])
async def new(request: AnyRequest) -> Response[str]:
    return await _new(request)


@post(WRITTEN, guards=[MERCHANT])
@forms.again(_new)
async def create(request: AnyRequest) -> Response[Any]:
    partner, _others = await chosen(request)
    public_id = await proposals.write(acting(request), partner.id, await _wish(request))
    return redirect(request, f"{WRITTEN}/{public_id}", said="brouillon-garde")


async def _change(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    offer = await own_offer(request, public_id)
    partner = await _partner(offer.partner_id)
    action = f"{HERE}/{public_id}/changement"
    shown = form or Form(typed(_as_wish(offer)))
    return await _form(request, partner, shown, action, title=_("Changer l’avantage"), offer=offer)


@get(HERE + "/{public_id:str}/changement", guards=[MERCHANT])
async def change(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _change(request, public_id)


@post(HERE + "/{public_id:str}/changement", guards=[MERCHANT])
@forms.again(_change)
async def create_change(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    offer = await own_offer(request, public_id)
    wish = await _wish(request)
    written = await proposals.write(acting(request), offer.partner_id, wish, offer.id)
    return redirect(request, f"{WRITTEN}/{written}", said="brouillon-garde")


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    proposal = await own_proposal(request, public_id)
    shops = await merchants.shops_of(proposal.partner_id)
    return await page(
        request,
        "portal/offers/proposal.html",
        title=proposal.wish.title,
        space="portal",
        proposal=proposal,
        form=form,
        shops=[shop.name for shop in shops if shop.id in proposal.wish.shop_ids],
        words=words,
    )


@get(WRITTEN + "/{public_id:str}", guards=[MERCHANT])
async def proposal(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


async def _edit(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    written = await own_proposal(request, public_id)
    partner = await _partner(written.partner_id)
    action = f"{WRITTEN}/{public_id}/modifier"
    shown = form or Form(typed(written.wish))
    return await _form(request, partner, shown, action, title=written.wish.title, offer=None)


@get(WRITTEN + "/{public_id:str}/modifier", guards=[MERCHANT])
async def edit(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _edit(request, public_id)


@post(WRITTEN + "/{public_id:str}/modifier", guards=[MERCHANT])
@forms.again(_edit)
async def update(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    written = await own_proposal(request, public_id)
    await proposals.rewrite(acting(request), written, await _wish(request))
    return redirect(request, f"{WRITTEN}/{public_id}", said="brouillon-garde")


@post(WRITTEN + "/{public_id:str}/envoi", guards=[MERCHANT])
@forms.again(_page)
async def send(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await proposals.send(acting(request), await own_proposal(request, public_id))
    return redirect(request, HERE, said="proposition-envoyee")


@post(WRITTEN + "/{public_id:str}/retrait", guards=[MERCHANT])
@forms.again(_page)
async def withdraw(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await proposals.withdraw(acting(request), await own_proposal(request, public_id))
    return redirect(request, HERE, said="proposition-retiree")


async def own_offer(request: AnyRequest, public_id: str) -> OfferPage:
    """Another partner's offer is not there (SEC11)."""
    found = await queries.find_offer(public_id)
    if found is None or found.partner_id not in scopes(request):
        raise OfferUnknown
    return found


async def own_proposal(request: AnyRequest, public_id: str) -> Proposal:
    return await proposals.get(public_id, scopes(request))


async def _partner(partner_id: int) -> PartnerPage:
    (partner,) = await merchants.partners_of(frozenset({partner_id}))
    return partner


def typed(wish: OfferWish) -> dict[str, str]:
    """A wish as its form shows it."""
    plain = {name: _word(getattr(wish, name)) for name in PLAIN}
    amounts = {name: _euros(getattr(wish, name)) for name in AMOUNTS}
    days = {
        "starts_on": wish.starts_on.isoformat(),
        "ends_on": wish.ends_on.isoformat() if wish.ends_on else "",
    }
    return {**plain, **amounts, **days, **{f"shop_{number}": "1" for number in wish.shop_ids}}


def _as_wish(offer: OfferPage) -> OfferWish:
    terms = msgspec.structs.asdict(offer.terms)
    return OfferWish(
        **terms,
        starts_on=offer.since,
        ends_on=offer.until,
        voucher_days=offer.voucher_days,
        stock=offer.stock,
        limit_count=offer.limit_count,
        limit_period=offer.limit_period,
        limit_per=offer.limit_per,
    )


async def _wish(request: AnyRequest) -> OfferWish:
    """For whom an offer is, and its picture, are the club's to choose."""
    form = await forms.read(request, OfferForm)
    values = msgspec.structs.asdict(form)
    for name in AMOUNTS:
        values[name] = money.parse(values[name], field=name) if values[name] else None
    ticked = [name for name in await forms.typed_values(request) if name.startswith("shop_")]
    numbers = [name.removeprefix("shop_") for name in ticked]
    shops = [
        int(each) for each in numbers if each.isascii() and each.isdecimal() and len(each) < 16
    ]
    return OfferWish(**values, shop_ids=tuple(shops))


def _word(value: object) -> str:
    return "" if value is None else str(value)


def _euros(cents: int | None) -> str:
    return "" if cents is None else money.plain(cents)


HANDLERS = [
    index, new, create, show, change, create_change, proposal, edit, update, send, withdraw,
]  # fmt: skip
