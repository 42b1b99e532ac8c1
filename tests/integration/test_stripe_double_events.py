"""Signed events: delivered at least once, and every way in which that can go wrong."""

import asyncio
import json
import sys
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import stripe

from backend.kit import clock
from backend.sandbox.stripe.remote import Remote
from backend.sandbox.stripe.running import API_KEY, WEBHOOK_SECRET, running_double
from backend.sandbox.stripe.sources import Obj
from tests.smtp import free_port


class Receiver:
    """A webhook address that keeps what comes and answers what the test decides."""

    def __init__(self) -> None:
        self.url = ""
        self.got: list[Obj] = []
        self.answers: list[int] = []  # the next ones; then 200
        self._came = asyncio.Condition()

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.got]

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(60), self._came:
            await self._came.wait_for(lambda: len(self.got) >= count)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            body = await reader.readexactly(int(head["content-length"]))
            stripe.Webhook.construct_event(body, head["stripe-signature"], WEBHOOK_SECRET)
            async with self._came:
                self.got.append(json.loads(body))
                self._came.notify_all()
            status = self.answers.pop(0) if self.answers else 200
            writer.write(f"HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n".encode())
            await writer.drain()
        writer.close()


async def _head(reader: asyncio.StreamReader) -> dict[str, str]:
    try:
        text = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return {}
    lines = [line.split(": ", 1) for line in text.split("\r\n")[1:] if line]
    return {name.lower(): value for name, value in lines}


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    async with server:
        yield receiver


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def double(receiver: Receiver) -> AsyncIterator[Remote]:
    async with running_double(webhook_url=receiver.url) as remote:
        yield remote


async def new_session(double: Remote, mode: str = "payment") -> str:
    form = {
        "mode": mode,
        "success_url": "http://club.test/",
        "allowed_payment_method_types[0]": "card",
        "allowed_payment_method_types[1]": "sepa_debit",
        "line_items[0][price_data][currency]": "eur",
        "line_items[0][price_data][unit_amount]": "1200",
        "line_items[0][price_data][product_data][name]": "Cotisation",
    }
    if mode == "subscription":
        form["line_items[0][price_data][recurring][interval]"] = "month"
    return str((await call(double, "POST", "/v1/checkout/sessions", form))["id"])


async def call(double: Remote, method: str, path: str, form: Obj | None = None) -> Obj:
    headers = {"Authorization": f"Bearer {API_KEY}"}
    async with httpx.AsyncClient(base_url=double.url, trust_env=False, timeout=60) as http:
        answer = await http.request(method, path, data=form, headers=headers)
    result: Obj = answer.json()
    assert answer.status_code == 200, result
    return result


IBAN = "FR1420041010050500013M02606"


async def test_events_arrive_signed_when_a_card_pays(double: Remote, receiver: Receiver) -> None:
    """The events of a card payment, as the SDK verifies them."""
    session = await new_session(double)
    await double.pay(session)
    await receiver.wait_for(2)
    assert receiver.types == ["payment_intent.succeeded", "checkout.session.completed"]
    completed = receiver.got[1]
    assert completed["data"]["object"]["id"] == session
    assert completed["data"]["object"]["payment_status"] == "paid"
    assert completed["request"] == {"id": None, "idempotency_key": None}


@pytest.mark.parametrize(
    ("outcome", "last"),
    [
        ("settled", ["payment_intent.succeeded", "checkout.session.async_payment_succeeded"]),
        ("failed", ["payment_intent.payment_failed", "checkout.session.async_payment_failed"]),
    ],
)
async def test_a_debit_ends_later_when_the_bank_answers(
    double: Remote, receiver: Receiver, outcome: str, last: list[str]
) -> None:
    """Completed is not paid; the end of a SEPA debit comes as an event of its own."""
    session = await new_session(double)
    paid = await double.pay(session, iban=IBAN, email="awa@example.org")
    assert paid["session"]["payment_status"] == "unpaid"
    intent = await double.end_debit(session, outcome)
    await receiver.wait_for(3)
    assert receiver.types == ["checkout.session.completed", *last]
    assert intent["status"] == ("succeeded" if outcome == "settled" else "requires_payment_method")
    assert (await double.get(session))["payment_status"] == (
        "paid" if outcome == "settled" else "unpaid"
    )


