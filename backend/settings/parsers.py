"""From the text of a variable to its value. A parser raises ValueError; what was needed stands in NEEDS."""

import base64
import ipaddress
import re
from datetime import datetime
from email.utils import parseaddr
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from backend.settings.made import DEMO_MARK, KEY_BYTES

LAST_PORT = 65534  # the double of a demo listens on the next one

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
T = TypeVar("T")

_KEYS = (
    "Il faut une clé au moins. Chaque clé a 32 octets en base64 (openssl rand -base64 32).",
    "At least one key is needed. Each is 32 bytes in base64 (openssl rand -base64 32).",
)
_ORIGIN = (
    "Il faut une adresse comme https://club.example.org : ni nom, ni chemin, ni « ? », ni « # ».",
    "An address like https://club.example.org is needed: no name, path, “?” or “#”.",
)
_DATABASE = (
    "Il faut une adresse comme postgresql://nom:secret@machine/base.",
    "An address like postgresql://name:secret@host/database is needed.",
)
_SHARED = (
    "Chaque secret a 24 lettres et chiffres au moins (openssl rand -hex 24).",
    "Each secret has 24 letters and figures at least (openssl rand -hex 24).",
)
_COUNT = ("Il faut un nombre, en chiffres.", "A number in figures is needed.")
NEEDS = {
    "PALIER_ENV": (
        "Il faut production, demo ou test.",
        "It must be production, demo or test.",
    ),
    "PALIER_PORT": ("Il faut un nombre de 1 à 65534.", "A number from 1 to 65534 is needed."),
    "PALIER_BASE_URL": _ORIGIN,
    "PALIER_STRIPE_URL": _ORIGIN,
    "PALIER_DATABASE_URL": _DATABASE,
    "PALIER_DATABASE_OWNER_URL": _DATABASE,
    "PALIER_TEST_DATABASE_URL": _DATABASE,
    "PALIER_SECRET_KEYS": _KEYS,
    "PALIER_SIGNING_KEYS": _KEYS,
    "PALIER_STRIPE_SECRET_KEY": (
        "Une clé secrète Stripe commence par sk_live_ ou rk_live_, puis vient la clé.",
        "A Stripe secret key starts with sk_live_ or rk_live_, then comes the key.",
    ),
    "PALIER_STRIPE_WEBHOOK_SECRETS": (
        "Un secret de webhook Stripe commence par whsec_, puis vient le secret. Il en faut un.",
        "A Stripe webhook secret starts with whsec_, then comes the secret. One is needed.",
    ),
    "PALIER_SMTP_URL": (
        "Il faut une adresse comme smtps://nom:secret@machine:465 (ou smtp://, port 587).",
        "An address like smtps://name:secret@host:465 (or smtp://, port 587) is needed.",
    ),
    "PALIER_SMTP_CONNECTIONS": ("Il faut un nombre de 1 à 8.", "A number from 1 to 8 is needed."),
    "PALIER_SMTP_MAILS_EACH": _COUNT,
    "PALIER_BULK_A_MINUTE": _COUNT,
    "PALIER_MAIL_FROM": (
        "Il faut une adresse comme « Le Club <bonjour@club.example.org> ».",
        "An address like “The Club <hello@club.example.org>” is needed.",
    ),
    "PALIER_SMS_URL": (
        "Il faut une adresse http ou https.",
        "An http or https address is needed.",
    ),
    "PALIER_PUSH_SERVICES": (
        "Il faut des adresses comme https://push.example.org ou https://*.example.org, ou « none ».",
        "Addresses like https://push.example.org or https://*.example.org are needed, or “none”.",
    ),
    "PALIER_SMS_INBOUND_SECRETS": _SHARED,
    "PALIER_MAIL_INBOUND_SECRETS": _SHARED,
    "PALIER_TRUSTED_PROXIES": (
        "Il faut des adresses IP ou des réseaux précis, comme 10.0.0.5 ou 172.20.0.0/24.",
        "Precise IP addresses or networks are needed, like 10.0.0.5 or 172.20.0.0/24.",
    ),
    "PALIER_NOW": (
        "Il faut un instant comme 2026-11-21T10:00:00+01:00.",
        "An instant like 2026-11-21T10:00:00+01:00 is needed.",
    ),
}


