"""What leaves the house, of every capability that sends something, in two lanes.

Service messages, a code above all, never wait behind a campaign: each lane has its own turn, its own
connections to the mail server, and letters of its own kinds.
"""

import asyncio

from backend.activities import jobs as activities
from backend.billing import jobs as billing
from backend.campaigns import jobs as campaigns
from backend.jobs import reconciliation
from backend.kit import clock, outbox
from backend.kit.outbox import Send
from backend.lending import sending as lending
from backend.membership import jobs as membership
from backend.notifications import post
from backend.notifications.post import Post
from backend.vouchers import jobs as vouchers

ROUND, BULK_ROUND = 20, 100
TURN = 5.0  # seconds: whoever is told to stop waits no longer for a lane to look up


async def drain(ways: Post, at_once: int = 1) -> int:
    """Sends what is due; a kind nobody here can send waits for a worker that can.

    Messages go several at once; what changes something elsewhere goes one by one, in its order.
    """
    effects = {**billing.SENDS, **reconciliation.SENDS, **vouchers.SENDS}
    messages = {
        **post.senders(ways, {**membership.ASKS, **activities.ASKS}),
        **lending.senders(ways),
    }
    taken = await _turn(messages, ROUND, at_once)
    return taken + await _turn(effects, ROUND, 1)


async def drain_bulk(ways: Post, at_once: int = 1, a_minute: int = 0) -> int:
    """Campaigns, at most so many a minute (0: as many as the server takes).

    One whose hour has come leaves before the messages of those under way, however many wait.
    """
    await _turn(campaigns.LEAVES, ROUND, 1)
    size = min(BULK_ROUND, -(-a_minute // 60)) if a_minute else BULK_ROUND
    return await _turn(campaigns.senders(ways), size, at_once, 60 / a_minute if a_minute else 0.0)


async def _turn(kinds: dict[str, Send], size: int, at_once: int, each: float = 0.0) -> int:
    """Rounds until nothing is left or the turn is over; a letter takes `each` seconds at least."""
    began, taken = clock.monotonic(), 0
    while clock.monotonic() - began < TURN:
        some = await outbox.drain(kinds, limit=size, at_once=at_once)
        taken += some
        await asyncio.sleep(max(0.0, began + taken * each - clock.monotonic()))
        if some < size:
            break
    return taken