async def test_a_subscription_tells_its_life_when_months_pass(
    double: Remote, receiver: Receiver
) -> None:
    """One euro a month, from the first payment to the end of the last paid month."""
    session = await new_session(double, "subscription")
    paid = (await double.pay(session, email="awa@example.org"))["session"]
    subscription = paid["subscription"]
    await double.advance(subscription, "failed")
    failed = await double.get(subscription)
    assert failed["status"] == "past_due"
    await double.collect_again(failed["latest_invoice"])
    assert (await double.get(subscription))["status"] == "active"
    form = {"cancel_at_period_end": "true"}
    await call(double, "POST", f"/v1/subscriptions/{subscription}", form)
    ended = await double.advance(subscription)
    assert ended["status"] == "canceled"
    await receiver.wait_for(11)
    assert receiver.types == [
        "customer.subscription.created",
        "payment_intent.succeeded",
        "invoice.paid",
        "checkout.session.completed",
        "payment_intent.payment_failed",
        "invoice.payment_failed",
        "customer.subscription.updated",
        "payment_intent.succeeded",
        "invoice.paid",
        "customer.subscription.updated",
        "customer.subscription.deleted",
    ]


async def test_money_going_back_is_told_when_refunded_and_disputed(
    double: Remote, receiver: Receiver
) -> None:
    """A refund from the dashboard and a dispute are events without any call of the club's."""
    session = await new_session(double)
    await double.pay(session)
    await double.refund(session, 500)
    dispute = await double.open_dispute(session, amount=700)
    await double.close_dispute(dispute["id"], "won")
    other = await new_session(double)
    await double.expire(other)
    await receiver.wait_for(9)
    assert receiver.types[2:] == [
        "refund.created",
        "charge.refunded",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
        "checkout.session.expired",
    ]
    assert receiver.got[3]["data"]["object"]["amount_refunded"] == 500


async def test_a_lost_dispute_is_final_when_the_payment_was_a_debit(
    double: Remote, receiver: Receiver
) -> None:
    session = await new_session(double)
    await double.pay(session, iban=IBAN)
    await double.end_debit(session, "settled")
    assert (await double.open_dispute(session))["status"] == "lost"
    await receiver.wait_for(6)
    assert receiver.types[3:] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.closed",
    ]


async def test_an_event_comes_again_when_the_receiver_failed(
    double: Remote, receiver: Receiver
) -> None:
    """At least once."""
    await double.mishaps(retry_ms=20)
    receiver.answers = [500, 503]
    await double.pay(await new_session(double))
    await receiver.wait_for(4)
    assert Counter(receiver.types) == {
        "payment_intent.succeeded": 2,
        "checkout.session.completed": 2,
    }
    async with asyncio.timeout(60):  # the double notes an answer after it came
        while len(tried := (await double.deliveries())["tried"]) < 4:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
    assert sorted(one["outcome"] for one in tried) == ["200", "200", "500", "503"]


async def test_each_event_comes_five_times_when_copies_are_asked_for(
    double: Remote, receiver: Receiver
) -> None:
    """The same event delivered five times."""
    await double.mishaps(copies=5)
    await double.pay(await new_session(double))
    await receiver.wait_for(10)
    assert sorted(Counter(event["id"] for event in receiver.got).values()) == [5, 5]


