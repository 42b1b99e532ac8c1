"""Customers, products and prices."""

import msgspec

from backend.sandbox.stripe.errors import invalid
from backend.sandbox.stripe.events import emit
from backend.sandbox.stripe.objects import catalogue
from backend.sandbox.stripe.objects.common import address
from backend.sandbox.stripe.params import (
    CustomerCreate,
    CustomerUpdate,
    Params,
    PriceCreate,
    PriceData,
    ProductCreate,
)
from backend.sandbox.stripe.sources import Obj, now
from backend.sandbox.stripe.world import World

MOST_METADATA, LONGEST_KEY = 50, 40


def create_customer(world: World, given: CustomerCreate) -> Obj:
    return world.store.add(
        catalogue.customer(
            email=given.email,
            name=given.name,
            phone=given.phone,
            description=given.description,
            given_address=msgspec.to_builtins(given.address),
            preferred_locales=given.preferred_locales,
            metadata=merged({}, given.metadata),
        )
    )


def update_customer(world: World, given: CustomerUpdate, customer_id: str) -> Obj:
    customer = world.store.get("customer", customer_id, "customer")
    for name in ("description", "email", "name", "phone"):
        if (value := getattr(given, name)) is not None:
            customer[name] = value or None
    if given.preferred_locales is not None:
        customer["preferred_locales"] = given.preferred_locales
    if given.address is not None:
        customer["address"] = address(msgspec.to_builtins(given.address))
    customer["metadata"] = merged(customer["metadata"], given.metadata)
    return customer


def delete_customer(world: World, given: Params, customer_id: str) -> Obj:  # noqa: ARG001 - a route
    """Its subscriptions end at once, its cards go; what it paid stays, under its id."""
    customer = world.store.get("customer", customer_id, "customer")
    for method in world.store.where("payment_method", customer=customer_id):
        method["customer"] = None
    for subscription in world.store.where("subscription", customer=customer_id):
        if subscription["status"] != "canceled":
            subscription.update(status="canceled", ended_at=now(), canceled_at=now())
            emit(world, "customer.subscription.deleted", subscription)
    emit(world, "customer.deleted", customer)
    del world.store.objects["customer"][customer_id]
    return {"id": customer_id, "object": "customer", "deleted": True}


def detach(world: World, given: Params, method_id: str) -> Obj:  # noqa: ARG001 - a route
    """No more of its customer's; what it paid stays."""
    method = world.store.get("payment_method", method_id)
    if method["customer"] is None:
        raise invalid("The payment method is not attached to a customer.", "payment_method")
    method["customer"] = None
    emit(world, "payment_method.detached", method)
    return method


def create_product(world: World, given: ProductCreate) -> Obj:
    if given.id and given.id in world.store.objects.get("product", {}):
        raise invalid(f"Product already exists: {given.id}", "id", "resource_already_exists")
    return world.store.add(
        catalogue.product(
            name=given.name,
            id_=given.id or None,
            active=given.active,
            description=given.description,
            metadata=merged({}, given.metadata),
        )
    )


def create_price(world: World, given: PriceCreate) -> Obj:
    if given.product_data is not None:
        product = world.store.add(
            catalogue.product(name=given.product_data.name, metadata=given.product_data.metadata)
        )
    else:
        product = world.store.get("product", given.product, "product")
    return world.store.add(
        catalogue.price(
            product_id=product["id"],
            currency=given.currency,
            unit_amount=given.unit_amount,
            recurring=msgspec.to_builtins(given.recurring),
            active=given.active,
            lookup_key=given.lookup_key,
            nickname=given.nickname,
            metadata=merged({}, given.metadata),
        )
    )


def price_of(world: World, given: PriceData, where: str) -> Obj:
    """A price made for one payment page: Stripe stores it, inactive."""
    if given.product_data is not None:
        product = world.store.add(
            catalogue.product(
                name=given.product_data.name,
                description=given.product_data.description,
                metadata=given.product_data.metadata,
                active=False,
            )
        )
    else:
        product = world.store.get("product", given.product, f"{where}[product]")
    return world.store.add(
        catalogue.price(
            product_id=product["id"],
            currency=given.currency,
            unit_amount=given.unit_amount,
            recurring=msgspec.to_builtins(given.recurring),
            active=False,
        )
    )


def merged(old: dict[str, str], given: dict[str, str]) -> dict[str, str]:
    """Stripe's metadata: keys are added or replaced; an empty value removes its key."""
    result = {name: value for name, value in {**old, **given}.items() if value != ""}
    if len(result) > MOST_METADATA or any(len(name) > LONGEST_KEY for name in result):
        raise invalid("Metadata holds at most 50 keys of at most 40 characters.", "metadata")
    return result
