"""What the double answers has the shape of what Stripe answers."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import stripe
from stripe.params import billing_portal, checkout

from backend.sandbox.stripe import API_VERSION, balance, debits, hosted, params, refunds
from backend.sandbox.stripe import subscriptions as subs
from backend.sandbox.stripe.api import Asked, answer
from backend.sandbox.stripe.params import Params
from backend.sandbox.stripe.routes import ROUTES
from backend.sandbox.stripe.sources import Obj
from backend.sandbox.stripe.store import Store
from backend.sandbox.stripe.world import World
from tests.unit.stripe_shapes import (
    NOT_OURS,
    declared_class,
    disagreements,
    faults,
    kept_shapes,
    shape_of,
)

ROOT = Path(__file__).parents[2]
EXAMPLES = Path(os.environ.get("PALIER_STRIPE_FIXTURES", ROOT / "../shared/stripe/fixtures3.json"))
KINDS = [
    "balance_transaction",
    "billing_portal.session",
    "charge",
    "checkout.session",
    "customer",
    "dispute",
    "event",
    "invoice",
    "invoice_payment",
    "payment_intent",
    "payment_method",
    "payout",
    "price",
    "product",
    "refund",
    "setup_intent",
    "subscription",
]


def call(world: World, path: str, form: str = "", method: str = "POST") -> Obj:
    given = answer(world, Asked(method, path, form, authorization="Bearer sk_test_x"))
    assert given.status == 200, given.body
    return given.body


def checkout_session(world: World, more: str = "", mode: str = "payment") -> Obj:
    recurring = "&line_items[0][price_data][recurring][interval]=month"
    made = call(
        world,
        "/v1/checkout/sessions",
        f"mode={mode}&success_url=http://x/&cancel_url=http://x/no&line_items[0][quantity]=2"
        "&line_items[0][price_data][currency]=eur&line_items[0][price_data][unit_amount]=1200"
        "&line_items[0][price_data][product_data][name]=Cotisation"
        "&allowed_payment_method_types[0]=card&allowed_payment_method_types[1]=sepa_debit"
        f"{recurring if mode == 'subscription' else ''}{more}",
    )
    return world.store.get("checkout.session", made["id"])


IBAN = "FR1420041010050500013M02606"


@cache
def lived() -> World:
    """A double in which everything has happened once: each object in each of its states."""
    world = World(store=Store(), base_url="http://double", webhook_secrets=["whsec_x"])
    _sell(world)
    _pay_once(world)
    _pay_by_debit(world)
    _subscribe(world)
    balance.end_payout(world, balance.pay_out(world), "failed")
    return world


def _sell(world: World) -> None:
    call(world, "/v1/products", "name=Panier&metadata[kind]=basket")
    price = call(
        world,
        "/v1/prices",
        "currency=eur&unit_amount=100&recurring[interval]=month&product_data[name]=Mois",
    )
    call(world, "/v1/prices/" + price["id"], method="GET")
    call(world, "/v1/setup_intents", "usage=off_session")


def _pay_once(world: World) -> None:
    customer = call(
        world,
        "/v1/customers",
        "email=a@example.org&name=Awa&address[city]=Saint-Denis&address[line1]=1 rue",
    )
    paid = checkout_session(world, f"&customer={customer['id']}")
    hosted.pay_by_card(world, paid, "4000000000000002")
    hosted.pay_by_card(world, paid, "4000002500003155", email="a@example.org", name="Awa")
    hosted.answer_challenge(world, paid, accepted=True)
    call(world, "/v1/refunds", f"payment_intent={paid['payment_intent']}&amount=100")
    charge = next(world.store.where("charge", payment_intent=paid["payment_intent"]))
    dispute = refunds.open_dispute(world, charge, amount=None, reason="fraudulent")
    refunds.close_dispute(world, dispute, "won")
    held = checkout_session(world, "&payment_intent_data[capture_method]=manual")
    hosted.pay_by_card(world, held, "5555555555554444", email="b@example.org")
    call(world, f"/v1/payment_intents/{held['payment_intent']}/capture", "amount_to_capture=1000")
    late = checkout_session(world, "&customer_email=c@example.org&custom_text[submit][message]=Oui")
    call(world, f"/v1/checkout/sessions/{late['id']}/expire")
    checkout_session(world)


def _pay_by_debit(world: World) -> None:
    for end in (debits.settle, debits.fail):
        session = checkout_session(world, "&customer_creation=always")
        hosted.pay_by_debit(world, session, IBAN, email="d@example.org", name="Driss")
        end(world, world.store.get("payment_intent", session["payment_intent"]))
        if session["payment_status"] == "paid":
            charge = next(world.store.where("charge", payment_intent=session["payment_intent"]))
            refunds.open_dispute(world, charge, amount=500, reason="general")
    waiting = checkout_session(world)
    hosted.pay_by_debit(world, waiting, IBAN, email="e@example.org")


def _subscribe(world: World) -> None:
    for pay, instrument in ((hosted.pay_by_card, "4242424242424242"), (hosted.pay_by_debit, IBAN)):
        session = checkout_session(world, "&subscription_data[metadata][a]=b", "subscription")
        pay(world, session, instrument, email="f@example.org", name="Fatou")
        subscription = world.store.get("subscription", session["subscription"])
        subs.advance(world, subscription, "failed")
        flow = "flow_data[type]=subscription_cancel&flow_data[subscription_cancel][subscription]="
        call(
            world,
            "/v1/billing_portal/sessions",
            f"customer={session['customer']}&return_url=http://x/&{flow}{subscription['id']}"
            "&flow_data[after_completion][type]=redirect"
            "&flow_data[after_completion][redirect][return_url]=http://x/fini",
        )
        call(world, f"/v1/subscriptions/{subscription['id']}", "cancel_at_period_end=true")
    subs.advance(world, subscription, "paid")
    call(world, "/v1/billing_portal/sessions", f"customer={session['customer']}")


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_has_the_keys_and_types_of_the_sdk_when_made(kind: str) -> None:
    """The double speaks the API version that the pinned SDK declares, key by key."""
    made = lived().store.objects[kind].values()
    found = {fault for obj in made for fault in faults(obj, declared_class(kind), kind)}
    assert not found
    assert made


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_has_the_keys_and_types_of_stripes_example_when_made(kind: str) -> None:
    """Each object has exactly the keys of Stripe's own example, with values of its types."""
    example = kept_shapes()[kind]
    for obj in lived().store.objects[kind].values():
        optional = {"card", "sepa_debit"} if kind == "payment_method" else set()
        expected = example.keys() - NOT_OURS.get(kind, set())
        assert obj.keys() - optional == expected - optional
        assert not list(disagreements(obj, example, kind))


