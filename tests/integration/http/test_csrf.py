"""Forms come from our own pages (SEC3, SEC10)."""

from dataclasses import replace

import httpx
import pytest

from backend.http.csrf import FIELD
from backend.kit.database import fetch_value
from tests import factories, sign_in
from tests.integration.http.callers import NOBODY, allowed
from tests.integration.http.routes import all_routes, sample
from tests.integration.identity import browser as person
from tests.integration.identity.browser import hidden
from web.app import create_app

ANONYMOUS = ["/", "/connexion/inconnue", "/health", "/nulle-part"]


def cookies_of(answer: httpx.Response) -> list[str]:
    return [said.split("=")[0] for said in answer.headers.get_list("set-cookie")]


async def test_nothing_is_kept_when_a_hundred_strangers_look(client):
    """SEC3: 100 anonymous views make no session row and no cookie at all."""
    for n in range(100):
        answer = await client.get(ANONYMOUS[n % len(ANONYMOUS)])
        assert cookies_of(answer) == []
    assert await fetch_value("SELECT count(*) FROM session") == 0
    assert await fetch_value("SELECT count(*) FROM tries") == 0


async def test_csrf_cookie_appears_when_a_page_holds_a_form(client):
    """SEC3: and not a second time."""
    assert cookies_of(await client.get("/connexion")) == ["csrf"]
    assert cookies_of(await client.get("/connexion")) == []


async def test_csrf_cookie_comes_with_a_form_and_with_nothing_else(client, settings, db):
    """SEC3: each page that anybody may open, by introspection: a cookie where a form is, none elsewhere."""
    with_form = 0
    for method, path, _ in all_routes(settings):
        if method == "GET" and NOBODY in (allowed(method, path) or ()):
            client.cookies.clear()
            answer = await client.get(sample(path))
            holds = f'name="{FIELD}"' in answer.text
            assert cookies_of(answer) == (["csrf"] if holds else []), path
            with_form += holds
    assert with_form > 3


async def test_csrf_cookie_is_new_when_somebody_signed_in(client, settings, mailbox, db):
    """SEC3: renewed and bound to the session: the token from before is worth nothing after."""
    await factories.add_person("Alice", "Martin", "alice@example.org")
    before_form = hidden((await client.get("/connexion")).text)
    before = sign_in.cookie(client, "csrf")
    answer = await person.sign_in(client, mailbox, "alice@example.org")
    assert sorted(cookies_of(answer)) == ["csrf", "session"]
    assert sign_in.cookie(client, "csrf") != before
    old = await client.post("/deconnexion", data={FIELD: before_form[FIELD]})
    assert old.status_code == 403
    sign_in.put(client, "csrf", before)
    assert (await client.post("/deconnexion", data={FIELD: before_form[FIELD]})).status_code == 403


@pytest.mark.parametrize(
    "token", [None, "", "x", "0" * 64, "é" * 32, "\x00", "😀", "a" * 5000, "'; DROP TABLE session"]
)
async def test_form_is_refused_when_its_token_is_wrong(client, token):
    """SEC10: missing, stale or not ASCII: 403, never 500, and nothing is done."""
    await client.get("/connexion")
    fields = {"address": "alice@example.org"} | ({} if token is None else {FIELD: token})
    answer = await client.post("/connexion", data=fields)
    assert answer.status_code == 403
    assert "Rechargez la page" in answer.text
    assert await fetch_value("SELECT count(*) FROM sign_in_code") == 0


@pytest.mark.parametrize("token", [b"\xe9\xe9", b"\xff" * 64, b"", b"abc"])
async def test_header_is_refused_when_its_token_is_wrong(client, token):
    """SEC10: the token of a script comes in a header, where any byte may stand."""
    await client.get("/connexion")
    answer = await client.post("/connexion", headers={b"x-csrf-token": token})
    assert answer.status_code == 403


@pytest.mark.parametrize("cookie", ["", "é", '"', "a;b", "x" * 4000, "=?utf-8?q?x?="])
async def test_form_is_refused_when_its_cookie_is_wrong(client, cookie):
    """SEC10: whatever stands in the cookie: 403, never 500."""
    form = hidden((await client.get("/connexion")).text)
    client.cookies.clear()
    sent = {b"cookie": b"csrf=" + cookie.encode("utf-8")}
    answer = await client.post("/connexion", data=form, headers=sent)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:8000.evil.example"},
        {"origin": "not an origin"},
        {"origin": "http://["},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_form_is_refused_when_it_comes_from_another_site(client, headers):
    """SEC10: also with the right token, which another site could only have stolen."""
    form = hidden((await client.get("/connexion")).text)
    data = {**form, "address": "alice@example.org"}
    assert (await client.post("/connexion", data=data, headers=headers)).status_code == 403
    own = {"origin": "http://localhost:8000", "sec-fetch-site": "same-origin"}
    assert (await client.post("/connexion", data=data, headers=own)).status_code == 303


async def test_form_works_again_after_one_page_when_the_secret_changed(settings, db):
    """SEC10: old pages still work while the old key is listed; without it one page load recovers."""
    old, new = settings.secret_keys[0], b"n" * 32
    async with browser_of(replace(settings, secret_keys=(old,))) as before:
        form = hidden((await before.get("/connexion")).text)
        kept = sign_in.cookie(before, "csrf")
    data = {**form, "address": "alice@example.org"}
    for keys, status in (((new, old), 303), ((new,), 403)):
        async with browser_of(replace(settings, secret_keys=keys)) as after:
            sign_in.put(after, "csrf", kept)
            assert (await after.post("/connexion", data=data)).status_code == status
            fresh = hidden((await after.get("/connexion")).text)
            again = await after.post("/connexion", data={**data, FIELD: fresh[FIELD]})
            assert again.status_code == 303


def browser_of(settings) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=create_app(settings))
    return httpx.AsyncClient(transport=transport, base_url=settings.base_url)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--x--"),
        ("multipart/form-data; boundary=x", b"--x\r\ncontent-disposition: nonsense\r\n\r\n"),
        ("multipart/form-data; boundary=", b"\r\n"),
        ("application/x-www-form-urlencoded", b"%%%=%zz&\xff=\xfe"),
        ("application/x-www-form-urlencoded; charset=klingon", b"a=b"),
        ("application/json", b'{"csrf_token": "x"}'),
        ("text/plain", b"csrf_token=x"),
    ],
)
async def test_body_is_refused_when_it_cannot_be_read(client, kind, body):
    """SEC10: a broken body is somebody's mistake or attack, never our fault."""
    await client.get("/connexion")
    answer = await client.post("/connexion", content=body, headers={"content-type": kind})
    assert answer.status_code in (400, 403, 422)
