"""What the house noted by itself for a manager to see (V5, V19): the newest first."""

from datetime import datetime, timedelta

import msgspec

from backend.audit.rules import ALARMS
from backend.kit import clock
from backend.kit.database import fetch_as

SHOWN_FOR = timedelta(days=30)
MOST = 50


class Alarm(msgspec.Struct, frozen=True):
    """`name` is the till with its shop, the offer or the partner; `public_id` is theirs for a link.

    `claimed` and `counted` are the two sums that did not agree, None where none were compared.
    """

    at: datetime
    verb: str
    name: str
    public_id: str
    claimed: str | None
    counted: str | None


async def alarms() -> list[Alarm]:
    """Of the last 30 days, 50 at most."""
    return await fetch_as(Alarm, _ALARMS, clock.now() - SHOWN_FOR, MOST, list(ALARMS))


# The verbs stand here as the partial index says them, so that it is used.
_ALARMS = f"""
SELECT a.at, a.verb,
       coalesce(t.name || ', ' || s.name, v.terms ->> 'title', p.name, '') AS name,
       coalesce(ps.public_id, o.public_id, p.public_id, '') AS public_id,
       a.facts ->> 'claimed' AS claimed, a.facts ->> 'counted' AS counted
FROM audit_entry a
LEFT JOIN till t ON a.object_kind = 'till' AND t.id::text = a.object_id
LEFT JOIN shop s ON s.id = t.shop LEFT JOIN partner ps ON ps.id = s.partner
LEFT JOIN offer o ON a.object_kind = 'offer' AND o.id::text = a.object_id
LEFT JOIN offer_version v ON v.offer = o.id AND v.version = o.version
LEFT JOIN partner p ON a.object_kind = 'partner' AND p.id::text = a.object_id
WHERE a.at >= $1 AND a.verb = ANY($3::text[])
  AND a.verb IN ({", ".join(f"'{verb}'" for verb in ALARMS)})
ORDER BY a.at DESC, a.id DESC LIMIT $2
"""  # noqa: S608 - our own words
