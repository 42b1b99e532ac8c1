"""The real SDK drives the double: every route, every kind of refusal, one effect a key."""

import asyncio
import re
from collections.abc import AsyncIterator

import httpx
import pytest
import stripe

from backend.billing.gateway import Charge
from backend.billing.stripe import asking
from backend.sandbox.stripe.remote import Remote
from backend.sandbox.stripe.routes import ROUTES
from backend.sandbox.stripe.running import API_KEY, running_double

# The SDK hands httpx its form as data=.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

LINE: stripe.params.checkout.SessionCreateParamsLineItem = {
    "quantity": 1,
    "price_data": {
        "currency": "eur",
        "unit_amount": 1200,
        "product_data": {"name": "Cotisation"},
    },
}


@pytest.fixture
async def double() -> AsyncIterator[Remote]:
    async with running_double() as remote:
        yield remote


@pytest.fixture
async def client(double: Remote) -> AsyncIterator[stripe.StripeClient]:
    http = stripe.HTTPXClient(timeout=60)
    yield stripe.StripeClient(API_KEY, base_addresses={"api": double.url}, http_client=http)
    await http.close_async()  # type: ignore[no-untyped-call]


async def new_session(
    client: stripe.StripeClient, key: str | None = None, **more: str
) -> stripe.checkout.Session:
    wanted: stripe.params.checkout.SessionCreateParams = {
        "mode": "payment",
        "success_url": "http://club.test/merci?s={CHECKOUT_SESSION_ID}",
        "line_items": [LINE],
        "allowed_payment_method_types": ["card", "sepa_debit"],
        **more,  # type: ignore[typeddict-item]
    }
    options: stripe.RequestOptions = {"idempotency_key": key} if key else {}
    return await client.v1.checkout.sessions.create_async(wanted, options)


async def test_every_route_answers_the_sdk_when_called(
    client: stripe.StripeClient, double: Remote
) -> None:
    """What the club can ask of Stripe, it can ask of the double with the same library."""
    await _buy_once(client, double)
    await _subscribe(client, double)
    await _read_lists(client)
    called = {(call["method"], call["path"]) for call in (await double.calls())["calls"]}
    missed = [
        f"{route.method} {route.path}"
        for route in ROUTES
        if all(route.ids(method, path) is None for method, path in called)
    ]
    assert missed == []
    others = [c["status"] for c in (await double.calls())["calls"] if c["status"] != 200]
    assert others == [402]  # the one charge that the card refused


async def _buy_once(client: stripe.StripeClient, double: Remote) -> None:
    v1 = client.v1
    customer = await v1.customers.create_async({"name": "Awa", "email": "awa@example.org"})
    await v1.customers.update_async(customer.id, {"phone": "+33600000000"})
    assert (await v1.customers.retrieve_async(customer.id)).phone == "+33600000000"
    gone = await v1.customers.create_async({"name": "Partie"})
    assert (await v1.customers.delete_async(gone.id)).deleted
    product = await v1.products.create_async({"name": "Panier"})
    await v1.products.retrieve_async(product.id)
    price = await v1.prices.create_async(
        {"currency": "eur", "unit_amount": 900, "product": product.id}
    )
    await v1.prices.retrieve_async(price.id)
    session = await new_session(client, customer=customer.id)
    await double.pay(session.id)
    session = await v1.checkout.sessions.retrieve_async(
        session.id, {"expand": ["payment_intent.latest_charge.balance_transaction"]}
    )
    intent = session.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert isinstance(intent.latest_charge, stripe.Charge)
    transaction = intent.latest_charge.balance_transaction
    assert isinstance(transaction, stripe.BalanceTransaction)
    assert transaction.fee == 43
    await v1.balance_transactions.retrieve_async(transaction.id)
    await v1.payment_intents.retrieve_async(intent.id)
    assert isinstance(intent.payment_method, str)
    card = await v1.payment_methods.retrieve_async(intent.payment_method)
    assert (card.customer, (await v1.payment_methods.detach_async(card.id)).customer) == (
        customer.id,
        None,
    )
    charge = await v1.charges.retrieve_async(intent.latest_charge.id, {"expand": ["refunds"]})
    assert charge.refunds is not None
    assert charge.refunds.data == []
    payout = await double.pay_out()
    await v1.payouts.retrieve_async(payout["id"])
    assert (await v1.balance.retrieve_async()).pending[0].amount == 0
    refund = await v1.refunds.create_async({"charge": charge.id, "amount": 200})
    await v1.refunds.retrieve_async(refund.id)
    dispute = await double.open_dispute(charge.id)
    await v1.disputes.retrieve_async(dispute["id"])
    assert (await v1.disputes.close_async(dispute["id"])).status == "lost"
    other = await new_session(client)
    await v1.checkout.sessions.line_items.list_async(other.id)
    assert (await v1.checkout.sessions.expire_async(other.id)).status == "expired"
    await _hold(client, double)
    await _charge_again(client, double)
    setup = await v1.setup_intents.create_async({"customer": customer.id})
    await v1.setup_intents.retrieve_async(setup.id)


