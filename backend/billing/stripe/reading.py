"""The facts behind any of Stripe's objects, always read anew."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any

import msgspec
import stripe

from backend.billing.gateway import Facts, Movement
from backend.billing.rules import PaymentKind
from backend.billing.stripe.values import id_of, instant, maybe, named, order_of

CHARGE = "latest_charge.balance_transaction"
REFUND = ["data.balance_transaction", "data.failure_balance_transaction"]


class Reader:
    """One object leads to the payment or the subscription it is about."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self.v1 = client.v1

    async def read(self, object_id: str) -> Facts | None:
        readers: dict[str, Callable[[str], Awaitable[Facts | None]]] = {
            "cs": self._of_session,
            "pi": self._of_intent,
            "ch": self._of_charge,
            "py": self._of_charge,
            "re": self._of_refund,
            "pyr": self._of_refund,
            "du": self._of_dispute,
            "dp": self._of_dispute,
            "in": self._of_invoice,
            "sub": self._of_subscription,
            "seti": self._of_setup,
        }
        reader = readers.get(object_id.partition("_")[0])
        return await reader(object_id) if reader else None

    async def _of_session(self, session_id: str) -> Facts | None:
        """What a page that is open or over was tried with says nothing: only what was paid counts."""
        session = await self.v1.checkout.sessions.retrieve_async(session_id)
        order = session.client_reference_id
        if order is None:
            return None
        if session.status != "complete":
            return Facts(order=order, closed=session.status == "expired")
        if session.setup_intent is not None:
            return await self._of_setup(id_of(session.setup_intent))
        if session.invoice is not None:
            return await self._of_invoice(id_of(session.invoice))
        if session.payment_intent is None:
            return Facts(order=order)
        return await self._of_intent(id_of(session.payment_intent), over=True)

    async def _of_setup(self, setup_id: str) -> Facts | None:
        """A card that was left for later; nothing was paid."""
        setup = await self.v1.setup_intents.retrieve_async(setup_id)
        order = order_of(setup.metadata)
        if order is None:
            return None
        kept = setup.status == "succeeded" and setup.payment_method is not None
        return Facts(
            order=order,
            customer=id_of(setup.customer) if setup.customer else None,
            method=id_of(setup.payment_method) if kept and setup.payment_method else None,
        )

    async def _of_charge(self, charge_id: str) -> Facts | None:
        charge = await self.v1.charges.retrieve_async(charge_id)
        return (
            await self._of_intent(id_of(charge.payment_intent)) if charge.payment_intent else None
        )

    async def _of_refund(self, refund_id: str) -> Facts | None:
        refund = await self.v1.refunds.retrieve_async(refund_id)
        return (
            await self._of_intent(id_of(refund.payment_intent)) if refund.payment_intent else None
        )

    async def _of_dispute(self, dispute_id: str) -> Facts | None:
        dispute = await self.v1.disputes.retrieve_async(dispute_id)
        intent = dispute.payment_intent
        return await self._of_intent(id_of(intent)) if intent else None

    async def _of_intent(self, intent_id: str, *, over: bool = False) -> Facts | None:
        """`over`: its page is closed. Until then a card that was refused may still be another one."""
        intent = await self.v1.payment_intents.retrieve_async(intent_id, {"expand": [CHARGE]})
        order = order_of(intent.metadata)
        if order is not None:
            final = over or named(intent.metadata, "off_session") is not None or _was_debit(intent)
            return await self._facts(order, intent, failed=final and _failed(intent))
        payments = await self.v1.invoice_payments.list_async(
            {"payment": {"type": "payment_intent", "payment_intent": intent_id}}
        )
        return await self._of_invoice(id_of(payments.data[0].invoice)) if payments.data else None

    async def _of_invoice(self, invoice_id: str) -> Facts | None:
        invoice = await self.v1.invoices.retrieve_async(invoice_id, {"expand": ["payments"]})
        details = invoice.parent.subscription_details if invoice.parent else None
        order = order_of(details.metadata) if details else None
        if details is None or order is None:
            return None
        about = await self._of_subscription(id_of(details.subscription))
        intent_id = _intent_of(invoice)
        if about is None or intent_id is None:
            return about
        intent = await self.v1.payment_intents.retrieve_async(intent_id, {"expand": [CHARGE]})
        tried = invoice.attempt_count > 0
        return msgspec.structs.replace(
            await self._facts(order, intent, failed=tried and _failed(intent)),
            attempts=invoice.attempt_count,
            subscription=about.subscription,
            subscription_ends_at=about.subscription_ends_at,
            subscription_ended_at=about.subscription_ended_at,
        )

    async def _of_subscription(self, subscription_id: str) -> Facts | None:
        found = await self.v1.subscriptions.retrieve_async(subscription_id)
        order = order_of(found.metadata)
        if order is None:
            return None
        return Facts(
            order=order,
            customer=id_of(found.customer),
            subscription=found.id,
            subscription_ends_at=maybe(found.cancel_at),
            subscription_ended_at=maybe(found.ended_at),
        )

    async def _facts(self, order: str, intent: stripe.PaymentIntent, *, failed: bool) -> Facts:
        """Everything about one payment, oldest first."""
        charge = intent.latest_charge
        moved: list[Movement] = []
        if isinstance(charge, stripe.Charge) and intent.status == "succeeded":
            moved = [_payment(intent, charge)]
            moved += [movement async for movement in self._given_back(charge.id)]
        pending = intent.status == "processing"
        held = intent.status == "requires_capture" and isinstance(charge, stripe.Charge)
        return Facts(
            order=order,
            thread=intent.id,
            customer=id_of(intent.customer) if intent.customer else None,
            method=_kept(intent),
            pending=pending,
            pending_amount_cents=intent.amount if pending else 0,
            pending_since=instant(charge.created)
            if pending and isinstance(charge, stripe.Charge)
            else None,
            failed=failed,
            held_cents=intent.amount_capturable if held else 0,
            held_at=instant(charge.created) if held and isinstance(charge, stripe.Charge) else None,
            capture_before=_capture_before(charge) if held else None,
            released=intent.status == "canceled",
            movements=tuple(moved),
        )

    async def _given_back(self, charge_id: str) -> AsyncIterator[Movement]:
        refunds = await self.v1.refunds.list_async(
            {"charge": charge_id, "limit": 100, "expand": REFUND}
        )
        # Told newest first: what a bank sent back is here before it is given again.
        for refund in reversed([one async for one in refunds.auto_paging_iter()]):
            for movement in _refunded(refund):
                yield movement
        disputes = await self.v1.disputes.list_async({"charge": charge_id, "limit": 100})
        async for dispute in disputes.auto_paging_iter():
            for movement in _disputed(dispute):
                yield movement


