"""A phone becomes a till, and stops being one."""

from datetime import timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.http.security import cookie_names
from backend.kit import clock
from backend.merchants import service as merchants
from tests.integration.till.conftest import Counter


@pytest.fixture
async def link(market):
    made = await merchants.make_till(SYSTEM, market.shop.id, "Caisse 2")
    return f"/caisse/inscription/{made.enrol_code}"


async def test_phone_is_enrolled_when_the_button_of_its_link_is_pressed(client, link, settings):
    """V24, SEC4: the secret comes in an HttpOnly cookie and nowhere in the page."""
    phone = Counter(client)
    await phone.open(link)
    await phone.send(link)
    assert phone.answer.status_code == 303
    cookie = next(
        line
        for line in phone.answer.headers.get_list("set-cookie")
        if line.startswith(cookie_names(settings).till)
    )
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    secret = client.cookies[cookie_names(settings).till]
    page = await phone.open(phone.answer.headers["location"])
    assert phone.answer.status_code == 200
    assert "Caisse 2" in page
    assert secret not in page


async def test_link_still_enrols_when_it_was_only_looked_at(client, link):
    """V24, SEC10: previews of a link change nothing."""
    phone = Counter(client)
    for _ in range(3):
        await phone.open(link)
    await phone.send(link)
    assert phone.answer.status_code == 303


async def test_second_phone_is_refused_when_the_link_was_used(client, link):
    """V24: one link, one phone; the refusal says what to do."""
    phone = Counter(client)
    await phone.open(link)
    await phone.send(link)
    client.cookies.clear()
    await phone.open(link)
    await phone.send(link)
    assert phone.answer.status_code == 409
    assert "Demandez un nouveau lien" in phone.words


async def test_unknown_link_is_refused_like_a_used_one(client, db):
    """V24: nothing tells a guesser that a link exists."""
    phone = Counter(client)
    await phone.open("/caisse/inscription/nimporte")
    await phone.send("/caisse/inscription/nimporte")
    assert phone.answer.status_code == 409
    assert "Ce lien a déjà servi" in phone.words


async def test_lost_phone_is_closed_when_it_is_revoked(counter, market):
    """V24: the next contact hears it, on pages and on forms."""
    await counter.open()
    await merchants.revoke_till(SYSTEM, market.till.caller.till_id)
    await counter.send("/caisse", code="7KQ2M0XDWB5S")
    assert counter.answer.status_code == 401
    assert counter.headline == "Caisse fermée"
    await counter.open()
    assert counter.answer.status_code == 401
    assert counter.headline == "Caisse fermée"


async def test_till_is_closed_when_nobody_used_it_for_180_days(counter, monkeypatch):
    """SEC4: a till stays enrolled until revoked or 180 days unused."""
    await counter.open()
    start = clock.now()
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(days=179))
    await counter.open()
    assert counter.answer.status_code == 200
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(days=179 + 179))
    await counter.open()
    assert counter.answer.status_code == 200, "each use counts from anew"
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(days=179 + 179 + 180))
    await counter.open()
    assert counter.headline == "Caisse fermée"


async def test_stranger_is_led_to_the_door_when_no_cookie_says_who(client, db):
    """SEC11: no till, no page; how to become one is said."""
    answer = await client.get("/caisse")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/caisse/inscription")
    door = await client.get(answer.headers["location"])
    assert "Demandez un lien" in door.text
