"""What campaigns keep of one person: that a message went to them, never whose list they were on."""

from datetime import datetime

from backend.kit import outbox
from backend.kit.database import fetch, fetch_value, within
from backend.kit.dossier import Gone, Part
from backend.kit.errors import N_

ABOUT = (
    Part(
        "campaigns",
        N_("Nouvelles et offres que le club m'a envoyées"),
        {
            "subject": N_("Message"),
            "way": N_("Comment"),
            "left_at": N_("Parti"),
            "bounced_at": N_("Revenu"),
            "unsubscribed_at": N_("J'ai dit non"),
        },
        "SELECT c.subject, x.way, x.left_at, x.bounced_at, x.unsubscribed_at"
        " FROM campaign_recipient x JOIN campaign c ON c.id = x.campaign"
        " WHERE x.person = $1 ORDER BY x.id",
    ),
)


async def forget(gone: Gone) -> None:
    """What still waits goes nowhere; that something was sent stays a count, by the person's key."""
    within()
    rows = await fetch(
        "UPDATE campaign_recipient SET outcome = 'dropped' WHERE person = $1"
        " AND outcome = 'waiting' RETURNING id",
        gone.whom.person_id,
    )
    await outbox.forget([f"campaign:{row['id']}" for row in rows], [])
    await fetch("DELETE FROM dead_address WHERE value = ANY($1)", gone.alone)


async def count_old(before: datetime) -> int:
    count: int = await fetch_value(f"SELECT count(*) {_OLD}", before)
    return count


async def purge_old(before: datetime) -> int:
    """Who got a campaign before, or waits for a letter that nobody posted, goes; how many they were stays
    with it.
    """
    within()
    await fetch(_SUMMED, before)
    rows = await fetch(
        f"DELETE FROM campaign_recipient WHERE id IN (SELECT x.id {_OLD}) RETURNING id",  # noqa: S608 - our own words
        before,
    )
    return len(rows)


_OLD = "FROM campaign_recipient x JOIN campaign c ON c.id = x.campaign WHERE c.launched_at < $1"
_SUMMED = """
UPDATE campaign c SET results = coalesce(c.results, s.counts)
FROM (SELECT x.campaign, jsonb_build_object(
    'sent', count(*) FILTER (WHERE x.outcome = 'sent'),
    'refused', count(*) FILTER (WHERE x.outcome = 'refused'),
    'failed', count(*) FILTER (WHERE x.outcome = 'failed'),
    'dropped', count(*) FILTER (WHERE x.outcome IN ('dropped', 'waiting')),
    'bounced', count(x.bounced_at), 'unsubscribed', count(x.unsubscribed_at)) AS counts
  FROM campaign_recipient x GROUP BY x.campaign) s
WHERE s.campaign = c.id AND c.launched_at < $1
"""
