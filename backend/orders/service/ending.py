"""What waits at the counter for a household, before nobody is left in it (M5), or at a site that closes.

Its orders and its money stay its own: were it ended first, nobody would see them. What was never paid
for is given up by itself.
"""

from backend.kit.database import within
from backend.membership.service import before_end
from backend.orders import paid, queries
from backend.orders.errors import OrderMoneyWaits, OrdersOpen, SiteServes
from backend.orders.rules import TicketState
from backend.places.service import before_close


@before_end
async def check_nothing_ordered(household_id: int) -> None:
    """What Stripe gives back needs nobody. Raises OrdersOpen, OrderMoneyWaits."""
    within()
    for ticket in await queries.open_of_household(household_id):
        if ticket.state is not TicketState.ORDERED or ticket.paid_cents:
            raise OrdersOpen
    for ticket in await queries.to_give_back(household_id):
        if await paid.to_return(ticket):
            raise OrderMoneyWaits


@before_close
async def check_nothing_waits(site_id: int) -> None:
    """Nobody would see them on the boards of the other sites. Raises SiteServes."""
    within()
    if any(ticket.is_open for ticket in await queries.open_at(site_id)):
        raise SiteServes
