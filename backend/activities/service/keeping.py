"""What the clock asks for: the reminder of the eve, seats of people who have left a household, and who
waits beside a seat that is free.
"""

from datetime import time, timedelta
from typing import Any

from backend.activities.service import paying, telling
from backend.activities.service.line import by_contact, contact, lock_session, promote
from backend.audit.service import SYSTEM, note
from backend.kit import clock
from backend.kit.claims import calmly
from backend.kit.database import fetch, once_more, transaction
from backend.notifications.rules import EVENING, MORNING

FROM = time(9)  # on the eve
DAY = timedelta(days=1)


async def remind() -> int:
    """Tells of tomorrow's seats, each once for its hour; how many sessions these were (A2).

    On the day itself it tells whom nobody told on the eve: the clock stood still. By day: nobody is rung
    at night.
    """
    now = clock.now()
    wall = clock.paris(now).time()
    if not MORNING <= wall < EVENING:
        return 0
    rows = await fetch(
        "SELECT public_id FROM activity_session WHERE starts_at > $1 AND starts_at < $2"
        " AND cancelled_at IS NULL ORDER BY starts_at, id",
        now,
        clock.start_of_day(clock.today() + (DAY if wall < FROM else 2 * DAY)),
    )
    for row in rows:
        await calmly(_remind(row["public_id"]), session=row["public_id"])
    return len(rows)


@once_more
async def _remind(public_id: str) -> None:
    async with transaction():
        session = await lock_session(public_id)
        eve = clock.paris(session["starts_at"]).date() - DAY
        told_before = clock.start_of_day(eve)
        rows = await fetch(
            _DUE, session["id"], session["starts_at"], told_before, eve >= clock.today()
        )
        for whom, names in by_contact(rows).items():
            await telling.tell_eve(session, whom, names)


# Whoever took a seat on the eve knows of it; who was told once, and that it moved, is not told on the day.
_DUE = f"""
WITH due AS (UPDATE seat SET reminded_for = $2 WHERE session = $1 AND state = 'taken'
  AND taken_at < $3 AND reminded_for IS DISTINCT FROM $2 AND ($4 OR reminded_for IS NULL)
  RETURNING id, {contact("seat")} AS contact, person)
SELECT d.contact, p.given_name FROM due d JOIN person p ON p.id = d.person ORDER BY d.id
"""  # noqa: S608 - our own words


async def sweep() -> int:
    """Seats to come of who is in that household no more go to the next in line; how many.

    The line moves also where nobody left: who was passed over may have paid their dues since (A2).
    """
    rows = await fetch(
        "SELECT DISTINCT a.public_id FROM seat s JOIN activity_session a ON a.id = s.session"  # noqa: S608 - our own words
        f" WHERE a.starts_at > $1 AND ({_GONE} OR (s.state = 'waiting' AND a.taken < a.capacity))"
        " ORDER BY a.public_id",
        clock.now(),
    )
    swept = [
        await calmly(sweep_session(row["public_id"]), session=row["public_id"]) for row in rows
    ]
    return sum(each or 0 for each in swept)


@once_more
async def sweep_session(public_id: str) -> int:
    """Those of one session; what was paid of them goes back."""
    async with transaction():
        session = await lock_session(public_id)
        rows: list[Any] = await fetch(
            f"SELECT s.id, s.person FROM seat s WHERE s.session = $1 AND {_GONE} ORDER BY s.id",  # noqa: S608 - our own words
            session["id"],
        )
        await paying.give_up(SYSTEM, session, [row["id"] for row in rows])
        await promote(session)
        for row in rows:
            await note(
                "activity.leave",
                SYSTEM,
                subject_id=row["person"],
                object_kind="activity",
                object_id=public_id,
            )
        return len(rows)


_GONE = (
    "s.state <> 'cancelled' AND NOT EXISTS (SELECT 1 FROM household_member m"
    " WHERE m.person = s.person AND m.household = s.household AND m.left_on IS NULL)"
)
