"""What was asked and leads to nothing ends by itself: who asked is free for somebody else, and told so (X3)."""

from backend.audit.service import SYSTEM, note
from backend.kit import clock
from backend.kit.claims import calmly
from backend.kit.database import fetch, fetch_one, transaction
from backend.kit.zone import paris
from backend.notifications.rules import EVENING, MORNING
from backend.skills.rules import UNANSWERED_FOR
from backend.skills.service.exchanges import tell_one

MOST = 500
_SILENT = (
    "e.state = 'asked' AND e.changed_at < $1 AND NOT EXISTS (SELECT 1 FROM exchange_message m"
    " WHERE m.exchange = e.id AND m.at >= $1)"
)


async def close_unanswered() -> None:
    """By day; each once, however often this runs."""
    if not MORNING <= paris(clock.now()).time() < EVENING:
        return
    rows = await fetch(
        f"SELECT e.public_id FROM exchange e WHERE {_SILENT} ORDER BY e.id LIMIT {MOST}",  # noqa: S608 - our own words
        clock.now() - UNANSWERED_FOR,
    )
    for row in rows:
        await calmly(_close(row["public_id"]), exchange=row["public_id"])


async def _close(public_id: str) -> None:
    """If nobody wrote meanwhile."""
    async with transaction():
        # Who writes holds it without changing it: whoever waited for them must look again.
        await fetch("SELECT id FROM exchange WHERE public_id = $1 FOR NO KEY UPDATE", public_id)
        closed = await fetch_one(
            "UPDATE exchange e SET state = 'closed', changed_at = $3, asker_shares_at = NULL,"  # noqa: S608 - our own words
            f" owner_shares_at = NULL WHERE e.public_id = $2 AND {_SILENT} RETURNING e.asker",
            clock.now() - UNANSWERED_FOR,
            public_id,
            clock.now(),
        )
        if closed is None:
            return
        await note(
            "exchange.closed",
            SYSTEM,
            subject_id=closed["asker"],
            object_kind="exchange",
            object_id=public_id,
        )
        once = f"exchange.unanswered:{public_id}"
        await tell_one("exchange.unanswered", once, closed["asker"], public_id)
