"""Sessions that a closure meets: they stay as they are, and whoever closes the site sees them first (A1)."""

from datetime import time

from backend.activities.queries.agenda import SESSION, Session
from backend.kit import clock
from backend.kit.database import fetch_as
from backend.kit.zone import paris
from backend.places.service import ClosureWish


async def look(wish: ClosureWish) -> list[Session]:
    """Those to come at this site, or at any, while it would be closed; in order."""
    found = await fetch_as(
        Session,
        f"{SESSION} WHERE a.cancelled_at IS NULL AND a.site IS NOT NULL AND $1 IN ('', t.slug)"
        " AND a.starts_at > $2 AND a.starts_at >= $3 AND a.starts_at <= $4 ORDER BY a.starts_at, a.id",
        wish.site,
        clock.now(),
        clock.start_of_day(wish.first_on),
        clock.end_of_day(wish.last_on),
    )
    return [each for each in found if _meets(wish, each)]


def _meets(wish: ClosureWish, session: Session) -> bool:
    starts, ends = (paris(at).time() for at in (session.starts_at, session.ends_at))
    return starts < (wish.ends or time.max) and ends > (wish.starts or time.min)
