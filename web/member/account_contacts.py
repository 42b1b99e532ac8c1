"""One more address for my account: a code goes there and comes back."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from backend.http import forms
from backend.http.callers import signed_in
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.visits import sending, visit
from backend.identity import queries
from backend.identity import service as identity
from backend.identity.queries import SignedIn
from backend.identity.rules import Purpose
from backend.kit.translations import translated as _

AnyRequest = Request[Any, Any, Any]


class Wish(msgspec.Struct):
    address: str


class Typed(msgspec.Struct):
    demande: str
    code: str


async def _new(request: AnyRequest, form: Form | None = None) -> Response[str]:
    return await page(
        request,
        "member/account/contact.html",
        title=_("Ajouter une adresse"),
        space="public",
        form=form,
        sms="sms" in visit(request).channels,
    )


async def _code(request: AnyRequest, form: Form | None = None) -> Response[str]:
    given = form.values if form else request.query_params
    ticket = given.get("demande", "")
    return await page(
        request,
        "member/account/contact_code.html",
        title=_("Votre code"),
        space="public",
        form=form,
        ticket=ticket,
        found=await queries.find_ticket(ticket),
    )


@get("/compte/adresses/ajouter", guards=[signed_in])
async def new(request: AnyRequest) -> Response[str]:
    return await _new(request)


@post("/compte/adresses/ajouter", guards=[signed_in])
@forms.again(_new)
async def create(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[Any]:
    wish = await forms.read(request, Wish)
    whose = {"person_id": caller.person_id}
    asked = await identity.ask_code(visit(request), wish.address, Purpose.CONTACT, payload=whose)
    response = redirect(request, f"/compte/adresses/code?demande={asked.ticket}")
    return sending(request, response, asked.letter)


@get("/compte/adresses/code", guards=[signed_in])
async def edit(request: AnyRequest) -> Response[str]:
    return await _code(request)


@post("/compte/adresses/code", guards=[signed_in])
@forms.again(_code)
async def update(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[Any]:
    typed = await forms.read(request, Typed)
    await identity.add_contact(visit(request), caller, typed.demande, typed.code)
    return redirect(request, "/compte", said="adresse-ajoutee")


HANDLERS = [new, create, edit, update]
