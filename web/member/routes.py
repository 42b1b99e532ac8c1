"""The tenant's own controllers."""

from litestar.types import ControllerRouterHandler

from web.member import (
    bookings,
    card,
    certificate,
    desk_visits,
    firms,
    home,
    insurance,
    offers,
    referrals,
    things,
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
    *things.HANDLERS,
    *bookings.HANDLERS,
    *desk_visits.HANDLERS,
]
