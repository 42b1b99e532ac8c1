"""What a receipt for dues says, decided when it is issued and never again (M9)."""

from datetime import date
from typing import Any

from backend.billing import cheques, heads
from backend.billing import queries as billing_queries
from backend.billing import receipts as numbered
from backend.billing import service as billing
from backend.billing.queries import Order, Payer, Payment, Receipt
from backend.billing.rules import PayWay
from backend.kit import clock, formats
from backend.kit.database import within
from backend.membership.queries import Household, OfHousehold
from backend.membership.rules import Span
from backend.notifications import service as notifications

WAYS = {
    PayWay.ONLINE: "Payé en ligne le {on}",
    PayWay.MONTHLY: "Payé en ligne le {on}, mensualité",
    PayWay.CASH: "Payé en espèces le {on}",
    PayWay.CHEQUE: "Payé par chèque le {on}",
    PayWay.TRANSFER: "Payé par virement le {on}",
}
GIVEN_BACK = {
    PayWay.ONLINE: "Rendu par Stripe le {on}",
    PayWay.MONTHLY: "Rendu par Stripe le {on}",
    PayWay.CASH: "Rendu en espèces le {on}",
    PayWay.CHEQUE: "Chèque rendu le {on}",
    PayWay.TRANSFER: "Rendu par virement le {on}",
}
CHEQUE_CASHED = "Montant du chèque rendu le {on}"  # the bank has the cheque, the club its money
CAME_BACK = "Revenu de la banque le {on}."
CANCELS = " Annule l'avoir {number}."
# CGI art. 200: dues that bring benefits are no gift.
NO_TAX_REDUCTION = (
    "Cette cotisation donne droit à des avantages : elle n'ouvre droit à aucune réduction d'impôt."
)
NO_VAT = "Association à but non lucratif : TVA non applicable."


async def receipt(household: Household, order: Order, payment: Payment, span: Span) -> Receipt:
    """Issued, and who ordered told, unless the order was taken back: then nothing began."""
    within()
    payer = await billing_queries.get_payer(household.payer_id)
    said = printed(await heads.club(), payer, household.public_id, order.label, payment, span)
    issued = await numbered.issue(order, payment, said)
    first = household.told_of(order.terms(OfHousehold).by)
    if first is not None and order.withdrawn_at is None:
        await notifications.tell(
            "dues.paid",
            f"dues.paid:{payment.public_id}",
            person_id=first.person_id,
            values={
                "name": first.given_name,
                "amount": formats.euros(payment.amount_cents),
                "start": formats.day(span.start),
                "end": formats.day(span.end),
                "receipt": issued.said,
            },
        )
    return issued


async def credit_note(household: Household, order: Order, payment: Payment) -> Receipt:
    """What was given back, on paper too: numbered in its own series, beside the receipt (M9)."""
    within()
    payer = await billing_queries.get_payer(order.payer_id)
    on = formats.day(clock.paris(payment.received_at).date())
    said = {
        **head(await heads.club(), payer, household.public_id, payment),
        "title": "Avoir",
        "received_from": "Rendu à",
        "label": f"Remboursement : {order.label}",
        "way": (await _given_back(order, payment)).format(on=on),
        "sentences": [NO_VAT],
    }
    return await numbered.issue(order, payment, said)


async def took_back(household: Household, order: Order, payment: Payment) -> Receipt:
    """A refund came back: the paper that takes its credit note back, so that papers and money agree (M9)."""
    within()
    payer = await billing_queries.get_payer(order.payer_id)
    on = formats.day(clock.paris(payment.received_at).date())
    number = await numbered.credit_note_of(payment)
    said = {
        **head(await heads.club(), payer, household.public_id, payment),
        "label": f"Remboursement revenu : {order.label}",
        "way": CAME_BACK.format(on=on) + (CANCELS.format(number=number) if number else ""),
        "sentences": [NO_VAT],
    }
    return await numbered.issue(order, payment, said)


async def _given_back(order: Order, payment: Payment) -> str:
    if payment.way is PayWay.CHEQUE:
        paid = await billing.payment_of(order)
        if paid is not None and await cheques.is_deposited(paid):
            return CHEQUE_CASHED
    return GIVEN_BACK[payment.way]


def printed(
    club: dict[str, Any],
    payer: Payer,
    household_public_id: str,
    label: str,
    payment: Payment,
    span: Span,
) -> dict[str, Any]:
    """What the paper says; it is kept word for word."""
    on = formats.day(clock.paris(payment.received_at).date())
    return {
        **head(club, payer, household_public_id, payment),
        "label": f"{label}, {_days(span.start, span.end)}",
        "way": WAYS[payment.way].format(on=on),
        "sentences": [NO_TAX_REDUCTION, NO_VAT],
    }


def head(
    club: dict[str, Any], payer: Payer, household_public_id: str, payment: Payment
) -> dict[str, Any]:
    """Of every paper of a household's money: whose it is, from whom and how much."""
    town = f"{payer.postcode} {payer.town}"
    return {
        "title": "Reçu",
        "date": formats.day(clock.today()),
        "club": club,
        "received_from": "Reçu de",
        "payer": {
            "name": payer.name,
            "lines": heads.lines(payer.street, town, f"Foyer n° {household_public_id}"),
        },
        "amount": formats.euros(payment.amount_cents),
        "amount_cents": payment.amount_cents,
    }


def _days(start: date, end: date) -> str:
    return f"du {formats.day(start)} au {formats.day(end)}"
