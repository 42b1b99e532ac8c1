"""Who this token is."""

from litestar import get
from litestar.di import NamedDependency

from backend.http.callers import till_bearer
from backend.kit import clock
from backend.merchants.queries import TillCaller
from partners.api.v1.problems import answers
from partners.api.v1.shapes import Named, TillAnswer


@get(
    "/api/v1/till",
    guards=[till_bearer],
    operation_id="till",
    summary="This till",
    description="Its shop, its partner, and the first names a cashier may pick.",
    responses=answers(),
)
async def show(till: NamedDependency[TillCaller]) -> TillAnswer:
    return TillAnswer(
        id=till.till_public_id,
        name=till.till_name,
        shop=Named(till.shop_public_id, till.shop_name),
        partner=till.partner_name,
        cashiers=list(till.cashiers),
        now=clock.now(),
    )
