"""What a partner sees on coming in: the month, the last uses, shops and tills. Never who came (P5)."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from backend.http.callers import scoped
from backend.http.respond import page
from backend.identity.queries import SignedIn
from backend.identity.rules import Role
from backend.kit import clock
from backend.merchants import queries as merchants
from backend.merchants.queries import PartnerPage
from backend.vouchers import savings

LAST_USES = 30


@get("/partenaire", guards=[scoped(Role.MERCHANT)])
async def index(
    request: Request[Any, Any, Any], caller: NamedDependency[SignedIn]
) -> Response[str]:
    partners = await merchants.partners_of(caller.scopes(Role.MERCHANT))
    chosen = _chosen(partners, request.query_params.get("partenaire", ""))
    here = await savings.at_partner(chosen.id, clock.today().replace(day=1), LAST_USES)
    return await page(
        request,
        "portal/home/index.html",
        title=chosen.name,
        space="portal",
        partners=partners,
        chosen=chosen,
        month=here.brought,
        uses=here.uses,
        shops=await merchants.shops_of(chosen.id),
        tills=await merchants.tills_of(chosen.id),
    )


def _chosen(partners: list[PartnerPage], public_id: str) -> PartnerPage:
    """The one asked for, if it is the caller's; else the first."""
    return next((one for one in partners if one.public_id == public_id), partners[0])
