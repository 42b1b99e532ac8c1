"""Joining by oneself, as a browser without JavaScript does it."""

import re

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.billing import queries as billing
from backend.identity.rules import Role, SessionKind
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.rules import Proof, Status
from backend.membership.service.entering import BY_ADDRESS
from backend.places.rules import LEGAL_TEXTS
from backend.places.service import ClubWish, save_club
from tests.factories import add_dwelling, add_household, add_person, add_role, pay_dues
from tests.paying import events
from tests.sign_in import post, sign_in

ALICE = "alice@example.org"
YOU = {"category": "tenant", "given_name": "Alice", "family_name": "Martin", "address": ALICE}
HOME = {**YOU, "contract": "L/01 00206", "postcode": "80 000", "rooms": "3"}
NEIGHBOUR = {
    **YOU,
    "category": "neighbour",
    "street": "3 rue des Lilas",
    "postcode": "80000",
    "town": "Amiens",
}


async def ask(client, settings, wish: dict[str, str]) -> str:
    """The form sent; gives the address of the page that asks for the code."""
    answer = await post(client, settings, "/adherer", wish)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def join(client, settings, mailbox, wish: dict[str, str]) -> httpx.Response:
    address = await ask(client, settings, wish)
    ticket = address.partition("demande=")[2]
    code = mailbox.code_for(wish["address"])
    return await post(client, settings, "/adherer/code", {"demande": ticket, "code": code})


async def test_a_tenant_joins_and_pays_in_one_go(client, settings, mailbox, stripe):
    """B1: the whole way, from the first page to a receipt, without a line of script."""
    await add_dwelling("L/01 00206", "80000", 3)
    assert "Rejoindre" in (await client.get("/adherer")).text
    second = await post(client, settings, "/adherer/chez-vous", YOU)
    assert "numéro de contrat" in second.text
    assert f'value="{ALICE}"' in second.text
    inside = await join(client, settings, mailbox, HOME)
    assert inside.headers["location"] == "/compte/cotisation/payer"
    pay = await client.get("/compte/cotisation/payer")
    assert "Payer 12,00\xa0€ maintenant" in pay.text
    checkout = await post(client, settings, "/compte/cotisation/payer", {"facon": "online"})
    assert checkout.headers["location"].startswith(f"{stripe.url}/c/pay/")
    order = (await billing.orders_of(await payer(), "dues"))[0]
    back = f"/compte/cotisation/paiements/{order.public_id}"
    assert "Paiement en cours" in (await client.get(back)).text
    assert order.stripe_session is not None
    await stripe.pay(order.stripe_session)
    await events(stripe)
    paid = await client.get(back)
    assert "C’est payé" in paid.text
    address = re.search(r'href="(/compte/cotisation/recus/[^"]+)"', paid.text)
    assert address is not None
    receipt = await client.get(address[1])
    assert receipt.headers["content-type"] == "application/pdf"
    assert receipt.content.startswith(b"%PDF")
    row = await fetch_one("SELECT proof FROM household")
    assert row is not None
    assert row["proof"] == Proof.PROVED


async def payer() -> int:
    found: int = await fetch_value("SELECT payer FROM household ORDER BY id DESC LIMIT 1")
    return found


async def test_the_page_asks_stripe_itself_when_the_webhook_is_late(
    client, settings, mailbox, stripe
):
    """B2: return page and webhook go through one function; every event is lost here."""
    await join(client, settings, mailbox, NEIGHBOUR)
    await post(client, settings, "/compte/cotisation/payer", {"facon": "online"})
    order = (await billing.orders_of(await payer(), "dues"))[0]
    assert order.stripe_session is not None
    await stripe.pay(order.stripe_session)
    await stripe.throw_away()
    back = await client.get(f"/compte/cotisation/paiements/{order.public_id}")
    assert "C’est payé" in back.text
    assert order.amount_cents == 6000


async def test_the_page_never_lies_while_stripe_is_silent(client, settings, mailbox, stripe):
    await join(client, settings, mailbox, NEIGHBOUR)
    await post(client, settings, "/compte/cotisation/payer", {"facon": "online"})
    order = (await billing.orders_of(await payer(), "dues"))[0]
    assert order.stripe_session is not None
    await stripe.pay(order.stripe_session)
    await stripe.fail_next("refused", "/v1/", method="GET", times=9)
    back = await client.get(f"/compte/cotisation/paiements/{order.public_id}")
    assert back.status_code == 200
    assert "Paiement en cours" in back.text
    assert "payé" not in back.text


async def test_the_page_waits_when_checkout_is_slow(client, settings, mailbox, stripe):
    """REL7: nothing is lost: the order stands, a worker asks again."""
    await join(client, settings, mailbox, NEIGHBOUR)
    await stripe.fail_next("refused", "/v1/checkout/sessions", times=9)
    answer = await post(client, settings, "/compte/cotisation/payer", {"facon": "monthly"})
    assert answer.status_code == 303
    waiting = await client.get(answer.headers["location"])
    assert "Nous préparons la page de paiement" in waiting.text


