"""What notifications keeps of one person: that something was sent, never its words."""

from datetime import datetime

from backend.kit import outbox
from backend.kit.database import fetch, fetch_value, within
from backend.kit.dossier import Gone, Part
from backend.kit.errors import N_

ABOUT = (
    Part(
        "messages",
        N_("Messages que le club m'a envoyés"),
        {
            "kind": N_("Message"),
            "way": N_("Comment"),
            "queued_at": N_("Écrit"),
            "sent_at": N_("Parti"),
            "failed_at": N_("Échec"),
        },
        "SELECT kind, way, queued_at, sent_at, failed_at FROM message WHERE person = $1"
        " ORDER BY id",
    ),
)


async def forget(gone: Gone) -> None:
    """What still waits to be sent to them goes nowhere; that something was sent stays, by its key."""
    within()
    rows = await fetch("SELECT key FROM message WHERE person = $1", gone.whom.person_id)
    await outbox.forget([row["key"] for row in rows], gone.alone)


async def count_old(before: datetime) -> int:
    count: int = await fetch_value("SELECT count(*) FROM message WHERE queued_at < $1", before)
    return count


async def purge_old(before: datetime) -> int:
    """That something was said before goes, and the letters of the outbox with it; how many messages."""
    within()
    await outbox.purge(before)
    rows = await fetch("DELETE FROM message WHERE queued_at < $1 RETURNING id", before)
    return len(rows)
