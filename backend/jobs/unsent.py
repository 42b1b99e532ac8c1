"""Each hour: what we asked of Stripe and nobody tries any more is shown, and a renewal is called off."""

from backend.billing import service as billing
from backend.billing import unsent
from backend.membership.service import renewals


async def look() -> None:
    """The same letters again change nothing."""
    for letter in await unsent.letters():
        order = await unsent.order_of(letter)
        if letter.kind == billing.CHARGE and order is not None:
            await renewals.give_up_renewal(order)
        await unsent.notice(letter)
