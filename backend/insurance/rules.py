"""Words of insurance and referrals, and what can be decided about them from values alone."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum

import msgspec

from backend.insurance.errors import (
    DatesWrong,
    EndTooFar,
    MoveImpossible,
    OfferIncomplete,
    OriasWrong,
    PricesWrong,
    SavingTooLarge,
)
from backend.kit import text
from backend.kit.errors import N_

ROOMS = range(1, 7)  # T1 to T6
# ORIAS opened its register in 2007: the first two digits of a number are the year it was given.
FIRST_YEAR = 7
# The average saving of a household that the club aims at, a year (PRODUCT.md).
TARGET_CENTS = 15_000
# Nobody saves more than this in a year on one contract; it is a slip of the keyboard.
MOST_SAVING_CENTS = 500_000
MOST_PRICE_CENTS = 500_000
REMINDERS = (45, 15)  # days before a certificate ends (I4)
FARTHEST_END = timedelta(days=2 * 366)


class ReferralKind(StrEnum):
    INSURER = "insurer"
    FIRM = "firm"


class ReferralState(StrEnum):
    SENT = "sent"
    CONTACTED = "contacted"
    QUOTED = "quoted"
    SIGNED = "signed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ContactWay(StrEnum):
    PHONE = "phone"
    EMAIL = "email"


class Slot(StrEnum):
    """When somebody would like to be called."""

    ANY = "any"
    MORNING = "morning"
    NOON = "noon"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class Declarant(StrEnum):
    """Who said what was saved."""

    MEMBER = "member"
    AGENT = "agent"


OPEN = frozenset({ReferralState.SENT, ReferralState.CONTACTED, ReferralState.QUOTED})
# The same table stands in the database's trigger.
MOVES: Mapping[ReferralState, frozenset[ReferralState]] = {
    ReferralState.SENT: frozenset(
        {ReferralState.CONTACTED, ReferralState.REFUSED, ReferralState.WITHDRAWN}
    ),
    ReferralState.CONTACTED: frozenset(
        {
            ReferralState.QUOTED,
            ReferralState.SIGNED,
            ReferralState.REFUSED,
            ReferralState.WITHDRAWN,
        }
    ),
    ReferralState.QUOTED: frozenset(
        {ReferralState.SIGNED, ReferralState.REFUSED, ReferralState.WITHDRAWN}
    ),
    ReferralState.SIGNED: frozenset(),
    ReferralState.REFUSED: frozenset(),
    ReferralState.WITHDRAWN: frozenset(),
}

PURPOSES = {
    ReferralKind.INSURER: N_("Parler d'une assurance du logement."),
    ReferralKind.FIRM: N_("Parler de travaux chez moi."),
}
# What is read before saying yes; the row keeps it word for word (I3).
AGREEMENT = (
    N_("Je demande à être rappelé par {who}."),
    N_("Le but : {why}"),
    N_("Le club lui montre mon nom, mon contact et le moment choisi. Rien d'autre."),
    N_("Je peux retirer mon accord à tout moment, dans « Mes demandes » ou au comptoir."),
)
# What staff read aloud before they write down a certificate's last day (I4).
CERTIFICATE_AGREEMENT = N_(
    "Le club note la date de fin de mon attestation. "
    "Il me prévient avant la fin. "
    "Mon bailleur n'en apprend rien."
)
LANDLORD_AGREEMENT = N_(
    "Le club peut compter mon attestation dans un total pour mon bailleur. Jamais mon nom."
)
NOTICE = N_(
    "Le club ne vend pas d'assurance. "
    "Il ne calcule aucun prix et ne compare pas les contrats. "
    "Seul l'intermédiaire nommé ici peut vous conseiller."
)


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What an offer says. `prices`: cents a year from T1 to T6, all six or none.

    `ipid_on` is the date of the version printed on the IPID, the European sheet of two pages that
    says what a contract covers (Code des assurances, L112-2).
    """

    title: str
    summary: str
    carrier: str
    intermediary: str
    orias: str
    complaint: str
    notice: str
    prices: tuple[int, ...]
    prices_from: date | None
    prices_until: date | None
    ipid_on: date | None


