"""What a landlord's referent reads: residence by residence, nothing about fewer than five people."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from backend.http.callers import scoped
from backend.http.respond import page
from backend.identity.queries import SignedIn
from backend.identity.rules import Role
from backend.insight import closed, document
from backend.insight import queries as insight
from backend.insight.rules import FEWEST
from backend.kit import clock

HERE = "/bailleur"


@get(HERE, guards=[scoped(Role.REFERENT)])
async def index(
    request: Request[Any, Any, Any], caller: NamedDependency[SignedIn]
) -> Response[str]:
    asked = request.query_params.get("bailleur", "")
    chosen, landlords = await insight.landlord_of(caller.scopes(Role.REFERENT), asked)
    return await page(
        request,
        "referents/home/index.html",
        title=chosen.name,
        space="referent",
        landlords=landlords,
        report=await closed.report(chosen, clock.today()),
        fewest=FEWEST,
        standing_still=document.standing_still(),
    )
