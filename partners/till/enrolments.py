"""A phone becomes a till by a link that opens once (V24). Looking at the link changes nothing."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http.callers import public
from backend.http.respond import page, redirect
from backend.http.scope import around
from backend.http.security import cookie_names
from backend.kit.translations import translated as _
from backend.merchants import service as merchants
from backend.merchants.rules import UNUSED_FOR
from partners.till.refusals import heard

AnyRequest = Request[Any, Any, Any]


@get("/caisse/inscription", guards=[public])
async def index(request: AnyRequest) -> Response[str]:
    """For a phone that is no till: how it becomes one."""
    return await page(
        request, "till/enrolments/index.html", title=_("Caisse à inscrire"), space="till"
    )


@get("/caisse/inscription/{code:str}", guards=[public])
async def new(request: AnyRequest, code: FromPath[str]) -> Response[str]:
    """A preview of the link, or a second look at it, must not use it up: only the button does."""
    return await page(
        request,
        "till/enrolments/new.html",
        title=_("Inscrire cette caisse"),
        space="till",
        code=code,
    )


@post("/caisse/inscription/{code:str}", guards=[public], status_code=303)
@heard
async def create(request: AnyRequest, code: FromPath[str]) -> Response[Any]:
    enrolled = await merchants.enrol(code)
    response = redirect(request, "/caisse", said="caisse-inscrite")
    _keep(request, response, enrolled.secret)
    return response


def _keep(request: AnyRequest, response: Response[Any], secret: str) -> None:
    """In a cookie that no script reads; browsers keep none longer than 400 days."""
    about = around(request)
    response.set_cookie(
        cookie_names(about.settings).till,
        secret,
        max_age=2 * int(UNUSED_FOR.total_seconds()),
        path="/",
        secure=about.settings.secure,
        httponly=True,
        samesite="lax",
    )
