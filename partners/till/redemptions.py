"""Uses: the confirmation that makes one, and the list of the day."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from backend.http import forms
from backend.http.callers import till_cookie
from backend.http.respond import page
from backend.http.scope import around
from backend.kit import money
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.merchants.queries import TillCaller
from backend.vouchers import redemptions
from backend.vouchers import service as vouchers
from backend.vouchers.scans import Scan
from partners.till import screens
from partners.till.refusals import heard
from partners.till.scans import Key
from partners.till.screens import Screen

AnyRequest = Request[Any, Any, Any]
YES = Screen(part="till/_accepted.html", title=N_("Validé"), body="verdict yes", signal="yes")


class UseWish(msgspec.Struct):
    """What the check screen sends; `price` as the cashier typed it."""

    code: str
    key: Annotated[Key, msgspec.Meta(min_length=1)]
    offer: str = ""
    identity: bool = False
    price: str = ""


@get("/caisse/aujourdhui", guards=[till_cookie])
async def index(request: AnyRequest, till: NamedDependency[TillCaller]) -> Response[str]:
    uses = await redemptions.till_today(till.till_id)
    return await page(
        request,
        "till/redemptions/index.html",
        title=_("Aujourd’hui"),
        space="till",
        uses=uses,
        tally=screens.tally_of(uses),
        saved_cents=sum(use.saving_cents for use in uses if use.undone_at is None),
    )


@post("/caisse/aujourdhui", guards=[till_cookie], status_code=200)
@heard
async def create(request: AnyRequest, till: NamedDependency[TillCaller]) -> Response[str]:
    """Answered where it was asked, not by another page: a reload sends the same key and is a success."""
    wish = await forms.read(request, UseWish)
    verdict = await vouchers.redeem(
        Scan(
            code=wish.code,
            key=f"{wish.key}:use",
            till=till,
            ip=around(request).client_ip,
            offer=wish.offer or None,
            price_cents=_price(wish.price),
            identity_checked=wish.identity,
            cashier=screens.cashier(request, till),
        )
    )
    return await screens.show(
        request,
        YES,
        verdict=verdict,
        till=till,
        undo_minutes=screens.minutes_left(verdict.undo_until),
        tally=await screens.tally(till),
    )


def _price(typed: str) -> int | None:
    """Raises what tells the cashier to write it again."""
    if not typed:
        return None
    return money.parse(typed, field="price")
