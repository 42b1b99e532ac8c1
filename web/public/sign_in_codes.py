"""The code that was sent: typed or pasted, then inside; or first "who are you" where an address is shared."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post

from backend.http import forms
from backend.http.callers import public
from backend.http.doors import ADDRESSES, SECOND_FACTOR, is_local, onward, with_return
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.scope import around
from backend.http.sessions import set_session
from backend.http.visits import visit
from backend.identity import queries
from backend.identity import service as identity
from backend.identity.rules import SessionKind
from backend.identity.service import Choice, Entered
from backend.kit.translations import translated as _

AnyRequest = Request[Any, Any, Any]


class Typed(msgspec.Struct):
    demande: str
    code: str
    suite: str = ""


class Chosen(msgspec.Struct):
    demande: str
    personne: str
    suite: str = ""


async def _page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    given = form.values if form else request.query_params
    ticket, suite = given.get("demande", ""), given.get("suite", "")
    found = await queries.find_ticket(ticket)
    return await page(
        request,
        "public/sign_in_codes/new.html",
        title=_("Votre code"),
        space="public",
        form=form,
        ticket=ticket,
        found=found,
        suite=suite if is_local(suite) else "",
        door=ADDRESSES[found.kind if found else SessionKind.TENANT],
    )


@get("/connexion/code", guards=[public])
async def new(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post("/connexion/code", guards=[public])
@forms.again(_page)
async def create(request: AnyRequest) -> Response[Any]:
    typed = await forms.read(request, Typed)
    outcome = await identity.sign_in(visit(request), typed.demande, typed.code)
    if isinstance(outcome, Choice):
        return await _choices(request, outcome, typed.suite)
    return await _inside(request, outcome, typed.suite)


@post("/connexion/qui", guards=[public])
@forms.again(_page)
async def choose(request: AnyRequest) -> Response[Any]:
    chosen = await forms.read(request, Chosen)
    entered = await identity.choose(visit(request), chosen.demande, chosen.personne)
    return await _inside(request, entered, chosen.suite)


async def _choices(request: AnyRequest, choice: Choice, suite: str) -> Response[str]:
    """An answer and not an address: what the page holds opens a session."""
    return await page(
        request,
        "public/sign_in_codes/choose.html",
        title=_("Qui êtes-vous ?"),
        space="public",
        choice=choice,
        suite=suite,
    )


async def _inside(request: AnyRequest, entered: Entered, suite: str) -> Response[Any]:
    """The cookie is given with the answer: staff go on to their second factor."""
    roles = await queries.roles_of(entered.person_id)
    home = onward(suite, entered.kind, roles)
    target = with_return(SECOND_FACTOR, home) if entered.kind is SessionKind.STAFF else home
    response = redirect(request, target)
    set_session(response, around(request), entered.token, entered.kind)
    return response


HANDLERS = [new, create, choose]