def _capture_before(charge: Any) -> datetime | None:
    """Until when Stripe lets what is held be taken."""
    details = charge.payment_method_details
    card = details.card if details is not None else None
    return maybe(getattr(card, "capture_before", None))


def _failed(intent: stripe.PaymentIntent) -> bool:
    return intent.status in {"requires_payment_method", "canceled"}


def _was_debit(intent: stripe.PaymentIntent) -> bool:
    """A debit is pressed once: its page closed when the bank was asked."""
    charge = intent.latest_charge
    details = charge.payment_method_details if isinstance(charge, stripe.Charge) else None
    return details is not None and details.type == "sepa_debit"


def _kept(intent: stripe.PaymentIntent) -> str | None:
    """What its owner left with Stripe to be charged again."""
    if intent.setup_future_usage != "off_session" or intent.payment_method is None:
        return None
    return id_of(intent.payment_method)


def _intent_of(invoice: stripe.Invoice) -> str | None:
    """The payment that pays an invoice: the default one, where one was given up for another."""
    payments = invoice.payments.data if invoice.payments else []
    for payment in sorted(payments, key=lambda one: not one.is_default):
        if payment.payment.payment_intent is not None:
            return id_of(payment.payment.payment_intent)
    return None


def _payment(intent: stripe.PaymentIntent, charge: stripe.Charge) -> Movement:
    """Stripe may say its fee some time after the payment itself."""
    balance = charge.balance_transaction
    return Movement(
        kind=PaymentKind.PAYMENT,
        amount_cents=intent.amount_received,
        at=instant(charge.created),
        fee_cents=balance.fee if isinstance(balance, stripe.BalanceTransaction) else 0,
        external_id=intent.id,
    )


def _refunded(refund: stripe.Refund) -> list[Movement]:
    """Money left when the balance says so; it came back where the payer's bank could not take it."""
    gone = _moved(PaymentKind.REFUND, refund.id, refund.balance_transaction)
    failure = getattr(refund, "failure_balance_transaction", None)
    back = _moved(PaymentKind.RETURNED, refund.id, failure)
    return [*gone, *back]


def _disputed(dispute: stripe.Dispute) -> list[Movement]:
    """An inquiry moves no money; a dispute that was won gives it back, less its fee."""
    moved: list[Movement] = []
    for txn in dispute.balance_transactions:
        kind = PaymentKind.DISPUTE if txn.amount < 0 else PaymentKind.REINSTATED
        moved += _moved(kind, dispute.id, txn, answer_by=_answer_by(dispute))
    return moved


def _answer_by(dispute: stripe.Dispute) -> datetime | None:
    """Only while an answer may change something: the word of a SEPA debtor's bank is final."""
    if dispute.status not in {"needs_response", "warning_needs_response"}:
        return None
    return maybe(dispute.evidence_details.due_by)


def _moved(
    kind: PaymentKind, external_id: str, txn: Any, *, answer_by: datetime | None = None
) -> list[Movement]:
    """One line of Stripe's balance as a movement: both sides book the same cents."""
    if not isinstance(txn, stripe.BalanceTransaction):
        return []
    return [
        Movement(
            kind=kind,
            amount_cents=abs(txn.amount),
            at=instant(txn.created),
            fee_cents=txn.fee,
            external_id=external_id,
            answer_by=answer_by,
        )
    ]
