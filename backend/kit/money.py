"""Money is a whole number of euro cents, everywhere; it is never a float."""

import re
from decimal import ROUND_HALF_UP, Decimal

from backend.kit import formats
from backend.kit.errors import N_, Invalid

# An amount of cents fits PostgreSQL's integer.
MOST_CENTS = 999_999_999

_SPACES = re.compile(r"[\s\u00a0\u2009\u202f]+")
_AMOUNT = re.compile(
    r"(?P<euros>[0-9]{1,12}|[0-9]{1,3}(?: [0-9]{3}){1,3})(?:[.,](?P<cents>[0-9]{1,2}))?"
    r" ?(?:€|eur|euros?)?",
    re.IGNORECASE,
)


class AmountUnreadable(Invalid):
    slug = "amount_unreadable"
    sentence = N_("Nous ne comprenons pas ce montant.")
    next = N_("Écrivez par exemple 12,50.")


class AmountTooLarge(Invalid):
    slug = "amount_too_large"
    sentence = N_("Ce montant est trop grand.")
    next = N_("Vérifiez le nombre de chiffres.")


def parse(text: str, *, field: str = "") -> int:
    """Cents of "12,50", "12.5", "12,50 €" or "1 234,5 euros"; never negative.

    A refusal is told at `field` of a form where one is named.

    A point or a comma is always the decimal sign: "1.234" is refused rather than guessed.
    """
    match = _AMOUNT.fullmatch(_SPACES.sub(" ", text).strip())
    if match is None:
        raise AmountUnreadable().at(field) if field else AmountUnreadable
    cents = int(match["euros"].replace(" ", "")) * 100 + int((match["cents"] or "").ljust(2, "0"))
    if cents > MOST_CENTS:
        raise AmountTooLarge().at(field) if field else AmountTooLarge
    return cents


def plain(cents: int) -> str:
    """1250 as "12,50": as people type it, and as files hold it."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100},{abs(cents) % 100:02d}"


def show(cents: int, locale: str = "fr") -> str:
    """1250 as "12,50 €", with no-break spaces."""
    return formats.euros(cents, locale)


def discount(price_cents: int, percent: Decimal | int) -> int:
    """What `percent` of a price comes to, in cents.

    Half a cent is rounded up, so the doubt is always in the customer's favour.
    """
    if price_cents < 0 or not 0 <= percent <= 100:
        raise ValueError(f"no discount of {percent} % on {price_cents} cents")
    exact = Decimal(price_cents) * Decimal(percent) / 100
    return int(exact.to_integral_value(ROUND_HALF_UP))
