"""Who waits for a call, and what came of it."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.http import forms
from backend.http.callers import scoped
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.identity.queries import SignedIn
from backend.identity.rules import Role
from backend.insurance import queries
from backend.insurance.rules import ReferralKind
from backend.kit.translations import translated as _
from partners import leads

AnyRequest = Request[Any, Any, Any]
HERE = "/assureur"
GUARDS = [scoped(Role.INSURER)]
KIND = ReferralKind.INSURER


async def _page(
    request: AnyRequest, caller: SignedIn, public_id: str = "", form: Form | None = None
) -> Response[str]:
    scopes = caller.scopes(Role.INSURER)
    return await page(
        request,
        "insurers/home/index.html",
        title=_("Demandes d’appel"),
        space="insurer",
        insurers=await queries.insurers_of(scopes),
        here=HERE,
        asked=public_id,
        form=form,
        **await leads.context(KIND, scopes),
    )


@get(HERE, guards=GUARDS)
async def index(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[str]:
    return await _page(request, caller)


@post(f"{HERE}/demandes/{{public_id:str}}/etat", guards=GUARDS)
@forms.again(_page)
async def move(
    request: AnyRequest, public_id: FromPath[str], caller: NamedDependency[SignedIn]
) -> Response[Any]:
    await leads.move(request, KIND, caller.scopes(Role.INSURER), public_id)
    return redirect(request, HERE, said="enregistre")


@post(f"{HERE}/demandes/{{public_id:str}}/economie", guards=GUARDS)
@forms.again(_page)
async def declare(
    request: AnyRequest, public_id: FromPath[str], caller: NamedDependency[SignedIn]
) -> Response[Any]:
    await leads.declare(request, KIND, caller.scopes(Role.INSURER), public_id)
    return redirect(request, HERE, said="enregistre")


HANDLERS = [index, move, declare]
