"""Saying no to the club's mails by one click, logged out (N2): a GET asks, a POST does it (RFC 8058)."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.campaigns import unsubscribing
from backend.campaigns.rules import Kind
from backend.campaigns.unsubscribing import Asked
from backend.http.callers import public, signed_hook
from backend.http.respond import page
from backend.kit.translations import translated as _

AnyRequest = Request[Any, Any, Any]
HERE = unsubscribing.HERE


async def _page(request: AnyRequest, token: str, asked: Asked, *, done: bool) -> Response[str]:
    return await page(
        request,
        "public/unsubscriptions/show.html",
        title=_("Ne plus recevoir ces messages"),
        space="public",
        action=f"{HERE}/{token}",
        partners=asked.kind is Kind.PARTNER,
        wanted=asked.wanted,
        done=done,
    )


@get(f"{HERE}/{{token:str}}", guards=[public])
async def show(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    return await _page(request, token, await unsubscribing.look(token), done=False)


@post(f"{HERE}/{{token:str}}", guards=[signed_hook], opt={"csrf": False}, status_code=200)
async def create(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """By a mail program without cookie or form, or by the button of the page: the link is the proof."""
    return await _page(request, token, await unsubscribing.unsubscribe(token), done=True)


HANDLERS = [show, create]
