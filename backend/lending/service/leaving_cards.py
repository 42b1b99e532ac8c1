"""A card that was left for deposits is taken away again by whoever left it (L34)."""

from backend.audit.service import By
from backend.billing import holds
from backend.billing import queries as orders
from backend.kit import clock
from backend.kit.database import fetch, fetch_value, once_more, transaction
from backend.lending.owing_errors import CardNotYours, CardRelied
from backend.lending.queries import deposits
from backend.lending.rules import DepositWay
from backend.lending.service.cards import card_of
from backend.lending.service.paying import LENDING, LoanTerms
from backend.membership.queries import Household
from backend.membership.service import lock_household
from backend.membership.service.tracing import note


@once_more
async def remove_card(household_id: int, by: By) -> None:
    """Stripe lets it go. Raises CardMissing, CardNotYours, CardRelied."""
    async with transaction():
        household = await lock_household(household_id)
        card = await card_of(household_id)
        if card.person not in {None, by.id}:
            raise CardNotYours
        await _check_free(household)
        await fetch(
            "UPDATE card_imprint SET dropped_at = $2, method = '' WHERE household = $1"
            " AND dropped_at IS NULL",
            household_id,
            clock.now(),
        )
        name = await fetch_value("SELECT public_id FROM pay_order WHERE id = $1", card.pay_order)
        order = await orders.get_order(name)
        await holds.ask_detach(order, card.method)
        await note(by, household, "loan_card_removed", order=order.public_id)


async def _check_free(household: Household) -> None:
    """Nothing that is out stands on it, and nothing that the club asked of it is on its way."""
    held = await deposits.of_household(household.id)
    if any(one.stands and one.way in {DepositWay.CARD, DepositWay.HOLD} for one in held):
        raise CardRelied
    for order in await orders.open_pages(household.payer_id, LENDING):
        if order.terms(LoanTerms).by is None:
            raise CardRelied
