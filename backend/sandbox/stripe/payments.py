"""A payment intent from its first attempt to the money received, or not."""

from backend.sandbox.stripe import balance
from backend.sandbox.stripe.errors import Refusal, invalid
from backend.sandbox.stripe.events import emit
from backend.sandbox.stripe.objects import payments
from backend.sandbox.stripe.objects.instruments import DECLINED, UNAUTHENTICATED, Decline
from backend.sandbox.stripe.params import Capture, Params, PaymentIntentCreate
from backend.sandbox.stripe.sources import Obj, now
from backend.sandbox.stripe.world import World

DAY = 86_400
HELD_FOR, OURS = 7 * DAY, 5 * DAY  # a hold; a Visa asked for without its owner
OFF_SESSION = {"declined": DECLINED, "authentication": UNAUTHENTICATED}


def keep_method(world: World, instrument: Obj, billing: Obj, customer: str | None) -> Obj:
    made = payments.payment_method(instrument=instrument, billing=billing, customer=customer)
    return world.store.add(made, instrument=instrument)


def attempt(world: World, intent: Obj, method: Obj) -> Obj:
    """A card answers at once; a SEPA debit stays `processing` until it is settled or fails."""
    sepa = method["type"] == "sepa_debit"
    made = _charge(world, intent, method, "pending" if sepa else "succeeded")
    intent.update(
        payment_method=method["id"],
        latest_charge=made["id"],
        last_payment_error=None,
        next_action=None,
    )
    if sepa:
        intent["status"] = "processing"
    elif intent["capture_method"] == "manual":
        intent.update(status="requires_capture", amount_capturable=intent["amount"])
        limit = OURS if intent["metadata"].get("off_session") else HELD_FOR
        made["payment_method_details"]["card"]["capture_before"] = now() + limit
        emit(world, "payment_intent.amount_capturable_updated", intent)
    else:
        receive(world, intent)
    return made


def receive(world: World, intent: Obj, amount: int | None = None) -> None:
    """The money is there."""
    amount = amount or intent["amount"]
    charge = latest_charge(world, intent)
    charge.update(status="succeeded", paid=True, captured=True, amount_captured=amount)
    if not world.mishaps.late_balance:
        charge["balance_transaction"] = balance.receive(world, charge)["id"]
    intent.update(status="succeeded", amount_received=amount, amount_capturable=0)
    emit(world, "payment_intent.succeeded", intent)


def create(world: World, given: PaymentIntentCreate) -> Obj:
    """A charge without its payer: paid, under way (a debit), or refused at once."""
    customer = world.store.get("customer", given.customer, "customer")
    method = world.store.get("payment_method", given.payment_method, "payment_method")
    if method["customer"] != customer["id"]:
        raise invalid("The payment method does not belong to this customer.", "payment_method")
    intent = world.store.add(
        payments.payment_intent(
            amount=given.amount,
            currency=given.currency,
            customer=customer["id"],
            payment_method_types=[method["type"]],
            metadata=dict(given.metadata),
            description=given.description,
            capture_method=given.capture_method,
        )
    )
    decline = OFF_SESSION.get(world.mishaps.off_session)
    if decline is None or method["type"] == "sepa_debit":
        attempt(world, intent, method)
        return intent
    refuse(world, intent, method, decline)
    raise Refusal(
        decline.message, status=402, type="card_error", code=decline.code, payment_intent=intent
    )


def settle_late(world: World) -> int:
    """The balance of what was received says its fees now; how many there were."""
    late = [
        charge
        for charge in world.store.where("charge", status="succeeded", balance_transaction=None)
        if charge["captured"]
    ]
    for charge in late:
        charge["balance_transaction"] = balance.receive(world, charge)["id"]
        emit(world, "charge.updated", charge, {"balance_transaction": None})
    return len(late)


def refuse(world: World, intent: Obj, method: Obj, decline: Decline) -> None:
    """A card is refused at once: the attempt leaves a failed charge."""
    made = _charge(world, intent, method, "failed")
    intent["latest_charge"] = made["id"]
    bounce(world, intent, decline)


