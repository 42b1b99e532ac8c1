"""Money that goes back: refunds asked by the club or the dashboard, disputes asked by the bank."""

from backend.sandbox.stripe import balance, payments
from backend.sandbox.stripe.catalogue import merged
from backend.sandbox.stripe.errors import invalid
from backend.sandbox.stripe.events import emit
from backend.sandbox.stripe.objects import payments as objects
from backend.sandbox.stripe.params import Params, RefundCreate
from backend.sandbox.stripe.sources import Obj
from backend.sandbox.stripe.world import World

OPEN = {"needs_response", "under_review"}


def create(world: World, given: RefundCreate) -> Obj:
    charge = _charge(world, given)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = given.amount or left
    _check(charge, amount, left)
    made = world.store.add(
        objects.refund(
            of=charge,
            amount=amount,
            reason=given.reason,
            metadata=merged({}, given.metadata),
        )
    )
    made["balance_transaction"] = balance.give_back(world, made, charge)["id"]
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    emit(world, "refund.created", made)
    emit(world, "charge.refunded", charge)
    return made


def fail(world: World, refund: Obj) -> Obj:
    """The payer's bank could not take it: the money is back on the balance."""
    if refund["status"] != "succeeded":
        raise invalid("This refund has failed already.")
    refund.update(status="failed", failure_reason="expired_or_canceled_card")
    refund["failure_balance_transaction"] = balance.take_again(world, refund)["id"]
    charge = world.store.get("charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    emit(world, "refund.failed", refund)
    return refund


def open_dispute(world: World, charge: Obj, *, amount: int | None, reason: str) -> Obj:
    """The bank takes the money back first. For a SEPA debit its word is final."""
    if charge["disputed"] or not charge["captured"]:
        raise invalid(f"Charge {charge['id']} can not be disputed.")
    charge["disputed"] = True
    made = world.store.add(
        objects.dispute(of=charge, amount=amount or charge["amount_captured"], reason=reason)
    )
    made["balance_transactions"].append(balance.withdraw(world, made, charge))
    emit(world, "charge.dispute.created", made)
    emit(world, "charge.dispute.funds_withdrawn", made)
    if charge["payment_method_details"]["type"] == "sepa_debit":
        close_dispute(world, made, "lost")
    return made


def close_dispute(world: World, dispute: Obj, status: str) -> Obj:
    if dispute["status"] not in OPEN:
        raise invalid("This dispute is already closed.")
    dispute["status"] = status
    if status == "won":
        dispute["balance_transactions"].append(balance.reinstate(world, dispute))
        emit(world, "charge.dispute.funds_reinstated", dispute)
    emit(world, "charge.dispute.closed", dispute)
    return dispute


def accept_dispute(world: World, given: Params, dispute_id: str) -> Obj:  # noqa: ARG001 - a route
    """The club gives in: Stripe's "close"."""
    return close_dispute(world, world.store.get("dispute", dispute_id, "dispute"), "lost")


def _charge(world: World, given: RefundCreate) -> Obj:
    if bool(given.charge) == bool(given.payment_intent):
        raise invalid("You must provide exactly one of: charge, payment_intent.")
    if given.charge:
        return world.store.get("charge", given.charge, "charge")
    intent = world.store.get("payment_intent", given.payment_intent, "payment_intent")
    if intent["latest_charge"] is None:
        raise invalid("This PaymentIntent does not have a successful charge to refund.")
    return payments.latest_charge(world, intent)


def _check(charge: Obj, amount: int, left: int) -> None:
    if charge["disputed"]:
        raise invalid(f"Charge {charge['id']} has been charged back.", code="charge_disputed")
    if charge["status"] != "succeeded" or not charge["captured"]:
        raise invalid(f"Charge {charge['id']} is not paid: it can not be refunded.", "charge")
    if left == 0:
        raise invalid(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    if amount > left:
        raise invalid(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            "amount",
        )
