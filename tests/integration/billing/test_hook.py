"""Stripe's signed events, as they come in by HTTP."""

import dataclasses
import time
from typing import Any

import httpx
import pytest
import stripe as library

from backend.audit.service import SYSTEM
from backend.billing import gateway, jobs
from backend.billing.errors import SignatureWrong
from backend.billing.rules import PayWay
from backend.billing.stripe import Stripe
from backend.jobs import inbox
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership import service as membership
from backend.membership.rules import Category
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from tests.factories import add_household
from tests.paying import pay

HOOK = "/hooks/stripe"


@pytest.fixture
async def event(client: httpx.AsyncClient, stripe: Remote) -> str:
    """A payment was made; its event waits at Stripe."""
    joined = await add_household()
    ordered = await membership.order_dues(
        joined.household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/"
    )
    await jobs.hurry(ordered.row)
    await pay(stripe, ordered.public_id)
    waiting: list[str] = (await stripe.deliveries())["waiting"]
    found = [one for one in waiting if (await stripe.get(one))["type"].endswith("completed")]
    return found[0]


async def send(client: httpx.AsyncClient, body: str, signature: str | None) -> httpx.Response:
    headers: dict[str, Any] = {"content-type": "application/json"}
    if signature is not None:
        headers["stripe-signature"] = signature.encode()
    return await client.post(HOOK, content=body, headers=headers)


async def test_an_event_is_kept_once_and_answered_200(client, stripe, event):
    """B3: verify, store, answer; its body holds personal data and is not kept."""
    body, signature = await stripe.envelope(event)
    for _ in range(5):
        assert (await send(client, body, signature)).status_code == 200
    rows = await fetch("SELECT event_id, body::text AS body, done_at FROM inbox")
    assert [tuple(row) for row in rows] == [(event, "{}", None)]
    await inbox.drain()
    assert await fetch_value("SELECT count(*) FROM payment") == 1
    assert await fetch_value("SELECT count(*) FROM inbox WHERE done_at IS NOT NULL") == 1


@pytest.mark.parametrize("wrong", ["missing", "empty", "junk", "other secret", "old", "future"])
async def test_a_bad_signature_is_400_and_writes_nothing(client, stripe, event, wrong):
    """B3, SEC12: wrong, missing, or 301 seconds old."""
    with clock.frozen(clock.now()):
        body, good = await stripe.envelope(event)
        signature = {
            "missing": None,
            "empty": "",
            "junk": "t=é,v1=;;",
            "other secret": (await stripe.envelope(event, secret="whsec_other"))[1],
            "old": (await stripe.envelope(event, age=301))[1],
            "future": (await stripe.envelope(event, age=-301))[1],
        }[wrong]
        assert good != signature
        answer = await send(client, body, signature)
    assert answer.status_code == 400
    assert await fetch_value("SELECT count(*) FROM inbox") == 0


async def test_a_signature_of_299_seconds_is_still_right(client, stripe, event):
    """B3: the limit is five minutes."""
    with clock.frozen(clock.now()):
        body, signature = await stripe.envelope(event, age=299)
        assert (await send(client, body, signature)).status_code == 200


async def test_an_altered_body_is_refused(client, stripe, event):
    """SEC12: one letter is enough."""
    body, signature = await stripe.envelope(event)
    answer = await send(client, body.replace("evt_", "evx_", 1), signature)
    assert answer.status_code == 400
    assert await fetch_value("SELECT count(*) FROM inbox") == 0


async def test_an_oversized_body_is_refused(client, stripe, event, settings):
    """SEC12: signed or not, and nothing is written."""
    body = '{"id": "' + "x" * inbox.MOST_BYTES + '"}'
    secret = settings.stripe_webhook_secrets[0]
    signature = library.WebhookSignature.generate_signature_header(body, secret, int(time.time()))
    assert (await send(client, body, signature)).status_code == 413
    assert await fetch_value("SELECT count(*) FROM inbox") == 0


@pytest.mark.parametrize("body", ["not json", "[]", '{"id": 5}', "{}", '{"id": "evt_1"}'])
async def test_a_signed_body_that_is_no_event_is_400(client, stripe, event, settings, body):
    secret = settings.stripe_webhook_secrets[0]
    signature = library.WebhookSignature.generate_signature_header(body, secret, int(time.time()))
    assert (await send(client, body, signature)).status_code == 400
    assert await fetch_value("SELECT count(*) FROM inbox") == 0


async def test_old_and_new_secrets_are_right_while_one_is_changed(stripe, event, settings):
    """B3: both are accepted for as long as both are set, then the old one is wrong."""
    both = with_secrets(settings, "whsec_new", "whsec_old")
    for secret in ("whsec_new", "whsec_old"):
        body, signature = await stripe.envelope(event, secret=secret)
        assert both.check(body.encode(), signature, clock.now()).event_id == event
    only_new = with_secrets(settings, "whsec_new")
    body, signature = await stripe.envelope(event, secret="whsec_old")
    with pytest.raises(SignatureWrong):
        only_new.check(body.encode(), signature, clock.now())


def with_secrets(settings: Settings, *secrets: str) -> Stripe:
    return Stripe(dataclasses.replace(settings, stripe_webhook_secrets=secrets))


async def test_an_event_of_no_interest_is_200_and_not_kept(client, stripe):
    """The start of a subscription says nothing that its first invoice does not say."""
    joined = await add_household(category=Category.TENANT)
    ordered = await membership.order_dues(
        joined.household_id, PayWay.MONTHLY, SYSTEM, done_path="/", back_path="/"
    )
    await jobs.hurry(ordered.row)
    await pay(stripe, ordered.public_id)
    waiting = (await stripe.deliveries())["waiting"]
    others = [one for one in waiting if (await stripe.get(one))["type"] not in inbox.HEARD]
    assert others
    body, signature = await stripe.envelope(others[0])
    assert (await send(client, body, signature)).status_code == 200
    assert await fetch_value("SELECT count(*) FROM inbox") == 0


async def test_an_event_waits_while_stripe_is_silent(client, stripe, event):
    """REL8: nothing is lost, and it is acted on when Stripe answers again."""
    await send(client, *await stripe.envelope(event))
    await stripe.fail_next("refused", "/v1/", method="GET", times=9)
    await inbox.drain()
    assert await fetch_value("SELECT last_error FROM inbox") == "StripeUnavailable"
    assert await fetch_value("SELECT count(*) FROM payment") == 0
    await stripe.forget_failures()
    await fetch("UPDATE inbox SET due_at = now()")
    await inbox.drain()
    assert await fetch_value("SELECT count(*) FROM payment") == 1


def test_the_gateway_has_to_be_connected(monkeypatch):
    monkeypatch.setattr(gateway._Connection, "gateway", None)
    with pytest.raises(RuntimeError):
        gateway.connected()
