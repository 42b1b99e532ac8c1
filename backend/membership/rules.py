"""Words of membership, and what follows from periods and dates.

Months are counted as in law (Code de procédure civile, art. 641): from the 15th to the 14th; where
the last month has no such day, to its last day.
"""

import calendar
from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from backend.kit import workdays

DAY = timedelta(days=1)
YEAR_MONTHS = 12
MOST_MONTHS = 24
ALONE_MONTHS = (
    3  # free months from today on that the counter gives, and takes back, without a manager
)
WITHDRAWAL = timedelta(days=14)
FARTHEST = timedelta(days=366)
# Online, another year is sold when less than this is left: a page left open must not sell it twice.
RENEWAL_OPENS = timedelta(days=92)


class Category(StrEnum):
    TENANT = "tenant"
    NEIGHBOUR = "neighbour"
    REDUCED = "reduced"
    FREE = "free"


# What a month costs in cents before the club sets prices of its own.
FIRST_PRICES = {
    Category.TENANT: 100,
    Category.NEIGHBOUR: 500,
    Category.REDUCED: 50,
    Category.FREE: 0,
}


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


class CancelReason(StrEnum):
    """Why a period counts no more."""

    UNPAID = "unpaid"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    WITHDRAWN = "withdrawn"
    UNDONE = "undone"  # free months that were given by mistake


class WayIn(StrEnum):
    """Why staff opened a file: by which way they came to it (D3)."""

    SEARCH = "search"
    CARD = "card"
    VOUCHER = "voucher"
    DAY = "day"
    REGISTER = "register"
    LINK = "link"


class Span(NamedTuple):
    """A period as people say it, both days included. Provisional: a debit not yet settled."""

    start: date
    end: date
    provisional_until: date | None = None

    def covers(self, on: date) -> bool:
        return self.start <= on <= self.last_day

    @property
    def last_day(self) -> date:
        """After its own day a provisional period is as if it had never been paid."""
        return self.end if self.provisional_until is None else min(self.provisional_until, self.end)


def status(
    spans: Iterable[Span], grace_days: int, on: date, ended_on: date | None = None
) -> Status:
    """The status of a household on a day (M1). A period that begins later says nothing yet."""
    if ended_on is not None and on >= ended_on:
        return Status.ENDED
    begun = [span for span in spans if span.start <= on]
    settled = [span for span in begun if span.provisional_until is None]
    if any(span.covers(on) for span in settled):
        return Status.CURRENT
    if any(span.covers(on) for span in begun):
        return Status.PROVISIONAL
    if not settled:
        return Status.PROSPECT
    last = max(span.end for span in settled)
    return Status.GRACE if on <= last + timedelta(days=grace_days) else Status.LAPSED


def paid_until(spans: Iterable[Span], on: date) -> date | None:
    """The last day that is paid, a living provisional period included."""
    days = [span.end for span in spans if span.provisional_until is None or on <= span.last_day]
    return max(days, default=None)


def settled_until(spans: Iterable[Span]) -> date | None:
    """The last day that money has come for."""
    return max((span.end for span in spans if span.provisional_until is None), default=None)


def first_day(old_end: date | None, grace_days: int, paid_on: date) -> date:
    """M3: before term or in grace a renewal goes on from the old end; after grace it starts anew."""
    if old_end is None or paid_on > old_end + timedelta(days=grace_days):
        return paid_on
    return old_end + DAY


def last_day(start: date, months: int) -> date:
    """The last day included: 12 months from 29 Feb end on 28 Feb, a month from 31 Jan on 28 Feb."""
    years, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    longest = calendar.monthrange(years, month + 1)[1]
    if start.day > longest:
        return date(years, month + 1, longest)
    return date(years, month + 1, start.day) - DAY


def is_given_alone(end: date, on: date) -> bool:
    """Whether free days until then need no manager: given again and again, they are no more."""
    return end <= last_day(on, ALONE_MONTHS)


def is_far_ahead(spans: Iterable[Span], on: date) -> bool:
    """Paid for more than a year from today: another payment is a mistake."""
    until = paid_until(spans, on)
    return until is not None and until > on + FARTHEST


def renewal_opens(spans: Iterable[Span], on: date) -> date | None:
    """The day from which dues may be paid online again; None when that is now."""
    until = paid_until(spans, on)
    opens = None if until is None else until - RENEWAL_OPENS
    return opens if opens is not None and opens > on else None


def is_provisional(spans: Iterable[Span], on: date) -> bool:
    """A debit is under way and may still arrive."""
    return any(span.provisional_until is not None and on <= span.last_day for span in spans)


def withdrawal_ends(agreed_on: date) -> date:
    """The last day to take a payment at a distance back (C. conso. L221-18 and L221-19)."""
    return workdays.next_open(agreed_on + WITHDRAWAL)


def notice_window(term: date) -> tuple[date, date]:
    """First and last day on which the notice of a renewal must have been delivered (L215-1)."""
    return term - timedelta(days=90), term - timedelta(days=30)


def is_time_for_notice(term: date, on: date) -> bool:
    """From 60 days before: a month is left to try again where the first try is not delivered."""
    return term - timedelta(days=60) <= on <= notice_window(term)[1]


def cancel_reason(paid: int, refunded: int, disputed: int) -> CancelReason | None:
    """Amounts in cents. A part given back keeps the period; money taken back by the bank ends it."""
    if disputed > 0:
        return CancelReason.DISPUTED
    if paid > 0 and refunded >= paid:
        return CancelReason.REFUNDED
    return None


def short_name(given_name: str, family_name: str) -> str:
    initial = family_name[:1].upper()
    return f"{given_name} {initial}." if initial else given_name
