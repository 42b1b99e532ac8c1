"""Seats with a price, as members and the counter meet their money (A1, A2, S6)."""

import re

import httpx

from backend.identity.rules import Role
from backend.kit import codes
from backend.kit.database import fetch_value
from backend.membership.queries import Member
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from tests import factories, sign_in
from tests import paying as at_stripe
from tests.activities import seat_of, session, take
from tests.integration.desk.conftest import Counter as Desk


async def test_counter_takes_and_gives_back_the_money_of_a_seat(
    client: httpx.AsyncClient, settings: Settings, alice: Member
) -> None:
    """A1, S6: from the session and from the household's file, in cash, with its receipt."""
    found = await session(price_cents=500)
    await take(alice, found)
    nadia = await factories.add_person("Nadia", "Comptoir")
    await factories.add_role(nadia, Role.DESK)
    await sign_in.as_staff(client, settings, nadia)
    desk = Desk(client, settings, nadia)
    address = f"/comptoir/personnes/{alice.person_public_id}/places/{found.public_id}"
    assert address in (await client.get(f"/comptoir/agenda/{found.public_id}")).text
    assert "Soupe de saison" in await desk.open(
        f"/comptoir/personnes/{alice.person_public_id}/prets"
    )
    assert "Encaisser l’activité" in await desk.open(address)
    await desk.done(address, key=codes.random_id(), cents="500", way="cash")
    assert "Tout est réglé" in await desk.open(address)
    assert "Payé" in await desk.open(f"/comptoir/agenda/{found.public_id}")
    wrong = await desk.send(address, key=codes.random_id(), cents="500", way="cash")
    assert wrong.status_code == 409
    await desk.done(f"/comptoir/agenda/{found.public_id}/departs", seat=await seat_of(alice, found))
    assert "Argent à rendre" in await desk.open(f"/comptoir/agenda/{found.public_id}")
    page = (await client.get(address)).text
    order = re.search(r'name="order" value="([^"]+)"', page)
    assert order is not None
    back = {"key": codes.random_id(), "order": order[1], "cents": "500", "way": "cash"}
    await desk.done(f"{address}/rendu", **back)
    assert "Tout est réglé" in await desk.open(address)


async def test_member_pays_a_seat_online_and_comes_back(
    client: httpx.AsyncClient, settings: Settings, stripe: Remote, alice: Member, bob: Member
) -> None:
    """A1, S6: what is due stands on the session's page; back from Stripe only what is known is shown."""
    found = await session(price_cents=500)
    await take(alice, found)
    page = f"/agenda/{found.public_id}"
    await sign_in.as_tenant(client, settings, alice.person_id)
    assert "Payer 5,00" in (await client.get(page)).text
    assert "À payer" in (await client.get("/agenda/mes-places")).text
    sent = await sign_in.post(client, settings, f"{page}/paiement", {})
    assert sent.status_code == 303
    assert sent.headers["location"].startswith(stripe.url)
    order = await fetch_value("SELECT public_id FROM pay_order WHERE kind = 'activity'")
    back = f"{page}/paiements/{order}"
    assert "Nous attendons la réponse" in (await client.get(back)).text
    await at_stripe.pay(stripe, order)
    said = (await client.get(back)).text
    assert "C’est payé" in said
    assert "E-2026-00001" in said
    assert "Mon activité" in (await client.get(back, headers={"hx-request": "true"})).text
    assert "Payer 5,00" not in (await client.get(page)).text
    await sign_in.as_tenant(client, settings, bob.person_id)
    assert (await client.get(back)).status_code == 404
    assert (await sign_in.post(client, settings, f"{page}/paiement", {})).status_code == 409


async def test_small_price_is_paid_at_the_counter(
    client: httpx.AsyncClient, settings: Settings, alice: Member
) -> None:
    """A1: below what Stripe takes there is no button, only the counter."""
    found = await session(price_cents=30)
    await take(alice, found)
    await sign_in.as_tenant(client, settings, alice.person_id)
    said = (await client.get(f"/agenda/{found.public_id}")).text
    assert "Au comptoir, en espèces ou par chèque" in said
    assert "Payer 0,30" not in said


async def test_nobody_owes_a_price_they_did_not_read(
    client: httpx.AsyncClient, settings: Settings, alice: Member
) -> None:
    """A1: the button names what is to pay (L221-14); a price that changed since binds nobody."""
    found = await session(price_cents=500)
    await sign_in.as_tenant(client, settings, alice.person_id)
    page = f"/agenda/{found.public_id}"
    assert "Prendre la place, 5,00" in (await client.get(page)).text
    ticked = {f"who_{alice.person_public_id}": "1", "key": codes.random_id()}
    for read in ({}, {"prix": "400"}, {"prix": "cher"}):
        refused = await sign_in.post(client, settings, f"{page}/places", {**ticked, **read})
        assert refused.status_code == 409, read
        assert "La somme a changé entre-temps" in refused.text
    assert await fetch_value("SELECT count(*) FROM seat") == 0
    taken = await sign_in.post(client, settings, f"{page}/places", {**ticked, "prix": "500"})
    assert taken.status_code == 303
    assert await fetch_value("SELECT price_cents FROM seat") == 500
