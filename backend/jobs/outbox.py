"""What leaves the house, of every capability that sends something."""

from backend.billing import jobs as billing
from backend.jobs import reconciliation
from backend.kit import outbox
from backend.membership import jobs as membership
from backend.notifications import post
from backend.notifications.post import Post
from backend.vouchers import jobs as vouchers


async def drain(ways: Post) -> int:
    """Sends what is due; a kind nobody here can send waits for a worker that can."""
    return await outbox.drain(
        {
            **billing.SENDS,
            **reconciliation.SENDS,
            **vouchers.SENDS,
            **post.senders(ways, membership.ASKS),
        }
    )
