"""What each euro leaves on Stripe's balance, and the payouts that empty it."""

from backend.sandbox.stripe.errors import invalid
from backend.sandbox.stripe.events import emit
from backend.sandbox.stripe.objects import balance
from backend.sandbox.stripe.params import Params
from backend.sandbox.stripe.sources import Obj
from backend.sandbox.stripe.world import World

# What Stripe keeps for a dispute in the euro zone, in cents; not given back when it is won.
DISPUTE_FEE = {"card": 2000, "sepa_debit": 750}


def receive(world: World, charge: Obj) -> Obj:
    sepa = _method(charge) == "sepa_debit"
    return world.store.add(
        balance.balance_transaction(
            source=charge,
            kind="payment" if sepa else "charge",
            category="charge",
            amount=charge["amount_captured"],
            fee=balance.fee_of(charge),
            description=charge["description"],
        )
    )


def give_back(world: World, refund: Obj, charge: Obj) -> Obj:
    """Stripe keeps its fee on a refund."""
    sepa = _method(charge) == "sepa_debit"
    return world.store.add(
        balance.balance_transaction(
            source=refund,
            kind="payment_refund" if sepa else "refund",
            category="refund",
            amount=-refund["amount"],
            description="REFUND FOR PAYMENT",
        )
    )


def take_again(world: World, refund: Obj) -> Obj:
    return world.store.add(
        balance.balance_transaction(
            source=refund,
            kind="refund_failure",
            category="refund_failure",
            amount=refund["amount"],
            description="REFUND FAILURE",
        )
    )


def withdraw(world: World, dispute: Obj, charge: Obj) -> Obj:
    return world.store.add(
        balance.balance_transaction(
            source=dispute,
            kind="adjustment",
            category="dispute",
            amount=-dispute["amount"],
            fee=DISPUTE_FEE[_method(charge)],
            description=f"Chargeback withdrawal for {charge['id']}",
        )
    )


def reinstate(world: World, dispute: Obj) -> Obj:
    return world.store.add(
        balance.balance_transaction(
            source=dispute,
            kind="adjustment",
            category="dispute_reversal",
            amount=dispute["amount"],
            description=f"Chargeback reversal for {dispute['charge']}",
        )
    )


def pay_out(world: World) -> Obj:
    """Send everything not yet sent to the bank account, as Stripe does on its schedule."""
    waiting = [txn for txn in world.store.newest("balance_transaction") if not sent_by(world, txn)]
    total = sum(txn["net"] for txn in waiting)
    if total <= 0:
        raise invalid("You have insufficient funds in your Stripe account for this transfer.")
    made = world.store.add(balance.payout(amount=total, currency=waiting[0]["currency"]))
    movement = world.store.add(
        balance.balance_transaction(
            source=made,
            kind="payout",
            category="payout",
            amount=-total,
            description="STRIPE PAYOUT",
        )
    )
    made["balance_transaction"] = movement["id"]
    for txn in [*waiting, movement]:
        txn["status"] = "available"
        world.store.behind[txn["id"]] = {"payout": made["id"]}
    emit(world, "payout.created", made)
    return made


def end_payout(world: World, payout: Obj, status: str) -> Obj:
    """It arrives, or the bank sends it back and the balance has it again."""
    if payout["status"] not in {"in_transit", "paid"}:
        raise invalid("This payout is over.")
    payout["status"] = status
    if status == "failed":
        returned = balance.balance_transaction(
            source=payout,
            kind="payout_failure",
            category="payout_reversal",
            amount=payout["amount"],
            description="STRIPE PAYOUT FAILURE",
        )
        payout["failure_balance_transaction"] = world.store.add(returned)["id"]
        payout["failure_code"] = "account_closed"
    emit(world, f"payout.{status}", payout)
    return payout


def charge_fee(world: World, amount: int, description: str) -> Obj:
    """What Stripe takes by itself: its share of each renewal, once a month."""
    source = {"id": None, "currency": "eur"}
    return world.store.add(
        balance.balance_transaction(
            source=source,
            kind="stripe_fee",
            category="fee",
            amount=-amount,
            description=description,
        )
    )


def now_held(world: World, _: Params) -> Obj:
    """Everything that moved and did not leave; what is not yet available is `pending`."""
    sums = {"available": 0, "pending": 0}
    for txn in world.store.newest("balance_transaction"):
        sums[txn["status"]] += txn["net"]
    return balance.held(**sums)


def sent_by(world: World, txn: Obj) -> str | None:
    payout: str | None = world.store.behind.get(txn["id"], {}).get("payout")
    return payout


def _method(charge: Obj) -> str:
    method: str = charge["payment_method_details"]["type"]
    return method
