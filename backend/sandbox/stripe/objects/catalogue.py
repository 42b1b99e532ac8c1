"""Customers, products, prices and the lines of a payment page."""

from backend.sandbox.stripe.objects.common import address, head, nulls, or_null
from backend.sandbox.stripe.sources import Obj, new_id, now, token


def customer(
    *,
    email: str | None = None,
    name: str | None = None,
    phone: str | None = None,
    description: str | None = None,
    given_address: Obj | None = None,
    preferred_locales: list[str] | None = None,
    metadata: dict[str, str] | None = None,
) -> Obj:
    return head("customer", "cus", length=14) | {
        "address": address(given_address) if given_address else None,
        "balance": 0,
        "delinquent": False,
        "description": or_null(description),
        "email": or_null(email),
        "invoice_prefix": token(8).upper(),
        "invoice_settings": nulls("custom_fields default_payment_method footer rendering_options"),
        "metadata": metadata or {},
        "name": or_null(name),
        "next_invoice_sequence": 1,
        "phone": or_null(phone),
        "preferred_locales": preferred_locales or [],
        "tax_exempt": "none",
        **nulls("currency default_source discount shipping test_clock"),
    }


def product(
    *,
    name: str,
    id_: str | None = None,
    active: bool = True,
    description: str | None = None,
    metadata: dict[str, str] | None = None,
) -> Obj:
    made = head("product", "prod", length=14)
    return made | {
        "id": id_ or made["id"],
        "active": active,
        "description": or_null(description),
        "images": [],
        "marketing_features": [],
        "metadata": metadata or {},
        "name": name,
        "type": "service",
        "updated": now(),
        **nulls("default_price package_dimensions shippable statement_descriptor"),
        **nulls("tax_code unit_label url"),
    }


def price(
    *,
    product_id: str,
    currency: str,
    unit_amount: int,
    recurring: Obj | None = None,
    active: bool = True,
    lookup_key: str | None = None,
    nickname: str | None = None,
    metadata: dict[str, str] | None = None,
) -> Obj:
    return head("price", "price") | {
        "active": active,
        "billing_scheme": "per_unit",
        "currency": currency.lower(),
        "lookup_key": or_null(lookup_key),
        "metadata": metadata or {},
        "nickname": or_null(nickname),
        "product": product_id,
        "recurring": _recurring(recurring) if recurring else None,
        "tax_behavior": "unspecified",
        "type": "recurring" if recurring else "one_time",
        "unit_amount": unit_amount,
        "unit_amount_decimal": str(unit_amount),
        **nulls("custom_unit_amount tiers_mode transform_quantity"),
    }


def checkout_line(*, sold: Obj, quantity: int, description: str) -> Obj:
    total = sold["unit_amount"] * quantity
    return {
        "id": new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": sold["currency"],
        "description": description,
        "metadata": {},
        "price": sold,
        "quantity": quantity,
    }


def _recurring(given: Obj) -> Obj:
    return {
        "interval": given["interval"],
        "interval_count": given["interval_count"],
        "usage_type": "licensed",
        **nulls("meter trial_period_days"),
    }
