"""Portal sessions (a page where the payer stops a subscription) and setup intents."""

import msgspec

from backend.sandbox.stripe import payments
from backend.sandbox.stripe.catalogue import merged
from backend.sandbox.stripe.errors import invalid
from backend.sandbox.stripe.events import changed, emit
from backend.sandbox.stripe.objects import instruments
from backend.sandbox.stripe.objects.checkout import portal_session
from backend.sandbox.stripe.objects.common import nulls
from backend.sandbox.stripe.objects.payments import billing_details, setup_intent
from backend.sandbox.stripe.params import FlowData, PortalCreate, SetupIntentCreate
from backend.sandbox.stripe.sources import Obj
from backend.sandbox.stripe.world import World


def create(world: World, given: PortalCreate) -> Obj:
    world.store.get("customer", given.customer, "customer")
    return world.store.add(
        portal_session(
            customer=given.customer,
            return_url=given.return_url,
            locale=given.locale,
            flow=_flow(world, given.flow_data, given.customer),
            base_url=world.base_url,
        )
    )


def create_setup_intent(world: World, given: SetupIntentCreate) -> Obj:
    if given.customer:
        world.store.get("customer", given.customer, "customer")
    return world.store.add(
        setup_intent(
            customer=given.customer,
            description=given.description,
            payment_method_types=list(given.allowed_payment_method_types),
            usage=given.usage,
            metadata=merged({}, given.metadata),
        )
    )


def _cancelled(world: World, given: FlowData, customer: str) -> str | None:
    if given.subscription_cancel is None:
        return None
    where = "flow_data[subscription_cancel][subscription]"
    wanted = given.subscription_cancel.subscription
    subscription = world.store.get("subscription", wanted, where)
    if subscription["customer"] != customer:
        raise invalid(f"The customer does not have a subscription with ID {wanted}.", where)
    return wanted


def change_card(world: World, customer_id: str, number: str) -> bool:
    """A new card pays from now on, what waits for money included. False when the number is no card."""
    if instruments.decline_of(number) is not None:
        return False
    customer = world.store.get("customer", customer_id)
    billing = billing_details(email=customer["email"], name=customer["name"])
    method = payments.keep_method(world, instruments.card(number), billing, customer_id)
    customer["invoice_settings"]["default_payment_method"] = method["id"]
    emit(world, "payment_method.attached", method)
    for subscription in world.store.where("subscription", customer=customer_id):
        if subscription["status"] != "canceled":
            before = changed(subscription, default_payment_method=method["id"])
            emit(world, "customer.subscription.updated", subscription, before)
    return True


def _flow(world: World, given: FlowData | None, customer: str) -> Obj | None:
    """A portal that opens straight on the end of one subscription."""
    if given is None:
        return None
    wanted = _cancelled(world, given, customer)
    after = msgspec.to_builtins(given.after_completion) or {"type": "portal_homepage"}
    return {
        "type": given.type,
        "after_completion": {"hosted_confirmation": None, "redirect": None, **after},
        "subscription_cancel": {"retention": None, "subscription": wanted} if wanted else None,
        **nulls("subscription_update subscription_update_confirm"),
    }
