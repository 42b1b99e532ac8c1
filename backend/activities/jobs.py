"""Periodic work of activities, and what is asked just before one of its messages leaves."""

from backend.activities import service
from backend.activities.service.line import contact
from backend.activities.service.telling import ASKED
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.kit.outbox import Letter
from backend.notifications.post import Asks

# What is told to who has a seat, not to who waits for one.
SEATED = frozenset({"activity.promoted", "activity.eve"})


async def remind() -> None:
    """The eve of each session (A2)."""
    await service.remind()


async def sweep() -> None:
    """Each night: seats of people who have left their household."""
    await service.sweep()


async def is_still_true(letter: Letter) -> bool:
    """The session is to come, and this adult still has somebody in it; cancelled is said as long."""
    kind, session, whom, _ = letter.key.split(":")
    live = "TRUE" if kind == "activity.cancelled" else "a.cancelled_at IS NULL"
    state = "s.state = 'taken'" if kind in SEATED else "s.state <> 'cancelled'"
    found = await fetch_value(
        f"SELECT 1 FROM seat s JOIN activity_session a ON a.id = s.session WHERE a.public_id = $1"  # noqa: S608 - our own words
        f" AND {contact('s')} = $2 AND a.starts_at > $3 AND {live} AND {state} LIMIT 1",
        session,
        int(whom),
        clock.now(),
    )
    return found is not None


ASKS: Asks = {ASKED: is_still_true}
