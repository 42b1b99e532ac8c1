"""What notifications keeps of one person: that something was sent, never its words."""

from backend.kit import outbox
from backend.kit.database import fetch, within
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
