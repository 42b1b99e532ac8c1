"""The outermost layer: what every answer carries, also a 404 and a 500 (SEC9).

Litestar's own middleware does not run when no route matches, so this wraps the whole application.
"""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from backend.http.scope import KEY, Around, route_of
from backend.kit import clock, codes
from backend.settings import Settings

STRIPE_PAGES = ("https://checkout.stripe.com", "https://billing.stripe.com")
log = structlog.get_logger("http")


class Security:
    """Request id, host, real client address, HEAD, headers, one log line."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self.host = urlsplit(settings.base_url).netloc.lower()
        self.form_action = " ".join(["'self'", *STRIPE_PAGES, *_double(settings)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        started = clock.monotonic()
        around = self._around(scope)
        scope[KEY] = around  # type: ignore[literal-required]
        answer = _Answer(self, scope, send, around)
        if scope["method"] == "HEAD":
            scope["method"] = "GET"
            answer.silent = True
        if (refusal := self._refusal(scope)) is not None:
            await _plain(answer, *refusal)
        else:
            await self.app(scope, receive, answer)
        log.info(
            "request",
            id=around.request_id,
            method=scope["method"],
            path=route_of(scope),
            status=answer.status,
            ms=round((clock.monotonic() - started) * 1000),
        )

    def _around(self, scope: HTTPScope) -> Around:
        cookies = _cookies(scope)
        names = cookie_names(self.settings)
        return Around(
            settings=self.settings,
            request_id=codes.random_id(),
            nonce=codes.random_id(),
            client_ip=client_ip(scope, self.settings),
            session_token=cookies.get(names.session),
            csrf_cookie=cookies.get(names.csrf),
        )

    def _refusal(self, scope: HTTPScope) -> tuple[int, str] | None:
        host = _header(scope, b"host").lower()
        if (
            self.settings.production
            and host != self.host
            and not scope["path"].startswith("/health")
        ):
            return 421, "Cette adresse n'est pas celle du club."
        return None

    def headers(self, path: str, around: Around) -> Iterable[tuple[bytes, bytes]]:
        scripts = f"script-src 'self' 'nonce-{around.nonce}'"
        camera = path.startswith(("/caisse", "/comptoir"))
        if camera:
            scripts += " 'wasm-unsafe-eval'"
        policy = (
            f"default-src 'none'; {scripts}; style-src 'self'; img-src 'self' blob:; "
            "font-src 'self'; connect-src 'self'; manifest-src 'self'; media-src 'self' blob:; "
            f"worker-src 'self'; form-action {self.form_action}; base-uri 'none'; "
            "object-src 'none'; frame-ancestors 'none'"
        )
        yield b"content-security-policy", policy.encode()
        yield b"strict-transport-security", b"max-age=31536000; includeSubDomains"
        yield b"x-content-type-options", b"nosniff"
        yield b"referrer-policy", b"same-origin"
        yield (
            b"permissions-policy",
            f"camera=({'self' if camera else ''}), microphone=(), geolocation=(), payment=()".encode(),
        )
        yield b"cross-origin-opener-policy", b"same-origin"
        yield b"x-request-id", around.request_id.encode()


class CookieNames:
    """`__Host-` needs Secure, which Safari refuses on http://localhost: a demo drops both."""

    def __init__(self, prefix: str) -> None:
        self.session = f"{prefix}session"
        self.csrf = f"{prefix}csrf"
        self.till = f"{prefix}till"
        self.once = f"{prefix}once"
        self.relay = f"{prefix}relais"


def cookie_names(settings: Settings) -> CookieNames:
    return CookieNames("__Host-" if settings.secure else "")


def client_ip(scope: HTTPScope, settings: Settings) -> str:
    """The peer, or the nearest address in X-Forwarded-For that is not one of our proxies (SEC6)."""
    client = scope.get("client")
    address = client[0] if client else ""
    hops = [hop.strip() for hop in _header(scope, b"x-forwarded-for").split(",") if hop.strip()]
    while hops and _trusted(address, settings):
        address = hops.pop()
    return address


def _trusted(address: str, settings: Settings) -> bool:
    try:
        peer = ipaddress.ip_address(address)
    except ValueError:
        return False
    # A server that listens on both families sees an IPv4 peer as ::ffff:10.0.0.1.
    peer = getattr(peer, "ipv4_mapped", None) or peer
    return any(peer in network for network in settings.trusted_proxies)


def _double(settings: Settings) -> list[str]:
    return [] if settings.production else [settings.stripe_url]


def _header(scope: HTTPScope, name: bytes, between: bytes = b",") -> str:
    values = [value for key, value in scope["headers"] if key == name]
    return between.join(values).decode("latin-1")


def _cookies(scope: HTTPScope) -> dict[str, str]:
    """Read piece by piece: a neighbour that no standard allows costs nobody their session.

    Several lines of the header are made one for all who read it (RFC 9113, 8.2.3).
    """
    header = _header(scope, b"cookie", b"; ")
    others = [pair for pair in scope["headers"] if pair[0] != b"cookie"]
    if header:
        scope["headers"] = [*others, (b"cookie", header.encode("latin-1"))]
    pairs = (piece.partition("=") for piece in header.split(";"))
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs}


class _Answer:
    """Adds the headers when the answer starts and swallows the body of a HEAD."""

    def __init__(self, security: Security, scope: HTTPScope, send: Send, around: Around) -> None:
        self.security, self.scope, self.send, self.around = security, scope, send, around
        self.silent = False
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            extra = self.security.headers(self.scope["path"], self.around)
            message["headers"] = [*message["headers"], *extra]
        elif message["type"] == "http.response.body" and self.silent:
            message = {**message, "body": b""}
        await self.send(message)


async def _plain(send: Send, status: int, sentence: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence.encode(), "more_body": False})
