"""Pure decisions about sessions and roles."""

import ipaddress
import re
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import quote

from backend.identity.errors import NotYours


class Role(StrEnum):
    MERCHANT = "merchant"
    INSURER = "insurer"
    DESK = "desk"
    TREASURER = "treasurer"
    MANAGER = "manager"
    ADMIN = "admin"
    REFERENT = "referent"


class SessionKind(StrEnum):
    """Which limits a session lives under (SEC4), and by which door it was opened."""

    TENANT = "tenant"
    MERCHANT = "merchant"
    STAFF = "staff"


class FactorKind(StrEnum):
    TOTP = "totp"
    PASSKEY = "passkey"


class Purpose(StrEnum):
    """What a code is asked for."""

    LOGIN = "login"
    JOIN = "join"
    CONTACT = "contact"
    LINK = "link"


class Lifetime(NamedTuple):
    idle: timedelta
    absolute: timedelta


# SEC4, per kind of session.
LIFETIMES = {
    SessionKind.TENANT: Lifetime(timedelta(days=30), timedelta(days=180)),
    SessionKind.MERCHANT: Lifetime(timedelta(hours=12), timedelta(days=30)),
    SessionKind.STAFF: Lifetime(timedelta(minutes=30), timedelta(hours=10)),
}
# Whom each door lets in; the tenants' door asks for no role. Insurers have none yet.
DOORS: dict[SessionKind, tuple[Role, ...]] = {
    SessionKind.TENANT: (),
    SessionKind.MERCHANT: (Role.MERCHANT, Role.INSURER, Role.REFERENT),
    SessionKind.STAFF: (Role.DESK, Role.TREASURER, Role.MANAGER, Role.ADMIN),
}
SCOPED = (Role.MERCHANT, Role.INSURER, Role.REFERENT)
SUDO_FOR = timedelta(minutes=10)
CODE_FOR = timedelta(minutes=10)  # SEC5
LINK_FOR = timedelta(hours=24)
MOST_TRIES = 5  # SEC5
TOTP_STEP = timedelta(seconds=30)
RECOVERY_CODES = 10


def must_confirm(roles: Collection[Role]) -> bool:
    """Whether an address typed by staff opens a space only after its first code at the tenants' door.

    To who works for the club it opens no door at all, until they confirm it in their account.
    """
    return not set(roles).isdisjoint(SCOPED) and set(roles).isdisjoint(DOORS[SessionKind.STAFF])


def is_alive(kind: SessionKind, created_at: datetime, seen_at: datetime, now: datetime) -> bool:
    limits = LIFETIMES[kind]
    return now < seen_at + limits.idle and now < created_at + limits.absolute


def is_sudo(sudo_at: datetime | None, now: datetime) -> bool:
    """A dangerous act asks for the second factor again within the last ten minutes."""
    return sudo_at is not None and now < sudo_at + SUDO_FOR


def totp_step(now: datetime) -> int:
    """RFC 6238: how many steps of 30 seconds since 1970."""
    return int(now.timestamp() // TOTP_STEP.total_seconds())


def acceptable_steps(now: datetime) -> tuple[int, ...]:
    """The step, the one before and the one after: clocks of telephones are a little off."""
    step = totp_step(now)
    return (step, step - 1, step + 1)


def totp_address(secret: str, name: str, club: str) -> str:
    """What an application reads from the QR code (Key URI Format)."""
    issuer = quote(club.replace(":", " "))
    return f"otpauth://totp/{issuer}:{quote(name)}?secret={secret}&issuer={issuer}"


def neighbourhood(ip: str) -> str:
    """What a limit by address counts together: one IPv4, or the /64 that one IPv6 line holds."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))


def digits(typed: str) -> str:
    """A code as it was typed or pasted, without what stands between the figures."""
    return re.sub(r"[\s.\-_\u200b]", "", typed)


def device_name(user_agent: str) -> str:
    """Enough for its owner to know a device again: "Chrome, Android"; never the whole header."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    return ", ".join(part for part in (browser, system) if part) or "Appareil inconnu"


# In this order: most of them also name the one they descend from.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


def can_lead(leader: Collection[Role], roles: Collection[Role]) -> bool:
    """A manager leads the counter, an admin everybody."""
    return Role.ADMIN in leader or (Role.MANAGER in leader and set(roles) <= {Role.DESK})


def check_leads(leader: Collection[Role], roles: Collection[Role]) -> None:
    """Roles had or wanted. Raises NotYours."""
    if not can_lead(leader, roles):
        raise NotYours
