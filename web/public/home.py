"""The club's front door."""

from datetime import timedelta
from typing import Any

from litestar import Request, Response, get

from backend.activities import queries as activities
from backend.activities.queries import Session
from backend.http.callers import public
from backend.http.respond import page
from backend.http.scope import around
from backend.identity.rules import SessionKind
from backend.kit import clock
from backend.kit.translations import translated as _
from backend.membership import queries as membership
from backend.membership.rules import Category
from backend.offers import queries as offers
from backend.vouchers import savings
from web.shell.pictures import picture_of

SHOWN = 4
YEAR = timedelta(days=365)
NEXT, WITHIN = 3, timedelta(days=30)


@get("/", guards=[public])
async def show(request: Request[Any, Any, Any]) -> Response[str]:
    caller = around(request).caller
    prices = await membership.month_prices(clock.today())
    found = await offers.catalogue(offers.VISITOR)
    return await page(
        request,
        "public/home/show.html",
        title=_("Accueil"),
        space="public",
        known=caller is not None,
        tenant=caller is not None and caller.kind is SessionKind.TENANT,
        together_cents=(await savings.together(clock.today() - YEAR)).saved_cents,
        tenant_cents=prices[Category.TENANT],
        neighbour_cents=prices[Category.NEIGHBOUR],
        found=found,
        teaser=found.offers[:SHOWN],
        sessions=await _next(),
        picture=picture_of,
    )


async def _next() -> list[Session]:
    """What somebody could come to."""
    today = clock.today()
    found = await activities.agenda(today, today + WITHIN)
    return [each for each in found if each.is_open][:NEXT]
