"""The hosted pages without a browser: plain forms, one payment a session, always labelled."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from litestar.exceptions import NotFoundException

from backend.sandbox.stripe.guards import only_from_here
from backend.sandbox.stripe.remote import Remote
from backend.sandbox.stripe.running import API_KEY, running_double
from backend.sandbox.stripe.sources import Obj

IBAN = "FR14 2004 1010 0505 0001 3M02 606"


@pytest.fixture
async def double() -> AsyncIterator[Remote]:
    async with running_double() as remote:
        yield remote


@pytest.fixture
async def phone(double: Remote) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=double.url, trust_env=False, timeout=60) as http:
        yield http


async def call(http: httpx.AsyncClient, path: str, form: Obj) -> Obj:
    answer = await http.post(path, data=form, headers={"Authorization": f"Bearer {API_KEY}"})
    result: Obj = answer.json()
    assert answer.status_code == 200, result
    return result


async def new_session(http: httpx.AsyncClient, **more: str) -> Obj:
    form = {
        "mode": "payment",
        "success_url": "http://club.test/merci?s={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://club.test/adherer",
        "allowed_payment_method_types[0]": "card",
        "allowed_payment_method_types[1]": "sepa_debit",
        "line_items[0][price_data][currency]": "eur",
        "line_items[0][price_data][unit_amount]": "1200",
        "line_items[0][price_data][product_data][name]": "Cotisation <12 mois>",
        **more,
    }
    return await call(http, "/v1/checkout/sessions", form)


def path_of(made: Obj) -> str:
    return urlsplit(made["url"]).path


async def test_the_page_says_what_is_paid_and_that_it_is_simulated_when_opened(
    phone: httpx.AsyncClient,
) -> None:
    """Amount, what for, both ways to pay, and a way back."""
    session = await new_session(phone)
    page = await phone.get(path_of(session))
    assert "Paiement simulé" in page.text
    assert "Payer 12,00\u00a0€" in page.text
    assert "Cotisation &lt;12 mois&gt;" in page.text
    assert 'href="http://club.test/adherer"' in page.text
    assert 'value="card"' in page.text
    assert 'value="sepa_debit"' in page.text


async def test_no_page_needs_a_script_or_another_origin_when_read(
    phone: httpx.AsyncClient,
) -> None:
    session = await new_session(phone)
    page = await phone.get(path_of(session))
    assert not re.findall(r"<script|style=|\son\w+=", page.text)
    assert not re.findall(r'(?:src|rel="stylesheet") ?(?:href)?="?https?:', page.text)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://club.test" in policy
    style = await phone.get("/static/double.css")
    assert style.headers["content-type"].startswith("text/css")
    assert "http" not in style.text


async def test_the_payer_returns_to_the_club_when_the_card_is_accepted(
    phone: httpx.AsyncClient, double: Remote
) -> None:
    session = await new_session(phone)
    form = {"method": "card", "number": "4242 4242 4242 4242", "email": "a@example.org"}
    done = await phone.post(path_of(session), data=form)
    assert done.status_code == 303
    assert done.headers["location"] == f"http://club.test/merci?s={session['id']}"
    paid = await double.get(session["id"])
    assert (paid["status"], paid["payment_status"]) == ("complete", "paid")
    assert paid["customer_details"]["email"] == "a@example.org"
    again = await phone.get(path_of(session))
    assert "C’est déjà fait" in again.text


async def test_one_charge_is_made_when_the_button_is_pressed_ten_times(
    phone: httpx.AsyncClient,
) -> None:
    """A double click pays once."""
    session = await new_session(phone)
    form = {"method": "card", "number": "4242424242424242", "email": "a@example.org"}
    presses = [phone.post(path_of(session), data=form) for _ in range(10)]
    answers = await asyncio.gather(*presses)
    assert {answer.headers["location"] for answer in answers} == {
        f"http://club.test/merci?s={session['id']}"
    }
    headers = {"Authorization": f"Bearer {API_KEY}"}
    charges = (await phone.get("/v1/charges", headers=headers)).json()["data"]
    assert len(charges) == 1


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"number": "4000000000000002"}, "refuse cette carte"),
        ({"number": "4000000000009995"}, "pas assez d’argent"),
        ({"number": "1234"}, "numéro de carte est faux"),
        ({"method": "sepa_debit", "iban": "FR00"}, "IBAN est faux"),
        ({}, "numéro de carte est faux"),
    ],
)
async def test_the_page_says_why_and_stays_open_when_refused(
    phone: httpx.AsyncClient, double: Remote, form: Obj, words: str
) -> None:
    session = await new_session(phone)
    refused = await phone.post(path_of(session), data=form, follow_redirects=True)
    assert words in refused.text
    assert (await double.get(session["id"]))["status"] == "open"
    await phone.post(path_of(session), data={"number": "4242424242424242"})
    assert (await double.get(session["id"]))["payment_status"] == "paid"


@pytest.mark.parametrize("answer", ["yes", "no"])
async def test_the_bank_asks_first_when_the_card_needs_a_confirmation(
    phone: httpx.AsyncClient, double: Remote, answer: str
) -> None:
    session = await new_session(phone)
    form = {"number": "4000002500003155", "email": "a@example.org"}
    asked = await phone.post(path_of(session), data=form, follow_redirects=True)
    assert "Votre banque demande de confirmer" in asked.text
    assert (await double.get(session["id"]))["status"] == "open"
    told = await phone.post(f"{path_of(session)}/confirmation", data={"answer": answer})
    accepted = answer == "yes"
    assert told.headers["location"].startswith("http://club.test" if accepted else "/c/pay/")
    after = await double.get(session["id"])
    assert after["payment_status"] == ("paid" if accepted else "unpaid")
    late = await phone.get(f"{path_of(session)}/confirmation")
    assert "Votre banque demande" not in late.text


async def test_the_session_is_complete_and_unpaid_when_a_debit_is_authorised(
    phone: httpx.AsyncClient, double: Remote
) -> None:
    """A SEPA debit is not paid on the day of joining."""
    session = await new_session(phone)
    form = {"method": "sepa_debit", "iban": IBAN, "email": "a@example.org"}
    done = await phone.post(path_of(session), data=form)
    assert done.headers["location"].startswith("http://club.test/merci")
    after = await double.get(session["id"])
    assert (after["status"], after["payment_status"]) == ("complete", "unpaid")


async def test_a_way_back_is_all_there_is_when_the_session_expired(
    phone: httpx.AsyncClient, double: Remote
) -> None:
    session = await new_session(phone)
    await double.expire(session["id"])
    page = await phone.get(path_of(session))
    assert page.status_code == 410
    assert "n’est plus valable" in page.text
    pressed = await phone.post(path_of(session), data={"number": "4242424242424242"})
    assert pressed.headers["location"] == path_of(session)
    assert (await double.get(session["id"]))["payment_status"] == "unpaid"
    assert (await phone.get("/c/pay/cs_test_unknown")).status_code == 404


async def test_a_method_is_refused_when_the_session_does_not_offer_it(
    phone: httpx.AsyncClient, double: Remote
) -> None:
    cards = await new_session(phone, **{"allowed_payment_method_types[1]": "card"})
    page = await phone.get(path_of(cards))
    assert "sepa_debit" not in page.text
    form = {"method": "sepa_debit", "iban": IBAN}
    refused = await phone.post(path_of(cards), data=form, follow_redirects=True)
    assert "n’est pas proposé ici" in refused.text
    assert (await double.get(cards["id"]))["status"] == "open"


async def test_a_payer_stops_in_three_clicks_when_on_the_portal(
    phone: httpx.AsyncClient, double: Remote
) -> None:
    """Left online in three clicks: open the portal, stop, confirm."""
    monthly = {"line_items[0][price_data][recurring][interval]": "month"}
    session = await new_session(phone, mode="subscription", **monthly)
    paid = (await double.pay(session["id"], email="a@example.org"))["session"]
    form = {"customer": paid["customer"], "return_url": "http://club.test/compte"}
    portal = await call(phone, "/v1/billing_portal/sessions", form)
    page = await phone.get(path_of(portal))
    stop = re.search(r'href="([^"]+\?arret=[^"]+)"', page.text)
    assert stop is not None
    asked = await phone.get(stop[1])
    assert "Arrêter de payer" in asked.text
    form = {"subscription": paid["subscription"], "wish": "stop"}
    stopped = await phone.post(path_of(portal), data=form, follow_redirects=True)
    assert "Vos droits durent jusqu’au" in stopped.text
    assert (await double.get(paid["subscription"]))["cancel_at_period_end"] is True
    await phone.post(path_of(portal), data={**form, "wish": "keep"})
    assert (await double.get(paid["subscription"]))["cancel_at_period_end"] is False


async def test_the_portal_opens_on_the_end_and_returns_when_asked_to(
    phone: httpx.AsyncClient, double: Remote
) -> None:
    """The club can send the payer straight to the last click."""
    monthly = {"line_items[0][price_data][recurring][interval]": "month"}
    session = await new_session(phone, mode="subscription", **monthly)
    paid = (await double.pay(session["id"], email="a@example.org"))["session"]
    flow = "flow_data[after_completion]"
    form = {
        "customer": paid["customer"],
        "flow_data[type]": "subscription_cancel",
        "flow_data[subscription_cancel][subscription]": paid["subscription"],
        f"{flow}[type]": "redirect",
        f"{flow}[redirect][return_url]": "http://club.test/compte?fini=1",
    }
    portal = await call(phone, "/v1/billing_portal/sessions", form)
    assert "Arrêter de payer" in (await phone.get(path_of(portal))).text
    stopped = await phone.post(
        path_of(portal), data={"subscription": paid["subscription"], "wish": "stop"}
    )
    assert stopped.headers["location"] == "http://club.test/compte?fini=1"


async def test_a_stranger_changes_nothing_when_the_subscription_is_anothers(
    phone: httpx.AsyncClient, double: Remote
) -> None:
    monthly = {"line_items[0][price_data][recurring][interval]": "month"}
    session = await new_session(phone, mode="subscription", **monthly)
    paid = (await double.pay(session["id"], email="a@example.org"))["session"]
    stranger = await call(phone, "/v1/customers", {"email": "b@example.org"})
    portal = await call(phone, "/v1/billing_portal/sessions", {"customer": stranger["id"]})
    assert "aucun paiement régulier" in (await phone.get(path_of(portal))).text
    form = {"subscription": paid["subscription"], "wish": "stop"}
    assert (await phone.post(path_of(portal), data=form)).status_code == 404
    assert (await double.get(paid["subscription"]))["cancel_at_period_end"] is False


@pytest.mark.parametrize("host", ["10.0.0.8", "2001:db8::1", "", "not-an-address"])
def test_a_command_is_not_found_when_it_comes_from_elsewhere(host: str) -> None:
    with pytest.raises(NotFoundException):
        only_from_here(_connection(host), None)  # type: ignore[arg-type]
    only_from_here(_connection("127.0.0.1"), None)  # type: ignore[arg-type]


def _connection(host: str) -> Any:
    from litestar.connection import ASGIConnection

    scope: Any = {"type": "http", "client": (host, 1), "headers": []}
    return ASGIConnection(scope)
