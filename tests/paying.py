"""The Stripe double for tests, connected as the club's gateway.

stripe.pay(order)            the payer pays on the hosted page
await events(stripe)         what waits at Stripe is received and acted on, oldest first
await deliver(stripe, ids)   these events, in this order
"""

import dataclasses
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from backend.billing import gateway
from backend.billing import queries as billing
from backend.billing.stripe import Stripe
from backend.jobs import inbox
from backend.sandbox.stripe.remote import Remote
from backend.sandbox.stripe.running import running_double
from backend.settings import Settings

IBAN = "FR1420041010050500013M02606"


@pytest.fixture(scope="session")
async def double() -> AsyncIterator[Remote]:
    async with running_double() as remote:
        yield remote


@pytest.fixture(scope="session")
async def gateway_to_double(settings: Settings, double: Remote) -> AsyncIterator[Stripe]:
    ours = Stripe(dataclasses.replace(settings, stripe_url=double.url))
    yield ours
    await ours.close()


@pytest.fixture
async def stripe(
    client: httpx.AsyncClient, settings: Settings, double: Remote, gateway_to_double: Stripe
) -> Remote:
    """Empty, with our webhook secrets and no address: events wait to be delivered by hand.

    After the application, which connects the real Stripe.
    """
    await double.reset()
    await double.set_webhook("", *settings.stripe_webhook_secrets)
    gateway.connect(gateway_to_double)
    return double


async def pay(stripe: Remote, order: str, **payment: str) -> str:
    """The payer presses the button on the hosted page; gives the session's id."""
    session = (await billing.get_order(order)).stripe_session
    assert session is not None
    await stripe.pay(session, **payment)
    return session


async def events(stripe: Remote) -> list[str]:
    """Everything that waits, delivered and acted on; gives the ids."""
    waiting: list[str] = (await stripe.deliveries())["waiting"]
    await stripe.throw_away()
    await deliver(stripe, waiting)
    return waiting


async def deliver(stripe: Remote, ids: Sequence[str]) -> None:
    for event in ids:
        body, signature = await stripe.envelope(event)
        await inbox.receive(body.encode(), signature)
        while await inbox.drain():
            pass


async def by_type(stripe: Remote, ids: Sequence[str]) -> dict[str, str]:
    """The ids of these events by their type."""
    found: dict[str, Any] = {event: await stripe.get(event) for event in ids}
    return {said["type"]: event for event, said in found.items()}
