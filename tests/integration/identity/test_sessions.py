"""How long a session lives, and that what ended stays ended."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.identity import queries
from backend.identity import service as identity
from backend.identity.errors import Unauthenticated
from backend.identity.rules import LIFETIMES, Role, SessionKind
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value, transaction
from tests import factories, sign_in
from tests.integration.identity import browser as person
from tests.integration.identity.conftest import ALICE
from tests.sign_in import cookie, post
from web.app import create_app

MORNING = datetime(2026, 11, 2, 8, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("kind", "idle", "absolute"),
    [
        (SessionKind.TENANT, 30 * DAY, 180 * DAY),
        (SessionKind.MERCHANT, timedelta(hours=12), 30 * DAY),
        (SessionKind.STAFF, timedelta(minutes=30), timedelta(hours=10)),
    ],
)
async def test_session_ends_by_itself_when_its_time_is_over(
    client, settings, alice, kind, idle, absolute
):
    """SEC4: idle and absolute limits of each kind, on the server, by a clock that stands still."""
    assert LIFETIMES[kind] == (idle, absolute)
    second = timedelta(seconds=1)
    with clock.frozen(MORNING):
        await sign_in.sign_in(client, settings, alice, kind)
    with clock.frozen(MORNING + idle - second):
        assert (await client.get("/compte")).status_code == 200  # and is seen again from here
    with clock.frozen(MORNING + 2 * idle - second):
        assert (await client.get("/compte")).status_code == 401
    with clock.frozen(MORNING):
        token = await sign_in.sign_in(client, settings, alice, kind)
    await fetch(
        "UPDATE session SET seen_at = $2 WHERE token_hash = $1",
        codes.hash_token(token),
        MORNING + absolute - second,
    )
    with clock.frozen(MORNING + absolute - second):
        assert (await client.get("/compte")).status_code == 200
    with clock.frozen(MORNING + absolute):
        assert (await client.get("/compte")).status_code == 401


async def test_cookie_is_refused_when_its_owner_went_out(client, settings, alice):
    """SEC2: after a sign-out every copy of the cookie gets 401."""
    await sign_in.as_tenant(client, settings, alice)
    token = cookie(client, "session")
    answer = await post(client, settings, "/deconnexion")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?fait=deconnecte")
    assert cookie(client, "session") is None
    sign_in.put(client, "session", token)
    assert (await client.get("/compte")).status_code == 401


async def test_cookie_is_refused_when_its_owner_was_suspended(client, settings, alice):
    """SEC2: a suspension ends every session at once; when it is over a new sign-in is needed."""
    await sign_in.as_tenant(client, settings, alice)
    token = cookie(client, "session")
    await identity.suspend(SYSTEM, alice, "impayé")
    assert (await client.get("/compte")).status_code == 401
    await identity.resume(SYSTEM, alice)
    sign_in.put(client, "session", token)
    assert (await client.get("/compte")).status_code == 401


async def test_session_stays_ended_when_a_slow_request_was_under_way(client, settings, alice):
    """SEC2: a request that began before the end and writes after it brings nothing back."""
    token = await sign_in.sign_in(client, settings, alice, SessionKind.TENANT)
    slow = await queries.find_signed_in(codes.hash_token(token))
    await post(client, settings, "/deconnexion")
    await identity.see(slow.session_id)
    with pytest.raises(Unauthenticated):
        async with transaction():
            await identity.raise_session(slow.session_id)
    assert await queries.find_signed_in(codes.hash_token(token)) is None
    assert await fetch_value("SELECT revoked_at IS NOT NULL FROM session") is True


async def test_slow_answer_sets_no_session_cookie_when_the_session_ended_meanwhile(
    client, settings, alice
):
    """SEC2: only signing in writes the cookie; no other answer does."""
    await sign_in.as_tenant(client, settings, alice)
    answer = await client.get("/compte")
    assert not [c for c in answer.headers.get_list("set-cookie") if c.startswith("session=")]


async def test_lost_cookie_is_taken_back_when_it_opens_nothing(client, settings, db):
    """SEC2: the 401 also clears the cookie, so that the next page is an ordinary one."""
    sign_in.put(client, "session", "x" * 43)
    answer = await client.get("/compte")
    assert answer.status_code == 401
    assert any("session=" in c and "Max-Age=0" in c for c in answer.headers.get_list("set-cookie"))


async def test_all_other_devices_end_when_they_are_ended_from_the_list(client, settings, alice):
    """A session can be ended from the list of devices, one or all others; this one goes on."""
    async with transaction():
        lost = await identity.open_session(alice, SessionKind.TENANT, "Chrome, Android")
        old = await identity.open_session(alice, SessionKind.TENANT, "Safari, iPhone")
    await sign_in.as_tenant(client, settings, alice)
    page = await client.get("/compte")
    assert "Chrome, Android" in page.text
    found = await queries.find_signed_in(codes.hash_token(lost))
    await post(client, settings, f"/compte/appareils/{found.public_id}/fin")
    assert await queries.find_signed_in(codes.hash_token(lost)) is None
    assert await queries.find_signed_in(codes.hash_token(old)) is not None
    await post(client, settings, "/compte/appareils/fin")
    assert await queries.find_signed_in(codes.hash_token(old)) is None
    assert (await client.get("/compte")).status_code == 200


async def test_device_is_missing_when_it_is_somebody_elses(client, settings, alice):
    """SEC11: each object of another person is 404."""
    bob = await factories.add_person("Bob", "Petit")
    async with transaction():
        token = await identity.open_session(bob, SessionKind.TENANT, "Bob")
    theirs = await queries.find_signed_in(codes.hash_token(token))
    await sign_in.as_tenant(client, settings, alice)
    answer = await post(client, settings, f"/compte/appareils/{theirs.public_id}/fin")
    assert answer.status_code == 404
    assert await queries.find_signed_in(codes.hash_token(token)) is not None


async def test_role_counts_at_once_when_it_ends(client, settings, alice):
    await factories.add_role(alice, Role.DESK)
    await sign_in.as_staff(client, settings, alice)
    assert (await client.get("/connexion/equipe/facteurs")).status_code == 200
    async with transaction():
        await identity.end_role(SYSTEM, alice, Role.DESK)
    assert (await client.get("/connexion/equipe/facteurs")).status_code == 404


async def test_cookies_are_locked_when_people_come_over_tls(settings, mailbox, alice):
    """SEC4: `__Host-`, Secure, HttpOnly, SameSite=Lax, and no Domain."""
    secure = replace(settings, base_url="https://club.example.org")
    transport = httpx.ASGITransport(app=create_app(secure))
    async with httpx.AsyncClient(transport=transport, base_url=secure.base_url) as browser:
        first = await browser.get("/connexion")
        answer = await person.sign_in(browser, mailbox, ALICE)
    [csrf] = first.headers.get_list("set-cookie")
    given = {c.split("=")[0]: c for c in answer.headers.get_list("set-cookie")}
    assert set(given) == {"__Host-session", "__Host-csrf"}
    for said in (csrf, *given.values()):
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(said.split("; "))
        assert "domain" not in said.lower()
