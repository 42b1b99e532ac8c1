"""How a person is reached."""

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
