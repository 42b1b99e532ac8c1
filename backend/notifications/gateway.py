"""Where messages leave the house."""

from typing import Protocol

import msgspec

from backend.people.rules import Channel


class Outgoing(msgspec.Struct, frozen=True):
    """One message, rendered. `key` is the outbox row's: the same message again has the same key.

    `sender` and `reply_to` are the club's own names; empty, the settings speak. `unsubscribe` is where
    one click ends mails of this kind (RFC 8058): bulk mail has it, service messages do not.
    """

    key: str
    channel: Channel
    to: str
    subject: str
    text: str
    html: str = ""
    sender: str = ""
    reply_to: str = ""
    unsubscribe: str = ""


class Undeliverable(Exception):
    """The server says that nobody has this address: no later try will change it."""


class Gateway(Protocol):
    """Sends one message or raises; anything raised is tried again later."""

    async def send(self, message: Outgoing) -> None: ...
