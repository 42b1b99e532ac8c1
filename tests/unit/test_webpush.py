"""Web Push as the standards write it, against their own example and against a browser's side of it."""

import asyncio
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from backend.notifications import push, texts
from backend.notifications.push import PushGateway, _asked_for
from backend.notifications.webpush import (
    CURVE,
    Vapid,
    encrypt,
    is_point,
    point,
    read,
    sealed,
    topic,
)
from backend.settings.parsers import PUSH_SERVICES
from tests.push import Browser, claims_of

# RFC 8291, section 5 and appendix A.
SAID = b"When I grow up, I want to be a watermelon"
ONCE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
THEIRS = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH, SALT = "BTBZMqHH6r4Tts7J_aSIgg", "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6"
    "TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4"
    "a-fN"
)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def vapid(*secrets: bytes) -> Vapid:
    return Vapid(secrets or (b"a" * 32,), "https://club.example.org")


def test_the_standard_s_example_comes_out_byte_for_byte():
    """L36: RFC 8291, 5: these words, keys and salt give this body."""
    once = ec.derive_private_key(int.from_bytes(read(ONCE)), CURVE)
    assert sealed(SAID, read(THEIRS), read(AUTH), once, read(SALT)) == read(BODY)


def test_only_the_browser_reads_what_was_written_for_it():
    """L36, SEC13: RFC 8291, 3: with its private key and secret; never twice the same bytes."""
    browser, other = Browser(), Browser()
    bodies = [encrypt("C’est prêt".encode(), browser.p256dh, browser.auth) for _ in range(2)]
    assert [browser.opened(body).decode() for body in bodies] == ["C’est prêt"] * 2
    assert bodies[0] != bodies[1]
    with pytest.raises(InvalidTag):
        other.opened(bodies[0])


def test_a_service_knows_the_club_by_its_signature():
    """L36: RFC 8292, 2: for one service, for less than 24 hours, with the key the browser took."""
    ours = vapid()
    header = ours.authorization(ours.public, "https://push.example.org", NOW)
    claims = claims_of(header)
    assert claims["aud"] == "https://push.example.org"
    assert claims["sub"] == "https://club.example.org"
    assert NOW.timestamp() < claims["exp"] <= (NOW + timedelta(hours=24)).timestamp()


def test_secrets_change_without_a_cut():
    """L36: the newest key is offered, the older ones still ring; the same secret gives the same key."""
    old, new = b"o" * 32, b"n" * 32
    before, both = vapid(old), vapid(new, old)
    assert both.public == vapid(new).public != before.public
    assert both.knows(before.public)
    assert not vapid(new).knows(before.public)
    assert is_point(both.public)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://web.push.apple.com/abc",
        "https://wns2-par02p.notify.windows.com/w/?token=abc",
    ],
)
def test_services_of_known_browsers_are_rung(endpoint: str):
    """L36."""
    assert PushGateway(vapid(), PUSH_SERVICES).serves(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/abc",
        "https://127.0.0.1/abc",
        "https://[::1]/abc",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/abc",
        "https://database:5432/",
        "https://fcm.googleapis.com:8443/abc",
        "https://fcm.googleapis.com@127.0.0.1/abc",
        "https://x@fcm.googleapis.com/abc",
        "https://fcm.googleapis.com.example.org/abc",
        "https://example.org/https://fcm.googleapis.com/",
        "https://evil.org#.push.apple.com/",
        "https://evil.org\\.push.apple.com/",
        "https://a:b.push.apple.com/",
        "https://.push.apple.com/abc",
        "https://push.apple.com/abc",
        "https://evilpush.apple.com/abc",
        "https://fcm.googleapis.com/\nhost",
        "https://fcm.googleapis.com/é",
        "https://fcm.googleapis.com/" + "a" * 1000,
        "ftp://web.push.apple.com/abc",
        "https://[",
        "",
    ],
)
def test_no_other_machine_is_ever_called(endpoint: str):
    """L36: a browser may name any address; ours call the listed services alone (no SSRF)."""
    assert not PushGateway(vapid(), PUSH_SERVICES).serves(endpoint)


async def test_a_service_that_answers_without_end_is_left(monkeypatch: pytest.MonkeyPatch):
    """L36: five telephones are through within the lease of a letter, however slow their service is."""
    monkeypatch.setattr(push, "SECONDS", 0.3)

    async def dribble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while True:  # never silent for so long
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                await writer.drain()
                await asyncio.sleep(0.05)

    async with await asyncio.start_server(dribble, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        with pytest.raises(push.NotNow):
            await push._post(f"http://{host}:{port}/push/abc", b"words", {})


def test_the_same_message_has_the_same_topic():
    """L36: RFC 8030, 5.4: 32 letters of base64url at most, so that the later one takes the earlier's place."""
    assert topic("lending:1") == topic("lending:1") != topic("lending:2")
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,32}", topic("lending:1"))


@pytest.mark.parametrize(
    ("said", "after"),
    [
        ("120", timedelta(minutes=2)),
        ("999999999999", timedelta(days=1)),
        ("Tue, 24 Nov 2026 12:05:00 GMT", timedelta(minutes=5)),
        ("", timedelta()),
        ("soon", timedelta()),
        ("²", timedelta()),
    ],
)
def test_a_service_that_asks_for_time_gets_it(said: str, after: timedelta):
    """L36: RFC 9110, 10.2.3: seconds, or a date."""
    assert _asked_for(said, NOW) == NOW + after


PUSHED = sorted(
    name.removesuffix(".push.jinja")
    for name in texts.ENVIRONMENT.list_templates()
    if name.endswith(".push.jinja")
)


def test_a_lock_screen_shows_nothing_that_is_not_for_everybody():
    """L36, SEC13: no way into an account, no receipt, no news; no names, codes or amounts in the words."""
    assert PUSHED
    assert not [
        k for k in PUSHED if k.split(".")[0] not in {"lending", "order", "activity", "exchange"}
    ]
    for kind in PUSHED:
        source = (Path(texts.__file__).parent / f"{kind}.push.jinja").read_text()
        assert not re.search(
            r"names|code|cents|euros|due\b|paid|late_day|amount|reason|said\b", source
        ), kind


@pytest.mark.parametrize("kind", PUSHED)
def test_what_rings_can_be_written_too(kind: str):
    """L36: whoever's telephone does not answer reads the same by e-mail."""
    assert f"{kind}.txt.jinja" in texts.ENVIRONMENT.list_templates()


def test_a_point_off_the_curve_is_none():
    """L36: what a browser could not have is refused when it comes."""
    whole = point(ec.generate_private_key(CURVE).public_key())
    assert is_point(whole)
    assert not is_point(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert not is_point(b"")
    assert not is_point(read("AAAA"))
