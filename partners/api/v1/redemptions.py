"""Uses of vouchers and cards: make one, undo one, list the shop's own."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter

from backend.http.bodies import MOST_JSON
from backend.http.callers import till_bearer
from backend.http.scope import around
from backend.merchants.queries import TillCaller
from backend.vouchers import redemptions
from backend.vouchers import service as vouchers
from backend.vouchers.scans import Scan
from backend.vouchers.values import Undo
from partners.api.v1 import periods
from partners.api.v1.keys import Key
from partners.api.v1.problems import answers
from partners.api.v1.shapes import (
    History,
    RedemptionAnswer,
    RedemptionWish,
    ReversalAnswer,
    ReversalWish,
    history_line,
    redemption_answer,
    reversal_answer,
)

PAGE = 50
_ID = {"min_length": 22, "max_length": 22, "pattern": "^[0-9A-Za-z]{22}$"}

UseId = Annotated[str, PathParameter(description="The id of a redemption.", **_ID)]
Cursor = Annotated[
    str | None, QueryParameter(description="`next_cursor` of the page before.", **_ID)
]
From = Annotated[
    datetime | None,
    QueryParameter(name="from", description="The first instant, RFC 3339; today by default."),
]
Until = Annotated[
    datetime | None,
    QueryParameter(name="to", description="The instant before which it ends; now by default."),
]


@post(
    "/api/v1/redemptions",
    guards=[till_bearer],
    opt={"csrf": False},
    request_max_body_size=MOST_JSON,
    operation_id="redeem",
    summary="Use a voucher, or a card's discount",
    description="Once. The same key sent again gets the same answer, also when it was a no.",
    responses=answers(404, 409, 429),
)
async def create(
    request: Request[Any, Any, Any],
    data: JSONBody[RedemptionWish],
    key: Key,
    till: NamedDependency[TillCaller],
) -> RedemptionAnswer:
    scan = Scan(
        code=data.code,
        key=key,
        till=till,
        ip=around(request).client_ip,
        offer=data.offer,
        price_cents=data.price_cents,
        receipt_ref=data.receipt_ref,
        identity_checked=data.identity_checked,
        cashier=data.cashier,
        device_at=periods.check("device_at", data.device_at),
    )
    return redemption_answer(await vouchers.redeem(scan))


@post(
    "/api/v1/redemptions/{redemption_id:str}/reversal",
    guards=[till_bearer],
    opt={"csrf": False},
    request_max_body_size=MOST_JSON,
    operation_id="reverse",
    summary="Undo a use",
    description="By the shop that validated, within 15 minutes. The member is told.",
    responses=answers(404, 409),
)
async def reverse(
    redemption_id: UseId, data: JSONBody[ReversalWish], key: Key, till: NamedDependency[TillCaller]
) -> ReversalAnswer:
    undo = Undo(redemption=redemption_id, reason=data.reason, key=key, till=till)
    return reversal_answer(await vouchers.reverse(undo))


@get(
    "/api/v1/redemptions",
    guards=[till_bearer],
    operation_id="history",
    summary="The shop's own uses",
    description="Newest first, undone ones marked, 50 a page.",
    responses=answers(),
)
async def index(
    till: NamedDependency[TillCaller],
    since: From = None,
    until: Until = None,
    cursor: Cursor = None,
) -> History:
    start, end = periods.read(since, until)
    uses = await redemptions.shop_uses(till.shop_id, start, end, cursor, PAGE + 1)
    more = uses[PAGE - 1].redemption if len(uses) > PAGE else None
    return History([history_line(use) for use in uses[:PAGE]], more)
