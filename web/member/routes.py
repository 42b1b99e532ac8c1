"""The tenant's own controllers."""

from litestar.types import ControllerRouterHandler

from web.member import (
    agenda,
    bookings,
    calendars,
    card,
    certificate,
    desk_visits,
    exchanges,
    firms,
    home,
    insurance,
    listings,
    loan_money,
    offers,
    referrals,
    services,
    skills,
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
    *calendars.HANDLERS,
    *loan_money.HANDLERS,
    *desk_visits.HANDLERS,
    *services.HANDLERS,
    *skills.HANDLERS,
    *listings.HANDLERS,
    *exchanges.HANDLERS,
    *agenda.HANDLERS,
]
