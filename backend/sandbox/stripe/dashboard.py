"""/_double/: what happens to the money on command, as by the bank, the payer or the dashboard."""

from typing import Literal

import msgspec
from litestar import Controller, post
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody

from backend.sandbox.stripe import (
    balance,
    checkout,
    debits,
    hosted,
    invoices,
    payments,
    refunds,
    subscriptions,
)
from backend.sandbox.stripe.guards import only_from_here
from backend.sandbox.stripe.params import Params, RefundCreate
from backend.sandbox.stripe.sources import Obj
from backend.sandbox.stripe.world import World


class Payment(msgspec.Struct, forbid_unknown_fields=True):
    """The hosted page without a browser. A card that asks for a confirmation gets one."""

    number: str = "4242424242424242"
    iban: str = ""
    email: str = ""
    name: str = ""


class Debit(msgspec.Struct, forbid_unknown_fields=True):
    of: str  # a payment intent, charge, invoice or session
    outcome: Literal["settled", "failed"]


class Dispute(msgspec.Struct, forbid_unknown_fields=True):
    of: str
    amount: int | None = None
    reason: str = "fraudulent"


class Closure(msgspec.Struct, forbid_unknown_fields=True):
    status: Literal["won", "lost"]


class End(msgspec.Struct, forbid_unknown_fields=True):
    status: Literal["paid", "failed"]


class Fee(msgspec.Struct, forbid_unknown_fields=True):
    amount: int


class Refund(msgspec.Struct, forbid_unknown_fields=True):
    of: str
    amount: int | None = None


class Renewal(msgspec.Struct, forbid_unknown_fields=True):
    outcome: Literal["paid", "failed", "pending"] = "paid"


class Dashboard(Controller):
    path = "/_double"
    guards = [only_from_here]

    @post("/sessions/{session_id:str}/payment")
    async def pay(self, state: State, session_id: FromPath[str], data: JSONBody[Payment]) -> Obj:
        world: World = state.world
        session = world.store.get("checkout.session", session_id)
        who = {"email": data.email, "name": data.name}
        if data.iban:
            verdict, decline = hosted.pay_by_debit(world, session, data.iban, **who)
        else:
            verdict, decline = hosted.pay_by_card(world, session, data.number, **who)
        if verdict == "challenge":
            verdict, decline = hosted.answer_challenge(world, session, accepted=True)
        code = decline.code if decline else None
        return {"verdict": verdict, "code": code, "session": session}

    @post("/sessions/{session_id:str}/expiry")
    async def expire(self, state: State, session_id: FromPath[str]) -> Obj:
        return checkout.expire(state.world, Params(), session_id)

    @post("/debits")
    async def end_debit(self, state: State, data: JSONBody[Debit]) -> Obj:
        world: World = state.world
        intent = payments.intent_behind(world, payments.charge_behind(world, data.of))
        end = debits.settle if data.outcome == "settled" else debits.fail
        return end(world, intent)

    @post("/disputes")
    async def open_dispute(self, state: State, data: JSONBody[Dispute]) -> Obj:
        charge = payments.charge_behind(state.world, data.of)
        return refunds.open_dispute(state.world, charge, amount=data.amount, reason=data.reason)

    @post("/disputes/{dispute_id:str}/closure")
    async def close_dispute(
        self, state: State, dispute_id: FromPath[str], data: JSONBody[Closure]
    ) -> Obj:
        dispute = state.world.store.get("dispute", dispute_id)
        return refunds.close_dispute(state.world, dispute, data.status)

    @post("/refunds")
    async def refund(self, state: State, data: JSONBody[Refund]) -> Obj:
        """Somebody gives money back from Stripe's dashboard: no request of the club's."""
        charge = payments.charge_behind(state.world, data.of)
        return refunds.create(state.world, RefundCreate(charge=charge["id"], amount=data.amount))

    @post("/subscriptions/{subscription_id:str}/periods")
    async def advance(
        self, state: State, subscription_id: FromPath[str], data: JSONBody[Renewal]
    ) -> Obj:
        world: World = state.world
        subscription = world.store.get("subscription", subscription_id)
        return subscriptions.advance(world, subscription, data.outcome)

    @post("/invoices/{invoice_id:str}/attempts")
    async def collect_again(
        self, state: State, invoice_id: FromPath[str], data: JSONBody[Renewal]
    ) -> Obj:
        world: World = state.world
        invoice = world.store.get("invoice", invoice_id)
        invoices.collect(world, invoice, data.outcome)
        return invoice

    @post("/payouts")
    async def pay_out(self, state: State) -> Obj:
        return balance.pay_out(state.world)

    @post("/payouts/{payout_id:str}/end")
    async def end_payout(self, state: State, payout_id: FromPath[str], data: JSONBody[End]) -> Obj:
        return balance.end_payout(
            state.world, state.world.store.get("payout", payout_id), data.status
        )

    @post("/refunds/{refund_id:str}/failure")
    async def fail_refund(self, state: State, refund_id: FromPath[str]) -> Obj:
        return refunds.fail(state.world, state.world.store.get("refund", refund_id))

    @post("/fees")
    async def charge_fee(self, state: State, data: JSONBody[Fee]) -> Obj:
        return balance.charge_fee(state.world, data.amount, "Billing - Usage Fee")

    @post("/late-balances")
    async def settle_late(self, state: State) -> Obj:
        return {"settled": payments.settle_late(state.world)}
