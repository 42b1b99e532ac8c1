"""Stripe behind our Gateway: the only door to its library.

SDK, API version and the webhook endpoint's version belong together (VERSION). Objects of the SDK
are read here and nowhere else.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import msgspec
import stripe
from stripe.params.checkout import SessionCreateParams, SessionCreateParamsLineItemPriceData

from backend.billing.errors import SignatureWrong, StripeUnavailable
from backend.billing.gateway import Checkout, Facts, Incoming, Movement, OpenedCheckout
from backend.billing.rules import PaymentKind
from backend.settings import Settings

VERSION = "2026-10-28.endive"
PATIENCE = 4.0  # seconds for one answer; a payer is waiting
RETRIES = 1  # by the SDK, under our own key
TOLERANCE = timedelta(seconds=300)
CHARGE = "latest_charge.balance_transaction"

T = TypeVar("T")
P = ParamSpec("P")


def _unavailable(
    call: Callable[P, Awaitable[T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """No answer, too many calls, or a fault of theirs: worth another try later."""

    @wraps(call)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await call(*args, **kwargs)
        except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
            raise StripeUnavailable from error

    return run


class Stripe:
    """A Gateway. One for a process: it keeps its connections open."""

    def __init__(self, settings: Settings) -> None:
        self.base_url = settings.base_url
        self.secrets = settings.stripe_webhook_secrets
        self.http = stripe.HTTPXClient(timeout=PATIENCE)
        self.client = stripe.StripeClient(
            settings.stripe_secret_key,
            stripe_version=VERSION,
            base_addresses={"api": settings.stripe_url},
            max_network_retries=RETRIES,
            http_client=self.http,
        )

    async def close(self) -> None:
        await self.http.close_async()  # type: ignore[no-untyped-call]

    @_unavailable
    async def open_checkout(self, asked: Checkout, key: str) -> OpenedCheckout:
        session = await self.client.v1.checkout.sessions.create_async(
            _session(asked, self.base_url), {"idempotency_key": key}
        )
        assert session.url is not None
        return OpenedCheckout(session.id, session.url, _instant(session.expires_at))

    @_unavailable
    async def close_checkout(self, session_id: str) -> None:
        session = await self.client.v1.checkout.sessions.retrieve_async(session_id)
        if session.status == "open":
            await self.client.v1.checkout.sessions.expire_async(session_id)

    @_unavailable
    async def stop_subscription(self, subscription: str) -> None:
        found = await self.client.v1.subscriptions.retrieve_async(subscription)
        if found.status != "canceled" and not found.cancel_at_period_end:
            await self.client.v1.subscriptions.update_async(
                subscription, {"cancel_at_period_end": True}
            )

    @_unavailable
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
        }
        reader = readers.get(object_id.partition("_")[0])
        return await reader(object_id) if reader else None

    def check(self, body: bytes, signature: str, at: datetime) -> Incoming:
        """Our own clock judges its age: the SDK's cannot be moved with the rest of a demo."""
        if not any(_signed(body, signature, secret, at) for secret in self.secrets):
            raise SignatureWrong
        try:
            return msgspec.json.decode(body, type=_Event).incoming()
        except msgspec.DecodeError:
            raise SignatureWrong from None

    async def _of_session(self, session_id: str) -> Facts | None:
        session = await self.client.v1.checkout.sessions.retrieve_async(session_id)
        order = session.client_reference_id
        if order is None:
            return None
        if session.invoice is not None:
            return await self._of_invoice(_id(session.invoice))
        if session.payment_intent is None or session.status == "open":
            return Facts(order=order)
        return await self._of_intent(_id(session.payment_intent))

    async def _of_charge(self, charge_id: str) -> Facts | None:
        charge = await self.client.v1.charges.retrieve_async(charge_id)
        return await self._of_intent(_id(charge.payment_intent)) if charge.payment_intent else None

    async def _of_refund(self, refund_id: str) -> Facts | None:
        refund = await self.client.v1.refunds.retrieve_async(refund_id)
        return await self._of_intent(_id(refund.payment_intent)) if refund.payment_intent else None

    async def _of_dispute(self, dispute_id: str) -> Facts | None:
        dispute = await self.client.v1.disputes.retrieve_async(dispute_id)
        intent = dispute.payment_intent
        return await self._of_intent(_id(intent)) if intent else None

    async def _of_intent(self, intent_id: str) -> Facts | None:
        intent = await self.client.v1.payment_intents.retrieve_async(
            intent_id, {"expand": [CHARGE]}
        )
        order = _order(intent.metadata)
        if order is not None:
            return await self._facts(order, intent)
        payments = await self.client.v1.invoice_payments.list_async(
            {"payment": {"type": "payment_intent", "payment_intent": intent_id}}
        )
        return await self._of_invoice(_id(payments.data[0].invoice)) if payments.data else None

    async def _of_invoice(self, invoice_id: str) -> Facts | None:
        invoice = await self.client.v1.invoices.retrieve_async(invoice_id, {"expand": ["payments"]})
        details = invoice.parent.subscription_details if invoice.parent else None
        order = _order(details.metadata) if details else None
        if details is None or order is None:
            return None
        about = await self._of_subscription(_id(details.subscription))
        paid = [p.payment.payment_intent for p in invoice.payments.data] if invoice.payments else []
        if about is None or not paid or paid[0] is None:
            return about
        intent = await self.client.v1.payment_intents.retrieve_async(
            _id(paid[0]), {"expand": [CHARGE]}
        )
        return msgspec.structs.replace(
            await self._facts(order, intent),
            subscription=about.subscription,
            subscription_ends_at=about.subscription_ends_at,
            subscription_ended_at=about.subscription_ended_at,
        )

    async def _of_subscription(self, subscription_id: str) -> Facts | None:
        found = await self.client.v1.subscriptions.retrieve_async(subscription_id)
        order = _order(found.metadata)
        if order is None:
            return None
        return Facts(
            order=order,
            customer=_id(found.customer),
            subscription=found.id,
            subscription_ends_at=_maybe(found.cancel_at),
            subscription_ended_at=_maybe(found.ended_at),
        )

    async def _facts(self, order: str, intent: stripe.PaymentIntent) -> Facts:
        """Everything about one payment, oldest first."""
        charge = intent.latest_charge
        moved: list[Movement] = []
        if isinstance(charge, stripe.Charge) and intent.status == "succeeded":
            moved = [_payment(intent, charge)]
            moved += [movement async for movement in self._given_back(charge.id)]
        pending = intent.status == "processing"
        return Facts(
            order=order,
            thread=intent.id,
            customer=_id(intent.customer) if intent.customer else None,
            pending=pending,
            pending_amount_cents=intent.amount if pending else 0,
            pending_since=_instant(charge.created)
            if pending and isinstance(charge, stripe.Charge)
            else None,
            failed=intent.status in {"requires_payment_method", "canceled"},
            movements=tuple(moved),
        )

    async def _given_back(self, charge_id: str) -> AsyncIterator[Movement]:
        refunds = await self.client.v1.refunds.list_async({"charge": charge_id, "limit": 100})
        for refund in sorted(refunds.data, key=lambda one: one.created):
            if refund.status in {"pending", "succeeded"}:
                yield Movement(
                    kind=PaymentKind.REFUND,
                    amount_cents=refund.amount,
                    at=_instant(refund.created),
                    external_id=refund.id,
                )
        disputes = await self.client.v1.disputes.list_async({"charge": charge_id, "limit": 100})
        for dispute in sorted(disputes.data, key=lambda one: one.created):
            for movement in _disputed(dispute):
                yield movement


