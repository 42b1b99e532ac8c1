"""The counter's computer goes from hand to hand: each comes back with their second factor (L27, SEC4)."""

from collections.abc import Iterable
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from backend.http import forms
from backend.http.callers import staff_entering
from backend.http.doors import ADDRESSES, SECOND_FACTOR
from backend.http.respond import page, redirect
from backend.http.scope import around
from backend.http.security import cookie_names
from backend.http.sessions import clear_session, set_session
from backend.http.visits import visit
from backend.identity import queries
from backend.identity.queries import SignedIn
from backend.identity.rules import LIFETIMES, SessionKind
from backend.identity.service import relays
from backend.kit.translations import translated as _

AnyRequest = Request[Any, Any, Any]
HERE = f"{SECOND_FACTOR}/relais"
AFTER = "/comptoir/guichet"
BETWEEN = "."  # no sign of a token


class Wish(msgspec.Struct, frozen=True):
    """Whose session to take up again, by its public id; empty: somebody who has none here."""

    qui: str = ""


@get(HERE, guards=[staff_entering])
async def index(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[str]:
    found = await queries.parked(_tokens(request))
    return await page(
        request,
        "desk/relays/index.html",
        title=_("Passer la main"),
        space="public",
        caller=caller,
        colleagues=[one for one in found.values() if one.person_id != caller.person_id],
    )


@post(HERE, guards=[staff_entering])
async def create(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[Any]:
    """The caller's session waits here; the other's asks for its second factor."""
    wish = await forms.read(request, Wish)
    found = await queries.parked(_tokens(request))
    next_ = next((token for token, one in found.items() if one.public_id == wish.qui), None)
    mine = await relays.park(visit(request), caller)
    kept = [token for token, one in found.items() if _stays(one, caller, token, next_)]
    if next_ is None:
        response = redirect(request, f"{ADDRESSES[SessionKind.STAFF]}?suite={AFTER}")
        clear_session(response, around(request))
    else:
        response = redirect(request, f"{SECOND_FACTOR}?suite={AFTER}")
        set_session(response, around(request), next_, SessionKind.STAFF)
    _keep(request, response, kept if mine is None else [mine, *kept])
    return response


def _stays(one: SignedIn, caller: SignedIn, token: str, next_: str | None) -> bool:
    """One session each: an older one of the caller's own has no more to wait for."""
    return token != next_ and one.person_id != caller.person_id


def _tokens(request: AnyRequest) -> list[str]:
    said = request.cookies.get(_name(request), "")
    return [token for token in said.split(BETWEEN) if token]


def _keep(request: AnyRequest, response: Response[Any], tokens: Iterable[str]) -> None:
    response.set_cookie(
        _name(request),
        BETWEEN.join(list(tokens)[: queries.MOST_PARKED]),
        max_age=int(LIFETIMES[SessionKind.STAFF].absolute.total_seconds()),
        path="/",
        secure=around(request).settings.secure,
        httponly=True,
        samesite="lax",
    )


def _name(request: AnyRequest) -> str:
    return cookie_names(around(request).settings).relay


HANDLERS = [index, create]
