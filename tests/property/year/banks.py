"""Stripe and the banks behind it: pages that are pressed or left, debits, disputes, refunds, payouts."""

from collections.abc import Coroutine
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from backend.audit import service as audit
from backend.audit.service import SYSTEM
from backend.billing.rules import PayWay
from backend.membership import service as membership
from backend.sandbox.stripe import balance, debits, hosted, invoices, refunds, subscriptions
from backend.sandbox.stripe.params import RefundCreate
from backend.sandbox.stripe.sources import Obj
from tests.property.year.stage import CARDS, MEANS, PAGE, PICK, Play

IBAN = "FR1420041010050500013M02606"


class Banks(Play):
    # Who pays

    @rule(home=PICK, who=PICK, monthly=st.booleans(), renew=st.booleans(), means=MEANS)
    def pay(self, home: int, who: int, monthly: bool, renew: bool, means: int) -> None:
        """Ordered and pressed; some pages are left, some cards refused, some debits begin."""
        picked = self.home(home)
        asked = membership.order_dues(
            picked,
            PayWay.MONTHLY if monthly else PayWay.ONLINE,
            audit.person(self.adult(picked, who)),
            renew="Renouveler chaque année." if renew else None,
            **PAGE,
        )
        self.ask_page(asked, means)

    def ask_page(self, asked: Coroutine[Any, Any, Any], means: int) -> None:
        """Where it is refused, somebody presses the page before."""
        self.hear(asked)
        self.send()
        if session := next(self.world.store.newest("checkout.session"), None):
            self.use(session, means)

    @rule(pick=PICK, means=MEANS)
    def press(self, pick: int, means: int) -> None:
        """A page that somebody left open, whatever became of them since."""
        if session := self.pick("checkout.session", pick, status="open"):
            self.use(session, means)

    def use(self, session: Obj, means: int) -> None:
        if means < len(CARDS):
            hosted.pay_by_card(self.world, session, CARDS[means])
        elif means == len(CARDS):
            hosted.pay_by_debit(self.world, session, IBAN)

    @rule(home=PICK)
    def stop_monthly(self, home: int) -> None:
        self.hear(membership.stop_monthly(SYSTEM, self.home(home)))

    @rule(home=PICK)
    def stop_renewing(self, home: int) -> None:
        self.hear(membership.stop_renewing(SYSTEM, self.home(home)))

    @rule(pick=PICK)
    def withdraw(self, pick: int) -> None:
        if order := self.order(pick):
            self.hear(membership.withdraw(SYSTEM, order["household"], order["public_id"]))

    @rule(pick=PICK, cents=st.sampled_from([50, 100, 700, 1200]))
    def give_back(self, pick: int, cents: int) -> None:
        if order := self.order(pick):
            key = f"k{self.stage.acts}"
            self.hear(membership.refund_dues(SYSTEM, order["public_id"], cents, "geste", key=key))

    # What their banks do

    @rule(pick=PICK, settled=st.booleans())
    def end_debit(self, pick: int, settled: bool) -> None:
        if intent := self.pick("payment_intent", pick, status="processing"):
            (debits.settle if settled else debits.fail)(self.world, intent)

    @rule(pick=PICK, outcome=st.sampled_from(["paid", "failed", "pending"]))
    def renew(self, pick: int, outcome: str) -> None:
        if subscription := self.pick("subscription", pick):
            self.bank(lambda: subscriptions.advance(self.world, subscription, outcome))

    @rule(pick=PICK, outcome=st.sampled_from(["paid", "failed"]))
    def collect_again(self, pick: int, outcome: str) -> None:
        invoice = self.pick("invoice", pick, status="open")
        if invoice and not self.under_way(invoice):
            self.bank(lambda: invoices.collect(self.world, invoice, outcome))

    @rule(pick=PICK, part=st.booleans())
    def dispute(self, pick: int, part: bool) -> None:
        if charge := self.pick("charge", pick, status="succeeded"):
            amount = charge["amount"] // 2 if part else None
            self.bank(
                lambda: refunds.open_dispute(self.world, charge, amount=amount, reason="general")
            )

    @rule(pick=PICK, status=st.sampled_from(["won", "lost"]))
    def close_dispute(self, pick: int, status: str) -> None:
        if dispute := self.pick("dispute", pick, status="needs_response"):
            refunds.close_dispute(self.world, dispute, status)

    @rule(pick=PICK, part=st.booleans())
    def refund_at_stripe(self, pick: int, part: bool) -> None:
        if charge := self.pick("charge", pick, status="succeeded"):
            amount = max(1, charge["amount"] // 3) if part else None
            wanted = RefundCreate(charge=charge["id"], amount=amount)
            self.bank(lambda: refunds.create(self.world, wanted))

    @rule(pick=PICK)
    def fail_refund(self, pick: int) -> None:
        if refund := self.pick("refund", pick, status="succeeded"):
            refunds.fail(self.world, refund)

    @rule(arrives=st.booleans())
    def pay_out(self, arrives: bool) -> None:
        def out() -> None:
            balance.end_payout(
                self.world, balance.pay_out(self.world), "paid" if arrives else "failed"
            )

        self.bank(out)

    @precondition(lambda self: self.world.store.objects.get("checkout.session"))
    @rule(cents=st.integers(1, 40))
    def charge_fee(self, cents: int) -> None:
        """Once there is an order: before the first one the account is not the club's to explain."""
        balance.charge_fee(self.world, cents, "Billing - Usage Fee")

    @rule(bank=st.sampled_from(["paid", "declined", "authentication"]))
    def change_bank(self, bank: Any) -> None:
        self.world.mishaps.off_session = bank

    def under_way(self, invoice: Obj) -> bool:
        payment = next(self.world.store.where("invoice_payment", invoice=invoice["id"]))
        intent = self.world.store.get("payment_intent", payment["payment"]["payment_intent"])
        return bool(intent["status"] == "processing")
