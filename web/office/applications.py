"""Firms that asked to become partners: read, then accepted with a contract, or refused with a reason."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit import clock, hours, money, text
from backend.kit.errors import Missing
from backend.kit.translations import translated as _
from backend.merchants import applications, contracts
from backend.merchants import service as merchants
from backend.merchants.applications import ApplicationPage
from backend.merchants.rules import PartnerKind
from backend.merchants.service import Draft
from web.office.staff import MANAGER, by
from web.shell import firms

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/candidatures"


class DraftForm(msgspec.Struct, frozen=True):
    """What staff agree with a partner. `territory`: of the list, "" for the club."""

    kind: PartnerKind
    first_day: date
    dues: str
    campaigns_a_year: int
    name: str
    street: str
    postcode: str
    town: str
    email: str = ""
    territory: str = ""


class Refusal(msgspec.Struct, frozen=True):
    reason: str = ""


@get(HERE, guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    return await page(
        request,
        "office/applications/index.html",
        title=_("Candidatures"),
        space="office",
        waiting=await applications.waiting(),
        decided=await applications.decided(),
        kinds=firms.KINDS,
    )


async def _show(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    asked = await applications.get_application(public_id)
    return await page(
        request,
        "office/applications/show.html",
        title=asked.name,
        space="office",
        asked=asked,
        week=hours.show_week(asked.hours),
        phone=text.show_phone(asked.phone) if asked.phone else "",
        **await contract_facts(await _typed(asked, form)),
        holders=await _holders(asked),
    )


async def contract_facts(form: Form) -> dict[str, Any]:
    """What the fields of a contract need."""
    return {
        "form": form,
        "trades": firms.shown(),
        "ticked": firms.read(form.values),
        "territories": [(one.public_id, one.name) for one in await contracts.territories()],
        "kinds": firms.KINDS,
    }


async def _typed(asked: ApplicationPage, form: Form | None) -> Form:
    """A refusal without its reason comes back beside a contract that nobody typed yet."""
    if form is not None and "kind" in form.values:
        return form
    typed = form or Form()
    return Form({**await _suggested(asked), **typed.values}, typed.errors)


async def _suggested(asked: ApplicationPage) -> dict[str, str]:
    club = await contracts.terms()
    return {
        "kind": asked.kind.value,
        "first_day": f"{clock.today():%Y-%m-%d}",
        "dues": firms.typed_euros(club.dues_cents(asked.kind)),
        "campaigns_a_year": str(club.campaigns_a_year),
        "name": asked.name,
        "street": asked.street,
        "postcode": asked.postcode,
        "town": asked.town,
        "email": asked.email,
        **{f"{firms.FIELD}{number}": "1" for number in asked.trades},
    }


async def _holders(asked: ApplicationPage) -> list[tuple[str, str]]:
    """The trades that somebody has already, with who."""
    found = [
        (trade.said, await contracts.holder_of(trade.number, None, clock.today()))
        for trade in asked.trades_said
    ]
    return [(said, name) for said, name in found if name is not None]


@get(f"{HERE}/{{public_id:str}}", guards=[MANAGER])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _show(request, public_id)


@get(f"{HERE}/{{public_id:str}}/photo", guards=[MANAGER])
async def photo(public_id: FromPath[str]) -> Response[bytes]:
    found = await applications.photo_of(public_id)
    if found is None:
        raise Missing
    return Response(
        found.content, media_type=found.media_type, headers={"cache-control": "private, no-cache"}
    )


@post(f"{HERE}/{{public_id:str}}/accord", guards=[MANAGER])
@forms.again(_show)
async def accept(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    partner = await merchants.accept_application(by(request), public_id, await read_draft(request))
    return redirect(request, f"/gestion/partenaires/{partner}", said="convention-envoyee")


@post(f"{HERE}/{{public_id:str}}/refus", guards=[MANAGER])
@forms.again(_show)
async def refuse(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    refusal = await forms.read(request, Refusal)
    await merchants.refuse_application(by(request), public_id, refusal.reason)
    return redirect(request, HERE, said="candidature-refusee")


async def read_draft(request: AnyRequest) -> Draft:
    """The contract as it was typed; trades are boxes, a firm's only."""
    typed = await forms.read(request, DraftForm)
    known = {one.public_id: one.id for one in await contracts.territories()}
    firm = typed.kind is PartnerKind.FIRM
    return Draft(
        kind=typed.kind,
        first_day=typed.first_day,
        dues_cents=money.parse(typed.dues, field="dues"),
        campaigns_a_year=typed.campaigns_a_year,
        name=typed.name,
        street=typed.street,
        postcode=typed.postcode,
        town=typed.town,
        email=typed.email or None,
        trades=firms.read(await forms.typed_values(request)) if firm else (),
        territories=(known[typed.territory],) if firm and typed.territory in known else (),
    )


HANDLERS = [index, show, photo, accept, refuse]