async def test_events_come_in_another_order_when_held_and_released(
    double: Remote, receiver: Receiver
) -> None:
    """Every order of events can be played."""
    await double.mishaps(hold=True)
    session = await new_session(double)
    await double.pay(session, iban=IBAN)
    await double.end_debit(session, "settled")
    await double.flush("newest")
    assert receiver.types == [
        "checkout.session.async_payment_succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]
    again = receiver.got[2]["id"]
    await double.redeliver(again, copies=2)
    await double.flush("shuffled")
    assert [event["id"] for event in receiver.got[3:]] == [again, again]


async def test_events_are_shuffled_when_asked_for(double: Remote, receiver: Receiver) -> None:
    """Chaos: twenty rounds cannot all keep their order."""
    await double.mishaps(shuffle=True, delay_ms=100)
    for _ in range(20):
        await double.pay(await new_session(double))
    await receiver.wait_for(40)
    made = [event["id"] for event in await _events(double)]
    assert sorted(made) == sorted(event["id"] for event in receiver.got)
    assert made != [event["id"] for event in receiver.got]


async def test_nothing_arrives_when_all_events_are_dropped(
    double: Remote, receiver: Receiver
) -> None:
    """With every webhook lost, the events can still be read by the API."""
    await double.mishaps(drop=["*"])
    await double.pay(await new_session(double))
    await double.mishaps(drop=["payment_intent.succeeded"])
    await double.pay(await new_session(double))
    await receiver.wait_for(1)
    assert receiver.types == ["checkout.session.completed"]
    assert len(await _events(double)) == 4


async def test_an_event_is_signed_for_both_secrets_when_they_are_changed(double: Remote) -> None:
    """Old and new secrets, a wrong one, and a signature 301 seconds old."""
    await double.mishaps(hold=True)
    await double.set_webhook("", "whsec_new", "whsec_old")
    await double.pay(await new_session(double))
    event = (await double.deliveries())["waiting"][0]
    body, header = await double.envelope(event)
    check = stripe.WebhookSignature.verify_header
    for secret in ("whsec_new", "whsec_old"):
        assert check(body, header, secret, tolerance=300)
    with pytest.raises(stripe.SignatureVerificationError):
        check(body, header, "whsec_wrong", tolerance=300)
    body, header = await double.envelope(event, age=301)
    with pytest.raises(stripe.SignatureVerificationError):
        check(body, header, "whsec_new", tolerance=300)
    body, header = await double.envelope(event, secret="whsec_else")
    assert check(body, header, "whsec_else", tolerance=300)


async def test_a_session_expires_by_itself_when_its_day_is_over() -> None:
    async with running_double() as double:
        session = await new_session(double)
        with clock.travel(timedelta(days=1, minutes=1)):
            async with asyncio.timeout(60):
                while not (waiting := (await double.deliveries())["waiting"]):  # noqa: ASYNC110 - another thread tells
                    await asyncio.sleep(0.02)
        assert (await double.get(waiting[0]))["type"] == "checkout.session.expired"
        assert (await double.get(session))["status"] == "expired"


async def test_everything_is_kept_when_the_program_is_killed(
    tmp_path: Path, receiver: Receiver
) -> None:
    """What Stripe knows does not depend on one process: orders paid before are paid after."""
    state = tmp_path / "var" / "stripe.json"
    async with _program(state, "http://127.0.0.1:9/nobody") as (double, process):
        session = await new_session(double)
        await double.pay(session)
        process.kill()
    async with _program(state, receiver.url) as (double, _):
        assert (await double.get(session))["status"] == "complete"
        await receiver.wait_for(2)
    assert "checkout.session.completed" in receiver.types


@asynccontextmanager
async def _program(state: Path, webhook_url: str) -> AsyncIterator[tuple[Remote, Process]]:
    """`python -m backend.sandbox.stripe`, as `make run` starts it."""
    port = free_port()
    arguments = [
        *("--port", str(port), "--webhook-url", webhook_url),
        *("--webhook-secret", WEBHOOK_SECRET, "--state", str(state)),
    ]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "backend.sandbox.stripe", *arguments),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert (await process.stdout.readline()).decode().startswith("Stripe simulé")
    try:
        async with Remote(f"http://127.0.0.1:{port}") as remote:
            yield remote, process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _events(double: Remote) -> list[Obj]:
    listed: list[Obj] = (await call(double, "GET", "/v1/events?limit=100"))["data"]
    return listed[::-1]
