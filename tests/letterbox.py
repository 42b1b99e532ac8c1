"""What the messages of lending look like when they leave: post that keeps them, or that is broken."""

from dataclasses import dataclass, field

from backend.kit import outbox
from backend.lending import sending
from backend.notifications.gateway import Outgoing
from backend.notifications.post import Post
from backend.people.rules import Channel


@dataclass
class Letterbox:
    """Both channels of a club. `broken` raises it instead of sending."""

    came: list[Outgoing] = field(default_factory=list)
    broken: Exception | None = None

    async def send(self, message: Outgoing) -> None:
        if self.broken is not None:
            raise self.broken
        self.came.append(message)

    @property
    def post(self) -> Post:
        return dict.fromkeys(Channel, self)

    async def drain(self, post: Post | None = None) -> list[str]:
        """What leaves now, as (subject or text); every letter that is due is tried."""
        self.came.clear()
        while await outbox.drain(sending.senders(post or self.post)):
            pass
        return [one.subject or one.text for one in self.came]
