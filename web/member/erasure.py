"""Erasing my account: what stands in the way, what goes, what stays; then it is done."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from backend.http import forms
from backend.http.callers import signed_in
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.scope import around
from backend.http.sessions import clear_session
from backend.http.visits import acting
from backend.identity.queries import SignedIn
from backend.kit import clock
from backend.kit.translations import translated as _
from backend.membership import queries as membership
from backend.privacy import erasing
from backend.privacy.rules import is_fresh

AnyRequest = Request[Any, Any, Any]
HERE = "/compte/effacement"


class Sure(msgspec.Struct, frozen=True):
    sure: bool = False


async def _page(request: AnyRequest, caller: SignedIn, form: Form | None = None) -> Response[str]:
    request.state.member = await membership.find_member(caller.person_id)
    return await page(
        request,
        "member/erasure/new.html",
        title=_("Effacer mon compte"),
        space="member" if request.state.member else "public",
        form=form,
        asked=await erasing.look(caller.person_id),
        fresh=is_fresh(caller.created_at, clock.now()),
        erased=erasing.ERASED,
        kept=erasing.KEPT,
    )


@get(HERE, guards=[signed_in])
async def new(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[str]:
    return await _page(request, caller)


@post(HERE, guards=[signed_in])
@forms.again(_page)
async def create(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[Any]:
    typed = await forms.read(request, Sure)
    about = around(request)
    certificate = await erasing.erase_me(
        acting(request), caller, sure=typed.sure, base_url=about.settings.base_url
    )
    response = redirect(request, f"/certificats/{certificate}")
    clear_session(response, about)
    return response


HANDLERS = [new, create]
