"""The end of a SEPA debit, some days after the person pressed the button."""

from backend.sandbox.stripe import invoices, payments
from backend.sandbox.stripe.errors import invalid
from backend.sandbox.stripe.events import emit
from backend.sandbox.stripe.objects.instruments import Decline
from backend.sandbox.stripe.sources import Obj
from backend.sandbox.stripe.world import World

UNPAID_BY_BANK = Decline(
    "insufficient_funds", None, "The customer's account has insufficient funds."
)


def settle(world: World, intent: Obj) -> Obj:
    _check_pending(intent)
    payments.receive(world, intent)
    if invoice := _invoice(world, intent):
        invoices.mark_paid(world, invoice)
    if session := _session(world, intent, invoice):
        session["payment_status"] = "paid"
        emit(world, "checkout.session.async_payment_succeeded", session)
    return intent


def fail(world: World, intent: Obj) -> Obj:
    _check_pending(intent)
    payments.bounce(world, intent, UNPAID_BY_BANK)
    if invoice := _invoice(world, intent):
        invoices.mark_unpaid(world, invoice)
    if session := _session(world, intent, invoice):
        emit(world, "checkout.session.async_payment_failed", session)
    return intent


def _check_pending(intent: Obj) -> None:
    if intent["status"] != "processing":
        raise invalid(f"No debit is under way: the status is {intent['status']}.")


def _invoice(world: World, intent: Obj) -> Obj | None:
    for payment in world.store.newest("invoice_payment"):
        if payment["payment"]["payment_intent"] == intent["id"]:
            return world.store.get("invoice", payment["invoice"])
    return None


def _session(world: World, intent: Obj, invoice: Obj | None) -> Obj | None:
    link = {"invoice": invoice["id"]} if invoice else {"payment_intent": intent["id"]}
    return next(world.store.where("checkout.session", **link), None)
