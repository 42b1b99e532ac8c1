"""/demo: who a newcomer can be, the second code of the staff, and a till to open."""

from typing import Any

import pyotp
from litestar import Request, Response, get, post
from litestar.types import ControllerRouterHandler

from backend.audit.service import SYSTEM
from backend.http.callers import public
from backend.http.doors import ADDRESSES
from backend.http.respond import page, redirect
from backend.identity.rules import SessionKind
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.kit.errors import Missing
from backend.merchants import service as merchants
from backend.sandbox.demo import cast
from backend.settings import Settings

AnyRequest = Request[Any, Any, Any]


@get("/demo", guards=[public])
async def index(request: AnyRequest) -> Response[str]:
    return await page(
        request,
        "demo/index.html",
        title="Qui voulez-vous être ?",
        space="public",
        stars=cast.STARS,
        staff=cast.STAFF,
        merchant=cast.MERCHANT,
        agent=cast.AGENT,
        referent=cast.REFERENT,
        shop=cast.DEMO_SHOP,
        invitation=cast.invitation(),
        second_code=pyotp.TOTP(cast.SECOND_FACTOR).at(clock.now()),
        doors={kind.value: ADDRESSES[kind] for kind in SessionKind},
    )


@post("/demo/caisse", guards=[public])
async def open_till(request: AnyRequest) -> Response[Any]:
    """A fresh link for the demo till; the phone that had it before has it no more."""
    till_id = await fetch_value(
        "SELECT id FROM till WHERE name = $1 AND revoked_at IS NULL", cast.DEMO_TILL
    )
    if till_id is None:
        raise Missing
    code, _ = await merchants.relink_till(SYSTEM, till_id)
    return redirect(request, f"/caisse/inscription/{code}")


def handlers(_: Settings) -> list[ControllerRouterHandler]:
    return [index, open_till]
