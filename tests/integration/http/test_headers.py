"""What every answer carries, whatever was asked (SEC9)."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from backend.http import failures
from tests.factories import add_household
from tests.integration.http.routes import all_routes, sample
from tests.sign_in import as_tenant

POLICY = {
    "default-src 'none'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


def assert_guarded(answer: httpx.Response) -> None:
    policy = set(answer.headers["content-security-policy"].split("; "))
    assert policy >= POLICY
    [scripts] = [part for part in policy if part.startswith("script-src ")]
    assert re.search(r"'nonce-[0-9A-Za-z]{22}'", scripts)
    assert "unsafe-inline" not in " ".join(policy)
    assert "'unsafe-eval'" not in " ".join(policy)
    assert (
        int(re.search(r"max-age=(\d+)", answer.headers["strict-transport-security"])[1]) >= 31536000
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "microphone=()" in answer.headers["permissions-policy"]


async def test_every_route_answers_with_the_headers(client, settings):
    """SEC9: each route of the application by introspection, and none answers with a fault."""
    for method, path, _ in all_routes(settings):
        answer = await client.request(method, sample(path))
        assert_guarded(answer)
        assert answer.status_code < 500, (method, path)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nulle-part", 404), ("PATCH", "/connexion", 405), ("HEAD", "/connexion", 200)],
)
async def test_odd_answers_carry_the_headers_too(client, method, path, status):
    """SEC9: an unknown address, a wrong method and a HEAD are answers as well."""
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert_guarded(answer)


async def test_fault_carries_the_headers_and_a_number_too(client, monkeypatch):
    """SEC9: a bug is told calmly, under the number of the request."""

    async def broken() -> str:
        raise ZeroDivisionError

    from backend.http.respond import Pages

    monkeypatch.setattr(Pages, "render", lambda *_: broken())
    answer = await client.get("/")
    assert answer.status_code == failures.Unexpected.status
    assert answer.headers["x-request-id"] in answer.text
    assert_guarded(answer)


async def test_nonce_is_a_new_one_when_a_page_is_loaded_again(client):
    """SEC9: a nonce that stays is none."""
    policies = {(await client.get("/")).headers["content-security-policy"] for _ in range(3)}
    assert len(policies) == 3


async def test_too_large_a_body_is_refused_with_the_headers(client):
    said = {"content-length": str(10**9), "content-type": "application/x-www-form-urlencoded"}
    answer = await client.post("/connexion", headers=said, content=b"")
    assert answer.status_code == 413
    assert_guarded(answer)


@pytest.mark.parametrize("path", ["/hooks/stripe", "/connexion"])
async def test_too_large_a_body_is_refused_when_its_length_is_not_said(client, path):
    """SEC12: 4xx and never 500, also where it comes in pieces."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(13):
            yield b"x" * 1024 * 1024

    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = await client.post(path, content=pieces(), headers=form)
    assert answer.status_code == 413
    assert_guarded(answer)


@pytest.mark.parametrize("path", ["/compte/cotisation/recus/%00", "/avantages/a%00b"])
async def test_address_is_not_found_when_it_holds_a_nul(client, settings, path):
    """No text of the database can hold one: it is a 404, not a bug."""
    joined = await add_household()
    await as_tenant(client, settings, joined.person_id)
    assert (await client.get(path)).status_code == 404