# What a browser leaves out of the Origin it sends, so that ours must not have it either.
_DEFAULT_PORTS = {"http": 80, "https": 443}
_STRIPE_KEY = re.compile(r"(sk|rk)_(live|test)_[\w-]+", re.ASCII)
_WEBHOOK_SECRET = re.compile(r"whsec_[\w+/=-]+", re.ASCII)
_SHARED_SECRET = re.compile(r"[A-Za-z0-9_-]{24,}")


def _split(value: str) -> list[str]:
    return value.replace(",", " ").split()


def path(value: str) -> Path:
    return Path(value).expanduser().absolute()


def port(value: str) -> int:
    return _ensure(int(value), 1 <= int(value) <= LAST_PORT)


def connections(value: str) -> int:
    """Each holds one connection to the database while it sends, out of ten."""
    return _ensure(int(value), 1 <= int(value) <= 8)


def mails(value: str) -> int:
    return _ensure(int(value), 0 <= int(value) <= 1_000_000)


def origin(value: str) -> str:
    """As browsers write it: host in lower case, no default port."""
    parts = urlsplit(web_address(value))
    port = "" if parts.port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{parts.port}"
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    bare = parts.path in {"", "/"} and not set(value) & set("@?# ") and parts.port != 0
    return _ensure(f"{parts.scheme}://{host}{port}", bare)


def web_address(value: str) -> str:
    return _address(value, "http", "https")


# The services of Chrome and most others, Firefox, Safari, Edge. A browser names the one it wants: a list
# is what keeps it from naming a machine of ours, or a name that turns into one after it was looked up.
PUSH_SERVICES = (
    "https://fcm.googleapis.com",
    "https://*.push.services.mozilla.com",
    "https://*.push.apple.com",
    "https://*.notify.windows.com",
)


def push_services(value: str) -> tuple[str, ...]:
    return () if value == "none" else tuple(map(origin, _split(value)))


def database(value: str) -> str:
    """Refused here is what a driver would quote in its complaint, with the password in it."""
    parts = urlsplit(value)
    if parts.query:
        parse_qs(parts.query, strict_parsing=True)
    known = parts.scheme in {"postgresql", "postgres"} and parts.netloc.count("@") <= 1
    return _ensure(value, known and bool(parts.path.strip("/")))


def smtp(value: str) -> str:
    return _address(value, "smtp", "smtps")


def _address(value: str, *schemes: str) -> str:
    parts = urlsplit(value)
    _ = parts.port  # a ValueError where it is none
    return _ensure(value, parts.scheme in schemes and bool(parts.hostname))


def sender(value: str) -> str:
    _, address = parseaddr(value)
    return _ensure(value, "@" in address and not set(value) & {"\r", "\n"})


def keys(value: str) -> tuple[bytes, ...]:
    found = tuple(_key(text.removeprefix(DEMO_MARK)) for text in _split(value))
    return _ensure(found, bool(found))


def _key(text: str) -> bytes:
    """One key in base64, either alphabet, padded or not."""
    bare = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    key = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    return _ensure(key, len(key) == KEY_BYTES)


def stripe_key(value: str) -> str:
    return _ensure(value, bool(_STRIPE_KEY.fullmatch(value)))


def webhook_secrets(value: str) -> tuple[str, ...]:
    found = tuple(_split(value))
    return _ensure(found, bool(found) and all(map(_WEBHOOK_SECRET.fullmatch, found)))


def shared_secrets(value: str) -> tuple[bytes, ...]:
    """They stand in a provider's form and in a header: letters and figures that nothing changes."""
    found = tuple(_split(value))
    right = all(map(_SHARED_SECRET.fullmatch, found))
    return _ensure(tuple(each.encode() for each in found), bool(found) and right)


def networks(value: str) -> tuple[Network, ...]:
    """Trusting everybody makes X-Forwarded-For whatever the caller writes, and the limits with it."""
    found = tuple(ipaddress.ip_network(text, strict=False) for text in _split(value))
    return _ensure(found, all(network.prefixlen > 0 for network in found))


def instant(value: str) -> datetime:
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo("Europe/Paris"))


def _ensure(value: T, right: bool) -> T:
    if not right:
        raise ValueError
    return value
