"""What may be erased, and what has been kept long enough."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from backend.kit.errors import N_, Invalid


class ErasureWay(StrEnum):
    """Who asked: the person, somebody at the desk for them, or the time limits of the club."""

    SELF = "self"
    DESK = "desk"
    RETENTION = "retention"


class MonthsOutOfRange(Invalid):
    slug = "months_out_of_range"
    sentence = N_("Écrivez un nombre de mois de {least} à {most}.")
    next = N_("Corrigez ce nombre, puis enregistrez.")


# What the law leaves to the club; logs are kept at least as long as the database insists on (SEC13).
BOUNDS = {
    "prospects_months": (1, 36),
    "lapsed_months": (1, 36),
    "logs_months": (12, 36),
    "messages_months": (1, 36),
    "leads_months": (1, 36),
    "calls_months": (1, 24),
}

PROOF_MONTHS = 60  # claims end after five years (Code civil, art. 2224)


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """How many months the club keeps what it no longer needs (D2)."""

    prospects_months: int = 36
    lapsed_months: int = 36
    logs_months: int = 12
    messages_months: int = 12
    leads_months: int = 36
    calls_months: int = 6

    @property
    def proofs_months(self) -> int:
        """That a renewal was announced: as long as it may be asked for, whatever the club wishes."""
        return PROOF_MONTHS


def check_retention(wanted: Retention) -> None:
    """Raises MonthsOutOfRange at its field."""
    for name, (least, most) in BOUNDS.items():
        if not least <= getattr(wanted, name) <= most:
            raise MonthsOutOfRange(least=least, most=most).at(name)


FRESH_FOR = timedelta(minutes=15)


def is_fresh(signed_in_at: datetime, now: datetime) -> bool:
    """What cannot be taken back asks for a code of the last minutes, not for a phone left open."""
    return now < signed_in_at + FRESH_FOR
