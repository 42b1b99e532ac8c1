"""Every refusal and every bug becomes an answer here, once."""

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from backend.http.doors import SECOND_FACTOR, path_of, sign_in_address, with_return
from backend.http.respond import Pages
from backend.http.scope import around, route_of
from backend.http.sessions import clear_session, set_csrf
from backend.identity.errors import SecondFactorNeeded, SudoNeeded
from backend.kit.errors import (
    N_,
    Busy,
    Denied,
    DomainError,
    Invalid,
    Missing,
    Unavailable,
)

log = structlog.get_logger("failures")
AnyRequest = Request[Any, Any, Any]
API = "/api/"


class Unexpected(DomainError):
    """A bug. The page is calm and shows the number under which it is logged."""

    status = 500
    title = N_("Erreur")
    slug = "unexpected"
    sentence = N_("Quelque chose n'a pas marché chez nous.")
    next = N_("Recommencez. Si cela continue, dites-nous ce numéro : {request_id}.")


class NotThisWay(DomainError):
    status = 405
    title = N_("Pas comme cela")
    slug = "method_not_allowed"
    sentence = N_("Cette adresse ne s'utilise pas ainsi.")
    next = N_("Revenez à la page d'avant.")


class TooLarge(Invalid):
    status = 413
    slug = "too_large"
    sentence = N_("Cet envoi est trop gros.")
    next = N_("Raccourcissez votre texte, ou choisissez un fichier plus petit.")


# What Litestar's refusals mean here; any other is a request we cannot read.
MEANT: Mapping[int, type[DomainError]] = {
    401: Denied,
    403: Denied,
    404: Missing,
    405: NotThisWay,
    413: TooLarge,
}


def refused(request: AnyRequest, refusal: DomainError) -> Response[Any]:
    """A DomainError as problem+json for the API, as a page or a fragment for people."""
    log.info("refused", id=around(request).request_id, slug=refusal.slug, status=refusal.status)
    if _speaks_json(request):
        return _problem(refusal)
    return _page(request, refusal)


def misled(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """Litestar's own: no such address, wrong method, a body it cannot read."""
    if error.status_code >= 500:
        return failed(request, error)
    return refused(request, MEANT.get(error.status_code, Invalid)())


def nested(request: AnyRequest, error: RecursionError) -> Response[Any]:
    """JSON nested deeper than its reader goes is the caller's fault; anything else is a bug."""
    if request.method == "POST" and request.url.path.startswith(API):
        return refused(request, Invalid())
    return failed(request, error)


def failed(request: AnyRequest, error: Exception) -> Response[Any]:
    """Anything else is a bug: logged whole under the request's id, told calmly."""
    request_id = around(request).request_id
    log.error("failed", id=request_id, path=route_of(request.scope), exc_info=error)
    bug = Unexpected(request_id=request_id)
    return _problem(bug) if _speaks_json(request) else _page(request, bug)


HANDLERS: Mapping[Any, Callable[[AnyRequest, Any], Response[Any]]] = {
    DomainError: refused,
    HTTPException: misled,
    RecursionError: nested,
    Exception: failed,
}


def _speaks_json(request: AnyRequest) -> bool:
    if request.url.path.startswith(API):
        return True
    return "application/json" in request.headers.get("accept", "")


def _problem(refusal: DomainError) -> Response[Any]:
    response = Response(
        refusal.problem(), status_code=refusal.status, media_type="application/problem+json"
    )
    return _retry(response, refusal)


def _page(request: AnyRequest, refusal: DomainError) -> Response[Any]:
    about = around(request)
    door = _door(request, refusal)
    if door and request.method == "GET" and not about.session_lost:
        return _to_door(request, door)
    if door and request.method != "GET":
        door = with_return(door, path_of(request.headers.get("referer", "")))
    pages: Pages = request.app.state.pages
    template = "errors/_refusal.html" if request.headers.get("hx-request") else "errors/show.html"
    body = pages.render_bare(
        request, template, refusal=refusal, request_id=about.request_id, sign_in=door
    )
    response = Response(body, status_code=refusal.status, media_type=MediaType.HTML)
    response.headers["cache-control"] = "no-store"
    if about.session_lost:
        clear_session(response, about)
    set_csrf(response, about)
    return _retry(response, refusal)


def _door(request: AnyRequest, refusal: DomainError) -> str:
    """Where this refusal is mended, if there is such a place."""
    if refusal.status == 401:
        return sign_in_address(request.url.path)
    return SECOND_FACTOR if isinstance(refusal, SecondFactorNeeded | SudoNeeded) else ""


def _to_door(request: AnyRequest, door: str) -> Response[None]:
    target = with_return(door, request.url.path)
    if request.headers.get("hx-request"):
        return Response(None, status_code=204, headers={"hx-redirect": target})
    return Response(None, status_code=303, headers={"location": target})


def _retry(response: Response[Any], refusal: DomainError) -> Response[Any]:
    if isinstance(refusal, Busy):
        response.headers["retry-after"] = str(refusal.retry_after)
    elif isinstance(refusal, Unavailable):
        response.headers["retry-after"] = "5"
    return response
