"""Words of the skill exchange, and what can be decided about them from values alone."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

from backend.kit import text
from backend.kit.errors import N_
from backend.skills.contacts import has_contact
from backend.skills.errors import (
    ContactInWords,
    DetailsTooLong,
    MinutesWrong,
    MoveImpossible,
    SettingsWrong,
    TitleUnreadable,
    WordsUnreadable,
)

ENDS_SOON = timedelta(days=7)  # its owner is told
RENEW_WITHIN = timedelta(days=14)  # the last days, in which one tap renews
CONFIRM_WITHIN = timedelta(days=7)  # X6
ANSWER_REPORTS_WITHIN = timedelta(days=3)  # X9
A_NO_LASTS = timedelta(days=7)  # about the same listing
NO_OTHER_FOR = timedelta(days=1)  # about another one of the same owner
UNANSWERED_FOR = timedelta(days=21)  # then it ends by itself
MOST_UNANSWERED = 5  # messages one after the other
LONGEST_TITLE, LONGEST_DETAILS, LONGEST_WORDS = 80, 1_000, 1_000
MOST_LISTINGS = 20  # open ones of one person: an address book, not a shop
PARTS_OF_A_DAY = 3
SHORTEST, LONGEST, STEP = 15, 600, 15  # minutes of one exchange


class ListingKind(StrEnum):
    OFFER = "offer"
    REQUEST = "request"


class Category(StrEnum):
    REPAIRS = "repairs"
    SEWING = "sewing"
    COOKING = "cooking"
    COMPUTERS = "computers"
    LANGUAGES = "languages"
    LESSONS = "lessons"
    PAPERS = "papers"
    ERRANDS = "errands"
    GARDEN = "garden"
    ANIMALS = "animals"
    ARTS = "arts"
    SPORT = "sport"
    COMPANY = "company"
    OTHER = "other"


# As people call them, and as a search may ask for them (X4).
CATEGORY_NAMES: Mapping[Category, str] = {
    Category.REPAIRS: N_("Bricolage"),
    Category.SEWING: N_("Couture"),
    Category.COOKING: N_("Cuisine"),
    Category.COMPUTERS: N_("Informatique"),
    Category.LANGUAGES: N_("Langues"),
    Category.LESSONS: N_("Devoirs et cours"),
    Category.PAPERS: N_("Papiers"),
    Category.ERRANDS: N_("Courses et trajets"),
    Category.GARDEN: N_("Jardin et plantes"),
    Category.ANIMALS: N_("Animaux"),
    Category.ARTS: N_("Musique et arts"),
    Category.SPORT: N_("Sport et balades"),
    Category.COMPANY: N_("Compagnie"),
    Category.OTHER: N_("Autre"),
}


class Place(StrEnum):
    """Where it happens; ANYWHERE goes with every other."""

    ANYWHERE = "anywhere"
    AT_MINE = "at_mine"
    AT_THEIRS = "at_theirs"
    AT_DESK = "at_desk"


class Review(StrEnum):
    """Whether staff looked at it: nobody had to, somebody must, they let it through, they did not."""

    FREE = "free"
    WAITING = "waiting"
    ALLOWED = "allowed"
    REFUSED = "refused"


class ExchangeState(StrEnum):
    ASKED = "asked"
    AGREED = "agreed"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class Wrong(StrEnum):
    """Why something is reported."""

    RUDE = "rude"
    SELLING = "selling"
    DANGEROUS = "dangerous"
    NOT_COME = "not_come"
    OTHER = "other"


class Outcome(StrEnum):
    """What staff did with a report."""

    NOTHING = "nothing"
    WARNED = "warned"
    REMOVED = "removed"


PUBLISHED = frozenset({Review.FREE, Review.ALLOWED})
OPEN = frozenset({ExchangeState.ASKED, ExchangeState.AGREED})
OVER = frozenset({ExchangeState.REFUSED, ExchangeState.WITHDRAWN, ExchangeState.CLOSED})
# The same table stands in the database's trigger.
MOVES: Mapping[ExchangeState, frozenset[ExchangeState]] = {
    ExchangeState.ASKED: frozenset(
        {
            ExchangeState.AGREED,
            ExchangeState.REFUSED,
            ExchangeState.WITHDRAWN,
            ExchangeState.CLOSED,
        }
    ),
    ExchangeState.AGREED: frozenset(
        {ExchangeState.DONE, ExchangeState.WITHDRAWN, ExchangeState.CLOSED}
    ),
    ExchangeState.DONE: frozenset({ExchangeState.CLOSED}),
    ExchangeState.REFUSED: frozenset(),
    ExchangeState.WITHDRAWN: frozenset(),
    ExchangeState.CLOSED: frozenset(),
}
# What is read before a skill is noted for somebody; the row keeps it word for word (X1).
AGREEMENT = N_(
    "Le club montre mon annonce aux adhérents, avec mon prénom et ma résidence. "
    "Mon numéro reste caché. "
    "Je peux retirer mon annonce à tout moment."
)


class Words(msgspec.Struct, frozen=True):
    """A listing as it was typed. `slots`: parts of the week, 0 for Monday morning to 20."""

    kind: ListingKind
    category: Category
    title: str
    details: str = ""
    place: Place = Place.ANYWHERE
    slots: tuple[int, ...] = ()
    weekly: bool = False


def check_words(words: Words) -> Words:
    """As it is stored. Raises TitleUnreadable, DetailsTooLong or ContactInWords, each at its field."""
    title = " ".join(words.title.split())
    details = words.details.strip()
    if not text.fold(title) or len(title) > LONGEST_TITLE:
        raise TitleUnreadable().at("title")
    if len(details) > LONGEST_DETAILS:
        raise DetailsTooLong().at("details")
    # The details also after the title: a number may begin in the one and end in the other.
    for field, said in (("title", title), ("details", f"{title} {details}")):
        if has_contact(said):
            raise ContactInWords().at(field)
    slots = tuple(sorted({slot for slot in words.slots if 0 <= slot < 7 * PARTS_OF_A_DAY}))
    return msgspec.structs.replace(words, title=title, details=details, slots=slots)


def check_message(said: str, *, shared: bool, before: Sequence[str] = ()) -> str:
    """As it is stored; once both show their contact they may write what they like.

    `before`: what the same one wrote just before, so that no number comes in pieces.
    """
    words = said.strip()
    if not words or len(words) > LONGEST_WORDS:
        raise WordsUnreadable().at("words")
    if not shared:
        earlier = " ".join(before)
        if has_contact(words) or (has_contact(f"{earlier} {words}") and not has_contact(earlier)):
            raise ContactInWords().at("words")
    return words


def check_move(held: ExchangeState, to: ExchangeState) -> None:
    """Raises MoveImpossible."""
    if to not in MOVES[held]:
        raise MoveImpossible


def is_listed(review: Review, expires_on: date, ended_at: datetime | None, today: date) -> bool:
    """Whether search and digests know it; its last day counts (X2)."""
    return review in PUBLISHED and ended_at is None and today <= expires_on


def may_renew(expires_on: date, ended_at: datetime | None, today: date) -> bool:
    """In its last days, and as long after as nobody ended it."""
    return ended_at is None and today >= expires_on - RENEW_WITHIN


def places_meet(offer: Place, request: Place) -> bool:
    """Whether two can happen at one place: "at mine" of the one is "at theirs" of the other."""
    turned = {Place.AT_MINE: Place.AT_THEIRS, Place.AT_THEIRS: Place.AT_MINE}
    return Place.ANYWHERE in {offer, request} or turned.get(offer, offer) == request


def common_slots(offer: Collection[int], request: Collection[int]) -> list[int]:
    """The parts of the week that suit both; whoever named none is free at any time."""
    if not offer or not request:
        return sorted(set(offer) | set(request))
    return sorted(set(offer) & set(request))


def check_minutes(minutes: int) -> None:
    """How long an exchange may have taken, by the quarter of an hour. Raises MinutesWrong at its field."""
    if minutes % STEP or not SHORTEST <= minutes <= LONGEST:
        raise MinutesWrong().at("minutes")


def check_settings(listed_days: int, warn_minutes: int, most_minutes: int) -> None:
    """Raises SettingsWrong at its field."""
    if not (7 <= listed_days <= 365 and 60 <= warn_minutes <= most_minutes <= 6000):
        raise SettingsWrong().at("listed_days")


def passes_limit(balance: int, change: int, most: int) -> bool:
    """Whether a move of minutes takes an account past its hard limit; back towards zero is always free."""
    return abs(balance + change) > max(most, abs(balance))
