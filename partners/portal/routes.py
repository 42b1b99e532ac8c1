"""The portal's controllers."""

from litestar.types import ControllerRouterHandler

from partners.portal import campaigns, home, offers, shops, tills

PORTAL: list[ControllerRouterHandler] = [
    home.index,
    *campaigns.HANDLERS,
    *shops.HANDLERS,
    *tills.HANDLERS,
    *offers.HANDLERS,
]
