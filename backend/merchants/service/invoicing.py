"""Invoices of partners' dues and their credit notes: what they say (P2)."""

from typing import Any

from backend.billing import heads, invoices
from backend.billing import queries as orders
from backend.billing.invoices import Invoice
from backend.billing.queries import Order
from backend.kit import clock, formats
from backend.kit.database import within
from backend.merchants import contracts
from backend.merchants.contracts import ContractPage


async def issue(order: Order, contract: ContractPage, way: str) -> Invoice:
    """Once for an order; `way` says how it is paid."""
    within()
    return await invoices.issue(order, await _printed(order, contract, "Facture", way))


async def credit(order: Order, contract: ContractPage) -> None:
    """Its invoice is taken back on paper, where it has one."""
    within()
    said = await _printed(order, contract, "Avoir", "Cet avoir annule la facture.")
    await invoices.cancel(order, said)


async def _printed(order: Order, contract: ContractPage, title: str, way: str) -> dict[str, Any]:
    """What the paper says; it is kept word for word."""
    payer = await orders.get_payer(order.payer_id)
    amount = formats.euros(order.amount_cents)
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
        "amount_cents": order.amount_cents,
        "contract": contract.public_id,
        "sentences": [(await contracts.terms()).vat_text, way],
    }
