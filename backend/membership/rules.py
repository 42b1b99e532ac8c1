"""Words of membership."""

from datetime import date, timedelta
from enum import StrEnum


class Category(StrEnum):
    TENANT = "tenant"
    NEIGHBOUR = "neighbour"
    REDUCED = "reduced"
    FREE = "free"


class Proof(StrEnum):
    """What is known of the dwelling a household says it lives in."""

    PROVED = "proved"
    TO_CHECK = "to_check"
    NEIGHBOUR = "neighbour"
    REFUSED = "refused"


class CardKind(StrEnum):
    PHONE = "phone"
    PAPER = "paper"


class Status(StrEnum):
    """Computed from periods, grace and a date; never stored (M1)."""

    PROSPECT = "prospect"
    CURRENT = "current"
    PROVISIONAL = "provisional"
    GRACE = "grace"
    LAPSED = "lapsed"
    ENDED = "ended"


def status(
    paid_from: date | None,
    paid_until: date | None,
    provisional_until: date | None,
    grace_days: int,
    on: date,
) -> Status:
    """The status on a day, both ends of the paid period included.

    A provisional period (a debit not yet settled) counts until its own day; then it is as if it
    had never been paid. A period that begins later is a prospect's until it begins.
    """
    if paid_from is None or paid_until is None or on < paid_from:
        return Status.PROSPECT
    if provisional_until is not None:
        return Status.PROVISIONAL if on <= min(provisional_until, paid_until) else Status.LAPSED
    if on <= paid_until:
        return Status.CURRENT
    return Status.GRACE if on <= paid_until + timedelta(days=grace_days) else Status.LAPSED


def short_name(given_name: str, family_name: str) -> str:
    initial = family_name[:1].upper()
    return f"{given_name} {initial}." if initial else given_name
