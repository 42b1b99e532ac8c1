"""What members will read of an insurance: written here, published when the law's mentions are there (I1)."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from backend.http import forms
from backend.http.bodies import MOST_FILE
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.insurance import queries, rules
from backend.insurance import service as insurance
from backend.insurance.errors import InsuranceUnknown, PricesWrong
from backend.insurance.queries import InsurerPage, Offer
from backend.insurance.service import OfferWish
from backend.kit import money
from backend.kit.errors import N_, Missing
from backend.kit.translations import translated as _
from web.office.insurance import get_insurer
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/assurance/offres"
OFFER = f"{HERE}/{{public_id:str}}"
# What may still lack, as staff read it.
LACKING = {
    "carrier": N_("l’assureur"),
    "intermediary": N_("l’intermédiaire"),
    "orias": N_("le numéro ORIAS"),
    "complaint": N_("le contact pour les réclamations"),
    "notice": N_("la mention que le club ne vend pas d’assurance"),
    "prices": N_("le tarif et ses dates"),
    "ipid": N_("la fiche IPID"),
    "ipid_on": N_("la date de la fiche IPID"),
}


class OfferForm(msgspec.Struct, frozen=True):
    """Prices in euros a year, as typed."""

    title: str
    summary: str = ""
    carrier: str = ""
    intermediary: str = ""
    orias: str = ""
    complaint: str = ""
    notice: str = ""
    price_1: str = ""
    price_2: str = ""
    price_3: str = ""
    price_4: str = ""
    price_5: str = ""
    price_6: str = ""
    prices_from: date | None = None
    prices_until: date | None = None
    ipid_on: date | None = None


async def _form(
    request: AnyRequest, insurer: InsurerPage, offer: Offer | None, form: Form
) -> Response[str]:
    return await page(
        request,
        "office/insurance/edit.html",
        title=offer.terms.title if offer else _("Nouvelle offre d’assurance"),
        space="office",
        insurer=insurer,
        offer=offer,
        form=form,
        rooms=rules.ROOMS,
    )


async def _new(request: AnyRequest, assureur: str, form: Form | None = None) -> Response[str]:
    return await _form(
        request, await get_insurer(assureur), None, form or Form({"notice": rules.NOTICE})
    )


async def _edit(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    offer = await get_offer(public_id)
    insurer = await get_insurer(offer.insurer_public_id)
    return await _form(request, insurer, offer, form or Form(typed(offer)))


@get(f"{HERE}/nouvelle", guards=[MANAGER])
async def new(request: AnyRequest, assureur: FromQuery[str]) -> Response[str]:
    return await _new(request, assureur)


@post(HERE, guards=[MANAGER], request_max_body_size=MOST_FILE)
@forms.again(_new)
async def create(request: AnyRequest, assureur: FromQuery[str]) -> Response[Any]:
    insurer = await get_insurer(assureur)
    public_id = await insurance.draft_offer(by(request), insurer.id, await _wish(request))
    return redirect(request, f"{HERE}/{public_id}", said="enregistre")


async def _show(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    offer = await get_offer(public_id)
    return await page(
        request,
        "office/insurance/show.html",
        title=offer.terms.title,
        space="office",
        form=form,
        offer=offer,
        prices=list(zip(rules.ROOMS, offer.terms.prices, strict=False)),
        lacking=[LACKING[name] for name in rules.lacking(offer.terms, has_ipid=bool(offer.ipid))],
    )


@get(OFFER, guards=[MANAGER])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _show(request, public_id)


@get(f"{OFFER}/modifier", guards=[MANAGER])
async def edit(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _edit(request, public_id)


@post(f"{OFFER}/modifier", guards=[MANAGER], request_max_body_size=MOST_FILE)
@forms.again(_edit)
async def update(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    offer = await get_offer(public_id)
    await insurance.change_offer(by(request), offer.id, await _wish(request))
    return redirect(request, f"{HERE}/{public_id}", said="enregistre")


@post(f"{OFFER}/publication", guards=[MANAGER])
@forms.again(_show)
async def publish(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    offer = await get_offer(public_id)
    await insurance.publish_offer(by(request), offer.id)
    return redirect(request, f"{HERE}/{public_id}", said="assurance-publiee")


@post(f"{OFFER}/retrait", guards=[MANAGER])
async def take_back(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    offer = await get_offer(public_id)
    await insurance.take_back_offer(by(request), offer.id)
    return redirect(request, f"{HERE}/{public_id}", said="enregistre")


@get(f"{OFFER}/ipid.pdf", guards=[MANAGER])
async def ipid(public_id: FromPath[str]) -> Response[bytes]:
    found = await queries.ipid_of(await get_offer(public_id))
    if found is None:
        raise Missing
    return Response(
        found.content,
        media_type=found.media_type,
        headers={
            "content-disposition": 'inline; filename="ipid.pdf"',
            "cache-control": "private, no-cache",
        },
    )


async def get_offer(public_id: str) -> Offer:
    found = await queries.find_offer(public_id)
    if found is None:
        raise InsuranceUnknown
    return found


def typed(offer: Offer) -> dict[str, str]:
    """The offer as its form shows it."""
    names = ("title", "summary", "carrier", "intermediary", "orias", "complaint", "notice")
    days = ("prices_from", "prices_until", "ipid_on")
    prices = zip(rules.ROOMS, offer.terms.prices, strict=False)
    return {
        **{name: getattr(offer.terms, name) for name in names},
        **{name: str(getattr(offer.terms, name) or "") for name in days},
        **{f"price_{rooms}": money.show(cents) for rooms, cents in prices},
    }


async def _wish(request: AnyRequest) -> OfferWish:
    form = await forms.read(request, OfferForm)
    brought = await forms.upload(request, "ipid")
    return OfferWish(
        title=form.title,
        summary=form.summary,
        carrier=form.carrier,
        intermediary=form.intermediary,
        orias=form.orias,
        complaint=form.complaint,
        notice=form.notice,
        prices=_prices(form),
        prices_from=form.prices_from,
        prices_until=form.prices_until,
        ipid=brought[1] if brought else None,
        ipid_on=form.ipid_on,
    )


def _prices(form: OfferForm) -> tuple[int, ...]:
    """All six in cents, or none; an empty one among others is asked for."""
    said = {rooms: getattr(form, f"price_{rooms}") for rooms in rules.ROOMS}
    if not any(said.values()):
        return ()
    for rooms, text in said.items():
        if not text:
            raise PricesWrong().at(f"price_{rooms}")
    return tuple(money.parse(text, field=f"price_{rooms}") for rooms, text in said.items())


HANDLERS = [new, create, show, edit, update, publish, take_back, ipid]