def _session(asked: Checkout, base_url: str) -> SessionCreateParams:
    price: SessionCreateParamsLineItemPriceData = {
        "currency": "eur",
        "unit_amount": asked.amount_cents,
        "product_data": {"name": asked.label},
    }
    ours = {"order": asked.order}
    params: SessionCreateParams = {
        "mode": "subscription" if asked.monthly else "payment",
        "line_items": [{"price_data": price, "quantity": 1}],
        "success_url": base_url + asked.done_path,
        "cancel_url": base_url + asked.back_path,
        "client_reference_id": asked.order,
        "metadata": ours,
        "locale": "fr",
        "allowed_payment_method_types": ["card", "sepa_debit"],
    }
    if asked.email:
        params["customer_email"] = asked.email
    if asked.monthly:
        price["recurring"] = {"interval": "month"}
        params["subscription_data"] = {"metadata": ours, "description": asked.label}
    else:
        params["payment_intent_data"] = {"metadata": ours, "description": asked.label}
    return params


def _payment(intent: stripe.PaymentIntent, charge: stripe.Charge) -> Movement:
    balance = charge.balance_transaction
    return Movement(
        kind=PaymentKind.PAYMENT,
        amount_cents=intent.amount_received,
        at=_instant(charge.created),
        fee_cents=balance.fee if isinstance(balance, stripe.BalanceTransaction) else 0,
        external_id=intent.id,
    )


def _disputed(dispute: stripe.Dispute) -> list[Movement]:
    """An inquiry (warning_...) moves no money; a dispute that was won gives it back, less its fee."""
    if dispute.status.startswith("warning_") or dispute.status == "prevented":
        return []
    fee = sum(txn.fee for txn in dispute.balance_transactions)
    at = _instant(dispute.created)
    taken = Movement(
        kind=PaymentKind.DISPUTE,
        amount_cents=dispute.amount,
        at=at,
        fee_cents=fee,
        external_id=dispute.id,
    )
    if dispute.status != "won":
        return [taken]
    back = msgspec.structs.replace(taken, kind=PaymentKind.REINSTATED, fee_cents=0)
    return [taken, back]


class _Object(msgspec.Struct):
    id: str


class _Data(msgspec.Struct):
    object: _Object


class _Event(msgspec.Struct):
    """The four things of an event we keep; its body holds personal data and is not stored."""

    id: str
    type: str
    created: int
    data: _Data

    def incoming(self) -> Incoming:
        return Incoming(self.id, self.type, self.data.object.id, _instant(self.created))


def _signed(body: bytes, header: str, secret: str, at: datetime) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body.decode(), header, secret)
        said = next(part for part in header.split(",") if part.strip().startswith("t="))
        return abs(at - _instant(int(said.strip()[2:]))) <= TOLERANCE
    except (stripe.SignatureVerificationError, ValueError, OverflowError, OSError):
        return False


def _order(metadata: Any) -> str | None:
    """The order we named when the payment was asked for."""
    said: str | None = None if metadata is None else metadata.to_dict().get("order")
    return said


def _id(value: Any) -> str:
    """An id, or the object it was expanded to."""
    return value if isinstance(value, str) else str(value.id)


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _maybe(seconds: int | None) -> datetime | None:
    return None if seconds is None else _instant(seconds)
