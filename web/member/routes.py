"""The tenant's own controllers."""

from litestar.types import ControllerRouterHandler

from web.member import (
    card,
    certificate,
    firms,
    home,
    insurance,
    offers,
    referrals,
    uses,
    vouchers,
)

HANDLERS: list[ControllerRouterHandler] = [
    *home.HANDLERS,
    *offers.HANDLERS,
    *vouchers.HANDLERS,
    *uses.HANDLERS,
    *card.HANDLERS,
    *insurance.HANDLERS,
    *firms.HANDLERS,
    *referrals.HANDLERS,
    *certificate.HANDLERS,
]
