"""The session cookie: read once a request, written at sign-in and sign-out, never for anonymous pages."""

from datetime import timedelta
from typing import Any

from litestar import Response
from litestar.types import ASGIApp, Receive, Scope, Send

from backend.http import csrf
from backend.http.scope import KEY, Around
from backend.http.security import cookie_names
from backend.identity import queries
from backend.identity import service as identity
from backend.identity.rules import LIFETIMES, SessionKind, is_alive
from backend.kit import clock, codes

SEEN_EVERY = timedelta(seconds=60)


def load_caller(app: ASGIApp) -> ASGIApp:
    """Middleware: who the cookie says is calling. A cookie that no longer opens is remembered as lost."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        around: Around = scope[KEY]  # type: ignore[literal-required]
        if around.session_token is not None:
            await _load(around, around.session_token)
        await app(scope, receive, send)

    return run


async def _load(around: Around, token: str) -> None:
    found = await queries.find_signed_in(codes.hash_token(token))
    now = clock.now()
    if found is None or not is_alive(found.kind, found.created_at, found.seen_at, now):
        around.session_lost = True
        return
    around.caller = found
    around.csrf_bound = found.public_id
    if found.seen_at < now - SEEN_EVERY:
        await identity.see(found.session_id)


def set_session(response: Response[Any], around: Around, token: str, kind: SessionKind) -> None:
    """After sign-in: a new session cookie, and a new CSRF cookie bound to nothing older."""
    response.set_cookie(
        cookie_names(around.settings).session,
        token,
        max_age=int(LIFETIMES[kind].absolute.total_seconds()),
        path="/",
        secure=around.settings.secure,
        httponly=True,
        samesite="lax",
    )
    csrf.renew(around)
    set_csrf(response, around)


def clear_session(response: Response[Any], around: Around) -> None:
    response.set_cookie(
        cookie_names(around.settings).session,
        "",
        max_age=0,
        path="/",
        secure=around.settings.secure,
        httponly=True,
        samesite="lax",
    )


def set_csrf(response: Response[Any], around: Around) -> None:
    """Only when a page asked for a form token and the browser had no cookie yet."""
    if around.csrf_new is None:
        return
    response.set_cookie(
        cookie_names(around.settings).csrf,
        around.csrf_new,
        path="/",
        secure=around.settings.secure,
        httponly=True,
        samesite="lax",
    )
