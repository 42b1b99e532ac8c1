"""Invoices of a subscription, and the payments that settle them."""

from backend.sandbox.stripe import payments
from backend.sandbox.stripe.errors import invalid
from backend.sandbox.stripe.events import emit
from backend.sandbox.stripe.objects import subscriptions
from backend.sandbox.stripe.objects.instruments import NO_FUNDS
from backend.sandbox.stripe.objects.payments import payment_intent
from backend.sandbox.stripe.params import Params
from backend.sandbox.stripe.sources import Obj, now
from backend.sandbox.stripe.world import World

FIVE_DAYS = 5 * 86_400


def issue(world: World, subscription: Obj, reason: str) -> Obj:
    customer = world.store.get("customer", subscription["customer"])
    item = subscription["items"]["data"][0]
    number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04}"
    customer["next_invoice_sequence"] += 1
    made = world.store.add(
        subscriptions.invoice(
            of=subscription,
            customer=customer,
            period=(item["current_period_start"], item["current_period_end"]),
            reason=reason,
            number=number,
        )
    )
    subscription["latest_invoice"] = made["id"]
    return made


def collect(world: World, invoice: Obj, outcome: str) -> None:
    """One try to take the money: paid, failed, or pending until the bank answers."""
    if invoice["status"] != "open":
        raise invalid("Invoice is already paid", code="invoice_already_paid")
    method = method_of(world, subscription_of(world, invoice), outcome)
    sepa = method["type"] == "sepa_debit"
    intent = _intent(world, invoice, method)
    invoice.update(attempted=True, attempt_count=invoice["attempt_count"] + 1)
    if outcome == "failed" and not sepa:
        payments.refuse(world, intent, method, NO_FUNDS)
        mark_unpaid(world, invoice)
        return
    payments.attempt(world, intent, method)
    if sepa and outcome == "paid":
        payments.receive(world, intent)
    if sepa and outcome == "failed":
        payments.bounce(world, intent, NO_FUNDS)
        mark_unpaid(world, invoice)
    if outcome == "paid":
        mark_paid(world, invoice)


def method_of(world: World, subscription: Obj, outcome: str) -> Obj:
    """What it is paid with; refused, before anything is written, where it cannot end so."""
    method = world.store.get("payment_method", subscription["default_payment_method"])
    if outcome == "pending" and method["type"] != "sepa_debit":
        raise invalid("A card never leaves a payment pending.")
    return method


def mark_paid(world: World, invoice: Obj) -> None:
    invoice.update(
        status="paid",
        amount_paid=invoice["amount_due"],
        amount_remaining=0,
        auto_advance=False,
        next_payment_attempt=None,
    )
    invoice["status_transitions"]["paid_at"] = now()
    payment = next(world.store.where("invoice_payment", invoice=invoice["id"]))
    payment.update(status="paid", amount_paid=invoice["amount_due"])
    payment["status_transitions"]["paid_at"] = now()
    _set_status(world, invoice, "active")
    emit(world, "invoice.paid", invoice)


def mark_unpaid(world: World, invoice: Obj) -> None:
    invoice["next_payment_attempt"] = now() + FIVE_DAYS
    _set_status(world, invoice, "past_due")
    emit(world, "invoice.payment_failed", invoice)


def void(world: World, given: Params, invoice_id: str) -> Obj:  # noqa: ARG001 - a route's signature
    """It is asked for no more, and its payment is given up where none is under way."""
    invoice = world.store.get("invoice", invoice_id, "invoice")
    if invoice["status"] != "open":
        raise invalid("You can only pass in open invoices. This invoice isn't open.")
    invoice.update(status="void", auto_advance=False, next_payment_attempt=None)
    invoice["status_transitions"]["voided_at"] = now()
    emit(world, "invoice.voided", invoice)
    return invoice


def subscription_of(world: World, invoice: Obj) -> Obj:
    id_: str = invoice["parent"]["subscription_details"]["subscription"]
    return world.store.get("subscription", id_)


def _set_status(world: World, invoice: Obj, status: str) -> None:
    """What was ended meanwhile stays ended."""
    subscription = subscription_of(world, invoice)
    if subscription["status"] != "canceled":
        subscription["status"] = status


def _intent(world: World, invoice: Obj, method: Obj) -> Obj:
    """One intent an invoice, kept for the next tries."""
    known = next(world.store.where("invoice_payment", invoice=invoice["id"]), None)
    if known is not None:
        return world.store.get("payment_intent", known["payment"]["payment_intent"])
    made = world.store.add(
        payment_intent(
            amount=invoice["amount_due"],
            currency=invoice["currency"],
            customer=invoice["customer"],
            payment_method_types=[method["type"]],
            metadata={},
            description=(
                "Subscription creation"
                if invoice["billing_reason"] == "subscription_create"
                else "Subscription update"
            ),
        )
    )
    world.store.add(subscriptions.invoice_payment(invoice=invoice, intent=made))
    return made
