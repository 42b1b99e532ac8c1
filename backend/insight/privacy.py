"""What insight keeps of one person: what was looked at in their uses, and calls to say hello."""

from datetime import datetime

from backend.kit.database import fetch, fetch_value, within
from backend.kit.dossier import Gone, Part
from backend.kit.errors import N_

ABOUT = (
    Part(
        "signals",
        N_("Ce que le club a regardé"),
        {
            "kind": N_("Quoi"),
            "found_at": N_("Le"),
            "closed_at": N_("Mis de côté"),
            "reason": N_("Pourquoi"),
        },
        "SELECT kind, found_at, closed_at, reason FROM signal WHERE person = $1 ORDER BY id",
    ),
    Part(
        "welcome_calls",
        N_("Les appels pour vous dire bonjour"),
        {"made_at": N_("Prévu le"), "closed_at": N_("Fait le"), "outcome": N_("Comment")},
        "SELECT made_at, closed_at, outcome FROM welcome_call WHERE person = $1 ORDER BY id",
    ),
)


async def forget(gone: Gone) -> None:
    """Nobody looks any more at the uses of somebody who left, nor calls them."""
    within()
    await fetch("DELETE FROM signal WHERE person = $1", gone.whom.person_id)
    await fetch("DELETE FROM welcome_call WHERE person = $1", gone.whom.person_id)


# Set aside long ago: of the uses it was made of none is looked at again.
_OLD = " FROM signal WHERE closed_at < $1"


async def count_old(before: datetime) -> int:
    found: int = await fetch_value("SELECT count(*)" + _OLD, before)
    return found


async def purge_old(before: datetime) -> int:
    """What was looked at, of whom and why it was set aside; that somebody did it stays in the log."""
    within()
    return len(await fetch("DELETE" + _OLD + " RETURNING id", before))
