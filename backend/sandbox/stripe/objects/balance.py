"""Movements of Stripe's balance, with French fees, and the transfers to the bank."""

from backend.sandbox.stripe.objects.common import head, nulls
from backend.sandbox.stripe.sources import Obj, now

DAY = 86_400


def fee_of(charge: Obj) -> int:
    """France: a European card costs 1.5 % and 25 cents, a SEPA debit 35 cents."""
    if charge["payment_method_details"]["type"] == "sepa_debit":
        return 35
    amount: int = charge["amount"]
    return (amount * 15 + 500) // 1000 + 25


def balance_transaction(
    *,
    source: Obj,
    kind: str,
    category: str,
    amount: int,
    fee: int = 0,
    description: str | None = None,
) -> Obj:
    """`amount` is signed: what comes in is positive; `net` is what is left after the fee."""
    made = head("balance_transaction", "txn")
    del made["livemode"]  # a movement has none
    return made | {
        "amount": amount,
        "available_on": now() + 3 * DAY,
        "balance_type": "payments",
        "currency": source["currency"],
        "description": description,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [_fee_detail(fee, source["currency"])] if fee else [],
        "net": amount - fee,
        "reporting_category": category,
        "source": source["id"],
        "status": "pending",
        "type": kind,
    }


def payout(*, amount: int, currency: str) -> Obj:
    return head("payout", "po") | {
        "amount": amount,
        "arrival_date": now() + 2 * DAY,
        "automatic": True,
        "currency": currency,
        "description": "STRIPE PAYOUT",
        "destination": "ba_simulated",
        "metadata": {},
        "method": "standard",
        "reconciliation_status": "completed",
        "source_type": "card",
        "status": "in_transit",
        "type": "bank_account",
        **nulls("application_fee application_fee_amount balance_transaction failure_code"),
        **nulls("failure_balance_transaction failure_message original_payout payout_method"),
        **nulls("reversed_by statement_descriptor trace_id"),
    }


def held(*, available: int, pending: int) -> Obj:
    def euros(amount: int) -> list[Obj]:
        return [{"amount": amount, "currency": "eur", "source_types": {"card": amount}}]

    return {
        "object": "balance",
        "available": euros(available),
        "livemode": False,
        "pending": euros(pending),
        "refund_and_dispute_prefunding": {"available": euros(0), "pending": euros(0)},
    }


def _fee_detail(fee: int, currency: str) -> Obj:
    return {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }
