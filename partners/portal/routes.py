"""The portal's controllers."""

from litestar.types import ControllerRouterHandler

from partners.portal import home, offers, shops, tills

PORTAL: list[ControllerRouterHandler] = [
    home.index,
    *shops.HANDLERS,
    *tills.HANDLERS,
    *offers.HANDLERS,
]
