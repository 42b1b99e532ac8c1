"""Invoices of partners' dues and their credit notes: what they say (P2)."""

from typing import Any

from backend.billing import heads, invoices
from backend.billing import queries as orders
from backend.billing.invoices import Invoice
from backend.billing.queries import Order, Payment
from backend.kit import clock, formats
from backend.kit.database import within
from backend.merchants import contracts
from backend.merchants.contracts import ContractPage

ALL = "Cet avoir annule la facture {number}."
REST = "Cet avoir annule ce qui restait de la facture {number}."
PART = "Cet avoir rend {amount} de la facture {number}."
GIVEN_BACK = "Remboursé le {on}."


async def issue(
    order: Order, contract: ContractPage, way: str, cents: int | None = None
) -> Invoice:
    """Once for an order; `way` says how it is paid. `cents`: where it is not all that was asked."""
    within()
    said = await _printed(order, contract, "Facture", way, cents or order.amount_cents)
    return await invoices.issue(order, said, cents)


async def credit(order: Order, contract: ContractPage) -> None:
    """What is left of its invoice is taken back on paper, where it has one."""
    within()
    found = await invoices.of_order(order.id)
    if found is None or found.cancelled:
        return
    what = ALL if found.credited_cents == 0 else REST
    said = await _printed(
        order, contract, "Avoir", what.format(number=found.said), found.left_cents
    )
    await invoices.credit(order, found, found.left_cents, said)


async def credit_refund(order: Order, contract: ContractPage, refund: Payment) -> None:
    """What went back has a credit note of its own amount (P2).

    None for money that came twice: what was invoiced is still with the club.
    """
    within()
    found = await invoices.of_order(order.id)
    if found is None:
        return
    kept = await orders.kept_cents(order.id)
    cents = min(refund.amount_cents, found.left_cents - max(kept, 0))
    if cents <= 0:
        return
    whole = cents == found.amount_cents
    what = (ALL if whole else PART).format(number=found.said, amount=formats.euros(cents))
    on = formats.day(clock.paris(refund.received_at).date())
    said = await _printed(order, contract, "Avoir", what, cents)
    said["sentences"].append(GIVEN_BACK.format(on=on))
    await invoices.credit(order, found, cents, said, refund.id)


async def _printed(
    order: Order, contract: ContractPage, title: str, way: str, cents: int
) -> dict[str, Any]:
    """What the paper says; it is kept word for word."""
    payer = await orders.get_payer(order.payer_id)
    amount = formats.euros(cents)
    return {
        "title": title,
        "date": formats.day(clock.today()),
        "club": await heads.club(),
        "to": "À l'attention de",
        "payer": {
            "name": payer.name,
            "lines": heads.lines(payer.street, f"{payer.postcode} {payer.town}"),
        },
        "heads": {"what": "Désignation", "amount": "Montant", "total": "Total"},
        "lines": [{"label": order.label, "amount": amount}],
        "amount": amount,
        "amount_cents": cents,
        "contract": contract.public_id,
        "sentences": [(await contracts.terms()).vat_text, way],
    }