async def test_the_answers_are_the_same_whatever_is_wrong(client, settings, mailbox):
    """One answer for a right, a used, a wrong and a missing contract, from form to pay page."""
    await add_dwelling("L/01 00206", "80000", 3)
    right = {"contract": "L/01 00206", "postcode": "80000", "rooms": "3"}
    pages = set()
    for at, wrong in enumerate(
        [
            {},
            {},
            {"contract": "L/99 99999"},
            {"rooms": "2"},
            {"postcode": "75001"},
            {"contract": ""},
        ]
    ):
        client.cookies.clear()
        wish = {**YOU, **right, **wrong, "address": f"person{at}@example.org"}
        inside = await join(client, settings, mailbox, wish)
        assert inside.status_code == 303
        assert inside.headers["location"] == "/compte/cotisation/payer"
        pages.add(without_chance((await client.get("/compte/cotisation/payer")).text))
    assert len(pages) == 1
    proofs = [row["proof"] for row in await fetch("SELECT proof FROM household ORDER BY id")]
    assert proofs == ["proved"] + ["to_check"] * 5


def without_chance(page: str) -> str:
    """A page without its tokens and its household's tile."""
    page = re.sub(r'(csrf_token" value|nonce)="[^"]*"', "", page)
    return re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)


async def test_a_sixth_contract_in_a_day_waits(client, settings, mailbox):
    """5 tries a day for an address; without a contract nothing is guessed and nothing is spent."""
    await fetch(
        "INSERT INTO tries (scope, subject, hits, expires_at) VALUES ($1, sha256($2::bytea),"
        " array_fill(now(), ARRAY[5]), now() + interval '1 day')",
        BY_ADDRESS.scope,
        ALICE.encode(),
    )
    answer = await post(client, settings, "/adherer", HOME)
    assert answer.status_code == 429
    assert "trop d&#39;essais" in answer.text or "trop d'essais" in answer.text
    assert 'value="L/01 00206"' in answer.text
    assert (await post(client, settings, "/adherer", {**HOME, "contract": ""})).status_code == 303


async def test_every_wrong_field_is_named_and_what_was_typed_stays(client, settings):
    wrong = {**YOU, "given_name": "", "address": "pas une adresse"}
    answer = await post(client, settings, "/adherer/chez-vous", wrong)
    assert answer.status_code == 422
    assert 'id="f-given_name-error"' in answer.text
    assert 'id="f-address-error"' in answer.text
    assert 'value="Martin"' in answer.text
    answer = await post(client, settings, "/adherer", {**HOME, "postcode": "8000", "rooms": "9"})
    assert answer.status_code == 422
    for name in ("postcode", "rooms"):
        assert f'id="f-{name}-error"' in answer.text
    assert f'value="{ALICE}"' in answer.text
    back = await post(client, settings, "/adherer/vous", HOME)
    assert 'value="Alice"' in back.text
    assert 'value="L/01 00206"' in back.text


async def test_somebody_joins_when_their_names_are_long(client, settings, mailbox):
    """Each name may have 100 letters: the receipt's line may be longer than one of them."""
    wish = {**NEIGHBOUR, "given_name": "A" * 100, "family_name": "B" * 100}
    assert (await join(client, settings, mailbox, wish)).status_code == 303
    assert await fetch_value("SELECT name FROM payer") == f"{'A' * 100} {'B' * 100}"


async def test_postcode_is_refused_when_its_figures_are_of_another_script(client, settings):
    wish = {**NEIGHBOUR, "postcode": "\u0668\u0660\u0660\u0660\u0660"}
    assert (await post(client, settings, "/adherer", wish)).status_code == 422


@pytest.mark.parametrize("way", ["cash", "cheque", "transfer", "free"])
async def test_payment_is_refused_when_it_is_no_way_to_pay_online(client, settings, stripe, way):
    """B1: two ways online; cash goes over the counter, whatever a form says."""
    alice = await add_household()
    await sign_in(client, settings, alice.person_id, SessionKind.TENANT)
    answer = await post(client, settings, "/compte/cotisation/payer", {"facon": way})
    assert answer.status_code == 422
    assert await fetch_value("SELECT count(*) FROM pay_order") == 0


async def test_nobody_joins_before_the_code(client, settings, mailbox):
    """The account is made when the code is right, and not by a wrong one."""
    address = await ask(client, settings, HOME)
    assert await fetch_value("SELECT count(*) FROM household") == 0
    ticket = address.partition("demande=")[2]
    wrong = f"{(int(mailbox.code_for(ALICE)) + 1) % 10**6:06d}"
    answer = await post(client, settings, "/adherer/code", {"demande": ticket, "code": wrong})
    assert answer.status_code == 422
    assert await fetch_value("SELECT count(*) FROM person") == 0


