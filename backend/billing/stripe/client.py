"""The connection to Stripe: what the club asks, and where it looks."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import stripe

from backend.billing.errors import RefundRefused, StripeUnavailable
from backend.billing.gateway import (
    BalanceLine,
    Charge,
    Checkout,
    Facts,
    GiveBack,
    Incoming,
    OpenedCheckout,
    PayoutFacts,
)
from backend.billing.stripe import asking, signing
from backend.billing.stripe.listing import Lister
from backend.billing.stripe.reading import Reader
from backend.billing.stripe.values import instant, named, order_of
from backend.settings import Settings

VERSION = "2026-10-28.endive"
PATIENCE = 4.0  # seconds for one answer; a payer is waiting
MISSING = "resource_missing"  # another account's, or deleted in test mode
RETRIES = 1  # by the SDK, under our own key

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


def _unavailable_pages(
    call: Callable[P, AsyncIterator[T]],
) -> Callable[P, AsyncIterator[T]]:
    """The same for a list that is read page after page."""

    @wraps(call)
    async def run(*args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
        try:
            async for one in call(*args, **kwargs):
                yield one
        except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
            raise StripeUnavailable from error

    return run


class Stripe:
    """A Gateway. One for a process: it keeps its connections open."""

    def __init__(self, settings: Settings, http: stripe.HTTPClient | None = None) -> None:
        self.base_url = settings.base_url
        self.secrets = settings.stripe_webhook_secrets
        self.http = http or stripe.HTTPXClient(timeout=PATIENCE)
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
            asking.session(asked, self.base_url), {"idempotency_key": key}
        )
        assert session.url is not None
        return OpenedCheckout(session.id, session.url, instant(session.expires_at))

    @_unavailable
    async def close_checkout(self, session_id: str) -> None:
        session = await self.client.v1.checkout.sessions.retrieve_async(session_id)
        if session.status == "open":
            await self.client.v1.checkout.sessions.expire_async(session_id)

    @_unavailable
    async def open_portal(self, customer: str, back_path: str) -> str:
        """A second one does no harm: it needs no key."""
        made = await self.client.v1.billing_portal.sessions.create_async(
            asking.portal(customer, self.base_url + back_path)
        )
        return made.url

    @_unavailable
    async def stop_subscription(self, subscription: str) -> None:
        found = await self.client.v1.subscriptions.retrieve_async(subscription)
        if found.status != "canceled" and not found.cancel_at_period_end:
            await self.client.v1.subscriptions.update_async(
                subscription, {"cancel_at_period_end": True}
            )

    @_unavailable
    async def end_subscription(self, subscription: str) -> None:
        found = await self.client.v1.subscriptions.retrieve_async(subscription)
        if found.status != "canceled":
            await self.client.v1.subscriptions.cancel_async(subscription)
        waiting = await self.client.v1.invoices.list_async(
            {"subscription": subscription, "status": "open", "limit": 100}
        )
        for invoice in waiting.data:
            await self.client.v1.invoices.void_invoice_async(invoice.id)

    @_unavailable
    async def charge(self, asked: Charge, key: str) -> str:
        """Looked for first, as a refund is. A refusal is a payment too: its facts say so."""
        intents = self.client.v1.payment_intents
        known = await intents.list_async({"customer": asked.customer, "limit": 100})
        async for intent in known.auto_paging_iter():
            if order_of(intent.metadata) == asked.order:
                return intent.id
        try:
            made = await intents.create_async(asking.charge(asked), {"idempotency_key": key})
        except stripe.CardError as error:
            refused = error.error.payment_intent if error.error else None
            if refused is None:
                raise
            return refused.id
        return made.id

    @_unavailable
    async def capture(self, intent: str, amount_cents: int, key: str) -> None:
        found = await self.client.v1.payment_intents.retrieve_async(intent)
        if found.status == "requires_capture":
            await self.client.v1.payment_intents.capture_async(
                intent, {"amount_to_capture": amount_cents}, {"idempotency_key": key}
            )

    @_unavailable
    async def release(self, intent: str) -> None:
        found = await self.client.v1.payment_intents.retrieve_async(intent)
        if found.status == "requires_capture":
            await self.client.v1.payment_intents.cancel_async(intent)

    @_unavailable
    async def give_back(self, asked: GiveBack, key: str) -> str:
        """Looked for first: Stripe keeps a fault under its key, and a new key would pay twice."""
        known = await self.find_refund(asked.payment, asked.refund)
        if known is not None:
            return known
        try:
            made = await self.client.v1.refunds.create_async(
                asking.refund(asked), {"idempotency_key": key}
            )
        except stripe.InvalidRequestError as error:
            raise RefundRefused from error
        return made.id

    @_unavailable
    async def find_refund(self, payment: str, refund: str) -> str | None:
        made = await self.client.v1.refunds.list_async({"payment_intent": payment, "limit": 100})
        async for each in made.auto_paging_iter():
            if named(each.metadata, "refund") == refund:
                return each.id
        return None

    @_unavailable
    async def detach(self, method: str) -> None:
        try:
            found = await self.client.v1.payment_methods.retrieve_async(method)
            if found.customer is not None:
                await self.client.v1.payment_methods.detach_async(method)
        except stripe.InvalidRequestError as error:
            if error.code != MISSING:
                raise

    @_unavailable
    async def forget_customer(self, customer: str) -> None:
        try:
            await self.client.v1.customers.delete_async(customer)
        except stripe.InvalidRequestError as error:
            if error.code != MISSING:
                raise

    @_unavailable
    async def read(self, object_id: str) -> Facts | None:
        try:
            return await Reader(self.client).read(object_id)
        except stripe.InvalidRequestError as error:
            if error.code != MISSING:
                raise
            return None

    @_unavailable
    async def read_payout(self, payout_id: str) -> PayoutFacts:
        return await Lister(self.client).payout(payout_id)

    @_unavailable
    async def balance(self) -> int:
        return await Lister(self.client).balance()

    @_unavailable
    async def invoices_of(self, subscription: str) -> list[str]:
        try:
            return await Lister(self.client).invoices_of(subscription)
        except stripe.InvalidRequestError as error:
            if error.code != MISSING:
                raise
            return []

    @_unavailable_pages
    def happened(self, since: datetime) -> AsyncIterator[str]:
        return Lister(self.client).happened(since)

    @_unavailable_pages
    def made(self, since: datetime) -> AsyncIterator[str]:
        return Lister(self.client).made(since)

    @_unavailable_pages
    def lines(self, since: datetime) -> AsyncIterator[BalanceLine]:
        return Lister(self.client).lines(since)

    def check(self, body: bytes, signature: str, at: datetime) -> Incoming:
        return signing.check(body, signature, self.secrets, at)
