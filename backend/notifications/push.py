"""Telephones rung through the push service of their browser."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parseaddr, parsedate_to_datetime
from functools import cache
from urllib.parse import urlsplit

import httpx
import msgspec

from backend import settings
from backend.kit import clock
from backend.kit.outbox import NotBefore
from backend.notifications.webpush import Vapid, encrypt, topic
from backend.settings import Settings

SECONDS = 6.0  # for each of five at most, within the lease of a letter
TTL = timedelta(hours=24)  # then a telephone that was off is not told of yesterday
LONGEST = 1000


class Ring(msgspec.Struct, frozen=True):
    """What a telephone shows, locked too: so no name of somebody else, no code, no amount."""

    title: str
    text: str
    link: str


class Keys(msgspec.Struct, frozen=True):
    """Where one browser is rung, and for whom alone it is written."""

    endpoint: str
    p256dh: bytes
    auth: bytes
    ours: bytes


class GoneForGood(Exception):
    """Nobody is behind this endpoint any more, or not with this key of ours."""


class Refused(Exception):
    """The service does not take it, and will not take the same a minute later."""


class NotNow(NotBefore):
    """The service is busy, or out of reach."""


class PushGateway:
    """Asks the service named by the subscription, where it is one of `services`.

    A browser may name any address: a list of origins, held against it again each time, lets nobody
    make our machines call each other, whatever a name resolves to; no redirection is followed.
    """

    def __init__(self, vapid: Vapid, services: Sequence[str]) -> None:
        self.vapid = vapid
        self.services = services

    def serves(self, endpoint: str) -> bool:
        if len(endpoint) > LONGEST or not (endpoint.isascii() and endpoint.isprintable()):
            return False
        return any(_is_under(origin_of(endpoint), service) for service in self.services)

    async def send(self, to: Keys, ring: Ring, key: str) -> None:
        """Raises GoneForGood, Refused or NotNow."""
        if not (self.serves(to.endpoint) and self.vapid.knows(to.ours)):
            raise GoneForGood
        moment = clock.now()
        words = msgspec.json.encode({**msgspec.structs.asdict(ring), "key": topic(key)})
        headers = {
            "authorization": self.vapid.authorization(to.ours, origin_of(to.endpoint), moment),
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "ttl": str(int(TTL.total_seconds())),
            "urgency": "normal",
            "topic": topic(key),
        }
        answer = await _post(to.endpoint, encrypt(words, to.p256dh, to.auth), headers)
        _judge(answer.status_code, answer.headers.get("retry-after", ""), moment)


async def _post(endpoint: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
    """All of it within SECONDS: httpx alone would give as many to each of its steps.

    What its faults say may hold the endpoint, so they end here.
    """
    try:
        async with (
            asyncio.timeout(SECONDS),
            httpx.AsyncClient(timeout=SECONDS, follow_redirects=False) as http,
        ):
            return await http.post(endpoint, content=body, headers=headers)
    except (httpx.InvalidURL, UnicodeError):  # of the services by its end, and the name of nothing
        raise GoneForGood from None
    except (httpx.HTTPError, TimeoutError):
        raise NotNow(clock.now()) from None


def _judge(status: int, retry_after: str, moment: datetime) -> None:
    """RFC 8030, 7.3 and 8.4: 404 and 410 are for ever, 429 and all of ours-is-broken are for now."""
    if status in {404, 410}:
        raise GoneForGood
    if status == 429 or status >= 500:
        raise NotNow(_asked_for(retry_after, moment))
    if not 200 <= status < 300:
        raise Refused(status)


def _asked_for(retry_after: str, moment: datetime) -> datetime:
    """Seconds, or a day and an hour; what is neither asks for nothing."""
    if retry_after.isascii() and retry_after.isdigit():
        return moment + timedelta(seconds=min(int(retry_after), 86_400))
    try:
        said = parsedate_to_datetime(retry_after)
    except ValueError:
        return moment
    return said if said.tzinfo else moment


def origin_of(endpoint: str) -> str:
    """Empty for what is no address."""
    try:
        parts = urlsplit(endpoint)
        return f"{parts.scheme}://{parts.netloc.lower()}"
    except ValueError:
        return ""


def _is_under(origin: str, service: str) -> bool:
    scheme, _, rest = service.partition("://")
    if not rest.startswith("*."):
        return origin == service
    return re.fullmatch(f"{scheme}://[a-z0-9.-]+{re.escape(rest[1:])}", origin) is not None


_held: list[PushGateway | None] = []


def use(gateway: PushGateway | None) -> None:
    """For this process."""
    _held[:] = [gateway]


def gateway() -> PushGateway | None:
    """None where the club rings nobody. As it was set, else read from the settings."""
    return _held[0] if _held else _of_settings()


def open_push(found: Settings) -> PushGateway | None:
    if not found.push_services:
        return None
    mail = parseaddr(found.mail_from)[1]
    subject = found.base_url if found.secure else f"mailto:{mail}"
    return PushGateway(Vapid(found.secret_keys, subject), found.push_services)


@cache
def _of_settings() -> PushGateway | None:
    return open_push(settings.load())
