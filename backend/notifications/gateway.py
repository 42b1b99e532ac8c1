"""Where messages leave the house."""

from typing import Protocol

import msgspec

from backend.people.rules import Channel


class Outgoing(msgspec.Struct, frozen=True):
    """One message, rendered. `key` is the outbox row's: the same message again has the same key."""

    key: str
    channel: Channel
    to: str
    subject: str
    text: str
    html: str = ""


class Gateway(Protocol):
    """Sends one message or raises; anything raised is tried again later."""

    async def send(self, message: Outgoing) -> None: ...
