"""A firm asks to become a partner: one page on a phone, without JavaScript, and an answer by e-mail."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post

from backend.http import forms
from backend.http.bodies import MOST_FILE
from backend.http.callers import public
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.visits import sending, visit
from backend.kit import hours
from backend.kit.translations import translated as _
from backend.merchants import contracts
from backend.merchants import service as merchants
from backend.merchants.rules import PartnerCategory, PartnerKind
from backend.merchants.service import Application
from web.shell import firms

AnyRequest = Request[Any, Any, Any]
HERE = "/devenir-partenaire"


class Typed(msgspec.Struct, frozen=True):
    """As the page asks it; trades and hours come beside, a box and a line each."""

    name: str
    siret: str
    kind: PartnerKind
    category: PartnerCategory
    street: str
    postcode: str
    town: str
    given_name: str
    family_name: str
    email: str
    phone: str = ""
    story: str = ""


async def _form(request: AnyRequest, form: Form | None = None) -> Response[str]:
    return await page(
        request,
        "public/partners/new.html",
        title=_("Devenir partenaire"),
        space="public",
        form=form,
        terms=await contracts.terms(),
        trades=firms.shown(),
        ticked=firms.read(form.values) if form else (),
        categories=firms.CATEGORIES,
        days=hours.DAYS,
    )


@get(HERE, guards=[public])
async def new(request: AnyRequest) -> Response[str]:
    return await _form(request)


@post(HERE, guards=[public], request_max_body_size=MOST_FILE)
@forms.again(_form)
async def create(request: AnyRequest) -> Response[Any]:
    letter = await merchants.apply(visit(request), await _wish(request))
    return sending(request, redirect(request, f"{HERE}/merci"), letter)


@get(f"{HERE}/merci", guards=[public])
async def show(request: AnyRequest) -> Response[str]:
    return await page(
        request, "public/partners/show.html", title=_("Votre demande est partie"), space="public"
    )


async def _wish(request: AnyRequest) -> Application:
    typed = await forms.read(request, Typed)
    values = await forms.typed_values(request)
    photo = await forms.upload(request, "photo")
    return Application(
        **msgspec.structs.asdict(typed),
        trades=firms.read(values) if typed.kind is PartnerKind.FIRM else (),
        hours=hours.read_week([values.get(f"hours_{day}", "") for day in range(7)]),
        photo=None if photo is None else photo[1],
    )


HANDLERS = [new, create, show]
