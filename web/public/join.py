"""Joining: who you are, where you live, a code; then inside, where dues are paid."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post

from backend.http import forms
from backend.http.callers import public
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.scope import around
from backend.http.sessions import set_session
from backend.http.visits import sending, visit
from backend.identity import queries as identity
from backend.kit import clock
from backend.kit.translations import translated as _
from backend.membership import queries, wishes
from backend.membership import service as membership
from backend.membership.rules import Category
from backend.membership.service import JoinWish
from backend.membership.wishes import Typed
from backend.people.consents import NEWEST
from backend.people.rules import NEWS
from backend.places import queries as places
from web.shell import choices

AnyRequest = Request[Any, Any, Any]
PAY = "/compte/cotisation/payer"
# What the second step said, kept by the first one while somebody goes back to it.
CARRIED = ("contract", "postcode", "rooms", "street", "town", *choices.FIELDS)


class Code(msgspec.Struct):
    demande: str
    code: str


async def _person(request: AnyRequest, form: Form | None = None) -> Response[str]:
    prices = await queries.month_prices(clock.today())
    return await page(
        request,
        "public/join/person.html",
        title=_("Adhérer"),
        space="public",
        form=form,
        carried=CARRIED,
        prices={"tenant": prices[Category.TENANT], "neighbour": prices[Category.NEIGHBOUR]},
        landlords=[landlord.name for landlord in await places.landlords()],
        sms="sms" in visit(request).channels,
    )


async def _home(request: AnyRequest, form: Form | None = None) -> Response[str]:
    """With what the first step said, carried along: nothing is kept before the code."""
    form = form or Form(await forms.typed_values(request))
    return await page(
        request,
        "public/join/home.html",
        title=_("Adhérer"),
        space="public",
        form=form,
        tenant=form.values.get("category") != Category.NEIGHBOUR,
        groups=choices.news(form.values),
        version=NEWEST,
        ticked=bool(choices.read(form.values, NEWS)),
    )


async def _code(request: AnyRequest, form: Form | None = None) -> Response[str]:
    ticket = (form.values if form else request.query_params).get("demande", "")
    return await page(
        request,
        "public/join/code.html",
        title=_("Votre code"),
        space="public",
        form=form,
        ticket=ticket,
        found=await identity.find_ticket(ticket),
    )


@get("/adherer", guards=[public])
async def new(request: AnyRequest) -> Response[str]:
    return await _person(request)


@post("/adherer/vous", guards=[public])
async def edit(request: AnyRequest) -> Response[str]:
    """Back to the first step, with everything that was typed."""
    return await _person(request, Form(await forms.typed_values(request)))


@get("/adherer/chez-vous", guards=[public])
async def begin(request: AnyRequest) -> Response[None]:
    """The second step was loaded again without the first."""
    return redirect(request, "/adherer")


@post("/adherer/chez-vous", guards=[public])
@forms.again(_person)
async def continue_(request: AnyRequest) -> Response[str]:
    wishes.check_person(await forms.read(request, Typed))
    return await _home(request)


@post("/adherer", guards=[public])
@forms.again(_home)
async def create(request: AnyRequest) -> Response[Any]:
    typed = await forms.read(request, Typed)
    wish = await _with_news(request, wishes.read_wish(typed))
    asked = await membership.ask_to_join(visit(request), wish, typed.address)
    return sending(
        request, redirect(request, f"/adherer/code?demande={asked.ticket}"), asked.letter
    )


async def _with_news(request: AnyRequest, wish: JoinWish) -> JoinWish:
    """What they ticked of the optional part, and the words that stood there."""
    typed = await forms.typed_values(request)
    return msgspec.structs.replace(
        wish, wanted=choices.read(typed, NEWS), text_version=choices.version(typed)
    )


@get("/adherer/code", guards=[public])
async def code(request: AnyRequest) -> Response[str]:
    return await _code(request)


@post("/adherer/code", guards=[public])
@forms.again(_code)
async def enter(request: AnyRequest) -> Response[Any]:
    typed = await forms.read(request, Code)
    entered = await membership.join_by_code(visit(request), typed.demande, typed.code)
    response = redirect(request, PAY)
    set_session(response, around(request), entered.token, entered.kind)
    return response


HANDLERS = [new, edit, begin, continue_, create, code, enter]
