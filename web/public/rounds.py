"""A partner's list of one delivery: sums without names, behind an address that ends (S3, S4, P5)."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from backend.http import callers, exports
from backend.http.respond import page
from backend.kit import codes
from backend.kit.sheets import Column, Kind, Sheet
from backend.orders import catalogue, lists, queries
from backend.orders.queries import Round

AnyRequest = Request[Any, Any, Any]
COLUMNS = (Column("Article"), Column("Nombre", Kind.NUMBER))


@get("/livraisons/{token:str}", guards=[callers.public])
async def show(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    round_ = await _round(token)
    service = await catalogue.service_by_id(round_.service_id)
    return await page(
        request,
        "public/rounds/show.html",
        title=round_.service_name,
        space="public",
        round=round_,
        sums=await lists.sums_of(round_.id),
        fewer=await lists.fewer_since(round_),
        pieces=await lists.pieces_of(round_.id) if service.brings_in else [],
        token=token,
    )


@get("/livraisons/{token:str}/liste.csv", guards=[callers.public])
async def export(token: FromPath[str]) -> Response[Any]:
    round_ = await _round(token)
    rows = [(each.name, each.count) for each in await lists.sums_of(round_.id)]
    name = f"{round_.service}-{round_.due_on}"
    return await exports.send_to(round_.partner or round_.service_name, Sheet(name, COLUMNS, rows))


async def _round(token: str) -> Round:
    return await queries.round_of_link(codes.hash_token(token))


HANDLERS = [show, export]
