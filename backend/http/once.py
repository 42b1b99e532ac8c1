"""A secret for one page, once: sealed in a cookie between the POST that made it and the page that shows it.

A POST that answered with the secret itself would make another one at each reload. The server keeps
nothing, so that any node may show it; the cookie opens for one session and one page, which takes it
away.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response

from backend.http.scope import around
from backend.http.security import cookie_names
from backend.kit.seals import SealBroken, Seals

T = TypeVar("T", bound=msgspec.Struct)
AnyRequest = Request[Any, Any, Any]
SECONDS = 120  # between a redirect and its page


def carry(request: AnyRequest, response: Response[Any], path: str, secret: msgspec.Struct) -> None:
    """With the redirect to `path`."""
    seals: Seals = request.app.state.seals
    sealed = seals.seal(msgspec.json.encode(secret), _place(request, path))
    _set(request, response, urlsafe_b64encode(sealed).decode(), SECONDS)


def brought(request: AnyRequest, kind: type[T]) -> T | None:
    """What the redirect to this page carried. None at a reload, in another session, or too late."""
    seals: Seals = request.app.state.seals
    try:
        sealed = urlsafe_b64decode(request.cookies.get(_name(request), ""))
        return msgspec.json.decode(seals.open(sealed, _place(request, request.url.path)), type=kind)
    except (binascii.Error, SealBroken):
        return None


def forget(request: AnyRequest, response: Response[Any]) -> None:
    """With the page that showed it."""
    _set(request, response, "", 0)


def _set(request: AnyRequest, response: Response[Any], value: str, seconds: int) -> None:
    response.set_cookie(
        _name(request),
        value,
        max_age=seconds,
        path="/",
        secure=around(request).settings.secure,
        httponly=True,
        samesite="lax",
    )


def _name(request: AnyRequest) -> str:
    return cookie_names(around(request).settings).once


def _place(request: AnyRequest, path: str) -> str:
    caller = around(request).caller
    return f"once:{caller.public_id if caller else ''}:{path}"
