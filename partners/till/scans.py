"""The scan page, and the look that follows a scan: nothing is used up yet (V13)."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from backend.http import forms
from backend.http.callers import till_cookie
from backend.http.respond import page
from backend.http.scope import around
from backend.kit import clock, codes
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.merchants.queries import TillCaller
from backend.vouchers import service as vouchers
from backend.vouchers.scans import Scan
from backend.vouchers.values import Choice, Look
from partners.till import screens
from partners.till.refusals import heard
from partners.till.screens import Screen

AnyRequest = Request[Any, Any, Any]
Key = Annotated[str, msgspec.Meta(max_length=64)]


class LookWish(msgspec.Struct):
    """`key` comes from a scanner at its scan; a form without script has none and gets one here."""

    code: str
    key: Key = ""
    offer: str = ""
    identity: bool = False


@get("/caisse", guards=[till_cookie])
async def show(request: AnyRequest, till: NamedDependency[TillCaller]) -> Response[str]:
    return await page(
        request,
        "till/scans/show.html",
        title=_("Caisse"),
        space="till",
        tally=await screens.tally(till),
    )


@post("/caisse", guards=[till_cookie], status_code=200)
@heard
async def create(request: AnyRequest, till: NamedDependency[TillCaller]) -> Response[str]:
    wish = await forms.read(request, LookWish)
    key = wish.key or codes.random_id()
    look = await vouchers.look(
        Scan(
            code=wish.code,
            key=f"{key}:look",
            till=till,
            ip=around(request).client_ip,
            identity_checked=wish.identity,
            cashier=screens.cashier(request, till),
        )
    )
    return await _answer(request, wish, key, look)


async def _answer(request: AnyRequest, wish: LookWish, key: str, look: Look) -> Response[str]:
    """The check, or first the list where the card gives several discounts."""
    fitting = [choice for choice in look.choices if wish.offer in ("", choice.offer)]
    context: dict[str, Any] = {"look": look, "code": wish.code, "identity": wish.identity}
    if len(fitting) != 1:
        return await screens.show(request, CHOOSE, choices=look.choices, **context)
    return await screens.show(
        request,
        CHECK,
        choice=fitting[0],
        kind=_kind(fitting[0]),
        key=key,
        seconds=_seconds(look),
        **context,
    )


def _kind(choice: Choice) -> str:
    """Which sum the page does while the price is typed."""
    if choice.percent is not None:
        return "percent"
    return "amount" if choice.price_cents is None else "fixed"


def _seconds(look: Look) -> int:
    """What is left of the hold; a card holds nothing."""
    if look.held_until is None:
        return 0
    return max(0, round((look.held_until - clock.now()).total_seconds()))


CHECK = Screen(part="till/_check.html", title=N_("Vérifiez, puis validez"), body="check")
CHOOSE = Screen(part="till/_choose.html", title=N_("Quelle réduction ?"), body="check")