def agreement(recipient: str, kind: ReferralKind) -> str:
    """The exact words that a member agrees to, as they are kept."""
    return "\n".join(line.format(who=recipient, why=PURPOSES[kind]) for line in AGREEMENT)


def is_called(recipient: str, name: str) -> bool:
    """Whether a request was made to who has this name: names go to no other firm (I3).

    Spaces, case, accents and punctuation may have been put right since.
    """
    return text.fold(recipient) == text.fold(name)


def normalise_orias(typed: str, this_year: int) -> str:
    """The eight digits of a registration with ORIAS, "" when nothing was typed. Raises OriasWrong."""
    digits = re.sub(r"[\s.\-]", "", typed)
    if not digits:
        return ""
    if (
        not re.fullmatch(r"[0-9]{8}", digits)
        or not FIRST_YEAR <= int(digits[:2]) <= this_year % 100
    ):
        raise OriasWrong().at("orias")
    return digits


def more_notice(typed: str) -> str:
    """What an offer says besides the club's own notice, which every offer shows (I1)."""
    return "" if typed.split() == NOTICE.split() else typed


def check_prices(prices: Sequence[int], first: date | None, last: date | None) -> None:
    """All six or none, above nothing, and with the days they hold."""
    if prices and len(prices) != len(ROOMS):
        raise PricesWrong().at("price_1")
    for rooms, cents in zip(ROOMS, prices, strict=False):
        if not 0 < cents <= MOST_PRICE_CENTS:
            raise PricesWrong().at(f"price_{rooms}")
    if first is not None and last is not None and last < first:
        raise DatesWrong().at("prices_until")


def lacking(terms: Terms, *, has_ipid: bool) -> list[str]:
    """The names of what must still be given before an offer may be published (I1)."""
    there = {
        "carrier": terms.carrier,
        "intermediary": terms.intermediary,
        "orias": terms.orias,
        "complaint": terms.complaint,
        "notice": terms.notice,
        "prices": terms.prices and terms.prices_from and terms.prices_until,
        "ipid": has_ipid,
        "ipid_on": terms.ipid_on,
    }
    return [name for name, value in there.items() if not value]


def check_complete(terms: Terms, *, has_ipid: bool) -> None:
    missing = lacking(terms, has_ipid=has_ipid)
    if missing:
        raise OfferIncomplete(missing=missing)


def check_move(kind: ReferralKind, before: ReferralState, after: ReferralState) -> None:
    quoting = after is ReferralState.QUOTED and kind is not ReferralKind.FIRM
    if quoting or after not in MOVES[before]:
        raise MoveImpossible


def next_states(kind: ReferralKind, state: ReferralState) -> list[ReferralState]:
    """Where the other side may take it from here; only the member withdraws."""
    return [
        each
        for each in ReferralState
        if each in MOVES[state]
        and each is not ReferralState.WITHDRAWN
        and not (each is ReferralState.QUOTED and kind is not ReferralKind.FIRM)
    ]


def check_saving(cents: int) -> None:
    if not 0 <= cents <= MOST_SAVING_CENTS:
        raise SavingTooLarge(most_cents=MOST_SAVING_CENTS).at("saving")


def check_end(ends_on: date, today: date) -> None:
    """A certificate that ended or ends in many years was typed wrong."""
    if not today <= ends_on <= today + FARTHEST_END:
        raise EndTooFar().at("ends_on")


def due_reminder(ends_on: date, today: date, told: Collection[int]) -> int | None:
    """Which reminder is to be given today: the last one whose day has come, once (I4).

    Where the club's workers stood still for weeks, the first is left out rather than both sent.
    """
    left = (ends_on - today).days
    come = [days for days in REMINDERS if 0 <= left <= days]
    return come[-1] if come and come[-1] not in told else None
