"""Look, then confirm: what a code is good for here."""

from typing import Any

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from backend.http.bodies import MOST_JSON
from backend.http.callers import till_bearer
from backend.http.scope import around
from backend.merchants.queries import TillCaller
from backend.vouchers import service as vouchers
from backend.vouchers.scans import Scan
from partners.api.v1.keys import Key
from partners.api.v1.problems import answers
from partners.api.v1.shapes import LookAnswer, LookWish, look_answer


@post(
    "/api/v1/looks",
    guards=[till_bearer],
    opt={"csrf": False},
    request_max_body_size=MOST_JSON,
    operation_id="look",
    summary="Look at a code",
    description="Shows what may be given and holds a voucher two minutes; again, two more.",
    responses=answers(404, 409, 429),
)
async def create(
    request: Request[Any, Any, Any],
    data: JSONBody[LookWish],
    key: Key,
    till: NamedDependency[TillCaller],
) -> LookAnswer:
    scan = Scan(
        code=data.code,
        key=key,
        till=till,
        ip=around(request).client_ip,
        identity_checked=data.identity_checked,
    )
    return look_answer(await vouchers.look(scan))
