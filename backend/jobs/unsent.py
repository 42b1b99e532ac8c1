"""Each hour: what we asked of Stripe and nobody tries any more is shown, and a charge is called off."""

from backend.audit.service import By
from backend.billing import queries, refunds, unsent
from backend.billing import service as billing
from backend.billing.gateway import connected
from backend.jobs.inbox import settle
from backend.lending.service import cards
from backend.membership.service import renewals
from backend.membership.service.dues import DUES


async def look() -> None:
    """The same letters again change nothing."""
    for letter in await unsent.letters():
        order = await unsent.order_of(letter)
        if letter.kind == billing.CHARGE and order is not None:
            await _give_up(order)
        await unsent.notice(letter)


async def drop(by: By, public_id: str) -> bool:
    """Whether there is money to give back beside Stripe: it may have done what its answer never said.

    Raises StripeUnavailable, and then nothing is dropped; the rest as `unsent.drop` does.
    """
    asked = await unsent.refund_of(public_id)
    made = asked and await connected().find_refund(asked.payment, asked.public_id)
    if asked and made:
        await refunds.keep(asked.public_id, made)
        facts = await connected().read(made)
        if facts is not None:
            await settle(facts)
    return await unsent.drop(by, public_id)


async def _give_up(order: str) -> None:
    """A renewal ends; what a loan costs stays owed."""
    if (await queries.get_order(order)).kind == DUES:
        await renewals.give_up_renewal(order)
    else:
        await cards.give_up_charge(order)