async def _charge_again(client: stripe.StripeClient, double: Remote) -> None:
    """A card that was left for later: paid without its owner, then refused."""
    v1 = client.v1
    session = await v1.checkout.sessions.create_async(
        {
            "mode": "payment",
            "success_url": "http://club.test/",
            "line_items": [LINE],
            "customer_creation": "always",
            "payment_intent_data": {"setup_future_usage": "off_session"},
        }
    )
    paid = (await double.pay(session.id))["session"]
    first = await v1.payment_intents.retrieve_async(paid["payment_intent"])
    assert isinstance(first.payment_method, str)
    again = asking.charge(
        Charge(
            order="o",
            label="l",
            amount_cents=900,
            customer=paid["customer"],
            method=first.payment_method,
        )
    )
    made = await v1.payment_intents.create_async(again)
    assert (made.status, made.amount_received) == ("succeeded", 900)
    await double.mishaps(off_session="authentication")
    with pytest.raises(stripe.CardError) as refused:
        await v1.payment_intents.create_async(again)
    assert refused.value.error is not None
    assert refused.value.error.payment_intent is not None
    assert refused.value.error.payment_intent.status == "requires_payment_method"
    await double.mishaps()


async def _hold(client: stripe.StripeClient, double: Remote) -> None:
    """Two authorisations: one taken in part, one released."""
    for take in (True, False):
        session = await client.v1.checkout.sessions.create_async(
            {
                "mode": "payment",
                "success_url": "http://club.test/",
                "line_items": [LINE],
                "payment_intent_data": {"capture_method": "manual"},
            }
        )
        id_ = (await double.pay(session.id))["session"]["payment_intent"]
        intents = client.v1.payment_intents
        if take:
            taken = await intents.capture_async(id_, {"amount_to_capture": 500})
            assert (taken.status, taken.amount_received) == ("succeeded", 500)
        else:
            assert (await intents.cancel_async(id_)).status == "canceled"


async def _subscribe(client: stripe.StripeClient, double: Remote) -> None:
    v1 = client.v1
    monthly = await v1.prices.create_async(
        {
            "currency": "eur",
            "unit_amount": 100,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Adhésion"},
        }
    )
    session = await v1.checkout.sessions.create_async(
        {
            "mode": "subscription",
            "success_url": "http://club.test/",
            "line_items": [{"price": monthly.id, "quantity": 1}],
        }
    )
    paid = (await double.pay(session.id, email="awa@example.org"))["session"]
    subscription = await v1.subscriptions.retrieve_async(paid["subscription"])
    await double.advance(subscription.id, "failed")
    unpaid = (await v1.invoices.list_async({"status": "open"})).data[0]
    assert (await v1.invoices.void_invoice_async(unpaid.id)).status == "void"
    await v1.subscriptions.update_async(subscription.id, {"cancel_at_period_end": True})
    invoice = await v1.invoices.retrieve_async(paid["invoice"], {"expand": ["payments"]})
    assert invoice.payments is not None
    await v1.invoice_payments.retrieve_async(invoice.payments.data[0].id)
    await v1.billing_portal.sessions.create_async({"customer": paid["customer"]})
    assert (await v1.subscriptions.cancel_async(subscription.id)).status == "canceled"


