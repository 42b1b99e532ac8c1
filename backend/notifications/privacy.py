"""What notifications keeps of one person: that something was sent, never its words."""

from datetime import datetime, timedelta

from backend.kit import clock, outbox
from backend.kit.database import fetch, fetch_value, within
from backend.kit.dossier import Gone, Part
from backend.kit.errors import N_
from backend.notifications import phones

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
    # Never the whole address: whoever knows it may knock there.
    Part(
        "phones",
        N_("Appareils que le club prévient"),
        {
            "device": N_("Appareil"),
            "service": N_("Par le service"),
            "created_at": N_("Depuis"),
            "reached_at": N_("Prévenu la dernière fois"),
        },
        "SELECT device, split_part(endpoint, '/', 3) AS service, created_at, reached_at"
        " FROM push_subscription WHERE person = $1 ORDER BY id",
    ),
)


async def forget(gone: Gone) -> None:
    """What still waits to be sent to them goes nowhere; that something was sent stays, by its key."""
    within()
    rows = await fetch("SELECT key FROM message WHERE person = $1", gone.whom.person_id)
    await outbox.forget([row["key"] for row in rows], gone.alone)
    await phones.end_all(gone.whom.person_id, but=None)


# Told once a year or once a price: that it was told outlives what the club keeps, without the person.
ONCE = ["dues.price", "dues.year"]
ONCE_FOR = timedelta(days=430)  # more than a year, in which a worker may ask
_OLD = "queued_at < $1 AND (kind <> ALL($2::text[]) OR person IS NOT NULL OR queued_at < $3)"


async def count_old(before: datetime) -> int:
    count: int = await fetch_value(
        f"SELECT count(*) FROM message WHERE {_OLD}",  # noqa: S608 - our own words
        before,
        ONCE,
        clock.now() - ONCE_FOR,
    )
    return count


async def purge_old(before: datetime) -> int:
    """That something was said before goes, and the letters of the outbox with it; how many messages."""
    within()
    await outbox.purge(before)
    count = await count_old(before)
    long_ago = clock.now() - ONCE_FOR
    await fetch(
        "DELETE FROM message WHERE queued_at < $1 AND (kind <> ALL($2::text[]) OR queued_at < $3)",
        before,
        ONCE,
        long_ago,
    )
    await fetch(
        "UPDATE message SET person = NULL WHERE queued_at < $1 AND person IS NOT NULL", before
    )
    return count
