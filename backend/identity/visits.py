"""What identity needs to know of one request, without knowing HTTP."""

import msgspec

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.kit.seals import Seals
from backend.people.rules import Channel


class Visit(msgspec.Struct, frozen=True):
    """`session_token` is the cookie the browser came with, if any; `channels` what can be sent."""

    ip: str
    device: str
    request_id: str
    session_token: str | None
    seals: Seals
    channels: frozenset[Channel]
    base_url: str

    def by(self, person_id: int | None) -> By:
        """The person as the one who acts; nobody yet is the house."""
        if person_id is None:
            return By(request_id=self.request_id)
        return By(Actor.PERSON, person_id, self.request_id)
