"""Going out."""

from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency

from backend.http.callers import signed_in
from backend.http.respond import redirect
from backend.http.scope import around
from backend.http.sessions import clear_session
from backend.http.visits import visit
from backend.identity import service as identity
from backend.identity.queries import SignedIn


@post("/deconnexion", guards=[signed_in])
async def create(
    request: Request[Any, Any, Any], caller: NamedDependency[SignedIn]
) -> Response[Any]:
    await identity.sign_out(visit(request), caller)
    response = redirect(request, "/", said="deconnecte")
    clear_session(response, around(request))
    return response


HANDLERS = [create]