async def test_nobody_joins_twice(client, settings, mailbox):
    """The same name at the same address is let in as they are."""
    await join(client, settings, mailbox, HOME)
    again = await join(client, settings, mailbox, {**HOME, "given_name": "ALICE"})
    assert again.headers["location"] == "/compte/cotisation/payer"
    assert await fetch_value("SELECT count(*) FROM household") == 1
    await join(client, settings, mailbox, {**HOME, "given_name": "Bob"})
    assert await fetch_value("SELECT count(*) FROM household") == 2


async def test_a_merchant_joins_as_the_person_they_are(client, settings, mailbox):
    """One person can be a member and a merchant: with an account and no household they get one."""
    person_id = await add_person("Alice", "Martin", ALICE)
    await add_role(person_id, Role.MERCHANT, 1)
    inside = await join(client, settings, mailbox, NEIGHBOUR)
    assert (await client.get(inside.headers["location"])).status_code == 200
    assert await fetch_value("SELECT person FROM household_member") == person_id
    assert await fetch_value("SELECT count(*) FROM person") == 1


async def test_a_suspended_person_does_not_come_back_by_joining(client, settings, mailbox):
    person_id = await add_person("Alice", "Martin", ALICE)
    await fetch(
        "INSERT INTO suspension (person, since, reason) VALUES ($1, now(), 'test')", person_id
    )
    answer = await join(client, settings, mailbox, HOME)
    assert answer.status_code == 409
    assert await fetch_value("SELECT count(*) FROM household") == 0


async def test_another_household_sees_nothing(client, settings, stripe):
    """SEC11: a payment and a receipt of somebody else are 404."""
    alice, bob = await add_household(), await add_household("Bob", "Petit")
    taken = await pay_dues(alice.household_id)
    order = (
        await billing.orders_of(
            (await queries.household_by_id(alice.household_id)).payer_id, "dues"
        )
    )[0]
    await sign_in(client, settings, bob.person_id, SessionKind.TENANT)
    for path in (f"recus/{taken.receipt_public_id}", f"paiements/{order.public_id}"):
        assert (await client.get(f"/compte/cotisation/{path}")).status_code == 404
    await sign_in(client, settings, alice.person_id, SessionKind.TENANT)
    for path in (f"recus/{taken.receipt_public_id}", f"paiements/{order.public_id}"):
        assert (await client.get(f"/compte/cotisation/{path}")).status_code == 200


async def test_paying_each_month_is_stopped_online(client, settings, mailbox, stripe):
    """B11: account, dues, stop: then a confirmation, and the paid month stays."""
    await join(client, settings, mailbox, NEIGHBOUR)
    await post(client, settings, "/compte/cotisation/payer", {"facon": "monthly"})
    order = (await billing.orders_of(await payer(), "dues"))[0]
    assert order.stripe_session is not None
    await stripe.pay(order.stripe_session)
    await events(stripe)
    assert "Arrêter de payer chaque mois" in (await client.get("/compte/cotisation")).text
    assert "Arrêter le paiement" in (await client.get("/compte/cotisation/arret")).text
    answer = await post(client, settings, "/compte/cotisation/arret")
    assert answer.status_code == 303
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'dues.stopped'") == 1
    household = await fetch_value("SELECT id FROM household")
    assert (await queries.standing(household)).status is Status.CURRENT
    assert (await post(client, settings, "/compte/cotisation/arret")).status_code == 303


@pytest.mark.parametrize(
    "slug",
    sorted(LEGAL_TEXTS),
)
async def test_legal_pages_have_words_from_the_first_day(client, slug):
    """UX8: help, accessibility and ecodesign statements, and what the law asks for."""
    answer = await client.get(f"/{slug}")
    assert answer.status_code == 200
    assert "{" not in re.sub(r"<head>.*</head>", "", answer.text, flags=re.DOTALL)
    assert answer.text.count("<h2") >= 2


async def test_number_of_the_club_stays_on_one_line_in_a_legal_page(client):
    await save_club(ClubWish(name="Club", phone="06 39 98 00 10"), SYSTEM)
    assert "06\u00a039\u00a098\u00a000\u00a010" in (await client.get("/mentions-legales")).text


async def test_legal_pages_show_what_the_office_wrote(client):
    await fetch(
        "INSERT INTO legal_text (slug, version, title, body, published_at)"
        " VALUES ('aide', 1, 'Aide', '# Bonjour\nUn <b>texte</b> {neuf}.', now())"
    )
    answer = await client.get("/aide")
    assert "Un &lt;b&gt;texte&lt;/b&gt; {neuf}." in answer.text


async def test_who_joins_again_has_the_days_their_household_had_paid(client, settings, mailbox):
    """M5: by oneself as at the counter; the same person, their year goes on."""
    await join(client, settings, mailbox, HOME)
    member = await queries.find_member(await fetch_value("SELECT id FROM person"))
    assert member is not None
    paid = await pay_dues(member.household_id)
    await membership.end_household(SYSTEM, member.household_id)
    await join(client, settings, mailbox, HOME)
    again = await queries.find_member(member.person_id)
    assert again is not None
    assert (again.household_id != member.household_id, again.paid_until) == (True, paid.span.end)
