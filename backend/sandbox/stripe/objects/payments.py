"""Payment intents, methods, charges, refunds and disputes."""

from backend.sandbox.stripe.objects.common import address, head, nulls, or_null
from backend.sandbox.stripe.sources import Obj, new_id, now, token

WEEK = 7 * 86_400


def payment_intent(
    *,
    amount: int,
    currency: str,
    customer: str | None,
    payment_method_types: list[str],
    metadata: dict[str, str],
    capture_method: str = "automatic_async",
    description: str | None = None,
    receipt_email: str | None = None,
    setup_future_usage: str | None = None,
    statement_descriptor: str | None = None,
    statement_descriptor_suffix: str | None = None,
) -> Obj:
    made = head("payment_intent", "pi")
    return made | {
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "capture_method": capture_method,
        "client_secret": f"{made['id']}_secret_{token(24)}",
        "confirmation_method": "automatic",
        "currency": currency,
        "customer": customer,
        "description": or_null(description),
        "metadata": metadata,
        "payment_method_options": {},
        "payment_method_types": payment_method_types,
        "receipt_email": or_null(receipt_email),
        "setup_future_usage": or_null(setup_future_usage),
        "statement_descriptor": or_null(statement_descriptor),
        "statement_descriptor_suffix": or_null(statement_descriptor_suffix),
        "status": "requires_payment_method",
        **nulls("application application_fee_amount automatic_payment_methods canceled_at"),
        **nulls("cancellation_reason customer_account excluded_payment_method_types"),
        **nulls("last_payment_error latest_charge managed_payments next_action on_behalf_of"),
        **nulls("payment_method payment_method_configuration_details processing review shipping"),
        **nulls("source transfer_data transfer_group"),
    }


def setup_intent(
    *,
    customer: str | None,
    description: str | None,
    payment_method_types: list[str],
    usage: str,
    metadata: dict[str, str],
) -> Obj:
    made = head("setup_intent", "seti")
    return made | {
        "client_secret": f"{made['id']}_secret_{token(24)}",
        "customer": or_null(customer),
        "description": or_null(description),
        "metadata": metadata,
        "payment_method_options": {},
        "payment_method_types": payment_method_types,
        "status": "requires_payment_method",
        "usage": usage,
        **nulls("application automatic_payment_methods cancellation_reason flow_directions"),
        **nulls("excluded_payment_method_types last_setup_error latest_attempt mandate"),
        **nulls("next_action on_behalf_of payment_method single_use_mandate"),
        **nulls("payment_method_configuration_details"),
    }


def payment_method(*, instrument: Obj, billing: Obj, customer: str | None) -> Obj:
    """`instrument` is {"type": "card", "card": {...}} or the same for sepa_debit."""
    return head("payment_method", "pm") | {
        "allow_redisplay": "limited",
        "billing_details": billing,
        "customer": customer,
        "metadata": {},
        "type": instrument["type"],
        instrument["type"]: instrument["of_method"],
        **nulls("customer_account"),
    }


def charge(*, intent: Obj, method: Obj, instrument: Obj, status: str) -> Obj:
    """Status is succeeded, pending (a debit under way) or failed (refused at once)."""
    sepa = method["type"] == "sepa_debit"
    captured = intent["capture_method"] != "manual" and status == "succeeded"
    return head("charge", "py" if sepa else "ch") | {
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if captured or status == "pending" else 0,
        "amount_refunded": 0,
        "billing_details": method["billing_details"],
        "captured": captured or status == "pending",
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "fraud_details": {},
        "metadata": dict(intent["metadata"]),
        "paid": status == "succeeded",
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {
            "type": method["type"],
            method["type"]: instrument["of_charge"],
        },
        "receipt_email": intent["receipt_email"],
        "refunded": False,
        "status": status,
        **nulls("application application_fee application_fee_amount balance_transaction"),
        **nulls("calculated_statement_descriptor failure_balance_transaction failure_code"),
        **nulls("failure_message on_behalf_of outcome receipt_number receipt_url review shipping"),
        **nulls("source source_transfer statement_descriptor statement_descriptor_suffix"),
        **nulls("transfer_data transfer_group"),
    }


def billing_details(*, email: str | None, name: str | None) -> Obj:
    return {
        "address": address(None),
        "email": or_null(email),
        "name": or_null(name),
        **nulls("phone tax_id"),
    }


def refund(*, of: Obj, amount: int, reason: str | None, metadata: dict[str, str]) -> Obj:
    made = head("refund", "re")
    del made["livemode"]  # a refund has none
    sepa = of["payment_method_details"]["type"] == "sepa_debit"
    details = {"type": "sepa_debit"} if sepa else {"type": "card", "card": {"type": "refund"}}
    return made | {
        "amount": amount,
        "charge": of["id"],
        "currency": of["currency"],
        "customer": of["customer"],
        "destination_details": details,
        "metadata": metadata,
        "payment_intent": of["payment_intent"],
        "payment_method": of["payment_method"],
        "reason": reason,
        "status": "succeeded",
        **nulls("balance_transaction customer_account receipt_number source_transfer_reversal"),
        **nulls("transfer_reversal"),
    }


def dispute(*, of: Obj, amount: int, reason: str) -> Obj:
    return head("dispute", "du") | {
        "amount": amount,
        "balance_transactions": [],
        "charge": of["id"],
        "currency": of["currency"],
        "enhanced_eligibility_types": [],
        "evidence": nulls(EVIDENCE) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": now() + WEEK,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "metadata": {},
        "payment_intent": of["payment_intent"],
        "payment_method_details": _disputed_method(of),
        "reason": reason,
        "status": "needs_response",
    }


EVIDENCE = (
    "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure "
    "cancellation_rebuttal customer_communication customer_email_address customer_name "
    "customer_purchase_ip customer_signature duplicate_charge_documentation "
    "duplicate_charge_explanation duplicate_charge_id product_description receipt refund_policy "
    "refund_policy_disclosure refund_refusal_explanation service_date service_documentation "
    "shipping_address shipping_carrier shipping_date shipping_documentation "
    "shipping_tracking_number uncategorized_file uncategorized_text"
)


def _disputed_method(of: Obj) -> Obj | None:
    details = of["payment_method_details"]
    if details["type"] != "card":
        return None
    brand = details["card"]["brand"]
    card = {
        "brand": brand,
        "case_type": "chargeback",
        "network": brand,
        "network_reason_code": "10.4",
    }
    return {"type": "card", "card": card}


def mandate_id() -> str:
    return new_id("mandate")
