"""Where staff make, see and take away their second factors."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.http import forms, once
from backend.http.callers import staff_enrolling, sudo
from backend.http.doors import onward
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.scope import around
from backend.http.sessions import set_session
from backend.http.visits import visit
from backend.identity import queries
from backend.identity import service as identity
from backend.identity.errors import FactorMissing
from backend.identity.queries import SignedIn
from backend.identity.rules import totp_address
from backend.identity.service import Raised
from backend.kit.codes import grouped
from backend.kit.qr import qr_svg
from backend.kit.translations import translated as _
from backend.places import queries as places

AnyRequest = Request[Any, Any, Any]
PATH = "/connexion/equipe/facteurs"
APPLICATION = f"{PATH}/application"
RECOVERY = "/connexion/equipe/codes-de-secours"


class Typed(msgspec.Struct):
    code: str


class Made(msgspec.Struct):
    answer: str


class Fresh(msgspec.Struct, frozen=True):
    codes: tuple[str, ...]


async def _page(request: AnyRequest, caller: SignedIn, form: Form | None = None) -> Response[str]:
    return await page(
        request,
        "desk/factors/index.html",
        title=_("Votre second code"),
        space="public",
        form=form,
        factors=await queries.factors_of(caller.person_id),
        codes_left=await queries.recovery_codes_left(caller.person_id),
        home=_home(caller),
    )


async def _secret(
    request: AnyRequest, public_id: str, caller: SignedIn, form: Form | None = None
) -> Response[str]:
    seals = request.app.state.seals
    secret = await queries.find_pending_secret(caller.person_id, public_id, seals)
    if secret is None:
        raise FactorMissing
    address = totp_address(secret, caller.name, await places.club_name())
    return await page(
        request,
        "desk/factors/application.html",
        title=_("Votre application"),
        space="public",
        form=form,
        address=f"{APPLICATION}/{public_id}",
        qr=qr_svg(address),
        secret=secret,
    )


@get(PATH, guards=[staff_enrolling])
async def index(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[str]:
    return await _page(request, caller)


@post(APPLICATION, guards=[staff_enrolling])
async def create(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[Any]:
    public_id = await identity.begin_totp(visit(request), caller)
    return redirect(request, f"{APPLICATION}/{public_id}")


@get(f"{APPLICATION}/{{public_id:str}}", guards=[staff_enrolling])
async def edit(
    request: AnyRequest, public_id: FromPath[str], caller: NamedDependency[SignedIn]
) -> Response[str]:
    return await _secret(request, public_id, caller)


@post(f"{APPLICATION}/{{public_id:str}}", guards=[staff_enrolling])
@forms.again(_secret)
async def update(
    request: AnyRequest, public_id: FromPath[str], caller: NamedDependency[SignedIn]
) -> Response[Any]:
    typed = await forms.read(request, Typed)
    raised = await identity.confirm_totp(visit(request), caller, public_id, typed.code)
    return _raised(request, caller, raised)


@post(f"{PATH}/cle/demande", guards=[staff_enrolling])
async def ask(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[str]:
    options = await identity.begin_passkey(visit(request), caller, await places.club_name())
    return Response(options, media_type="application/json", status_code=200)


@post(f"{PATH}/cle", guards=[staff_enrolling])
@forms.again(_page)
async def create_key(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[Any]:
    made = await forms.read(request, Made)
    raised = await identity.add_passkey(visit(request), caller, made.answer)
    return _raised(request, caller, raised)


@post(f"{PATH}/{{public_id:str}}/fin", guards=[staff_enrolling, sudo])
@forms.again(_page)
async def destroy(
    request: AnyRequest, public_id: FromPath[str], caller: NamedDependency[SignedIn]
) -> Response[Any]:
    raised = await identity.revoke_factor(visit(request), caller, public_id)
    return _raised(request, caller, raised)


@post(RECOVERY, guards=[staff_enrolling, sudo])
async def renew(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[Any]:
    return _to_codes(request, await identity.renew_recovery_codes(visit(request), caller))


@get(RECOVERY, guards=[staff_enrolling])
async def show_codes(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[Any]:
    """Those just made; a reload shows how many are left, and makes none."""
    fresh = once.brought(request, Fresh)
    if fresh is None:
        return redirect(request, PATH)
    response = await page(
        request,
        "desk/factors/recovery.html",
        title=_("Vos codes de secours"),
        space="public",
        codes=[grouped(code) for code in fresh.codes],
        home=_home(caller),
    )
    once.forget(request, response)
    return response


def _raised(request: AnyRequest, caller: SignedIn, raised: Raised) -> Response[Any]:
    """The session goes on under a new token; the first factor's recovery codes come next."""
    response = redirect(request, PATH, said="enregistre")
    if raised.recovery_codes:
        response = _to_codes(request, raised.recovery_codes)
    set_session(response, around(request), raised.token, caller.kind)
    return response


def _to_codes(request: AnyRequest, codes: tuple[str, ...]) -> Response[Any]:
    response = redirect(request, RECOVERY)
    once.carry(request, response, RECOVERY, Fresh(codes))
    return response


def _home(caller: SignedIn) -> str:
    return onward("", caller.kind, [grant.role for grant in caller.grants])


HANDLERS = [index, create, edit, update, ask, create_key, destroy, renew, show_codes]
