"""How often somebody may try."""

from dataclasses import replace

import httpx
import pytest

from backend.http.security import client_ip
from backend.kit.database import fetch_value
from backend.settings import Settings, parsers
from tests.integration.identity import browser as person
from tests.integration.identity.conftest import ALICE
from web.app import create_app


async def asked(browser: httpx.AsyncClient, address: str, **headers: str) -> int:
    form = person.hidden((await browser.get("/connexion")).text)
    answer = await browser.post("/connexion", data={**form, "address": address}, headers=headers)
    return answer.status_code


async def test_sixth_code_is_refused_when_five_were_asked_in_an_hour(client, mailbox, alice):
    """SEC6: 5 codes an hour for one address, however it is written; the page says when to return."""
    ways = [ALICE, "ALICE@example.org", f" {ALICE}", "Alice@Example.ORG", ALICE]
    assert [await asked(client, way) for way in ways] == [303] * 5
    form = person.hidden((await client.get("/connexion")).text)
    refused = await client.post("/connexion", data={**form, "address": ALICE})
    assert refused.status_code == 429
    assert "Il y a eu trop d" in refused.text
    assert len(mailbox.to(ALICE)) == 5
    assert await asked(client, "bob@example.org") == 303


async def test_limit_is_the_same_when_a_mobile_is_written_in_another_way(client, alice):
    """SEC6: the limit counts the normalised number."""
    ways = ["06 39 98 11 11", "+33639981111", "0033 6 39 98 11 11", "06.39.98.11.11", "0639981111"]
    assert [await asked(client, way) for way in ways] == [303] * 5
    assert await asked(client, "0639 981 111") == 429


async def test_forged_forwarding_changes_nothing_when_no_proxy_is_trusted(client, alice):
    """SEC6: 60 an hour for one address on the network, whatever X-Forwarded-For says."""
    statuses = [
        await asked(client, f"person{n}@example.org", **{"x-forwarded-for": f"10.1.2.{n}"})
        for n in range(61)
    ]
    assert statuses == [303] * 60 + [429]


async def test_neighbour_is_let_in_when_a_trusted_proxy_names_them(alice, settings: Settings):
    """SEC6: only the nearest hop that is no proxy of ours counts; what a caller adds stands before it."""
    app = create_app(replace(settings, trusted_proxies=parsers.networks("127.0.0.1")))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=settings.base_url) as browser:
        for n in range(60):
            forged = f"10.9.9.{n}, 203.0.113.7"
            assert await asked(browser, f"p{n}@example.org", **{"x-forwarded-for": forged}) == 303
        assert await asked(browser, "q@example.org", **{"x-forwarded-for": "203.0.113.7"}) == 429
        assert await asked(browser, "q@example.org", **{"x-forwarded-for": "203.0.113.8"}) == 303


@pytest.mark.parametrize(
    ("peer", "said", "counted"),
    [
        ("10.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("198.51.100.1", "203.0.113.7", "198.51.100.1"),
        ("::ffff:198.51.100.1", "203.0.113.7", "::ffff:198.51.100.1"),
    ],
)
def test_caller_is_the_nearest_hop_that_is_no_proxy(settings: Settings, peer, said, counted):
    """SEC6: also where the server hears its proxy as an IPv4 address written in IPv6."""
    behind = replace(settings, trusted_proxies=parsers.networks("10.0.0.0/8"))
    scope = {"client": (peer, 1), "headers": [(b"x-forwarded-for", said.encode())]}
    assert client_ip(scope, behind) == counted


async def test_twenty_first_try_is_refused_when_codes_are_guessed_in_turn(client, mailbox, alice):
    """SEC6: 20 tries an hour for one address, over all its codes."""
    statuses = []
    for _ in range(5):
        page = await person.ask(client, ALICE)
        right = mailbox.code_for(ALICE)
        wrong = "000000" if right != "000000" else "111111"
        statuses += [(await person.type_code(client, page, wrong)).status_code for _ in range(5)]
    assert statuses[:20] == [422] * 20
    assert statuses[20:] == [429] * 5
    assert await fetch_value("SELECT count(*) FROM session") == 0


@pytest.mark.parametrize("known", [True, False])
async def test_limit_is_the_same_when_the_address_is_unknown(client, alice, known):
    """SEC7: limits tell nothing either."""
    address = ALICE if known else "nobody@example.org"
    assert [await asked(client, address) for _ in range(6)] == [303] * 5 + [429]
