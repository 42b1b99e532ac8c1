"""What partners ask the club: changes of shops, and offers to publish. And what they may change alone."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit import formats, hours, text
from backend.kit.errors import N_, Missing
from backend.kit.translations import translated
from backend.kit.translations import translated as _
from backend.merchants import changes
from backend.merchants import queries as merchants
from backend.merchants.changes import Change
from backend.merchants.wishes import Part
from backend.offers import proposals, queries
from backend.offers.proposals import Proposal
from backend.offers.queries import OfferPage
from web.office import words
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/demandes"
OFFERS, SHOPS = HERE + "/avantages", HERE + "/points-de-vente"
PARTS = {Part.HOURS: N_("Horaires"), Part.PHONE: N_("Téléphone"), Part.PHOTO: N_("Photo")}
NAMES = {
    "title": N_("Avantage"),
    "summary": N_("Phrase"),
    "conditions": N_("Conditions"),
    "kind": N_("Réduction"),
    "percent": N_("Pourcentage"),
    "typical_cents": N_("Achat habituel"),
    "amount_cents": N_("Euros de moins"),
    "price_cents": N_("Prix pour les adhérents"),
    "public_price_cents": N_("Prix public"),
    "delivery": N_("Comment"),
    "starts_on": N_("Premier jour"),
    "ends_on": N_("Dernier jour"),
    "voucher_days": N_("Jours du bon"),
    "stock": N_("Bons en tout"),
    "limit_count": N_("Fois"),
    "limit_period": N_("Par"),
    "limit_per": N_("Pour qui"),
    "shop_ids": N_("Où"),
}


class Reason(msgspec.Struct, frozen=True):
    reason: str = ""


class Seen(Reason, frozen=True):
    """With the instant of the words that were read: a proposal may be sent again meanwhile."""

    sent_at: str = ""


class Line(msgspec.Struct, frozen=True):
    """One thing asked for; `before` None when nothing was there."""

    name: str
    before: str | None
    after: str
    moved: bool


async def _index(request: AnyRequest, form: Form | None = None) -> Response[str]:
    return await page(
        request,
        "office/wishes/index.html",
        title=_("Demandes des partenaires"),
        space="office",
        form=form,
        here=HERE,
        proposals=await proposals.waiting(),
        changes=await changes.waiting(),
        free=await changes.free_parts(),
        parts=PARTS,
        said=said,
    )


@get(HERE, guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    return await _index(request)


@post(HERE + "/liberte", guards=[MANAGER])
@forms.again(_index)
async def free(request: AnyRequest) -> Response[Any]:
    ticked = await forms.typed_values(request)
    await changes.set_free_parts(by(request), [part for part in Part if ticked.get(part)])
    return redirect(request, HERE, said="enregistre")


@get(SHOPS + "/{public_id:str}/photo", guards=[MANAGER])
async def photo(public_id: FromPath[str]) -> Response[bytes]:
    found = await changes.photo_of(public_id)
    if found is None:
        raise Missing
    return Response(
        found.content, media_type=found.media_type, headers={"cache-control": "private, no-cache"}
    )


@post(SHOPS + "/{public_id:str}/oui", guards=[MANAGER])
@forms.again(_index)
async def accept_change(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await changes.accept(by(request), public_id)
    return redirect(request, HERE, said="demande-acceptee")


@post(SHOPS + "/{public_id:str}/non", guards=[MANAGER])
@forms.again(_index)
async def refuse_change(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    form = await forms.read(request, Reason)
    await changes.refuse(by(request), public_id, form.reason)
    return redirect(request, HERE, said="demande-refusee")


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    proposal = await proposals.get(public_id)
    offer = None if proposal.offer is None else await queries.find_offer(proposal.offer)
    shops = {shop.id: shop.name for shop in await merchants.shops_of(proposal.partner_id)}
    return await page(
        request,
        "office/wishes/show.html",
        title=proposal.wish.title,
        space="office",
        form=form,
        proposal=proposal,
        lines=lines(proposal, offer, shops),
        here=HERE,
        address=f"{OFFERS}/{public_id}",
    )


@get(OFFERS + "/{public_id:str}", guards=[MANAGER])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


@post(OFFERS + "/{public_id:str}/oui", guards=[MANAGER])
@forms.again(_page)
async def accept(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """Published as it was written; what the club wants otherwise it changes afterwards."""
    form = await forms.read(request, Seen)
    offer = await proposals.accept(by(request), await proposals.get_seen(public_id, form.sent_at))
    return redirect(request, f"/gestion/avantages/{offer}", said="avantage-publie")


@post(OFFERS + "/{public_id:str}/non", guards=[MANAGER])
@forms.again(_page)
async def refuse(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    form = await forms.read(request, Seen)
    proposal = await proposals.get_seen(public_id, form.sent_at)
    await proposals.refuse(by(request), proposal, form.reason)
    return redirect(request, HERE, said="demande-refusee")


def lines(proposal: Proposal, offer: OfferPage | None, shops: dict[int, str]) -> list[Line]:
    """What is asked for, beside what holds today where it is another one."""
    before = None if offer is None else _today(offer)
    told = []
    for name, title in NAMES.items():
        after = _cell(name, getattr(proposal.wish, name), shops)
        was = None if before is None else _cell(name, before[name], shops)
        if after != "–" or was not in {None, "–"}:
            told.append(Line(title, was, after, was is not None and was != after))
    return told


def said(change: Change) -> tuple[str, str]:
    """What holds, and what is asked for, in words."""
    if change.part is Part.HOURS:
        return _week(change.hours_now), _week(change.hours)
    return _phone(change.phone_now), _phone(change.phone)


def _phone(phone: str | None) -> str:
    return text.show_phone(phone) if phone else "–"


def _week(week: tuple[hours.Hours, ...]) -> str:
    return ", ".join(f"{translated(day)} {told}" for day, told in hours.show_week(week)) or "–"


def _today(offer: OfferPage) -> dict[str, Any]:
    of_offer = {name: getattr(offer, name) for name in NAMES if hasattr(offer, name)}
    of_terms = msgspec.structs.asdict(offer.terms)
    return {**of_offer, **of_terms, "starts_on": offer.since, "ends_on": offer.until}


def _cell(name: str, value: Any, shops: dict[int, str]) -> str:
    if value is None or value == "":
        return "–"
    if name == "shop_ids":
        return ", ".join(shops.get(each, "?") for each in value) or "partout"
    if name.endswith("_cents"):
        return formats.euros(value)
    if name.endswith("_on"):
        return formats.day(value)
    return _word(name, value)


def _word(name: str, value: Any) -> str:
    match name:
        case "kind":
            return translated(words.OFFER_KINDS[value][0])
        case "delivery":
            return translated(words.DELIVERIES[value][0])
        case "limit_period":
            return translated(words.PERIODS[value])
        case "limit_per":
            return translated(words.PER[value])
    return str(value)


HANDLERS = [index, free, photo, accept_change, refuse_change, show, accept, refuse]