async def _read_lists(client: stripe.StripeClient) -> None:
    v1 = client.v1
    for service in (
        v1.customers,
        v1.products,
        v1.prices,
        v1.checkout.sessions,
        v1.payment_intents,
        v1.charges,
        v1.balance_transactions,
        v1.setup_intents,
        v1.invoices,
        v1.invoice_payments,
        v1.refunds,
        v1.disputes,
        v1.events,
        v1.payouts,
    ):
        assert (await service.list_async()).data
    assert (await v1.subscriptions.list_async()).data == []
    assert (await v1.subscriptions.list_async({"status": "all"})).data
    event = (await v1.events.list_async({"types": ["refund.created"]})).data[0]
    assert (await v1.events.retrieve_async(event.id)).type == "refund.created"


async def test_one_object_is_made_when_the_same_call_is_repeated(
    client: stripe.StripeClient, double: Remote
) -> None:
    """The same key and words give the first answer again."""
    first = await new_session(client, key="order-1")
    await double.pay(first.id)
    again = await new_session(client, key="order-1")
    assert (again.id, again.status) == (first.id, "open")
    calls = await double.calls()
    assert calls["by_key"] == {"order-1": 2}
    assert [call["replayed"] for call in calls["calls"]] == [False, True]


async def test_a_key_is_refused_when_the_words_changed(client: stripe.StripeClient) -> None:
    """A key is not reused for something else."""
    await new_session(client, key="order-1")
    with pytest.raises(stripe.IdempotencyError):
        await new_session(client, key="order-1", client_reference_id="another")


async def test_one_refund_is_made_when_the_answer_is_lost(
    client: stripe.StripeClient, double: Remote
) -> None:
    """The effect happened, the answer did not come, the SDK tries again with its key."""
    session = await new_session(client)
    intent = (await double.pay(session.id))["session"]["payment_intent"]
    await double.fail_next("lost", "/v1/refunds")
    refund = await client.v1.refunds.create_async(
        {"payment_intent": intent}, {"idempotency_key": "refund-1", "max_network_retries": 2}
    )
    assert [one.id for one in (await client.v1.refunds.list_async()).data] == [refund.id]
    assert (await double.calls())["by_key"]["refund-1"] == 2


async def test_one_session_is_made_when_the_caller_gave_up_waiting(double: Remote) -> None:
    """The caller leaves after the effect, then asks with the same key."""
    await double.fail_next("silent", "/v1/checkout/sessions", seconds=20)
    form = {
        "mode": "payment",
        "success_url": "http://club.test/",
        "line_items[0][price_data][currency]": "eur",
        "line_items[0][price_data][unit_amount]": "1200",
        "line_items[0][price_data][product_data][name]": "Cotisation",
    }
    headers = {"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": "order-1"}
    async with httpx.AsyncClient(base_url=double.url, trust_env=False, timeout=60) as http:
        first = asyncio.create_task(http.post("/v1/checkout/sessions", data=form, headers=headers))
        while "order-1" not in (await double.calls())["by_key"]:  # noqa: ASYNC110 - another thread answers
            await asyncio.sleep(0.01)
        first.cancel()
        second = await http.post("/v1/checkout/sessions", data=form, headers=headers)
        listed = await http.get("/v1/checkout/sessions", headers=headers)
    assert [one["id"] for one in listed.json()["data"]] == [second.json()["id"]]
    assert second.headers["idempotent-replayed"] == "true"


