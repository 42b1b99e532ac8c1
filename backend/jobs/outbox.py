"""What leaves the house, of every capability that sends something."""

from backend.billing.jobs import SENDS
from backend.kit import outbox
from backend.notifications import post
from backend.notifications.post import Post


async def drain(ways: Post) -> int:
    """Sends what is due; a kind nobody here can send waits for a worker that can."""
    return await outbox.drain({**SENDS, **post.senders(ways)})
