"""How a person is reached, and for what they agreed to be."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from backend.kit import text
from backend.kit.errors import Invalid
from backend.people.errors import AddressUnreadable, NotAMobile

MOST_CONTACTS = 5


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"


class Address(NamedTuple):
    """One place where messages reach somebody, in the form that is stored and compared."""

    channel: Channel
    value: str

    @property
    def shown(self) -> str:
        """As a person reads their own address."""
        return self.value if self.channel is Channel.EMAIL else text.show_phone(self.value)

    @property
    def masked(self) -> str:
        """Enough for its owner to know it, too little for anybody else."""
        if self.channel is Channel.SMS:
            return f"•• •• •• {self.value[-4:-2]} {self.value[-2:]}"
        name, _, domain = self.value.partition("@")
        return f"{name[0]}•••@{domain}"


def read_address(typed: str) -> Address:
    """What was typed in the one field "e-mail or mobile"; AddressUnreadable or NotAMobile."""
    if "@" in typed:
        return Address(Channel.EMAIL, text.normalise_email(typed))
    try:
        number = text.normalise_phone(typed)
    except Invalid:
        raise AddressUnreadable from None
    if not text.is_mobile(number):
        raise NotAMobile
    return Address(Channel.SMS, number)


def find_address(typed: str) -> Address | None:
    """The same, where the text may as well be none: a provider's answer, a search."""
    try:
        return read_address(typed)
    except Invalid:
        return None


class Subject(StrEnum):
    """What a message is for. Service messages (a receipt, a code, a voucher) need no consent (N1)."""

    SERVICE = "service"
    CLUB_LIFE = "club_life"
    PARTNER_OFFERS = "partner_offers"
    REMINDERS = "reminders"


class Medium(StrEnum):
    """A channel one may say yes or no to."""

    EMAIL = "email"
    SMS = "sms"
    PHONE = "phone"
    POST = "post"


class Source(StrEnum):
    """Where somebody said so. On paper and by telephone staff write it down."""

    ONLINE = "online"
    DESK = "desk"
    PAPER = "paper"
    PHONE = "phone"


class Choice(NamedTuple):
    """One yes or no, as it stands in the register."""

    subject: Subject
    medium: Medium
    given: bool


# What people may choose, in the order they read it.
CHOSEN = (Subject.CLUB_LIFE, Subject.PARTNER_OFFERS, Subject.REMINDERS)
# Dues belong to the membership people asked for: reminders of them go until somebody says no.
# News and partners' offers wait for a yes.
WITHOUT_A_WORD = frozenset({Subject.SERVICE, Subject.REMINDERS})
# What is asked for at joining: whoever says nothing gets none of it.
NEWS = tuple(subject for subject in CHOSEN if subject not in WITHOUT_A_WORD)


def may_send(subject: Subject, medium: Medium, choices: Iterable[Choice]) -> bool:
    """Whether the newest word allows it; `choices` come oldest first (N1)."""
    said = [each.given for each in choices if (each.subject, each.medium) == (subject, medium)]
    if subject is Subject.SERVICE:
        return True
    return said[-1] if said else subject in WITHOUT_A_WORD
