"""Where each cent goes at Stripe: French fees, refunds, disputes, payouts, dates of renewal."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.sandbox.stripe import balance, debits, forms, hosted, payments, refunds
from backend.sandbox.stripe.api import Asked, answer
from backend.sandbox.stripe.errors import Refusal
from backend.sandbox.stripe.objects.balance import fee_of
from backend.sandbox.stripe.params import RefundCreate, SessionCreate
from backend.sandbox.stripe.sources import Obj
from backend.sandbox.stripe.store import Store
from backend.sandbox.stripe.subscriptions import next_instant
from backend.sandbox.stripe.world import World

IBAN = "FR1420041010050500013M02606"


@pytest.fixture
def world() -> World:
    return World(store=Store(), base_url="http://double")


def ask(world: World, path: str, form: str = "", method: str = "POST") -> tuple[int, Obj]:
    given = answer(world, Asked(method, path, form, authorization="Bearer sk_test_x"))
    return given.status, given.body


def paid_session(
    world: World, cents: int, instrument: str = "4242424242424242", more: str = ""
) -> Obj:
    status, made = ask(
        world,
        "/v1/checkout/sessions",
        "mode=payment&success_url=http://x/&line_items[0][price_data][currency]=eur"
        f"&line_items[0][price_data][unit_amount]={cents}"
        "&line_items[0][price_data][product_data][name]=n"
        f"&allowed_payment_method_types[0]=card&allowed_payment_method_types[1]=sepa_debit{more}",
    )
    assert status == 200, made
    session = world.store.get("checkout.session", made["id"])
    pay = hosted.pay_by_debit if instrument == IBAN else hosted.pay_by_card
    pay(world, session, instrument, email="a@example.org")
    return session


@pytest.mark.parametrize(
    ("method", "cents", "fee"),
    [("card", 100, 27), ("card", 1200, 43), ("card", 6033, 115), ("sepa_debit", 1200, 35)],
)
def test_the_fee_is_the_french_one_when_paid(method: str, cents: int, fee: int) -> None:
    """What each way of paying costs: card 1.5 % + 0.25, SEPA 0.35."""
    assert fee_of({"amount": cents, "payment_method_details": {"type": method}}) == fee


def test_the_balance_moves_once_when_a_debit_is_settled(world: World) -> None:
    """Nothing is received before the bank has answered."""
    session = paid_session(world, 1200, IBAN)
    assert not list(world.store.newest("balance_transaction"))
    intent = world.store.get("payment_intent", session["payment_intent"])
    debits.settle(world, intent)
    (movement,) = world.store.newest("balance_transaction")
    assert (movement["amount"], movement["fee"], movement["net"]) == (1200, 35, 1165)
    with pytest.raises(Refusal, match="No debit is under way"):
        debits.settle(world, intent)


def test_no_more_than_was_paid_goes_back_when_refunded_twice(world: World) -> None:
    """Refunds never exceed the charge."""
    session = paid_session(world, 1200)
    intent = session["payment_intent"]
    refunds.create(world, RefundCreate(payment_intent=intent, amount=700))
    with pytest.raises(Refusal, match="greater than unrefunded"):
        refunds.create(world, RefundCreate(payment_intent=intent, amount=501))
    refunds.create(world, RefundCreate(payment_intent=intent))
    charge = payments.charge_behind(world, session["id"])
    assert (charge["amount_refunded"], charge["refunded"]) == (1200, True)
    with pytest.raises(Refusal, match="already been refunded"):
        refunds.create(world, RefundCreate(charge=charge["id"]))


def test_a_disputed_charge_is_not_refunded_when_asked(world: World) -> None:
    """After a dispute the bank decides."""
    charge = payments.charge_behind(world, paid_session(world, 1200)["id"])
    dispute = refunds.open_dispute(world, charge, amount=None, reason="fraudulent")
    with pytest.raises(Refusal, match="charged back"):
        refunds.create(world, RefundCreate(charge=charge["id"]))
    refunds.close_dispute(world, dispute, "won")
    moved = [one["amount"] for one in dispute["balance_transactions"]]
    assert moved == [-1200, 1200]
    with pytest.raises(Refusal, match="already closed"):
        refunds.close_dispute(world, dispute, "lost")


def test_a_payout_is_the_sum_of_its_movements_when_listed(world: World) -> None:
    """What reaches the bank can be told cent by cent."""
    for cents in (1200, 5000, 100):
        session = paid_session(world, cents)
    refunds.create(world, RefundCreate(payment_intent=session["payment_intent"], amount=50))
    payout = balance.pay_out(world)
    paid_session(world, 700)
    query = f"payout={payout['id']}&limit=100"
    _, listed = ask(world, "/v1/balance_transactions", query, "GET")
    moves = [one for one in listed["data"] if one["type"] != "payout"]
    assert len(moves) == 4
    assert sum(one["net"] for one in moves) == payout["amount"]
    assert sum(one["net"] for one in listed["data"]) == 0


def test_a_session_is_paid_when_what_was_held_is_captured(world: World) -> None:
    """An authorisation moves no money and is not paid; it can be taken once, for no more."""
    session = paid_session(
        world, 1200, more="&payment_intent_data[capture_method]=manual&client_reference_id=o1"
    )
    assert (session["status"], session["payment_status"]) == ("complete", "unpaid")
    path = f"/v1/payment_intents/{session['payment_intent']}/capture"
    assert ask(world, path, "amount_to_capture=1201")[0] == 400
    assert not list(world.store.newest("balance_transaction"))
    assert ask(world, path, "amount_to_capture=500")[1]["amount_received"] == 500
    assert session["payment_status"] == "paid"
    assert ask(world, path)[1]["error"]["code"] == "payment_intent_unexpected_state"


@pytest.mark.parametrize(
    ("start", "interval", "end"),
    [
        ("2027-01-31T22:30", {"interval": "month", "interval_count": 1}, "2027-02-28T22:30"),
        ("2027-12-15T08:00", {"interval": "month", "interval_count": 1}, "2028-01-15T08:00"),
        ("2028-02-29T08:00", {"interval": "year", "interval_count": 1}, "2029-02-28T08:00"),
        ("2027-01-01T00:00", {"interval": "week", "interval_count": 2}, "2027-01-15T00:00"),
        ("2027-01-01T00:00", {"interval": "day", "interval_count": 3}, "2027-01-04T00:00"),
    ],
)
def test_a_period_ends_on_the_same_day_when_the_month_has_it(
    start: str, interval: Obj, end: str
) -> None:
    """The paid month, also from the 31st."""
    assert next_instant(_instant(start), interval) == _instant(end)


_nested = st.recursive(
    st.text(min_size=1, max_size=8),
    lambda inner: (
        st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), inner, min_size=1)
        | st.lists(inner, min_size=1, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), _nested, max_size=4))
def test_a_form_is_read_back_when_written_as_the_sdk_does(form: Obj) -> None:
    """Nested brackets both ways."""
    assert forms.parse("&".join(_encoded(form))) == form


@given(st.text(alphabet="ab0[]=&%. é\x00", max_size=40))
def test_a_hostile_form_is_refused_and_never_a_crash_when_decoded(text: str) -> None:
    with pytest.raises(Refusal):
        forms.decode(forms.parse(text), SessionCreate)


@pytest.mark.parametrize(
    "text", ["a" + "[b]" * 50 + "=x", f"a[{'9' * 5000}]=x", "a=x&" * 5000, "a=1&a[b]=2"]
)
def test_a_form_is_refused_when_it_has_no_measure(text: str) -> None:
    with pytest.raises(Refusal):
        forms.parse(text)


def _encoded(value: object, name: str = "") -> list[str]:
    if isinstance(value, dict):
        inner = [(f"{name}[{key}]" if name else key, one) for key, one in value.items()]
    elif isinstance(value, list):
        inner = [(f"{name}[{i}]", one) for i, one in enumerate(value)]
    else:
        return [f"{name}={quote(str(value))}"]
    return [pair for key, one in inner for pair in _encoded(one, key)]


def _instant(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
