"""Staff's second factor: to come in, and again before a dangerous act."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from backend.http import forms
from backend.http.callers import staff_entering
from backend.http.doors import SECOND_FACTOR, onward
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.scope import around
from backend.http.sessions import set_session
from backend.http.visits import visit
from backend.identity import queries
from backend.identity import service as identity
from backend.identity.queries import SignedIn
from backend.identity.service import Raised
from backend.kit.translations import translated as _
from web.desk import relays

AnyRequest = Request[Any, Any, Any]


class Typed(msgspec.Struct):
    code: str
    suite: str = ""


class Signed(msgspec.Struct):
    answer: str
    suite: str = ""


async def _page(request: AnyRequest, caller: SignedIn, form: Form | None = None) -> Response[str]:
    factors = await queries.factors_of(caller.person_id)
    given = form.values if form else request.query_params
    return await page(
        request,
        "desk/second_factor/new.html",
        title=_("Votre second code"),
        space="public",
        form=form,
        suite=given.get("suite", ""),
        kinds={factor.kind for factor in factors},
        again=caller.second_factor_at is not None,
    )


@get(SECOND_FACTOR, guards=[staff_entering])
async def new(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[Any]:
    if not caller.has_factor:
        return redirect(request, "/connexion/equipe/facteurs")
    return await _page(request, caller)


@post(SECOND_FACTOR, guards=[staff_entering])
@forms.again(_page)
async def create(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[Any]:
    typed = await forms.read(request, Typed)
    raised = await identity.pass_code(visit(request), caller, typed.code)
    return _inside(request, caller, raised, typed.suite)


@post(f"{SECOND_FACTOR}/cle/demande", guards=[staff_entering])
async def ask(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[str]:
    options = await identity.ask_passkey(visit(request), caller)
    return Response(options, media_type="application/json", status_code=200)


@post(f"{SECOND_FACTOR}/cle", guards=[staff_entering])
@forms.again(_page)
async def create_by_key(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[Any]:
    signed = await forms.read(request, Signed)
    raised = await identity.pass_passkey(visit(request), caller, signed.answer)
    return _inside(request, caller, raised, signed.suite)


def _inside(request: AnyRequest, caller: SignedIn, raised: Raised, suite: str) -> Response[Any]:
    roles = [grant.role for grant in caller.grants]
    response = redirect(request, onward(suite, caller.kind, roles))
    set_session(response, around(request), raised.token, caller.kind)
    return response


HANDLERS = [new, create, ask, create_by_key, *relays.HANDLERS]
