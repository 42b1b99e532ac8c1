"""What we ask Stripe for, in its words."""

from stripe.params import PaymentIntentCreateParams, RefundCreateParams
from stripe.params.billing_portal import SessionCreateParams as PortalCreateParams
from stripe.params.checkout import SessionCreateParams, SessionCreateParamsLineItemPriceData

from backend.billing.gateway import Charge, Checkout, GiveBack


def session(asked: Checkout, base_url: str) -> SessionCreateParams:
    """A page of Stripe's; `order` stands on everything that comes of it."""
    params = _imprint(asked) if asked.setup else _payment(asked)
    params["success_url"] = base_url + asked.done_path
    params["cancel_url"] = base_url + asked.back_path
    params["client_reference_id"] = asked.order
    params["metadata"] = {"order": asked.order}
    params["locale"] = "fr"
    if asked.email:
        params["customer_email"] = asked.email
    return params


def _imprint(asked: Checkout) -> SessionCreateParams:
    """A card is left, nothing is paid."""
    return {
        "mode": "setup",
        "currency": "eur",
        "customer_creation": "always",
        "allowed_payment_method_types": ["card"],
        "setup_intent_data": {"metadata": {"order": asked.order}, "description": asked.label},
    }


def _payment(asked: Checkout) -> SessionCreateParams:
    price: SessionCreateParamsLineItemPriceData = {
        "currency": "eur",
        "unit_amount": asked.amount_cents,
        "product_data": {"name": asked.label},
    }
    ours = {"order": asked.order}
    params: SessionCreateParams = {
        "mode": "subscription" if asked.monthly else "payment",
        "line_items": [{"price_data": price, "quantity": 1}],
        "allowed_payment_method_types": ["card", "sepa_debit"] if asked.debit else ["card"],
    }
    if asked.monthly:
        price["recurring"] = {"interval": "month"}
        params["subscription_data"] = {"metadata": ours, "description": asked.label}
    else:
        params["payment_intent_data"] = {"metadata": ours, "description": asked.label}
        if asked.hold:
            params["payment_intent_data"]["capture_method"] = "manual"
        if asked.keep or asked.hold:
            params["customer_creation"] = "always"
            params["payment_intent_data"]["setup_future_usage"] = "off_session"
    return params


def charge(asked: Charge) -> PaymentIntentCreateParams:
    params: PaymentIntentCreateParams = {
        "amount": asked.amount_cents,
        "currency": "eur",
        "customer": asked.customer,
        "payment_method": asked.method,
        "allowed_payment_method_types": ["card", "sepa_debit"],
        "off_session": True,
        "confirm": True,
        "description": asked.label,
        "metadata": {"order": asked.order, "off_session": "yes"},
    }
    if asked.hold:
        params["capture_method"] = "manual"
        params["allowed_payment_method_types"] = ["card"]
    return params


def refund(asked: GiveBack) -> RefundCreateParams:
    return {
        "payment_intent": asked.payment,
        "amount": asked.amount_cents,
        "metadata": {"order": asked.order, "refund": asked.refund},
        "reason": "requested_by_customer",
    }


def portal(customer: str, back_url: str) -> PortalCreateParams:
    """Straight to the card: leaving is done on our own page, in three clicks (B11)."""
    return {
        "customer": customer,
        "return_url": back_url,
        "locale": "fr",
        "flow_data": {
            "type": "payment_method_update",
            "after_completion": {"type": "redirect", "redirect": {"return_url": back_url}},
        },
    }
