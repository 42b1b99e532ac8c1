"""The tenant's own controllers."""

from litestar.types import ControllerRouterHandler

from web.member import card, home, offers, vouchers

HANDLERS: list[ControllerRouterHandler] = [
    *home.HANDLERS,
    *offers.HANDLERS,
    *vouchers.HANDLERS,
    *card.HANDLERS,
]
