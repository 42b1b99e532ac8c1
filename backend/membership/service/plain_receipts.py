"""The receipt of whatever a household pays besides its dues, decided when it is issued and never again (M9)."""

from backend.billing import heads, receipts
from backend.billing import queries as billing
from backend.billing.queries import Order, Payment, Receipt
from backend.billing.rules import GAINS, PaymentKind
from backend.kit import clock, formats
from backend.kit.database import within
from backend.membership.queries import Household
from backend.membership.service.receipts import GIVEN_BACK, NO_VAT, WAYS, head, took_back

BACK = {"title": "Avoir", "received_from": "Rendu à"}


async def issue(household: Household, order: Order, payment: Payment, *first: str) -> Receipt:
    """A receipt for what came, a credit note for what went back: each in the series of its order.

    `first`: sentences that stand before the one on VAT.
    """
    within()
    if payment.kind is PaymentKind.RETURNED:
        return await took_back(household, order, payment)
    came = payment.kind in GAINS
    payer = await billing.get_payer(household.payer_id)
    on = formats.day(clock.paris(payment.received_at).date())
    words = (WAYS if came else GIVEN_BACK)[payment.way]
    said = {
        **head(await heads.club(), payer, household.public_id, payment),
        **({} if came else BACK),
        "label": order.label,
        "way": words.format(on=on),
        "sentences": [*first, NO_VAT],
    }
    return await receipts.issue(order, payment, said)