def test_every_kind_is_compared_when_the_double_can_make_it() -> None:
    """A new kind of object cannot be added without being compared."""
    assert sorted(lived().store.objects) == KINDS


def test_the_checker_sees_a_fault_when_an_object_is_spoilt() -> None:
    good = next(iter(lived().store.objects["charge"].values()))
    charge = declared_class("charge")
    for spoilt in (
        {**good, "amount": "1200"},
        {**good, "status": "invented"},
        {**good, "invented": None},
        {**good, "billing_details": {**good["billing_details"], "invented": 1}},
        {**good, "paid": None},
        {name: value for name, value in good.items() if name != "captured"},
    ):
        assert list(faults(spoilt, charge, "charge"))


def test_the_version_is_the_sdks_when_compared() -> None:
    """SDK, API version and double are pinned together."""
    assert stripe.api_version == API_VERSION


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (params.CustomerCreate, stripe.params.CustomerCreateParams),
        (params.CustomerUpdate, stripe.params.CustomerUpdateParams),
        (params.ProductCreate, stripe.params.ProductCreateParams),
        (params.PriceCreate, stripe.params.PriceCreateParams),
        (params.SessionCreate, checkout.SessionCreateParams),
        (params.Line, checkout.SessionCreateParamsLineItem),
        (params.PriceData, checkout.SessionCreateParamsLineItemPriceData),
        (params.PaymentIntentData, checkout.SessionCreateParamsPaymentIntentData),
        (params.SubscriptionData, checkout.SessionCreateParamsSubscriptionData),
        (params.PaymentIntentCreate, stripe.params.PaymentIntentCreateParams),
        (params.Capture, stripe.params.PaymentIntentCaptureParams),
        (params.SetupIntentCreate, stripe.params.SetupIntentCreateParams),
        (params.SubscriptionUpdate, stripe.params.SubscriptionUpdateParams),
        (params.SubscriptionCancel, stripe.params.SubscriptionCancelParams),
        (params.RefundCreate, stripe.params.RefundCreateParams),
        (params.PortalCreate, billing_portal.SessionCreateParams),
        (params.FlowData, billing_portal.SessionCreateParamsFlowData),
    ],
)
def test_parameters_are_stripes_own_when_the_double_takes_them(
    ours: type[Params], theirs: Any
) -> None:
    """The double takes no parameter that Stripe does not know."""
    assert set(ours.__struct_fields__) - {"expand"} <= set(theirs.__annotations__)


def test_filters_are_stripes_own_when_the_double_takes_them() -> None:
    """The same for lists, by the SDK's own parameter types."""
    compared = 0
    for route in ROUTES:
        kind = route.path.removeprefix("/v1/")
        if route.method == "GET" and "{}" not in kind and kind != "balance":
            theirs = _list_params(kind)
            assert set(route.params.__struct_fields__) <= set(theirs.__annotations__)
            compared += 1
    assert compared == 15


def _list_params(kind: str) -> Any:
    if kind == "checkout/sessions":
        return checkout.SessionListParams
    name = "".join(part.capitalize() for part in kind.removesuffix("s").split("_"))
    return getattr(stripe.params, f"{name}ListParams")


def test_the_shapes_kept_here_are_those_of_stripes_examples() -> None:
    """Where the examples are at hand: what stands in this folder says what they say."""
    if not EXAMPLES.exists():
        pytest.skip("Stripe's example objects are not here (PALIER_STRIPE_FIXTURES)")
    resources: dict[str, Obj] = json.loads(EXAMPLES.read_text(encoding="utf-8"))["resources"]
    assert {kind: shape_of(resources[kind]) for kind in KINDS} == kept_shapes()


def test_the_comparison_sees_a_fault_when_an_object_is_spoilt() -> None:
    good = next(iter(lived().store.objects["charge"].values()))
    example = kept_shapes()["charge"]
    assert not list(disagreements(good, example, "charge"))
    for spoilt in (
        {**good, "amount": "1200"},
        {**good, "paid": 1},
        {**good, "billing_details": "nobody"},
    ):
        assert list(disagreements(spoilt, example, "charge"))
