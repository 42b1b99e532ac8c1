"""What a receipt of a loan says, decided when it is issued and never again (M9).

The thing has no name on it: the loan has its number, so that who borrowed what can be forgotten.
"""

from backend.billing.queries import Order, Payment, Receipt
from backend.billing.rules import GAINS
from backend.kit.database import within
from backend.membership.queries import Household
from backend.membership.service import plain_receipts

DEPOSIT = "Cette somme reste au foyer : elle lui est rendue avec l'objet."


async def issue(household: Household, order: Order, payment: Payment) -> Receipt:
    """A receipt for what came, a credit note for what went back: each in the series of its order."""
    within()
    kept = order.kind == "deposit" and payment.kind in GAINS
    return await plain_receipts.issue(household, order, payment, *([DEPOSIT] if kept else []))
