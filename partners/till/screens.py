"""One answer of the till: a whole page, or what takes the scanner's place when script asked for it."""

from collections.abc import Sequence
from datetime import datetime
from math import ceil
from typing import Any
from urllib.parse import quote, unquote

import msgspec
from litestar import Request, Response

from backend.http.respond import fragment, page, wants_fragment
from backend.http.scope import around
from backend.kit import clock, formats
from backend.kit.translations import translated as _
from backend.merchants.queries import TillCaller
from backend.vouchers import redemptions
from backend.vouchers.redemptions import UseLine

AnyRequest = Request[Any, Any, Any]
CASHIER = "cashier"
SHIFT_SECONDS = 12 * 3600


class Screen(msgspec.Struct, frozen=True):
    """`part` is the template of the answer, `body` the class of its page, `signal` its sound."""

    part: str
    title: str
    body: str
    signal: str = ""
    slug: str = ""


class Tally(msgspec.Struct, frozen=True):
    """What the scan page says about the day so far."""

    count: int
    last_at: datetime | None


async def show(
    request: AnyRequest, screen: Screen, *, status: int = 200, **context: Any
) -> Response[str]:
    """The screen, alone or in its page."""
    if wants_fragment(request):
        return await fragment(request, screen.part, status=status, screen=screen, **context)
    return await page(
        request,
        "till/answer.html",
        title=_(screen.title),
        space="till",
        status=status,
        screen=screen,
        **context,
    )


async def tally(till: TillCaller) -> Tally:
    return tally_of(await redemptions.till_today(till.till_id))


def tally_of(uses: Sequence[UseLine]) -> Tally:
    """Undone uses are not counted."""
    standing = [use for use in uses if use.undone_at is None]
    return Tally(len(standing), standing[0].at if standing else None)


def cashier(request: AnyRequest, till: TillCaller) -> str | None:
    """Who said they stand at this till, while the till still knows that first name (V3)."""
    name = unquote(request.cookies.get(CASHIER, ""))
    return name if name in till.cashiers else None


def remember_cashier(request: AnyRequest, response: Response[Any], name: str) -> None:
    """A preference of this browser, for one working day."""
    response.set_cookie(
        CASHIER,
        quote(name),
        max_age=SHIFT_SECONDS if name else 0,
        path="/caisse",
        secure=around(request).settings.secure,
        httponly=True,
        samesite="lax",
    )


def moment(instant: datetime) -> str:
    """As in « Aujourd’hui à 11:42 », with the day when it is another one."""
    if clock.paris(instant).date() == clock.today():
        return _("Aujourd’hui à %(hour)s", hour=formats.hour(instant))
    return _("Le %(moment)s", moment=formats.moment(instant))


def minutes_left(until: datetime) -> int:
    """Begun minutes; 0 when it is too late."""
    return max(0, ceil((until - clock.now()).total_seconds() / 60))
