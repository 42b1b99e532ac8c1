"""A browser that lets itself be rung, and a push service on loopback that looks at what it is given.

`push_service` is a fixture: the club rings through it alone. Its `came` is what its browsers read, in
order; `answers` what it answers next, 201 when nothing is left; `asked` the headers of what was sent.
"""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backend.kit import codes
from backend.notifications import push
from backend.notifications.push import Keys, PushGateway
from backend.notifications.webpush import CURVE, Vapid, point, read


class Browser:
    """The other side of RFC 8291, from the standard and not from our own code."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(CURVE)
        self.p256dh = point(self.private.public_key())
        self.auth = codes.draw_secret()[:16]

    def opened(self, body: bytes) -> bytes:
        salt, size, long = body[:16], int.from_bytes(body[16:20]), body[20]
        theirs, locked = body[21 : 21 + long], body[21 + long :]
        assert len(locked) <= size
        sender = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, theirs)
        shared = self.private.exchange(ec.ECDH(), sender)
        about = b"WebPush: info\0" + self.p256dh + theirs
        secret = derived(self.auth, about, 32, shared)
        key = derived(salt, b"Content-Encoding: aes128gcm\0", 16, secret)
        nonce = derived(salt, b"Content-Encoding: nonce\0", 12, secret)
        words, last, padding = AESGCM(key).decrypt(nonce, locked, None).rpartition(b"\x02")
        assert (last, padding.strip(b"\0")) == (b"\x02", b"")
        return words


def derived(salt: bytes, about: bytes, length: int, secret: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=about).derive(secret)


def claims_of(header: str) -> dict[str, Any]:
    """What the club says of itself, once its signature holds under the key beside it (RFC 8292, 3)."""
    scheme, _, rest = header.partition(" ")
    facts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert scheme == "vapid"
    said, _, signature = facts["t"].rpartition(".")
    raw = read(signature)
    whole = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, read(facts["k"]))
    key.verify(whole, said.encode(), ec.ECDSA(hashes.SHA256()))
    head, body = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in said.split("."))
    assert head == {"typ": "JWT", "alg": "ES256"}
    return {**body, "k": facts["k"]}


class Service:
    """The inside of the push service."""

    def __init__(self) -> None:
        self.url = ""
        self.browsers: dict[str, Browser] = {}
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.came: list[dict[str, str]] = []
        self.asked: list[dict[str, str]] = []
        self.faults: list[Exception] = []

    def subscription(self, ours: bytes | None = None) -> Keys:
        """A new browser's."""
        gateway = push.gateway()
        assert gateway is not None
        browser, path = Browser(), f"/push/{codes.random_token()}"
        self.browsers[path] = browser
        return Keys(self.url + path, browser.p256dh, browser.auth, ours or gateway.vapid.public)

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        status, more = self.answers.pop(0) if self.answers else (201, {})
        self.asked.append(headers)
        assert claims_of(headers["authorization"])["aud"] == self.url
        assert headers["content-encoding"] == "aes128gcm"
        words = json.loads(self.browsers[path].opened(body))
        if status == 201:
            self.came.append(words)
        return status, more

    def reset(self) -> None:
        for kept in (self.answers, self.came, self.asked, self.faults):
            kept.clear()
        self.browsers.clear()


def handler_of(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                status, more = service.take(self.path, headers, body)
            except Exception as fault:  # noqa: BLE001 - said by the fixture, when the test is over
                service.faults.append(fault)
                status, more = 400, {}
            self.send_response(status)
            for name, value in {**more, "content-length": "0"}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Silent."""

    return Handler


@pytest.fixture(scope="session")
def push_server() -> Iterator[Service]:
    kept = Service()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(kept))
    kept.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield kept
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def push_service(push_server: Service) -> Iterator[Service]:
    held = list(push._held)
    push.use(
        PushGateway(Vapid([b"a" * 32, b"b" * 32], "https://club.example.org"), (push_server.url,))
    )
    yield push_server
    push._held[:] = held
    faults = list(push_server.faults)
    push_server.reset()
    assert faults == []