def bounce(world: World, intent: Obj, decline: Decline) -> None:
    """The latest charge fails; the intent waits for another means of payment."""
    charge = latest_charge(world, intent)
    charge.update(
        status="failed",
        paid=False,
        captured=False,
        amount_captured=0,
        failure_code=decline.code,
        failure_message=decline.message,
    )
    intent.update(status="requires_payment_method", payment_method=None)
    intent["last_payment_error"] = {
        "charge": charge["id"],
        "code": decline.code,
        "decline_code": decline.decline_code,
        "message": decline.message,
        "payment_method": world.store.get("payment_method", charge["payment_method"]),
        "type": "card_error" if decline.decline_code else "invalid_request_error",
    }
    emit(world, "payment_intent.payment_failed", intent)


def capture(world: World, given: Capture, intent_id: str) -> Obj:
    intent = world.store.get("payment_intent", intent_id, "intent")
    if intent["status"] != "requires_capture":
        raise _unexpected(intent, "captured", "requires_capture")
    amount = given.amount_to_capture or intent["amount"]
    if amount > intent["amount_capturable"]:
        raise invalid(
            "Amount is greater than the amount you can capture.",
            "amount_to_capture",
            "amount_too_large",
        )
    receive(world, intent, amount)
    intent["metadata"].update(given.metadata)
    for session in world.store.where("checkout.session", payment_intent=intent_id):
        session["payment_status"] = "paid"  # what is only authorised is not paid
    return intent


def cancel(world: World, given: Params, intent_id: str) -> Obj:  # noqa: ARG001 - a route's signature
    """Give up the intent; an authorisation not yet captured is released."""
    intent = world.store.get("payment_intent", intent_id, "intent")
    if intent["status"] not in {"requires_payment_method", "requires_capture", "requires_action"}:
        raise _unexpected(intent, "canceled", "requires_payment_method")
    give_up(world, intent, "requested_by_customer")
    return intent


def give_up(world: World, intent: Obj, why: str) -> None:
    intent.update(
        status="canceled", canceled_at=now(), amount_capturable=0, cancellation_reason=why
    )
    emit(world, "payment_intent.canceled", intent)


def expire_holds(world: World) -> bool:
    """What nobody captured in time is the payer's again."""
    over = [
        intent
        for intent in world.store.where("payment_intent", status="requires_capture")
        if _capture_before(world, intent) <= now()
    ]
    for intent in over:
        give_up(world, intent, "automatic")
    return bool(over)


def _capture_before(world: World, intent: Obj) -> int:
    limit: int = latest_charge(world, intent)["payment_method_details"]["card"]["capture_before"]
    return limit


def latest_charge(world: World, intent: Obj) -> Obj:
    return world.store.get("charge", intent["latest_charge"] or "", "charge")


def charge_behind(world: World, id_: str) -> Obj:
    """The charge meant by the id of a charge, a payment intent, an invoice or a session."""
    found = world.store.find(id_)
    if found is None:
        raise invalid(f"Nothing here is called {id_}")
    if found["object"] == "charge":
        return found
    return latest_charge(world, intent_behind(world, found))


def intent_behind(world: World, obj: Obj) -> Obj:
    if obj["object"] == "payment_intent":
        return obj
    if obj["object"] == "invoice":
        paid = next(world.store.where("invoice_payment", invoice=obj["id"]))
        return world.store.get("payment_intent", paid["payment"]["payment_intent"])
    if obj["object"] == "charge" or obj.get("payment_intent"):
        return world.store.get("payment_intent", obj["payment_intent"])
    if obj.get("invoice"):
        return intent_behind(world, world.store.get("invoice", obj["invoice"]))
    raise invalid(f"No payment was tried for {obj['id']}")


def _charge(world: World, intent: Obj, method: Obj, status: str) -> Obj:
    instrument = world.store.behind[method["id"]]["instrument"]
    return world.store.add(
        payments.charge(intent=intent, method=method, instrument=instrument, status=status)
    )


def _unexpected(intent: Obj, verb: str, wanted: str) -> Refusal:
    return invalid(
        f"This PaymentIntent could not be {verb} because it has a status of {intent['status']}. "
        f"Only a PaymentIntent with one of the following statuses may be {verb}: {wanted}.",
        code="payment_intent_unexpected_state",
    )
