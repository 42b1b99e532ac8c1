"""Whose pages these are: a merchant's own partners, and under what name an act is kept."""

from typing import Any

from litestar import Request

from backend.http.callers import get_caller, scoped
from backend.identity.queries import SignedIn
from backend.identity.rules import Role
from backend.merchants import queries as merchants
from backend.merchants.errors import ShopUnknown, TillUnknown
from backend.merchants.queries import PartnerPage, ShopCard, TillCard

AnyRequest = Request[Any, Any, Any]
MERCHANT = scoped(Role.MERCHANT)


def scopes(request: AnyRequest) -> frozenset[int]:
    """The partners the caller speaks for."""
    caller: SignedIn = get_caller(request)
    return caller.scopes(Role.MERCHANT)


async def chosen(request: AnyRequest) -> tuple[PartnerPage, list[PartnerPage]]:
    """The partner asked for by `?partenaire=`, if it is the caller's, else the first; and all."""
    partners = await merchants.partners_of(scopes(request))
    asked = request.query_params.get("partenaire", "")
    return next((one for one in partners if one.public_id == asked), partners[0]), partners


async def own_shop(request: AnyRequest, public_id: str) -> ShopCard:
    """Another partner's shop is not there (SEC11)."""
    shop = await merchants.find_shop(public_id)
    if shop is None or shop.partner_id not in scopes(request):
        raise ShopUnknown
    return shop


async def own_till(request: AnyRequest, public_id: str) -> TillCard:
    till = await merchants.find_till(public_id)
    if till is None or till.partner_id not in scopes(request):
        raise TillUnknown
    return till
