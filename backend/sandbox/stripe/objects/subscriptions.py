"""Subscriptions, their items, invoices and what paid them."""

from backend.sandbox.stripe.objects.common import head, listing, no_tax, nulls, or_null
from backend.sandbox.stripe.sources import Obj, new_id, now


def subscription(
    *,
    customer: str,
    sold: list[tuple[Obj, int]],
    period: tuple[int, int],
    payment_method: str,
    description: str | None,
    metadata: dict[str, str],
) -> Obj:
    made = head("subscription", "sub")
    items = [subscription_item(made["id"], price, quantity, period) for price, quantity in sold]
    return made | {
        "automatic_tax": no_tax("disabled_reason"),
        "billing_cycle_anchor": period[0],
        "billing_mode": {"type": "flexible", "flexible": {"proration_discounts": "included"}},
        "billing_schedules": [],
        "cancel_at_period_end": False,
        "cancellation_details": nulls("comment feedback reason"),
        "collection_method": "charge_automatically",
        "currency": sold[0][0]["currency"],
        "customer": customer,
        "default_payment_method": payment_method,
        "default_tax_rates": [],
        "description": or_null(description),
        "discounts": [],
        "invoice_settings": {
            "issuer": {"type": "self"},
            **nulls("account_tax_ids custom_fields description footer"),
        },
        "items": listing(f"/v1/subscription_items?subscription={made['id']}", items),
        "metadata": metadata,
        "payment_settings": {
            "save_default_payment_method": "off",
            **nulls("payment_method_options payment_method_types"),
        },
        "start_date": period[0],
        "status": "active",
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        **nulls("application application_fee_percent billing_cycle_anchor_config"),
        **nulls("billing_thresholds cancel_at canceled_at customer_account days_until_due"),
        **nulls("default_source ended_at latest_invoice managed_payments on_behalf_of"),
        **nulls("next_pending_invoice_item_invoice pause_collection pending_setup_intent"),
        **nulls("pending_invoice_item_interval pending_update schedule test_clock"),
        **nulls("transfer_data trial_end trial_start"),
    }


def subscription_item(
    subscription_id: str, price: Obj, quantity: int, period: tuple[int, int]
) -> Obj:
    made = head("subscription_item", "si", length=14)
    del made["livemode"]  # an item has none
    return made | {
        "billing_thresholds": None,
        "current_period_start": period[0],
        "current_period_end": period[1],
        "discounts": [],
        "metadata": {},
        "plan": _plan(price),
        "price": price,
        "quantity": quantity,
        "subscription": subscription_id,
        "tax_rates": [],
    }


def _plan(price: Obj) -> Obj:
    """The same terms in the words of before prices: Stripe still sends both."""
    same = ("active", "billing_scheme", "created", "currency", "id", "livemode", "metadata")
    return {name: price[name] for name in same} | {
        "object": "plan",
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "interval": price["recurring"]["interval"],
        "interval_count": price["recurring"]["interval_count"],
        "nickname": price["nickname"],
        "product": price["product"],
        "usage_type": "licensed",
        **nulls("meter tiers_mode transform_usage trial_period_days"),
    }


def invoice(*, of: Obj, customer: Obj, period: tuple[int, int], reason: str, number: str) -> Obj:
    made = head("invoice", "in")
    lines = [_line(made["id"], item, period) for item in of["items"]["data"]]
    total = sum(line["amount"] for line in lines)
    return made | {
        "account_country": "FR",
        "amount_due": total,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": total,
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": no_tax("disabled_reason", "provider", "status"),
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "currency": of["currency"],
        "customer": customer["id"],
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "discounts": [],
        "effective_at": now(),
        "ending_balance": 0,
        "issuer": {"type": "self"},
        "lines": listing(f"/v1/invoices/{made['id']}/lines", lines),
        "metadata": {},
        "number": number,
        "parent": {
            "type": "subscription_details",
            "quote_details": None,
            "subscription_details": {
                "metadata": dict(of["metadata"]),
                "subscription": of["id"],
            },
        },
        "payment_settings": nulls("default_mandate payment_method_options payment_method_types"),
        "period_start": period[0],
        "period_end": period[0],
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "status": "open",
        "status_transitions": {
            "finalized_at": now(),
            **nulls("marked_uncollectible_at paid_at voided_at"),
        },
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "total": total,
        "total_discount_amounts": [],
        "total_excluding_tax": total,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        **nulls("account_name account_tax_ids application automatically_finalizes_at"),
        **nulls("custom_fields customer_account customer_shipping default_payment_method"),
        **nulls("default_source description due_date footer from_invoice hosted_invoice_url"),
        **nulls("invoice_pdf last_finalization_error latest_revision next_payment_attempt"),
        **nulls("on_behalf_of receipt_number rendering shipping_cost shipping_details"),
        **nulls("statement_descriptor test_clock webhooks_delivered_at"),
    }


def invoice_payment(*, invoice: Obj, intent: Obj) -> Obj:
    return head("invoice_payment", "inpay") | {
        "amount_paid": None,
        "amount_requested": invoice["amount_due"],
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "payment": {"type": "payment_intent", "payment_intent": intent["id"]},
        "status": "open",
        "status_transitions": nulls("canceled_at paid_at"),
    }


def _line(invoice_id: str, item: Obj, period: tuple[int, int]) -> Obj:
    amount = item["price"]["unit_amount"] * item["quantity"]
    return {
        "id": new_id("il"),
        "object": "line_item",
        "amount": amount,
        "currency": item["price"]["currency"],
        "description": None,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice_id,
        "livemode": False,
        "metadata": {},
        "parent": {
            "type": "subscription_item_details",
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": False,
                "proration_details": None,
                "subscription": item["subscription"],
                "subscription_item": item["id"],
            },
        },
        "period": {"start": period[0], "end": period[1]},
        "pretax_credit_amounts": [],
        "pricing": {
            "type": "price_details",
            "price_details": {"price": item["price"]["id"], "product": item["price"]["product"]},
            "unit_amount_decimal": item["price"]["unit_amount_decimal"],
        },
        "quantity": item["quantity"],
        "quantity_decimal": str(item["quantity"]),
        "subscription": item["subscription"],
        "subtotal": amount,
        "taxes": [],
    }
