"""Our own CSRF (SEC10): a random cookie, and a form token bound to it and to the session.

The token is an HMAC under our secret keys, so that a changed secret is mended by one page load; it
is checked together with the Origin that browsers send. Routes that are signed or carry a bearer
say so with `opt={"csrf": False}`.
"""

import hashlib
import hmac
from typing import Any

from litestar import Request

from backend.http.scope import Around, around
from backend.kit import codes
from backend.kit.errors import N_, Denied

FIELD = "csrf_token"
HEADER = "x-csrf-token"
SAFE = {"GET", "HEAD", "OPTIONS"}


class FormTooOld(Denied):
    slug = "form_too_old"
    sentence = N_("Cette page est restée ouverte trop longtemps.")
    next = N_("Rechargez la page, puis recommencez.")


class Token:
    """The form token of a page; asking for it is what makes the cookie (SEC3)."""

    def __init__(self, request: Request[Any, Any, Any]) -> None:
        self.around = around(request)

    def __str__(self) -> str:
        return token_for(self.around)

    __html__ = __str__


def token_for(about: Around) -> str:
    if about.csrf_cookie is None:
        about.csrf_cookie = about.csrf_new = codes.random_token()
    return _sign(about.settings.secret_keys[0], about.csrf_cookie, about.csrf_bound)


def renew(about: Around) -> None:
    """A new cookie at sign-in, so that nothing from before it counts after it."""
    about.csrf_cookie = about.csrf_new = codes.random_token()


async def check(request: Request[Any, Any, Any]) -> None:
    """Runs before every handler of the application; raises FormTooOld."""
    if request.method in SAFE or request.route_handler.opt.get("csrf") is False:
        return
    about = around(request)
    if not _same_origin(request, about) or not _token_fits(await _given(request), about):
        raise FormTooOld


async def _given(request: Request[Any, Any, Any]) -> str:
    if (header := request.headers.get(HEADER)) is not None:
        return header
    kind = request.headers.get("content-type", "")
    if not kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        return ""
    value = (await request.form()).get(FIELD, "")
    return value if isinstance(value, str) else ""


def _same_origin(request: Request[Any, Any, Any], about: Around) -> bool:
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return True
    ours = {about.settings.base_url}
    if not about.settings.production and (host := request.headers.get("host")):
        ours |= {f"http://{host}", f"https://{host}"}
    return origin in ours


def _token_fits(given: str, about: Around) -> bool:
    if about.csrf_cookie is None or not given.isascii():
        return False
    return any(
        hmac.compare_digest(given, _sign(key, about.csrf_cookie, about.csrf_bound))
        for key in about.settings.secret_keys
    )


def _sign(key: bytes, cookie: str, bound: str) -> str:
    said = f"csrf|{cookie}|{bound}".encode()
    return hmac.new(key, said, hashlib.sha256).hexdigest()
