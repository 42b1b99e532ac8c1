"""Pure decisions about sessions and roles."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    MERCHANT = "merchant"
    INSURER = "insurer"
    DESK = "desk"
    TREASURER = "treasurer"
    MANAGER = "manager"
    ADMIN = "admin"
    REFERENT = "referent"


class SessionKind(StrEnum):
    """Which limits a session lives under (SEC4)."""

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


class Lifetime(NamedTuple):
    idle: timedelta
    absolute: timedelta


# SEC4, per kind of session.
LIFETIMES = {
    SessionKind.TENANT: Lifetime(timedelta(days=30), timedelta(days=180)),
    SessionKind.MERCHANT: Lifetime(timedelta(hours=12), timedelta(days=30)),
    SessionKind.STAFF: Lifetime(timedelta(minutes=30), timedelta(hours=10)),
}
SUDO_FOR = timedelta(minutes=10)


def is_alive(kind: SessionKind, created_at: datetime, seen_at: datetime, now: datetime) -> bool:
    limits = LIFETIMES[kind]
    return now < seen_at + limits.idle and now < created_at + limits.absolute


def is_sudo(sudo_at: datetime | None, now: datetime) -> bool:
    """A dangerous act asks for the second factor again within the last ten minutes."""
    return sudo_at is not None and now < sudo_at + SUDO_FOR
