"""The portal's controllers."""

from litestar.types import ControllerRouterHandler

from partners.portal import campaigns, contracts, home, offers, shops, statements, tills

PORTAL: list[ControllerRouterHandler] = [
    home.index,
    *statements.HANDLERS,
    *campaigns.HANDLERS,
    *contracts.HANDLERS,
    *shops.HANDLERS,
    *tills.HANDLERS,
    *offers.HANDLERS,
]