async def test_nothing_happens_when_a_call_is_refused_before_its_effect(
    client: stripe.StripeClient, double: Remote
) -> None:
    """An error before the effect leaves nothing behind."""
    await double.fail_next("refused", "/v1/customers")
    with pytest.raises(stripe.APIError):
        await client.v1.customers.create_async({}, {"max_network_retries": 0})
    await double.fail_next("busy", "/v1/customers")
    with pytest.raises(stripe.RateLimitError):
        await client.v1.customers.create_async({}, {"max_network_retries": 0})
    assert (await client.v1.customers.list_async()).data == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer pk_test_x"}, 401),
        ({"Authorization": "Bearer sk_live_x"}, 401),
        ({"Authorization": "Bearer sk_test_x", "Stripe-Version": "2019-01-01"}, 400),
        ({"Authorization": "Bearer sk_test_x"}, 200),
    ],
)
async def test_a_caller_is_refused_when_key_or_version_is_wrong(
    double: Remote, headers: dict[str, str], status: int
) -> None:
    async with httpx.AsyncClient(base_url=double.url, trust_env=False, timeout=60) as http:
        answer = await http.get("/v1/customers", headers=headers)
    assert answer.status_code == status
    assert re.fullmatch(r"req_\w{14}", answer.headers["request-id"])


@pytest.mark.parametrize(
    ("form", "code", "param"),
    [
        ("mode=payment", "parameter_missing", "line_items"),
        ("payment_method_types[0]=card", "parameter_unknown", "payment_method_types"),
        ("mode=gift&success_url=http://x&line_items[0][price]=p", None, "mode"),
        (
            "mode=payment&success_url=http://x&line_items[0][quantity]=0",
            None,
            "line_items[0][quantity]",
        ),
        (
            "mode=payment&success_url=http://x&line_items[0][price]=price_x",
            "resource_missing",
            "line_items[0][price]",
        ),
        (
            "mode=payment&success_url=javascript:x&line_items[0][price]=price_x",
            "url_invalid",
            "success_url",
        ),
        (
            (
                "mode=payment&success_url=http://x&line_items[0][price_data][currency]=eur"
                "&line_items[0][price_data][unit_amount]=49"
                "&line_items[0][price_data][product_data][name]=n"
            ),
            "amount_too_small",
            None,
        ),
    ],
)
async def test_a_parameter_is_refused_in_stripes_words_when_wrong(
    double: Remote, form: str, code: str | None, param: str | None
) -> None:
    """What Stripe would refuse, the double refuses, with its code and parameter."""
    headers = {
        "Authorization": f"Bearer {API_KEY}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    async with httpx.AsyncClient(base_url=double.url, trust_env=False, timeout=60) as http:
        answer = await http.post("/v1/checkout/sessions", content=form, headers=headers)
    error = answer.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert (error.get("code"), error.get("param")) == (code, param)
    assert answer.status_code == (404 if code == "resource_missing" else 400)


async def test_pages_follow_one_another_when_a_list_is_long(client: stripe.StripeClient) -> None:
    """Everything is read, whatever its number."""
    made = [(await client.v1.customers.create_async({"name": f"n{i}"})).id for i in range(7)]
    first = await client.v1.customers.list_async({"limit": 3})
    read = [one.id async for one in first.auto_paging_iter()]
    assert read == made[::-1]
    before = await client.v1.customers.list_async({"limit": 2, "ending_before": made[2]})
    assert [one.id for one in before.data] == [made[4], made[3]]


async def test_metadata_is_merged_when_a_customer_is_updated(client: stripe.StripeClient) -> None:
    customer = await client.v1.customers.create_async({"metadata": {"a": "1", "b": "2"}})
    updated = await client.v1.customers.update_async(
        customer.id, {"metadata": {"b": "", "c": "3"}, "name": "Null"}
    )
    assert updated.metadata is not None
    assert updated.metadata.to_dict() == {"a": "1", "c": "3"}
    assert updated.name == "Null"
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        await client.v1.customers.retrieve_async(customer.id, {"expand": ["name"]})
