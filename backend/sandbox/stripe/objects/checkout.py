"""Checkout sessions and portal sessions."""

from backend.sandbox.stripe.objects.common import head, no_tax, nulls, or_null
from backend.sandbox.stripe.sources import Obj, new_id, now

DAY = 86_400


def session(
    *,
    mode: str,
    amount: int | None,
    currency: str,
    success_url: str,
    cancel_url: str | None,
    base_url: str,
    customer: str | None = None,
    customer_email: str | None = None,
    customer_creation: str | None = None,
    client_reference_id: str | None = None,
    payment_method_types: list[str],
    metadata: dict[str, str],
    expires_at: int | None = None,
    locale: str | None = None,
    submit_type: str | None = None,
    billing_address_collection: str | None = None,
    custom_text: Obj | None = None,
) -> Obj:
    made = head("checkout.session", "cs_test", length=58)
    return made | {
        "adaptive_pricing": {"enabled": False},
        "amount_subtotal": amount,
        "amount_total": amount,
        "automatic_tax": no_tax("status", "provider"),
        "billing_address_collection": billing_address_collection,
        "cancel_url": or_null(cancel_url),
        "client_reference_id": or_null(client_reference_id),
        "currency": currency,
        "custom_fields": [],
        "custom_text": _custom_text(custom_text),
        "customer": or_null(customer),
        "customer_creation": customer_creation,
        "customer_details": _details(customer_email) if customer_email else None,
        "customer_email": or_null(customer_email),
        "expires_at": expires_at or now() + DAY,
        "locale": or_null(locale),
        "metadata": metadata,
        "mode": mode,
        "payment_method_collection": "if_required" if mode == "payment" else "always",
        "payment_method_options": {},
        "payment_method_types": payment_method_types,
        "payment_status": "no_payment_required" if mode == "setup" else "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "submit_type": submit_type,
        "success_url": success_url,
        "total_details": None
        if amount is None
        else {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{base_url}/c/pay/{made['id']}",
        "wallet_options": None,
        **nulls("after_expiration allow_promotion_codes client_secret collected_information"),
        **nulls("consent consent_collection currency_conversion customer_account discounts"),
        **nulls("integration_identifier invoice invoice_creation managed_payments origin_context"),
        **nulls("payment_intent payment_link payment_method_configuration_details permissions"),
        **nulls("recovered_from saved_payment_method_options setup_intent shipping_cost"),
        **nulls("shipping_address_collection subscription"),
    }


def customer_details(*, email: str | None, name: str | None) -> Obj:
    return _details(email) | {"name": or_null(name), "tax_ids": []}


def portal_session(
    *, customer: str, return_url: str | None, locale: str | None, flow: Obj | None, base_url: str
) -> Obj:
    made = head("billing_portal.session", "bps")
    return made | {
        "configuration": "bpc_simulated",
        "customer": customer,
        "flow": flow,
        "locale": or_null(locale),
        "return_url": or_null(return_url),
        "url": f"{base_url}/p/session/{new_id('test', 40)}",
        **nulls("customer_account on_behalf_of"),
    }


def _custom_text(given: Obj | None) -> Obj:
    places = nulls("after_submit shipping_address submit terms_of_service_acceptance")
    return places | {name: text for name, text in (given or {}).items() if text}


def _details(email: str | None) -> Obj:
    return {
        "email": or_null(email),
        "tax_exempt": "none",
        **nulls("address business_name individual_name name phone tax_ids"),
    }
